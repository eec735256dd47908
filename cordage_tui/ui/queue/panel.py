"""Queue panel: list and detail."""

from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from typing import ClassVar, Final, TypeAlias

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from cordage_tui.domain.fast_dataclass import dataclass, field
from cordage_tui.domain.formatting import clock_time, coarse_age, format_remaining, format_time_with_age
from cordage_tui.domain.outbox import SHOWN_AS, WAITS_FOR_TWIN, OutboxState, QueueEstimate, QueueItem, QueueStanding
from cordage_tui.domain.run import RowId, RunDetail
from cordage_tui.domain.text import SafeText, masked, one_line, redact
from cordage_tui.ui.keys.bindings import picking_keys
from cordage_tui.ui.queue.summary import Key
from cordage_tui.ui.run_detail.outputs import hint, wrapped
from cordage_tui.ui.run_detail.sections import DetailModel, inputs, prompt, standing_words
from cordage_tui.ui.widgets.line_view import ListView, ScrollView
from cordage_tui.ui.widgets.tables import LazySequence, place_columns
from cordage_tui.ui.widgets.text import GLYPHS, RUN_COLOURS, centred, fit, literal

# Lines of the queue, with columns as data. Pure functions.


@dataclass(frozen=True, slots=True)
class QueueRowContext:
    """Context of a row besides its prompt."""

    now: float = 0.0
    """Epoch seconds."""
    names: Mapping[str, SafeText] = field(default_factory=dict)
    """Webhook key → the user's name for it."""
    first: int = 0
    """Index of the first queued prompt: uncertain ones and those being sent come before it."""
    drain: QueueEstimate = QueueEstimate(0, 0.0, None)
    """How many prompts are queued, and how fast they are sent."""
    border: int | None = None
    """Index of the first prompt of the batch lane; None: none is queued there."""
    zone: tzinfo | None = None
    """Time zone of shown times; None: this machine's."""

    @property
    def figures(self) -> int:
        """Cells of the largest queue position."""
        return max(2, len(f"{self.drain.queued:,}"))

    def standing(self, index: int) -> QueueStanding:
        """Return the standing of the queued prompt at an index of the panel."""
        return QueueStanding.of(index - self.first + 1, self.drain)


Cell: TypeAlias = tuple[str, str]
"""Text on one line, not yet fitted, and its style."""


@dataclass(frozen=True, slots=True)
class QueueColumn:
    """Column of the queue."""

    cell: Callable[[QueueItem, int, QueueRowContext], Cell]
    """(prompt, its index in the panel, context) → cell."""
    widths: tuple[tuple[int, int], ...] = ()
    """Widths as in `columns.Column`."""
    right: bool = False
    """True if aligned right."""
    gap: int = 2
    """Blank cells after it."""


def colour(state: OutboxState) -> str:
    """Return the colour of a state's sign and word; a queued prompt is quiet."""
    return "$quiet" if state is OutboxState.QUEUED else f"${RUN_COLOURS[SHOWN_AS[state]]}"


def _sign(item: QueueItem, index: int, context: QueueRowContext) -> Cell:
    return GLYPHS[SHOWN_AS[item.state]], colour(item.state)


def _state(item: QueueItem, index: int, context: QueueRowContext) -> Cell:
    return SHOWN_AS[item.state].value, colour(item.state)


def _webhook(item: QueueItem, index: int, context: QueueRowContext) -> Cell:
    return context.names.get(item.webhook_key) or one_line(masked(item.webhook_key)), "$quiet"


def _prompt(item: QueueItem, index: int, context: QueueRowContext) -> Cell:
    return item.prompt, ""


def _why(item: QueueItem, index: int, context: QueueRowContext) -> Cell:
    return why(item, context), "$quiet"


def _when(item: QueueItem, index: int, context: QueueRowContext) -> Cell:
    """Time until a queued prompt is sent; the age of any other, and while nothing is sent."""
    seconds = context.standing(index).seconds if item.state is OutboxState.QUEUED else None
    when = coarse_age(context.now - item.submitted_at) if seconds is None else format_remaining(seconds)
    return when, "$quiet"


