"""Sending of queued prompts over the run limits, after the user has confirmed it."""

from collections.abc import Collection

from cordage_tui.domain.confirmation import number_to_type
from cordage_tui.domain.formatting import counted
from cordage_tui.domain.queue import QueueItem
from cordage_tui.domain.run import RowId, Status
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.errors import UserOnly, join_sentences
from cordage_tui.ui.dialogs.live_dialog import LiveDialog, Question
from cordage_tui.ui.keys.disabled_reasons import DisabledReason
from cordage_tui.ui.screen_base import EngineScreen
from cordage_tui.ui.widgets.text import literal


def why_not(host: EngineScreen[None]) -> DisabledReason | None:
    """Return why no prompt can be sent over a limit; None if one can."""
    if host.engine.author is not None:
        return DisabledReason(UserOnly(host.engine.author.name).what)
    if not host.engine.profile.is_limited:
        return DisabledReason(SafeText("No run limit is set."))
    reached = host.reads.last_good(host.engine.spending.reached, None)
    return DisabledReason(SafeText("No run limit is reached.")) if reached is None else None


def ask_to_exceed(host: EngineScreen[None], item: QueueItem) -> None:
    """Ask whether to send a queued prompt, or all queued prompts of a batch, over the limits. Their number must be typed."""
    with host.report_errors():
        rows = [*item.members] or [item.row]
        if item.batch is not None:
            rows = [*host.store.batches.members(item.batch, frozenset({Status.QUEUED}))]
        if host.engine.spending.reached() is None or not rows:
            return
        excess = _Excess(host, item, rows)
        host.app.push_screen(LiveDialog(host.engine, excess.word_question, rows), excess.answered)


class _Excess:
    """Prompts that the user may send over the limits, and the question about them."""

    def __init__(self, host: EngineScreen[None], item: QueueItem, rows: Collection[RowId]) -> None:
        self._host = host
        self._item = item
        self._rows = rows
        """Rows that were queued when the question opened."""

    def word_question(self) -> Question:
        """Word the question about the rows that are still queued. Raises StoreError."""
        item, engine = self._item, self._host.engine
        count = len(self._queued())
        amount = engine.spending.amount(item.webhook_key, count)
        prompts = counted(count, "prompt") + (" of this batch" if item.batch is not None or item.members else "")
        price = f", {amount}" if amount else ""
        consequence = f"{prompts} to {engine.profile.label(item.webhook_key)}{price}. The limit stays for all others."
        reached = engine.spending.reached()
        why = join_sentences(reached) if reached is not None else SafeText("The limit is not reached any more.")
        lines = (
            literal(item.prompt, "bold"),
            literal(why, "$run-wait"),
            literal(one_line(consequence, 200), "$quiet"),
        )
        title, yes = SafeText("Send over the run limit?"), one_line(f"Send {count:,}")
        return Question(title, lines, yes, number_to_type(count, always=True), possible=count > 0)

    def answered(self, agreed: bool | None) -> None:
        """Send the rows that are still queued, if the user agreed."""
        if agreed:
            with self._host.report_errors():
                self._host.engine.spending.exceed(self._queued())

    def _queued(self) -> list[RowId]:
        statuses = self._host.store.run_lookup.statuses([*self._rows])
        return [row for row in self._rows if statuses.get(row) is Status.QUEUED]
