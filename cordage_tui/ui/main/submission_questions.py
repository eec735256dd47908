"""Questions of the main screen about a prompt in the queue: whether to drop it, or to send it again."""

from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import RowId, RunRow
from cordage_tui.domain.submission import Expected, StateChange
from cordage_tui.engine.errors import describe_change
from cordage_tui.ui.queue.drop_or_resend import SubmissionActions
from cordage_tui.ui.screen_base import EngineScreen


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
