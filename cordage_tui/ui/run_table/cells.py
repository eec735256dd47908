"""Columns and cells of the run table."""

from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from rich.style import Style
from textual.widget import Widget

from cordage_tui.domain.duration_model import RunEstimate
from cordage_tui.domain.fast_dataclass import dataclass, field
from cordage_tui.domain.formatting import bar, coarse_age, duration, format_remaining, running_time
from cordage_tui.domain.run import BatchProgress, MatchedBy, RowId, RunRow, SortKey, Status
from cordage_tui.domain.text import SafeText, masked, one_line
from cordage_tui.ui.widgets.tables import ColumnPosition, place_columns
from cordage_tui.ui.widgets.text import GLYPHS, RUN_COLOURS

# Roles of the pieces of a line, and their colours from the stylesheet.


class StyleRole(StrEnum):
    """Roles that `style/runs.tcss` colours; the first five are theme variables (`widgets.text.RUN_COLOURS`)."""

    ACTIVE = "run-active"
    DONE = "run-done"
    BAD = "run-bad"
    WAIT = "run-wait"
    PAST = "run-past"
    PROMPT = "prompt"
    QUIET = "quiet"
    BAR = "bar"
    MARK = "mark"
    TITLE = "title"
    SORTED = "sorted"
    THUMB = "thumb"

    @property
    def component(self) -> str:
        """CSS class of the role."""
        return f"run-table--{self}"


CURSOR: Final = "run-table--cursor"
"""CSS class of the cursor row: gives the background, a role gives the rest."""

COMPONENTS: Final = {CURSOR, *(role.component for role in StyleRole)}

Styles: TypeAlias = Mapping[StyleRole, Style]


@dataclass(frozen=True, slots=True)
class Palette:
    """Resolved colours of every role, on a plain row and on the cursor row."""

    plain: Styles
    cursor: Styles

    @classmethod
    def of(cls, widget: Widget) -> "Palette":
        """Resolve the colours that the stylesheet gives `widget` now."""
        return cls(
            plain={role: widget.get_visual_style(role.component).rich_style for role in StyleRole},
            cursor={role: widget.get_visual_style(CURSOR, role.component).rich_style for role in StyleRole},
        )


# Cells of a run's row: pure functions that know no width.

BAR: Final = 4
"""Cells of the bar."""


class Cell(NamedTuple):
    """Text of one cell, not yet fitted, and its role."""

    text: str
    role: StyleRole
    tails: tuple[str, ...] = ()
    """The first of these for which there is room beside the text stands whole at the right end."""


@dataclass(frozen=True, slots=True)
class Context:
    """Values that cells need besides their row."""

    now: float | None = None
    """Epoch seconds; None until the first tick: then nothing is said about time that goes on."""
    names: Mapping[str, SafeText] = field(default_factory=dict)
    """Webhook key → the user's name for it."""
    stale: Mapping[str, float] = field(default_factory=dict)
    """Webhook key → when it was last read, epoch seconds, for those whose reads go wrong: what was going on then may
    have ended since."""
    outlooks: Mapping[RowId, RunEstimate] = field(default_factory=dict)
    """Estimates of active rows, where enough is known for one."""
    batches: Mapping[RowId, BatchProgress] = field(default_factory=dict)
    """Progress of the batches on screen, by line."""
    varying: Mapping[RowId, SafeText] = field(default_factory=dict)
    """Row of a batch → the inputs besides the prompt that differ from row to row."""

    def as_of(self, row: RunRow) -> float | None:
        """Time of the last information about the row, epoch seconds."""
        read = self.stale.get(row.webhook_key)
        return self.now if read is None or self.now is None else min(self.now, read)

    def outlook(self, row: RunRow) -> RunEstimate | None:
        """Estimate of the row; None where it may have ended unseen."""
        return self.outlooks.get(row.id) if row.status.is_active and row.webhook_key not in self.stale else None

    def colour(self, row: RunRow) -> StyleRole:
        """Role of the row's status; quiet where it may have ended unseen."""
        unsure = row.status.is_active and row.webhook_key in self.stale
        return StyleRole.QUIET if unsure else StyleRole(RUN_COLOURS[row.status])


def sign(row: RunRow, context: Context) -> Cell:
    """Glyph of the status."""
    return Cell(GLYPHS[row.status], context.colour(row))


def status(row: RunRow, context: Context) -> Cell:
    """Word of the status; the server's own where we do not know it. `completed` is quiet: its sign says it."""
    return Cell(row.status_name, StyleRole.QUIET if row.status is Status.COMPLETED else context.colour(row))


