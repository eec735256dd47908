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
from cordage_tui.domain.secret import masked
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.ui.widgets.columns import ColumnPosition, place_columns
from cordage_tui.ui.widgets.text import GLYPHS, RUN_COLOURS

# What a piece of a line is, which decides its colours; and the colours, taken from the stylesheet.


class StyleRole(StrEnum):
    """Meanings that `style/runs.tcss` colours; the first five are the theme variables of `ink.COLOURS`."""

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
        """Its CSS class."""
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
        """The colours that the stylesheet gives `widget` now."""
        return cls(
            plain={role: widget.get_visual_style(role.component).rich_style for role in StyleRole},
            cursor={role: widget.get_visual_style(CURSOR, role.component).rich_style for role in StyleRole},
        )


# From a row to the words of its cells. Pure functions; nothing here knows a width.

BAR: Final = 4
"""Cells of the bar."""


class Cell(NamedTuple):
    """Text on one line, not yet fitted, and what it means."""

    text: str
    role: StyleRole
    tails: tuple[str, ...] = ()
    """The first of these for which there is room beside the text stands whole at the right end."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a cell needs to know beside its row."""

    now: float | None = None
    """Epoch seconds; None until the first tick: then nothing is said about time that goes on."""
    names: Mapping[str, SafeText] = field(default_factory=dict)
    """Webhook key → the user's name for it."""
    stale: Mapping[str, float] = field(default_factory=dict)
    """Webhook key → when it was last read, epoch seconds, for those whose reads go wrong: what was going on then may
    have ended since."""
    outlooks: Mapping[RowId, RunEstimate] = field(default_factory=dict)
    """What to expect of active rows, where enough is known to expect anything."""
    batches: Mapping[RowId, BatchProgress] = field(default_factory=dict)
    """How far the batches on screen are, by their lines."""
    varying: Mapping[RowId, SafeText] = field(default_factory=dict)
    """Of rows of a batch: the inputs that differ from row to row, besides the prompt."""

    def as_of(self, row: RunRow) -> float | None:
        """The moment up to which something is known of the row."""
        read = self.stale.get(row.webhook_key)
        return self.now if read is None or self.now is None else min(self.now, read)

    def outlook(self, row: RunRow) -> RunEstimate | None:
        """What to expect of the row; nothing where it may have ended unseen."""
        return self.outlooks.get(row.id) if row.status.is_active and row.webhook_key not in self.stale else None

    def colour(self, row: RunRow) -> StyleRole:
        """Of the row's status; quiet where it may have ended unseen."""
        unsure = row.status.is_active and row.webhook_key in self.stale
        return StyleRole.QUIET if unsure else StyleRole(RUN_COLOURS[row.status])


def sign(row: RunRow, context: Context) -> Cell:
    """The status's glyph."""
    return Cell(GLYPHS[row.status], context.colour(row))


def status(row: RunRow, context: Context) -> Cell:
    """The status's word; the server's own where we do not know it. What went well is quiet: its sign tells it."""
    return Cell(row.status_name, StyleRole.QUIET if row.status is Status.COMPLETED else context.colour(row))


def webhook(row: RunRow, context: Context) -> Cell:
    """The webhook's name; its masked key when the user has removed it."""
    name = context.names.get(row.webhook_key)
    return Cell(name if name is not None else one_line(masked(row.webhook_key)), StyleRole.QUIET)


GUESSED: Final = "≈"
"""Before the prompt of a run that was found by a guess: the run may be another prompt's."""


def prompt(row: RunRow, context: Context) -> Cell:
    """The prompt, of a batch's rows a little to the right and behind what else varies in it; for a run started elsewhere,
    whose inputs nobody here knows, its short id."""
    text = f"{GUESSED} {row.prompt}" if row.prompt and row.matched is MatchedBy.GUESS else row.prompt
    if row.prompt and row.batch is not None:
        return Cell("  " + " · ".join(filter(None, (context.varying.get(row.id), text))), StyleRole.PROMPT)
    if row.prompt:
        return Cell(text, StyleRole.PROMPT)
    return Cell(f"{one_line(row.short_id)} started elsewhere".lstrip(), StyleRole.QUIET)


def age(row: RunRow, context: Context) -> Cell:
    """How long ago it was created. Coarse: the time column ticks, two need not."""
    return Cell("" if context.now is None else coarse_age(context.now - row.created_at), StyleRole.QUIET)


def time(row: RunRow, context: Context) -> Cell:
    """How long it took, or takes. Ours have none: nothing runs, and the age says how long they wait."""
    if row.status.is_active:
        known = context.as_of(row)
        elapsed = None if known is None else row.elapsed_s(known)
        return Cell("" if elapsed is None else running_time(elapsed), context.colour(row))
    elapsed = row.elapsed_s(row.created_at) if row.status.is_final and not row.status.is_ours else None
    return Cell("" if elapsed is None else duration(elapsed), StyleRole.QUIET)


def progress(row: RunRow, context: Context) -> Cell:
    """A bar, in steps so coarse that it seldom moves; nothing where nothing is expected."""
    outlook = context.outlook(row)
    return Cell("" if outlook is None else bar(outlook.progress, BAR), context.colour(row))


def time_left(row: RunRow, context: Context) -> Cell:
    """When it will have ended, or that it takes longer than such runs do."""
    outlook = context.outlook(row)
    if outlook is None:
        return Cell("", StyleRole.QUIET)
    return Cell("slow", StyleRole.WAIT) if outlook.slow else Cell(format_remaining(outlook.left_s), context.colour(row))


# The cells of the line that stands for a batch. Pure functions, as in `cells`.

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


# The columns of the run table, one row of data each, and where they stand at a given width.

GUTTER: Final = 2
"""Cells at the left of every line: the cursor's bar and the slot of the mark."""
EDGE: Final = 1
"""Cells at the right of every line: the scroll thumb's."""


@dataclass(frozen=True, slots=True)
class RunColumn:
    """One column."""

    title: str
    cell: Callable[[RunRow, Context], Cell]
    group: Callable[[RunRow, Context], Cell]
    """The cell of a batch's line."""
    widths: tuple[tuple[int, int], ...] = ()
    """As in `columns.Column`."""
    sort: SortKey | None = None
    """What a click on its title sorts by."""
    right: bool = False
    """Aligned right."""
    gap: int = 2
    """Blank cells after it."""

    def draw(self, row: RunRow, context: Context) -> Cell:
        """The cell of that row."""
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
"""In the order they stand. `time` is first because it ticks: Textual resends a line from the widget's left edge up to what
changed, and thirty running rows must stay below 2 kB/s (measured by tests/bench/ticking.py)."""

SORT_ORDER: Final = (SortKey.CREATED, *(c.sort for c in COLUMNS if c.sort not in (None, SortKey.CREATED)))
"""The keys that the sort action steps through."""


@lru_cache(maxsize=8)
def places(table: int) -> tuple[ColumnPosition[RunColumn], ...]:
    """Positions of the columns in a table `table` cells wide."""
    return tuple(place_columns(COLUMNS, table, table - GUTTER - EDGE, GUTTER))


def column_at(table: int, x: int) -> RunColumn | None:
    """The column under cell `x`; the gap after a column, and what no order goes by before it, belong to it."""
    for place in places(table):
        if place.column.sort is not None and x < place.x + place.width + place.column.gap:
            return place.column
    return None