def why(item: QueueItem, context: QueueRowContext) -> SafeText:
    """Return in a few words why a prompt has not been sent, or what comes next; empty when it is just queued."""
    if item.state is OutboxState.UNCERTAIN:
        if item.next_check is None:
            return SafeText("send again, wait or drop?")
        if item.next_check <= context.now:
            return SafeText("next check is due")
        return SafeText(f"next check {clock_time(item.next_check, context.now, context.zone)}")
    if item.note == WAITS_FOR_TWIN:
        return SafeText("same as an uncertain one")
    return one_line(redact(item.note, item.webhook_key)) if item.note else SafeText("")


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
"""Columns of a row without a reason, whose cells go to the prompt."""
NUMBERED: Final = 28
"""Cells of the panel from which queue positions are shown."""


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
    if width < NUMBERED:
        return Content.assemble(bar, " ")
    place = f"{index - context.first + 1:,}" if item.state is OutboxState.QUEUED else ""
    return Content.assemble(bar, literal(SafeText(place.rjust(context.figures)), "$quiet"), "  ")


def queue_lines(rows: Sequence[QueueItem], context: QueueRowContext, width: int, cursor: int) -> Sequence[Content]:
    """Lines of the queue, and one above the batch lane."""
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
    words = LANE if len(LANE) < width else _LANE_SHORT
    return literal(SafeText(words.ljust(max(0, width), "─")[: max(0, width)]), "$quiet")


# Widget of the queue; its cursor stays on its prompt.

NOTHING: Final = SafeText("Queue is empty.")


class QueuePanel(ListView):
    """List of queued prompts that reads only those on screen."""

    BINDING_GROUP_TITLE = "Queue"
    BINDINGS: ClassVar[list[BindingType]] = [*picking_keys("queue", "prompt")]

    class Highlighted(Message):
        """Selection changed: another prompt is under the cursor, or it differs."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, QueuePanel.Highlighted)

    def __init__(self) -> None:
        super().__init__()
        self._rows: Sequence[QueueItem] = ()
        self._index_of: Callable[[RowId], int | None] = lambda _: None
        self._row_context = QueueRowContext()
        self._told: QueueItem | None = None

    @property
    def selected(self) -> QueueItem | None:
        """Prompt under the cursor; None when there is none."""
        return self._told

    @property
    def standing(self) -> QueueStanding | None:
        """Position of the prompt under the cursor; None when it is not queued."""
        queued = self._told is not None and self._told.state is OutboxState.QUEUED
        return self._row_context.standing(self.index) if queued else None

    def show(
        self, rows: Sequence[QueueItem], index_of: Callable[[RowId], int | None], context: QueueRowContext
    ) -> None:
        """Show this queue; `index_of` finds a prompt in it, None when it is settled.

        The cursor goes with its prompt; when that has left, to the one that took its place. The prompt keeps its line,
        unless the first line is in view: that stays, so that what comes on top is seen.
        """
        before, found = self.index, index_of(self._told.row) if self._told else None
        old = self._screen_line(before)
        self._rows, self._index_of, self._row_context = rows, index_of, context
        self.index = max(0, min(before if found is None else found, len(rows) - 1))
        self._draw(top=self.top + self._screen_line(self.index) - old if self.top else 0)

    def tick(self, context: QueueRowContext) -> None:
        """Redraw for a later time; the queue is the same."""
        self._row_context = context
        self._draw()

    def go_to(self, row: RowId) -> None:
        """Move the cursor to that prompt, if it is there."""
        found = self._index_of(row)
        self.move_to(self.index if found is None else found)

    def redraw(self) -> None:
        self._draw()

    @property
    def count(self) -> int:
        return len(self._rows)

    def moved(self) -> None:
        self._draw()

    def line_at(self, y: int) -> int | None:
        """Index of the prompt on screen line `y`; None below the last, and on the border of the batch lane."""
        line, border = super().line_at(y), self._row_context.border
        if line is None or border is None or line < border:
            return line
        return None if line == border else line - 1

    def _screen_line(self, index: int) -> int:
        border = self._row_context.border
        return index + (border is not None and index >= border)

    def _draw(self, top: int | None = None) -> None:
        """Post `Highlighted` if the selected prompt differs, and draw."""
        selected = next(iter(self._rows[self.index : self.index + 1]), None)
        if selected != self._told:
            self._told = selected
            self.post_message(self.Highlighted())
        if self._rows:
            lines = queue_lines(self._rows, self._row_context, self.text_width, self.index)
            self.draw(lines, self._screen_line(self.index), top)
        else:
            self.draw(self._nothing())

    def _nothing(self) -> list[Content]:
        """Lines with one short sentence in the middle."""
        words = literal(NOTHING, "$quiet").truncate(max(1, self.text_width), ellipsis=True)
        return centred([words], self.text_width, self.size.height)


# Detail of the prompt under the cursor. Pure functions.


@dataclass(frozen=True, slots=True)
class SelectedPrompt:
    """Prompt under the cursor with its stored detail."""

    item: QueueItem
    detail: RunDetail
    webhook: SafeText
    """The webhook's name."""
    standing: QueueStanding | None = None
    """Its position while it is queued."""
    zone: tzinfo | None = None
    """Time zone of shown times; None: this machine's."""