def webhook(row: RunRow, context: Context) -> Cell:
    """Name of the webhook; its masked key when the user has removed it."""
    name = context.names.get(row.webhook_key)
    return Cell(name if name is not None else one_line(masked(row.webhook_key)), StyleRole.QUIET)


GUESSED: Final = "≈"
"""Before the prompt of a run that was found by a guess: the run may be another prompt's."""


def prompt(row: RunRow, context: Context) -> Cell:
    """Prompt; in a batch indented, after its other varying inputs. A run started elsewhere has its short id: its inputs are
    not known here."""
    text = f"{GUESSED} {row.prompt}" if row.prompt and row.matched is MatchedBy.GUESS else row.prompt
    if row.prompt and row.batch is not None:
        return Cell("  " + " · ".join(filter(None, (context.varying.get(row.id), text))), StyleRole.PROMPT)
    if row.prompt:
        return Cell(text, StyleRole.PROMPT)
    return Cell(f"{one_line(row.short_id)} started elsewhere".lstrip(), StyleRole.QUIET)


def age(row: RunRow, context: Context) -> Cell:
    """Age of the row. Coarse: the time column ticks, two need not."""
    return Cell("" if context.now is None else coarse_age(context.now - row.created_at), StyleRole.QUIET)


def time(row: RunRow, context: Context) -> Cell:
    """Running time. A prompt of ours has none: nothing runs, and its age is how long it waits."""
    if row.status.is_active:
        known = context.as_of(row)
        elapsed = None if known is None else row.elapsed_s(known)
        text = "" if elapsed is None or known is None else running_time(elapsed, known)
        return Cell(text, context.colour(row))
    elapsed = row.elapsed_s(row.created_at) if row.status.is_final and not row.status.is_ours else None
    return Cell("" if elapsed is None else duration(elapsed), StyleRole.QUIET)


def progress(row: RunRow, context: Context) -> Cell:
    """Progress bar in steps so coarse that it seldom moves; empty without an estimate."""
    outlook = context.outlook(row)
    return Cell("" if outlook is None else bar(outlook.progress, BAR), context.colour(row))


def time_left(row: RunRow, context: Context) -> Cell:
    """Estimated time left, or `slow` for a run that takes longer than usual."""
    outlook = context.outlook(row)
    if outlook is None:
        return Cell("", StyleRole.QUIET)
    return Cell("slow", StyleRole.WAIT) if outlook.slow else Cell(format_remaining(outlook.left_s), context.colour(row))


# Cells of a batch's line.

FOLDED: Final = "▸"
UNFOLDED: Final = "▾"
ORDER: Final = (
    Status.COMPLETED,
    *(Status.RUNNING, Status.PENDING, Status.KILLING, Status.OTHER),
    *(Status.SENDING, Status.QUEUED, Status.HELD, Status.UNCERTAIN),
    *(Status.SENT, Status.FAILED, Status.REJECTED, Status.CANCELLED, Status.LOST),
)
"""Order of a batch's counts: completed, still to come, failed."""
BAD: Final = frozenset({Status.FAILED, Status.REJECTED, Status.LOST})
_STATUS_WIDTH: Final = 9


def batch_colour(progress: BatchProgress) -> StyleRole:
    """Role of a batch: active runs come first, then waiting prompts, then failures."""
    if any(status.is_active for status in progress.counts):
        return StyleRole.ACTIVE
    if progress.ended < progress.total:
        return StyleRole.WAIT
    if BAD & progress.counts.keys():
        return StyleRole.BAD
    return StyleRole.DONE if Status.COMPLETED in progress.counts else StyleRole.PAST


def batch_sign(row: RunRow, context: Context) -> Cell:
    """Triangle: folded, or with its rows below it."""
    progress = context.batches.get(row.id)
    if progress is None:
        return Cell(FOLDED, StyleRole.QUIET)
    return Cell(FOLDED if progress.folded else UNFOLDED, batch_colour(progress))


def batch_status(row: RunRow, context: Context) -> Cell:
    """Count of ended runs out of all; in per cent where the figures would not fit."""
    progress = context.batches.get(row.id)
    if progress is None or not progress.total:
        return Cell("", StyleRole.QUIET)
    counted = f"{progress.ended}/{progress.total}"
    text = counted if len(counted) <= _STATUS_WIDTH else f"{100 * progress.ended // progress.total} %"
    return Cell(text, StyleRole.QUIET if progress.ended == progress.total else batch_colour(progress))


