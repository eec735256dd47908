"""Sending of queued prompts beyond the spending limits, on the user's word."""

from functools import partial

from cordage_tui.domain.confirmation import number_to_type
from cordage_tui.domain.formatting import counted
from cordage_tui.domain.outbox import QueueItem
from cordage_tui.domain.run import RowId, Status
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.errors import join_sentences
from cordage_tui.ui.dialogs.base import ConfirmDialog
from cordage_tui.ui.keys.disabled import DisabledReason
from cordage_tui.ui.screen_base import EngineScreen
from cordage_tui.ui.widgets.text import literal


def why_not(host: EngineScreen[None]) -> DisabledReason | None:
    """Return why nothing can be sent beyond a limit; None: it can."""
    if not host.engine.profile.is_limited:
        return DisabledReason(SafeText("No spending limit is set."))
    reached = host.reads.last_good(host.engine.spending.reached, None)
    return DisabledReason(SafeText("No spending limit is reached.")) if reached is None else None


def ask_to_exceed(host: EngineScreen[None], item: QueueItem) -> None:
    """Let a queued prompt, or all of its batch that are queued, be sent beyond the limits; their number must be typed."""
    with host.report_errors():
        rows = [*item.members] or [item.row]
        if item.batch is not None:
            rows = [*host.store.batches.members(item.batch, frozenset({Status.QUEUED}))]
        count = len(rows)
        profile, reached = host.engine.profile, host.engine.spending.reached()
        if reached is None or not count:
            return
        amount = host.engine.spending.amount(item.webhook_key, count)
        what = counted(count, "prompt") + (" of this batch" if item.batch is not None or item.members else "")
        words = f"{what} to {profile.label(item.webhook_key)}{f', {amount}' if amount else ''}. The limit stays for all others."
        lines = [
            literal(item.prompt, "bold"),
            literal(join_sentences(reached), "$run-wait"),
            literal(one_line(words, 200), "$quiet"),
        ]
        title, yes = one_line("Send beyond the spending limit?"), one_line(f"Send {count:,}")
        dialog = ConfirmDialog(title, lines, yes, danger=True, typed=number_to_type(count, always=True))
        host.app.push_screen(dialog, partial(_answered, host, rows))


def _answered(host: EngineScreen[None], rows: list[RowId], agreed: bool | None) -> None:
    if agreed:
        with host.report_errors():
            host.engine.spending.exceed(rows)