def detail_lines(selected: SelectedPrompt, width: int, now: float, key: Key) -> list[Content]:
    """Render the detail in at most `width` cells; `now` in epoch seconds."""
    item = selected.item
    view = DetailModel(selected.detail, selected.webhook, SafeText(""), zone=selected.zone)
    fields = inputs(view, width, now)
    return [
        _headline(selected, now).truncate(max(1, width), ellipsis=True),
        *(wrapped(redact(item.note, item.webhook_key), width) if item.note else []),
        *([_choices(key)] if item.state is OutboxState.UNCERTAIN else []),
        *prompt(view, width, now),
        *([Content(""), *fields] if fields else []),
    ]


def _headline(selected: SelectedPrompt, now: float) -> Content:
    """Render `◌ queued  3rd, about 40s · Sunset · submitted 14:03:09 · sent 14:03:10`."""
    item, status = selected.item, SHOWN_AS[selected.item.state]
    parts = [selected.webhook, f"submitted {format_time_with_age(item.submitted_at, now, selected.zone)}"]
    if selected.standing is not None:
        parts.insert(0, standing_words(selected.standing))
    if item.sent_at is not None:
        parts.append(f"sent {format_time_with_age(item.sent_at, now, selected.zone)}")
    head = literal(one_line(f"{GLYPHS[status]} {status.value}"), f"{colour(item.state)} bold")
    return Content.assemble(head, "  ", literal(one_line(" · ".join(parts)), "$quiet"))


def _choices(key: Key) -> Content:
    """Hints for an uncertain prompt (docs/triggering.md 5)."""
    choices = {"queue.resend": "send again", "queue.keep_waiting": "keep waiting", "queue.drop": "drop"}
    choices["queue.settle"] = "settle"
    return Content("   ").join([hint(key(action), SafeText(words)) for action, words in choices.items()])


# Panel of the prompt under the cursor.


class PromptView(ScrollView):
    """Detail of one prompt; another one is shown from its first line."""

    BINDING_GROUP_TITLE = "Prompt"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "line(1)", "down", show=False),
        Binding("k,up", "line(-1)", "up", show=False),
        Binding("ctrl+d,pagedown,space", "half(1)", "half down", show=False),
        Binding("ctrl+u,pageup", "half(-1)", "half up", show=False),
        Binding("g,home", "first", "top", show=False),
        Binding("G,end", "last", "bottom", show=False),
    ]

    def __init__(self, key: Key) -> None:
        super().__init__()
        self._key = key
        self._selected: SelectedPrompt | None = None
        self._now = 0.0
        self.border_title = Content("Prompt")

    def show(self, selected: SelectedPrompt | None, now: float) -> None:
        """Show this prompt at `now`, epoch seconds; None: none is under the cursor."""
        before, self._selected, self._now = self._selected, selected, now
        same = before is not None and selected is not None and before.item.row == selected.item.row
        self._draw(self.top if same else 0)

    def redraw(self) -> None:
        self._draw(self.top)

    def _draw(self, top: int) -> None:
        if self._selected is None or not self.text_width:
            self.draw([], top=0)
        else:
            self.draw(detail_lines(self._selected, self.text_width, self._now, self._key), top=top)
