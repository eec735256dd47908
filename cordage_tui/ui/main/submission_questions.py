"""Questions of the main screen about a prompt of ours: whether it is dropped, or sent again."""

from cordage_tui.domain.outbox import Expected, StateChange
from cordage_tui.domain.run import OutboxState, RowId, RunRow
from cordage_tui.engine.errors import describe_change
from cordage_tui.ui.queue.submissions import SubmissionActions
from cordage_tui.ui.screen_base import EngineScreen


def confirm_drop(screen: EngineScreen[None], row: RunRow) -> None:
    """Drop a prompt; asks first."""
    if (expected := _expected_state(screen, row.id)) is not None:
        SubmissionActions(screen).drop(row.id, row.prompt, expected)


def confirm_resend(screen: EngineScreen[None], row: RunRow) -> None:
    """Send a prompt again whose outcome is unknown; asks first."""
    if (expected := _expected_state(screen, row.id)) is not None:
        SubmissionActions(screen).resend(row.id, row.prompt, expected)


def _expected_state(screen: EngineScreen[None], row: RowId) -> Expected | None:
    """Return the state of a prompt as a question about it opens; None where there is nothing to ask, which a toast says."""
    with screen.report_errors():
        expected = screen.store.outbox.expected(row)
        if expected and expected.state not in (OutboxState.SENDING, OutboxState.ACCEPTED, OutboxState.DROPPED):
            return expected
        screen.toast(describe_change(StateChange(False, expected.state if expected else None)))
    return None
