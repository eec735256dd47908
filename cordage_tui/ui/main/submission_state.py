"""State of a prompt of ours when a question about it opens."""

from typing import Any

from cordage_tui.domain.outbox import Expected, StateChange
from cordage_tui.domain.run import OutboxState, RowId
from cordage_tui.engine.errors import describe_change
from cordage_tui.ui.screen_base import EngineScreen


def expected_state(screen: EngineScreen[Any], row: RowId) -> Expected | None:
    """Return the state of a prompt as a question about it opens; None where there is nothing to ask, which a toast says."""
    with screen.report_errors():
        expected = screen.store.outbox.expected(row)
        if expected and expected.state not in (OutboxState.SENDING, OutboxState.ACCEPTED, OutboxState.DROPPED):
            return expected
        screen.toast(describe_change(StateChange(False, expected.state if expected else None)))
    return None
