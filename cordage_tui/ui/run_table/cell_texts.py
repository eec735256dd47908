"""Cells of the run table."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from rich.style import Style
from textual.widget import Widget

from cordage_tui.domain.base.fast_dataclass import dataclass, field
from cordage_tui.domain.batch import BatchProgress
from cordage_tui.domain.formatting import (
    bar,
    coarse_age,
    format_remaining,
    ordinal,
    running_time,
    short_duration,
    short_duration_below,
    shown_s,
    time_of,
)
from cordage_tui.domain.queue import QueueStanding
from cordage_tui.domain.run import RowId, RunRow, Status
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.secrets import masked
from cordage_tui.domain.statistics.duration_model import RunEstimate
from cordage_tui.ui.widgets.status_signs import GLYPHS, RUN_COLOURS

# Roles of the pieces of a line, and their colours from the stylesheet.


class StyleRole(StrEnum):
    """Roles that `style/runs.tcss` colours; the first five are theme variables (`widgets.text.RUN_COLOURS`)."""

    ACTIVE = "run-active"
    DONE = "run-done"
    BAD = "run-bad"
    WAIT = "run-wait"
    PAST = "run-past"
    PROMPT = "prompt"
    DIFFERS = "differs"
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


_ROLES: Final = {status: StyleRole(colour) for status, colour in RUN_COLOURS.items()}

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
        """Resolve the colours that the stylesheet gives to `widget` at the moment."""
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
    """Texts for the right end. The first one that has room beside the text is drawn whole."""
    tail_role: StyleRole | None = None
    """Role of the tail; None: the role of the text."""
    pieces: tuple[tuple[str, bool], ...] = ()
    """The text in pieces, each with whether it differs from row to row of the batch. Empty: the text is one piece."""
    indent: str = ""
    """Blanks before the pieces."""
    tail_yields: bool = False
    """The tail is drawn only beside the whole text."""


@dataclass(frozen=True, slots=True)
class Context:
    """Values that cells need besides their row."""

    now: float | None = None
    """Epoch seconds. None until the first tick: until then no running time is shown."""
    names: Mapping[str, SafeText] = field(default_factory=dict)
    """Webhook key → the user's name for it."""
    stale: Mapping[str, float] = field(default_factory=dict)
    """Webhook key → when it was last read, epoch seconds, for webhooks whose reads fail. Runs that were active then may
    have ended since."""
    silent: Mapping[RowId, float] = field(default_factory=dict)
    """Active row → when it was last heard of, epoch seconds, for runs that no list names and whose own reads fail."""
    outlooks: Mapping[RowId, RunEstimate] = field(default_factory=dict)
    """Estimates of active rows, if enough is known for an estimate."""
    standings: Mapping[RowId, QueueStanding] = field(default_factory=dict)
    """Positions of queued prompts, and when they will be sent."""
    batches: Mapping[RowId, BatchProgress] = field(default_factory=dict)
    """Progress of the batches on screen, by line."""
    varying: Mapping[RowId, SafeText] = field(default_factory=dict)
    """Row of a batch → the inputs besides the prompt that differ from row to row."""
    common: Mapping[RowId, frozenset[str]] = field(default_factory=dict)
    """Line of a batch → the words that the prompts of all its rows contain."""
    besides: frozenset[RowId] = frozenset()
    """Rows that are shown although the filter leaves them out."""
    without_lines: bool = False
    """Rows of batches are shown without the lines of their batches."""
    words: bool = True
    """The status column is shown. Without it the prompt's cell names statuses that need the user."""
    tagged: bool = False
    """The column of the tags is shown. Without it the tags are shown after the prompt."""
    signed: bool = True
    """The column of the sign is shown. Without it the status column also says `completed`."""
    titles: Mapping[RowId, SafeText] = field(default_factory=dict)
    """Line of a batch → its title, for rows of batches without their lines."""
    inputs: Mapping[RowId, Mapping[str, SafeText]] = field(default_factory=dict)
    """Row → its inputs besides the prompt by name, if a column shows inputs."""
    varied: Mapping[RowId, SafeText] | None = None
    """Row → its inputs that vary among the runs of its webhook; None: no column shows them."""

    def as_of(self, row: RunRow) -> float | None:
        """Return the time of the last information about the row, epoch seconds."""
        if self.now is None:
            return None
        return min(self.now, self.stale.get(row.webhook_key, self.now), self.silent.get(row.id, self.now))

    def is_unsure(self, row: RunRow) -> bool:
        """Return whether an active row may have ended unseen."""
        return row.status.is_active and (row.webhook_key in self.stale or row.id in self.silent)

    def outlook(self, row: RunRow) -> RunEstimate | None:
        """Return the estimate of the row; None if the run may have ended unseen."""
        return self.outlooks.get(row.id) if row.status.is_active and not self.is_unsure(row) else None

    def colour(self, row: RunRow) -> StyleRole:
        """Return the role of the row's status; quiet if the run may have ended unseen."""
        return StyleRole.QUIET if self.is_unsure(row) else _ROLES[row.status]