def batch_prompt(row: RunRow, context: Context) -> Cell:
    """Title of the batch, and its counts by status; in a narrow column at least the failures."""
    progress = context.batches.get(row.id)
    tails = () if progress is None else (counted(progress, ORDER), counted(progress, BAD))
    return Cell(row.prompt, StyleRole.PROMPT, tails)


def counted(progress: BatchProgress, statuses: Collection[Status]) -> str:
    """Format the counts of these statuses: `12✔ 3● 33◌ 1✖`."""
    shown = (status for status in ORDER if status in statuses and progress.counts.get(status))
    return " ".join(f"{progress.counts[status]:,}{GLYPHS[status]}" for status in shown)


def batch_time(row: RunRow, context: Context) -> Cell:
    """Running time of a batch, up to the end of its last run."""
    progress = context.batches.get(row.id)
    if progress is None or context.now is None:
        return Cell("", StyleRole.QUIET)
    if progress.ended < progress.total:
        return Cell(running_time(max(0.0, context.now - row.created_at), context.now), batch_colour(progress))
    took = None if progress.last_end is None else progress.last_end - row.created_at
    return Cell("" if took is None or took < 0 else duration(took), StyleRole.QUIET)


def batch_done(row: RunRow, context: Context) -> Cell:
    """Progress bar of ended runs, while not all have ended."""
    progress = context.batches.get(row.id)
    if progress is None or progress.ended >= progress.total:
        return Cell("", StyleRole.QUIET)
    return Cell(bar(progress.ended / progress.total, BAR), batch_colour(progress))


def no_cell(row: RunRow, context: Context) -> Cell:
    """Empty cell."""
    return Cell("", StyleRole.QUIET)


# Columns as data, and their positions at a given width.

GUTTER: Final = 2
"""Cells at the left of every line: the cursor's bar and the slot of the mark."""
EDGE: Final = 1
"""Cells at the right of every line: the scroll thumb's."""


@dataclass(frozen=True, slots=True)
class RunColumn:
    """Column of the run table."""

    title: str
    cell: Callable[[RunRow, Context], Cell]
    group: Callable[[RunRow, Context], Cell]
    """Cell of a batch's line."""
    widths: tuple[tuple[int, int], ...] = ()
    """Widths, as in `columns.Column`."""
    sort: SortKey | None = None
    """Sort key of a click on the title."""
    right: bool = False
    """Aligned right."""
    gap: int = 2
    """Blank cells after it."""

    def draw(self, row: RunRow, context: Context) -> Cell:
        """Draw the cell of a row."""
        return (self.group if row.size else self.cell)(row, context)


COLUMNS: Final = (
    RunColumn("time", time, batch_time, ((48, 7),), SortKey.DURATION, right=True),
    RunColumn("done", progress, batch_done, ((74, BAR),), gap=1),
    RunColumn("left", time_left, no_cell, ((66, 4),), right=True, gap=1),
    RunColumn("", sign, batch_sign, ((8, 1),), gap=1),
    RunColumn("status", status, batch_status, ((36, 9),), SortKey.STATUS),
    RunColumn("webhook", webhook, webhook, ((58, 8), (84, 12), (120, 16)), SortKey.WEBHOOK),
    RunColumn("prompt", prompt, batch_prompt, (), SortKey.PROMPT),
    RunColumn("age", age, age, ((66, 4),), SortKey.CREATED, right=True, gap=1),
)
"""Columns from left to right. `time` is first because it ticks: what stands left of the prompt is resent alone, even where
the prompt has characters of uncertain width (`strips.changed_cells`)."""

SORT_ORDER: Final = (SortKey.CREATED, *(c.sort for c in COLUMNS if c.sort not in (None, SortKey.CREATED)))
"""Sort keys that the sort action steps through."""


@lru_cache(maxsize=8)
def places(table: int) -> tuple[ColumnPosition[RunColumn], ...]:
    """Positions of the columns in a table `table` cells wide."""
    return tuple(place_columns(COLUMNS, table, table - GUTTER - EDGE, GUTTER))


def column_at(table: int, x: int) -> RunColumn | None:
    """Sortable column under cell `x`; the gap after it and unsortable columns before it belong to it."""
    for place in places(table):
        if place.column.sort is not None and x < place.x + place.width + place.column.gap:
            return place.column
    return None
