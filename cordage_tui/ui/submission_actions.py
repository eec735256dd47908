"""Actions on a submission that may still be dropped or sent again, with the questions before them."""

from collections.abc import Callable
from functools import partial
from typing import Any

from cordage_tui.domain.outbox import Expected, OutboxState, StateChange
from cordage_tui.domain.run import RowId
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.errors import describe_change
from cordage_tui.ui.screen_base import EngineScreen
from cordage_tui.ui.widgets.text import literal


class SubmissionActions:
    """Actions on a submission as it was when the question about it opened (`Expected`), wherever the cursor is by then."""

    def __init__(self, host: EngineScreen[Any]) -> None:
        self._host = host

    def drop(self, row: RowId, prompt: SafeText, expected: Expected) -> None:
        """Drop a prompt; asks first. Free if it was not sent."""
        words = "It was not sent, so nothing runs and nothing is charged."
        if expected.state is OutboxState.UNCERTAIN:
            words = "It was sent: it may be running and may be charged. Dropping it only removes it from this list."
        lines = [literal(prompt, "bold"), literal(one_line(words), "$quiet")]
        drop = partial(self.change, partial(self._host.store.outbox.drop, row, expected))
        self._host.confirm(one_line("Drop this prompt?"), lines, one_line("Drop"), drop, danger=True)

    def resend(self, row: RowId, prompt: SafeText, expected: Expected) -> None:
        """Send a prompt again whose response was lost; asks first."""
        words = "The first one may be running. If so, both run and both are charged. Check the run list first."
        lines = [literal(prompt, "bold"), literal(one_line(words), "$run-wait")]
        resend = partial(self.change, partial(self._host.engine.queue.resend, row, expected))
        self._host.confirm(one_line("Send it again?"), lines, one_line("Send again"), resend, danger=True)

    def change(self, change: Callable[[], StateChange]) -> bool:
        """Change the state of a submission. False where it has become another since, which a toast says."""
        with self._host.report_errors():
            if changed := change():
                return True
            self._host.toast(describe_change(changed), error=True)
        return False