def sign(row: RunRow, context: Context) -> Cell:
    """Glyph of the status."""
    return Cell(GLYPHS[row.status], context.colour(row))


def status(row: RunRow, context: Context) -> Cell:
    """Word of the status; the server's own word if we do not know it. `completed` is left out, because its sign says it."""
    if row.status is Status.COMPLETED and context.signed:
        return Cell("", StyleRole.QUIET)
    return Cell(row.status_name, StyleRole.QUIET if row.status is Status.COMPLETED else context.colour(row))


def webhook(row: RunRow, context: Context) -> Cell:
    """Name of the webhook; its masked key when the user has removed it."""
    name = context.names.get(row.webhook_key)
    return Cell(name if name is not None else one_line(masked(row.webhook_key)), StyleRole.QUIET)


BESIDES: Final = ("≠ filter", "≠")
"""Tails of a prompt that the filter leaves out."""
SILENT: Final = ("not heard from", "silent")
"""Tails of the prompt of a run that no list names and whose own reads fail."""
NEEDS_USER: Final = frozenset(
    {Status.UNCERTAIN, Status.HELD, Status.REJECTED, Status.UNMATCHED, Status.OTHER, Status.MISSING}
)
"""Statuses that are named in the prompt's cell if only signs are shown: few users know these signs."""
FOLDED: Final = "▸"
"""Sign of a folded batch, also before the title of a batch whose line is not shown."""
INDENT: Final = "  "
"""Blanks before the prompt of a row of a batch."""


def prompt(row: RunRow, context: Context) -> Cell:
    """Prompt. In a batch the other varying inputs come before it, and it is indented below the batch's line.

    A run started elsewhere shows its short id, because its inputs are not known here.
    """
    text: str = row.marked_prompt
    tails: tuple[str, ...] = (row.status_name,) if not context.words and row.status in NEEDS_USER else ()
    tail_role = context.colour(row) if tails else None
    if row.tags and not (tails or context.tagged):
        tails, tail_role = (tags(row, context).text, f"#{row.tags[0]}…"), StyleRole.QUIET
    standing = context.standings.get(row.id)
    if standing is not None and standing.blocked_by is not None:
        tails, tail_role = (standing.blocked_by.value,), StyleRole.WAIT
    if row.status.is_active and row.id in context.silent:
        tails, tail_role = SILENT, StyleRole.WAIT
    if row.id in context.besides:
        tails, tail_role = BESIDES, StyleRole.WAIT
    names_batch = not tails and row.batch is not None and row.batch in context.titles
    if names_batch and row.batch is not None:
        tails, tail_role = _title_tails(context.titles[row.batch]), StyleRole.QUIET
    if not row.prompt:
        return Cell(f"{one_line(row.short_id)} started elsewhere".lstrip(), StyleRole.QUIET, tails, tail_role)
    if row.batch is None:
        return Cell(text, StyleRole.PROMPT, tails, tail_role)
    varying = context.varying.get(row.id) if context.varied is None else None
    common = frozenset[str]() if context.without_lines else context.common.get(row.batch, frozenset())
    pieces, indent = pieces_of(text, common), "" if context.without_lines else INDENT
    if varying:
        pieces = ((f"{varying} · ", True), *pieces)
    text = indent + "".join(piece for piece, _ in pieces)
    return Cell(text, StyleRole.PROMPT, tails, tail_role, pieces, indent, names_batch)


_TITLE_CUTS: Final = (60, 40, 24)
"""Characters to which the title of a batch is cut if it has no room."""


def _title_tails(title: SafeText) -> tuple[str, ...]:
    """Return the tails that name the batch of a row: whole, and cut."""
    return f"{FOLDED} {title}", *(f"{FOLDED} {one_line(title, most)}" for most in _TITLE_CUTS)


