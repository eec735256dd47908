"""From a row to the words of its cells. Pure functions; nothing here knows a width."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from cordage_tui.domain.duration_model import RunEstimate
from cordage_tui.domain.fast_dataclass import dataclass, field
from cordage_tui.domain.formatting import bar, coarse_age, duration, format_remaining, running_time
from cordage_tui.domain.run import BatchProgress, RowId, RunRow, Status
from cordage_tui.domain.secret import masked
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.ui.ink import GLYPHS, RUN_COLOURS
from cordage_tui.ui.runs.roles import StyleRole

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


def prompt(row: RunRow, context: Context) -> Cell:
    """The prompt, of a batch's rows a little to the right and behind what else varies in it; for a run started elsewhere,
    whose inputs nobody here knows, its short id."""
    if row.prompt and row.batch is not None:
        return Cell("  " + " · ".join(filter(None, (context.varying.get(row.id), row.prompt))), StyleRole.PROMPT)
    if row.prompt:
        return Cell(row.prompt, StyleRole.PROMPT)
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
