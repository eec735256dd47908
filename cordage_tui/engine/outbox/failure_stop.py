"""Stop of a batch whose runs fail one after the other: what waits of it is held, so that no more is paid for nothing."""

from collections.abc import Sequence

from cordage_tui.domain.error_pattern import error_text
from cordage_tui.domain.outbox import WAITS_FOR_FIRST
from cordage_tui.domain.run import BatchProgress, RowId, Status
from cordage_tui.domain.text import SafeText, advised, one_line
from cordage_tui.store.store import Store


def stop_if_failing(store: Store, row: RowId) -> bool:
    """Hold all that waits of the batch of a queued prompt, if its last runs failed. Returns whether it is held now. Raises
    StoreError."""
    failures = store.failure_stops.failures(row)
    if failures is None:
        return False
    last = f" The last error: {one_line(error_text(failures.error), 300)}" if failures.error else ""
    words = f"Not sent: {failures.failed} runs in a row of this batch failed.{last}"
    return store.failure_stops.stop(failures.batch, advised(one_line(words, 500), "queue.send_first")) > 0


def waiting_for_first(store: Store, row: RowId) -> Sequence[RowId]:
    """Return what waits with a queued prompt for the first runs of its batch: where none completes, no more is sent. Empty: it
    may go. Raises StoreError."""
    return store.failure_stops.waiting(row, WAITS_FOR_FIRST)


def stopped_words(progress: BatchProgress) -> SafeText:
    """Say that a batch was stopped, and how many of its prompts are held."""
    held, rule = progress.counts.get(Status.HELD, 0), progress.source.stop
    count = f"{rule.after:,} runs in a row" if rule is not None else "Its runs"
    rest = f"the other {held:,} {'is' if held == 1 else 'are'} held in the queue"
    return one_line(f"{progress.title}: {count} failed, so {rest}.", 300)