@lru_cache(maxsize=512)
def pieces_of(text: str, common: frozenset[str]) -> tuple[tuple[str, bool], ...]:
    """Split a prompt into pieces that differ from row to row of its batch (True) and pieces of words `common` to all.

    If no word is common, no piece counts as different.
    """
    pieces: list[tuple[str, bool]] = []
    for word in text.split(" "):
        differs = bool(common) and word not in common
        if pieces and pieces[-1][1] == differs:
            pieces[-1] = (f"{pieces[-1][0]} {word}", differs)
        else:
            if pieces:
                pieces[-1] = (f"{pieces[-1][0]} ", pieces[-1][1])
            pieces.append((word, differs))
    return tuple(pieces)


def age(row: RunRow, context: Context) -> Cell:
    """Estimated time left of an active run, estimated time until a queued prompt is sent, else the age.

    The age is coarse: the time column ticks already, and two ticking columns are not needed.
    """
    if row.status.is_active:
        return time_left(row, context)
    standing = context.standings.get(row.id)
    if standing is not None and standing.seconds is not None:
        return Cell(format_remaining(standing.seconds), StyleRole.QUIET)
    return Cell("" if context.now is None else coarse_age(context.now - row.created_at), StyleRole.QUIET)


def time(row: RunRow, context: Context) -> Cell:
    """Running time; for a pending run its time in the server's queue, for a queued prompt its position.

    Other prompts of ours have none: they do not run, and their age is how long they wait.
    """
    if (standing := context.standings.get(row.id)) is not None:
        return Cell(ordinal(standing.position), StyleRole.QUIET)
    if not row.status.is_active:
        ended = row.status.is_final and not row.status.is_ours
        return Cell(_span(*time_of(row, row.created_at)) if ended else "", StyleRole.QUIET)
    read_at = context.as_of(row)
    if read_at is None:
        return Cell("", context.colour(row))
    elapsed, is_below = time_of(row, read_at)
    return Cell(_span(None if elapsed is None else shown_s(elapsed, read_at), is_below), context.colour(row))


def own_queue(row: RunRow, context: Context) -> Cell:
    """Time in our own queue."""
    return _waited(row, context, row.spans(context.as_of(row) or row.created_at).own_queue_s)


def queued(row: RunRow, context: Context) -> Cell:
    """Time in the server's queue, if the start of the run was seen or it still waits there."""
    return _waited(row, context, row.spans(context.as_of(row) or row.created_at).queued_s)


def no_group(row: RunRow, context: Context) -> Cell:
    """Blank cell of a batch, whose runs waited one by one."""
    return Cell("", StyleRole.QUIET)


def _waited(row: RunRow, context: Context, seconds: float | None) -> Cell:
    now, is_waiting = context.as_of(row), row.status in (Status.QUEUED, Status.HELD, Status.PENDING)
    role = context.colour(row) if row.status.is_active else StyleRole.QUIET
    if seconds is None or (is_waiting and now is None):
        return Cell("", role)
    return Cell(running_time(seconds, now) if is_waiting and now is not None else short_duration(seconds), role)


def _span(seconds: float | None, is_below: bool) -> str:
    """Format how long a run took, or an upper limit of that. Empty: not known."""
    if seconds is None:
        return ""
    return short_duration_below(seconds) if is_below else short_duration(seconds)


def progress(row: RunRow, context: Context) -> Cell:
    """Progress bar with few steps, so that it seldom changes; empty without an estimate."""
    outlook = context.outlook(row)
    return Cell("" if outlook is None else bar(outlook.progress, BAR), context.colour(row))


def time_left(row: RunRow, context: Context) -> Cell:
    """Estimated time left, or `slow` for a run that takes longer than usual."""
    outlook = context.outlook(row)
    if outlook is None:
        return Cell("", StyleRole.QUIET)
    return Cell("slow", StyleRole.WAIT) if outlook.slow else Cell(format_remaining(outlook.left_s), context.colour(row))


def tags(row: RunRow, context: Context) -> Cell:
    """The user's tags: `#poster #sea`."""
    return Cell(" ".join(f"#{tag}" for tag in row.tags), StyleRole.QUIET)


def author(row: RunRow, context: Context) -> Cell:
    """Author of a run or batch; empty for the user."""
    return Cell(row.author or "", StyleRole.QUIET)


