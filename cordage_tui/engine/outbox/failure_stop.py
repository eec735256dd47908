"""Stop of a batch whose runs fail in a row: its waiting prompts are held, so that no more money is wasted."""

from collections.abc import Collection

from cordage_tui.domain.advised_text import advised
from cordage_tui.domain.batch import BatchProgress
from cordage_tui.domain.run import RowId, Status
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.statistics.error_pattern import error_text
from cordage_tui.domain.submission import WAITS_FOR_FIRST
from cordage_tui.store.outbox.failure_stops import FailuresInARow
from cordage_tui.store.store import Store


def held_back(store: Store, row: RowId) -> Collection[RowId]:
    """Return the prompts that are held back with a queued one, including it; empty: it may go. Raises StoreError.

    They wait because runs of their batch fail, or because none of its first runs has completed. If its last runs
    failed, all its waiting prompts become held.
    """
    rule = store.failure_stops.rule(row)
    if rule is None:
        return ()
    failures = store.failure_stops.failures(rule)
    if failures is not None and _stop(store, failures):
        return (row,)
    return store.failure_stops.waiting(rule, WAITS_FOR_FIRST)


def _stop(store: Store, failures: FailuresInARow) -> bool:
    last = f" The last error: {one_line(error_text(failures.error), 300)}" if failures.error else ""
    reason = f"Not sent: {failures.failed} runs in a row of this batch failed.{last}"
    return store.failure_stops.stop(failures.batch, advised(one_line(reason, 500), "queue.send_first")) > 0


def stopped_words(progress: BatchProgress) -> SafeText:
    """Say that a batch was stopped, and how many of its prompts are held."""
    held, rule = progress.counts.get(Status.HELD, 0), progress.source.stop
    count = f"{rule.after:,} runs in a row" if rule is not None else "Its runs"
    others_held = f"the other {held:,} {'is' if held == 1 else 'are'} held in the queue"
    return one_line(f"{progress.title}: {count} failed, so {others_held}.", 300)
