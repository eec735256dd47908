"""Questions about a prompt that may still be dropped or sent again, for any screen."""

from collections.abc import Callable
from functools import partial
from typing import Any

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import RowId, RunRow
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.submission import Expected, StateChange
from cordage_tui.engine.errors import AGAIN_WHILE_PAUSED, describe_change
from cordage_tui.ui.dialogs.live_dialog import LiveDialog, Question
from cordage_tui.ui.screen_base import EngineScreen
from cordage_tui.ui.widgets.text import literal


class SubmissionActions:
    """Actions on a prompt. They act only if it still has the state from when the question opened (`Expected`)."""

    def __init__(self, host: EngineScreen[Any]) -> None:
        self._host = host

    def drop(self, row: RowId, prompt: SafeText, expected: Expected) -> None:
        """Ask whether to drop a prompt, and drop it after a yes."""
        consequence = "It was not sent, so nothing runs and nothing is charged."
        if expected.state is OutboxState.UNCERTAIN:
            consequence = (
                "It was sent: it may be running and may be charged, and dropping it does not stop its run. "
                "If an identical prompt waits for it, that one is then sent."
            )
        question = Question(
            SafeText("Drop this prompt?"),
            (literal(prompt, "bold"), literal(one_line(consequence), "$quiet")),
            SafeText("Drop"),
        )
        self._ask(row, expected, question, partial(self._host.store.outbox.drop, row, expected))

    def resend(self, row: RowId, prompt: SafeText, expected: Expected) -> None:
        """Ask whether to send a prompt again whose response was lost, and send it after a yes."""
        consequence = "The first one may be running. If so, both run and both are charged. Check the run list first."
        question = Question(
            SafeText("Resend it?"),
            (literal(prompt, "bold"), literal(one_line(consequence), "$run-wait")),
            SafeText("Resend"),
        )
        self._ask(row, expected, question, partial(self._resend, row, expected))

    def _resend(self, row: RowId, expected: Expected) -> StateChange:
        queue = self._host.engine.queue
        change = queue.resend(row, expected)
        if change and queue.control().paused is not None:
            self._host.toast(AGAIN_WHILE_PAUSED)
        return change

    def _ask(self, row: RowId, expected: Expected, question: Question, change: Callable[[], StateChange]) -> None:
        """Ask before a change. When the prompt gets another state, the question says so, and offers no yes any more."""
        outbox = self._host.store.outbox

        def present_question() -> Question:
            if outbox.still(row, expected):
                return question
            present_state = literal(describe_change(outbox.outcome(row, done=False)), "$run-wait")
            return replace(question, lines=(question.lines[0], present_state), possible=False)

        with self._host.report_errors():
            self._host.app.push_screen(
                LiveDialog(self._host.engine, present_question, [row]), partial(self._answered, change)
            )

    def _answered(self, change: Callable[[], StateChange], agreed: bool | None) -> None:
        if agreed:
            self.change(change)

    def change(self, change: Callable[[], StateChange]) -> bool:
        """Change the state of a prompt. Return False, and show a toast, if it has another state by now."""
        with self._host.report_errors():
            if changed := change():
                return True
            self._host.toast(describe_change(changed), error=True)
        return False


def confirm_drop(screen: EngineScreen[None], row: RunRow) -> None:
    """Ask whether to drop a prompt, and drop it after a yes."""
    if (expected := _expected_state(screen, row.id)) is not None:
        SubmissionActions(screen).drop(row.id, row.prompt, expected)


def confirm_resend(screen: EngineScreen[None], row: RunRow) -> None:
    """Ask whether to send a prompt again whose outcome is unknown, and send it after a yes."""
    if (expected := _expected_state(screen, row.id)) is not None:
        SubmissionActions(screen).resend(row.id, row.prompt, expected)


def _expected_state(screen: EngineScreen[None], row: RowId) -> Expected | None:
    """Return the state of a prompt when a question about it opens. None: there is nothing to ask, as a toast says."""
    with screen.report_errors():
        expected = screen.store.outbox.expected(row)
        if expected and expected.state not in (OutboxState.SENDING, OutboxState.ACCEPTED, OutboxState.DROPPED):
            return expected
        screen.toast(describe_change(StateChange(False, expected.state if expected else None)))
    return None