def decision(row: RunRow, context: Context) -> Cell:
    """Decision about the outputs of a run: kept with one kept output, rejected once all are."""
    if row.kept is None:
        return Cell("", StyleRole.QUIET)
    return Cell("kept", StyleRole.DONE) if row.kept else Cell("rejected", StyleRole.PAST)


STAR: Final = "★"


def stars(row: RunRow, context: Context) -> Cell:
    """Stars of the output that has most."""
    return Cell(STAR * row.stars, StyleRole.WAIT)


def outputs(row: RunRow, context: Context) -> Cell:
    """Number of outputs."""
    return Cell(f"{row.output_count:,}" if row.output_count else "", StyleRole.QUIET)


def varied_inputs(row: RunRow, context: Context) -> Cell:
    """Inputs that vary among the runs of the webhook: `style noir · seed 3`."""
    return Cell((context.varied or {}).get(row.id, ""), StyleRole.QUIET)


def input_value(name: str, row: RunRow, context: Context) -> Cell:
    """Value of one input."""
    return Cell(context.inputs.get(row.id, {}).get(name, ""), StyleRole.PROMPT)


# Cells of a batch's line.

UNFOLDED: Final = "▾"
ORDER: Final = (
    Status.COMPLETED,
    *(Status.RUNNING, Status.PENDING, Status.KILLING, Status.OTHER),
    *(Status.SENDING, Status.QUEUED, Status.HELD, Status.UNCERTAIN),
    *(Status.UNMATCHED, Status.FAILED, Status.REJECTED, Status.CANCELLED, Status.MISSING),
)
"""Order of a batch's counts: completed, still to come, failed."""
BAD: Final = frozenset({Status.FAILED, Status.REJECTED, Status.MISSING})
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
    """Count of ended runs out of all runs; in per cent if the figures do not fit."""
    progress = context.batches.get(row.id)
    if progress is None or not progress.total:
        return Cell("", StyleRole.QUIET)
    counted = f"{progress.ended}/{progress.total}"
    text = counted if len(counted) <= _STATUS_WIDTH else f"{100 * progress.ended // progress.total} %"
    return Cell(text, StyleRole.QUIET if progress.ended == progress.total else batch_colour(progress))


def batch_prompt(row: RunRow, context: Context) -> Cell:
    """Title of the batch, and its counts by status. A narrow column shows only the failures."""
    progress = context.batches.get(row.id)
    tails = () if progress is None else (counted(progress, ORDER), counted(progress, BAD))
    return Cell(row.prompt, StyleRole.PROMPT, BESIDES if row.id in context.besides else tails)


def counted(progress: BatchProgress, statuses: Collection[Status]) -> str:
    """Format the counts of these statuses: `12✔ 3● 33◌ 1✖`."""
    present = (status for status in ORDER if status in statuses and progress.counts.get(status))
    return " ".join(f"{progress.counts[status]:,}{GLYPHS[status]}" for status in present)


def batch_time(row: RunRow, context: Context) -> Cell:
    """Running time of a batch, up to the end of its last run."""
    progress = context.batches.get(row.id)
    if progress is None or context.now is None:
        return Cell("", StyleRole.QUIET)
    if progress.ended < progress.total:
        return Cell(running_time(max(0.0, context.now - row.created_at), context.now), batch_colour(progress))
    took = None if progress.last_end is None else progress.last_end - row.created_at
    return Cell("" if took is None or took < 0 else short_duration(took), StyleRole.QUIET)


def batch_done(row: RunRow, context: Context) -> Cell:
    """Progress bar of ended runs, until all have ended."""
    progress = context.batches.get(row.id)
    if progress is None or progress.ended >= progress.total:
        return Cell("", StyleRole.QUIET)
    return Cell(bar(progress.ended / progress.total, BAR), batch_colour(progress))


def batch_tags(row: RunRow, context: Context) -> Cell:
    """Empty cell: tags are on the runs of a batch."""
    return Cell("", StyleRole.QUIET)


def batch_age(row: RunRow, context: Context) -> Cell:
    """Share of ended runs until all have ended, then the age of the batch."""
    progress = context.batches.get(row.id)
    if progress is not None and progress.ended < progress.total:
        return Cell(f"{100 * progress.ended // progress.total}%", batch_colour(progress))
    return Cell("" if context.now is None else coarse_age(context.now - row.created_at), StyleRole.QUIET)
