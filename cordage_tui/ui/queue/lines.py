"""Lines of the queue: columns, and the border between the lanes."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import tzinfo
from typing import Final, TypeAlias

from textual.content import Content

from cordage_tui.domain.advised_text import action_of
from cordage_tui.domain.base.fast_dataclass import dataclass, field
from cordage_tui.domain.formatting import clock_time, coarse_age, format_remaining
from cordage_tui.domain.outbox_states import SHOWN_AS, OutboxState
from cordage_tui.domain.queue import QueueEstimate, QueueItem, QueueStanding
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.secrets import masked, redact
from cordage_tui.domain.submission import WAITS_FOR_TWIN
from cordage_tui.ui.queue.layout import QueueLayout
from cordage_tui.ui.run_table.cell_texts import FOLDED, UNFOLDED
from cordage_tui.ui.run_table.row_strips import MARK
from cordage_tui.ui.widgets.status_signs import GLYPHS, RUN_COLOURS
from cordage_tui.ui.widgets.tables import LazySequence, place_columns
from cordage_tui.ui.widgets.text import fit, literal

# Lines of the queue, with columns as data. Pure functions.

FLAT: Final = QueueLayout()
"""Layout without batches: each prompt's index is its line."""


@dataclass(frozen=True, slots=True)
class QueueRowContext:
    """Values that a row needs besides its prompt."""

    now: float = 0.0
    """Epoch seconds."""
    names: Mapping[str, SafeText] = field(default_factory=dict)
    """Webhook key → the user's name for it."""
    first: int = 0
    """Index of the first queued prompt. Uncertain prompts and those being sent come before it."""
    drain: QueueEstimate = QueueEstimate(0, 0.0, None)
    """How many prompts are queued, and how fast they are sent."""
    border: int | None = None
    """Index of the first line of the batch lane; None: no prompt is queued in it."""
    layout: QueueLayout = FLAT
    """Layout that knows which line shows which prompt."""
    marks: Collection[RowId] = ()
    """Marked prompts."""
    span: range = range(0)
    """Lines of an open range, which are drawn as marked."""
    zone: tzinfo | None = None
    """Time zone of shown times; None: this machine's."""

    @property
    def figures(self) -> int:
        """Cells of the largest queue position."""
        return max(2, len(f"{self.drain.queued:,}"))

    def standing(self, index: int) -> QueueStanding:
        """Return the standing of the queued prompt on a line of the panel; on a batch's line, that of its first prompt."""
        return QueueStanding.of(self.position(index), self.drain)

    def position(self, index: int) -> int:
        """Return the position in the queue, from 1, of the prompt or batch on a line of the panel."""
        return self.layout.place(index) - self.first + 1

    def is_marked(self, item: QueueItem, index: int) -> bool:
        """Return whether a prompt is marked, or all prompts of a batch are."""
        if index in self.span:
            return True
        return bool(self.marks) and all(row in self.marks for row in item.members or (item.row,))


Cell: TypeAlias = tuple[str, str]
"""Text on one line, not yet fitted, and its style."""


@dataclass(frozen=True, slots=True)
class QueueColumn:
    """Column of the queue."""

    cell: Callable[[QueueItem, int, QueueRowContext], Cell]
    """Function (prompt, its line in the panel, context) → cell."""
    widths: tuple[tuple[int, int], ...] = ()
    """Widths as in `tables.Column`."""
    right: bool = False
    """True if aligned right."""
    gap: int = 2
    """Blank cells after it."""


def colour(state: OutboxState) -> str:
    """Return the colour of a state's sign and word. A queued prompt is quiet."""
    return "$quiet" if state is OutboxState.QUEUED else f"${RUN_COLOURS[SHOWN_AS[state]]}"


def _sign(item: QueueItem, index: int, context: QueueRowContext) -> Cell:
    head = context.layout.head(index)
    sign = GLYPHS[SHOWN_AS[item.state]] if head is None else FOLDED if head.folded else UNFOLDED
    return sign, colour(item.state)


def _state(item: QueueItem, index: int, context: QueueRowContext) -> Cell:
    return SHOWN_AS[item.state].word, colour(item.state)


def _webhook(item: QueueItem, index: int, context: QueueRowContext) -> Cell:
    return context.names.get(item.webhook_key) or one_line(masked(item.webhook_key)), "$quiet"


def _prompt(item: QueueItem, index: int, context: QueueRowContext) -> Cell:
    if item.members:
        return f"{len(item.members):,} × {item.prompt}", ""
    return ("  " if context.layout.is_member(index) else "") + item.prompt, ""


def _why(item: QueueItem, index: int, context: QueueRowContext) -> Cell:
    return why(item, context), "$quiet"


