"""The cells of the line that stands for a batch. Pure functions, as in `cells`."""

from collections.abc import Collection
from typing import Final

from cordage_tui.domain.formatting import bar, duration, running_time
from cordage_tui.domain.run import BatchProgress, RunRow, Status
from cordage_tui.ui.ink import GLYPHS
from cordage_tui.ui.runs.cells import BAR, Cell, Context
from cordage_tui.ui.runs.roles import StyleRole

FOLDED: Final = "▸"
UNFOLDED: Final = "▾"
ORDER: Final = (
    Status.COMPLETED,
    *(Status.RUNNING, Status.PENDING, Status.KILLING, Status.OTHER),
    *(Status.SENDING, Status.QUEUED, Status.HELD, Status.UNCERTAIN),
    *(Status.SENT, Status.FAILED, Status.REJECTED, Status.CANCELLED, Status.LOST),
)
"""In which its counts are told: what is there, what comes, what went wrong."""
BAD: Final = frozenset({Status.FAILED, Status.REJECTED, Status.LOST})
_STATUS_WIDTH: Final = 9


def batch_colour(progress: BatchProgress) -> StyleRole:
    """Of the whole: whatever goes on first, then whatever went wrong."""
    if any(status.is_active for status in progress.counts):
        return StyleRole.ACTIVE
    if progress.ended < progress.total:
        return StyleRole.WAIT
    if BAD & progress.counts.keys():
        return StyleRole.BAD
    return StyleRole.DONE if Status.COMPLETED in progress.counts else StyleRole.PAST


def batch_sign(row: RunRow, context: Context) -> Cell:
    """Whether its rows stand below it."""
    progress = context.batches.get(row.id)
    if progress is None:
        return Cell(FOLDED, StyleRole.QUIET)
    return Cell(FOLDED if progress.folded else UNFOLDED, batch_colour(progress))


def batch_status(row: RunRow, context: Context) -> Cell:
    """How many of how many have ended; in per cent where the figures would not fit."""
    progress = context.batches.get(row.id)
    if progress is None or not progress.total:
        return Cell("", StyleRole.QUIET)
    counted = f"{progress.ended}/{progress.total}"
    text = counted if len(counted) <= _STATUS_WIDTH else f"{100 * progress.ended // progress.total} %"
    return Cell(text, StyleRole.QUIET if progress.ended == progress.total else batch_colour(progress))


def batch_prompt(row: RunRow, context: Context) -> Cell:
    """What it was made from, and how many of its rows stand how; in a narrow column at least how many went wrong."""
    progress = context.batches.get(row.id)
    tails = () if progress is None else (counted(progress, ORDER), counted(progress, BAD))
    return Cell(row.prompt, StyleRole.PROMPT, tails)


def counted(progress: BatchProgress, statuses: Collection[Status]) -> str:
    """`12✔ 3● 33◌ 1✖`, of these statuses."""
    shown = (status for status in ORDER if status in statuses and progress.counts.get(status))
    return " ".join(f"{progress.counts[status]:,}{GLYPHS[status]}" for status in shown)


def batch_time(row: RunRow, context: Context) -> Cell:
    """How long it takes, or took until its last run had ended."""
    progress = context.batches.get(row.id)
    if progress is None or context.now is None:
        return Cell("", StyleRole.QUIET)
    if progress.ended < progress.total:
        return Cell(running_time(max(0.0, context.now - row.created_at)), batch_colour(progress))
    took = None if progress.last_end is None else progress.last_end - row.created_at
    return Cell("" if took is None or took < 0 else duration(took), StyleRole.QUIET)


def batch_done(row: RunRow, context: Context) -> Cell:
    """A bar of how many have ended, while not all have."""
    progress = context.batches.get(row.id)
    if progress is None or progress.ended >= progress.total:
        return Cell("", StyleRole.QUIET)
    return Cell(bar(progress.ended / progress.total, BAR), batch_colour(progress))


def no_cell(row: RunRow, context: Context) -> Cell:
    """Where a batch has nothing to tell."""
    return Cell("", StyleRole.QUIET)