def _when(item: QueueItem, index: int, context: QueueRowContext) -> Cell:
    """Return the time until a queued prompt is sent. Other prompts, and a queue that does not send, show the age."""
    seconds = context.standing(index).seconds if item.state is OutboxState.QUEUED else None
    when = coarse_age(context.now - item.submitted_at) if seconds is None else format_remaining(seconds)
    return when, "$quiet"


def why(item: QueueItem, context: QueueRowContext) -> SafeText:
    """Return in a few words who submitted a prompt, if it was not the user, and why it waits or what happens next.

    Empty: it is queued by the user, without a reason.
    """
    return SafeText(": ".join(part for part in (item.author or "", _reason(item, context)) if part))


def _reason(item: QueueItem, context: QueueRowContext) -> SafeText:
    if item.state is OutboxState.UNCERTAIN:
        if item.next_check is None:
            return SafeText("resend, wait or drop?")
        if item.next_check <= context.now:
            return SafeText("next check is due")
        return SafeText(f"next check {clock_time(item.next_check, context.now, context.zone)}")
    if item.note == WAITS_FOR_TWIN:
        return SafeText("same as an uncertain one")
    if is_unapproved(item):
        return SafeText("waits for you")
    return one_line(redact(item.note, item.webhook_key)) if item.note else SafeText("")


def is_stopped(item: QueueItem | None) -> bool:
    """Return whether a prompt or batch is held because runs of its batch failed."""
    return item is not None and item.state is OutboxState.HELD and action_of(item.note) == "queue.send_first"


def is_unapproved(item: QueueItem | None) -> bool:
    """Return whether a prompt or batch of an author is held until the user approves it."""
    return item is not None and item.state is OutboxState.HELD and action_of(item.note) == "queue.approve"


COLUMNS: Final = (
    QueueColumn(_sign, ((8, 1),), gap=1),
    QueueColumn(_state, ((40, 9),)),
    QueueColumn(_webhook, ((62, 8), (84, 14), (120, 18))),
    QueueColumn(_prompt),
    QueueColumn(_why, ((96, 26), (130, 40))),
    QueueColumn(_when, ((50, 4),), right=True, gap=0),
)
"""Columns in order."""
_UNEXPLAINED: Final = tuple(column for column in COLUMNS if column.cell is not _why)
"""Columns of a row without a reason. The prompt gets the cells of the reason."""
NUMBERED: Final = 28
"""Least cells of the panel for queue positions."""


def row_line(item: QueueItem, index: int, context: QueueRowContext, width: int, cursor: bool) -> Content:
    """Render a row in `width` cells: `▌12 ◌ queued Sunset a fox on a hill ~10s`."""
    gutter = _gutter(item, index, context, width, cursor)
    parts = [gutter]
    room = width - gutter.cell_length
    for column, _, cells in place_columns(COLUMNS if why(item, context) else _UNEXPLAINED, room, room):
        text, style = column.cell(item, index, context)
        parts.append(literal(SafeText(fit(text, cells, column.right) + " " * column.gap), style))
    return Content.assemble(*parts).truncate(max(0, width)).rstrip()


def _gutter(item: QueueItem, index: int, context: QueueRowContext, width: int, cursor: bool) -> Content:
    """Render the cursor's bar and the queue position."""
    bar = literal(SafeText("▌"), ".line--bar") if cursor else literal(SafeText(" "))
    if context.is_marked(item, index):
        bar = literal(SafeText(MARK), "$accent")
    if width < NUMBERED:
        return Content.assemble(bar, " ")
    head = context.layout.head(index)
    is_placed = item.state is OutboxState.QUEUED and (head is None or head.folded)
    position = f"{context.position(index):,}" if is_placed else ""
    return Content.assemble(bar, literal(SafeText(position.rjust(context.figures)), "$quiet"), "  ")


def queue_lines(rows: Sequence[QueueItem], context: QueueRowContext, width: int, cursor: int) -> Sequence[Content]:
    """Return the lines of the queue, with a border line above the batch lane."""
    border = len(rows) if context.border is None else context.border

    def read(first: int, end: int) -> list[Content]:
        first_row, end_row = first - (first > border), end - (end > border)
        drawn = [
            row_line(row, i, context, width, i == cursor) for i, row in enumerate(rows[first_row:end_row], first_row)
        ]
        return (
            [*drawn[: border - first], lane_line(width), *drawn[border - first :]] if first <= border < end else drawn
        )

    return LazySequence(len(rows) + (context.border is not None), read)


LANE: Final = SafeText("── batches: sent when no other prompt waits ")
_LANE_SHORT: Final = SafeText("── batches ")


def lane_line(width: int) -> Content:
    """Return the border of the batch lane in `width` cells."""
    label = LANE if len(LANE) < width else _LANE_SHORT
    return literal(SafeText(label.ljust(max(0, width), "─")[: max(0, width)]), "$quiet")
