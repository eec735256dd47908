"""Sidebar with the webhooks."""

from collections.abc import Sequence
from typing import ClassVar, Final

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click
from textual.message import Message

from cordage_tui.domain.fast_dataclass import dataclass, field
from cordage_tui.domain.run import RunCounts, Status
from cordage_tui.domain.text import SafeText
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.ui.keys.disabled import DisabledReason, ReasonedActions
from cordage_tui.ui.widgets.line_view import LineView
from cordage_tui.ui.widgets.text import GLYPHS, HEALTH_LABELS, RUN_COLOURS, fit, literal

# Lines of the sidebar. Pure functions.

FIGURE: Final = 3
"""Cells kept beside the names for the figure that matters most: `●12`."""

ADD: Final = (SafeText("+ add a webhook"), SafeText("+ webhook"), SafeText("+"))
"""Words of the last row, the first that fit."""
_QUIET: Final = frozenset({HealthStatus.LIVE, HealthStatus.LOADING})
_THOUSAND: Final = 1000


@dataclass(frozen=True, slots=True)
class SidebarRow:
    """Row of one webhook, or of all of them."""

    key: str | None = field(repr=False)
    """Key of the webhook; None: the row of all."""
    name: SafeText
    tally: RunCounts = field(repr=False)
    """It holds the key too."""
    health: HealthStatus = HealthStatus.LIVE


def draw_rows(rows: Sequence[SidebarRow], width: int, cursor: int) -> list[Content]:
    """Draw the rows, then a blank line and the one that adds a webhook (index `len(rows)` for `cursor`)."""
    figures = total_cells(rows)
    lines = [draw_row(row, width, figures, index == cursor) for index, row in enumerate(rows)]
    adds = cursor == len(rows)
    words = next((words for words in ADD if len(words) <= width - 2), ADD[-1])
    add = Content.assemble(_bar(adds), literal(SafeText(fit(words, max(0, width - 2))), "" if adds else "$quiet"))
    return [*lines, Content(""), add]


def total_cells(rows: Sequence[SidebarRow]) -> int:
    """Cells of the largest total."""
    return max((len(figure(row.tally.total)) for row in rows), default=1)


def needed_width(rows: Sequence[SidebarRow]) -> int:
    """Cells in which each name is whole beside its figure."""
    longest = max((cell_len(row.name) for row in rows), default=0)
    return 2 + longest + 1 + max(FIGURE, total_cells(rows))


def draw_row(row: SidebarRow, width: int, figures: int, chosen: bool) -> Content:
    """Draw a row, `▌ Sunset     ●2  31`: name, active runs or trouble, total in a column of `figures` cells.

    The name has the same cells whatever happens to its runs; figures that have no room beside it give way, and the last is
    the trouble, else the active runs, else the total.
    """
    total = literal(SafeText(figure(row.tally.total).rjust(figures)), "$quiet")
    name = min(cell_len(row.name), max(0, width - 2 - 1 - max(FIGURE, figures)))
    tail = _tail(row, width - 2 - name, total)
    text = SafeText(fit(SafeText(fit(row.name, name)), max(0, width - 2 - tail.cell_length)))
    return Content.assemble(_bar(chosen), literal(text, "bold" if chosen else ""), tail)


def figure(count: int) -> str:
    """Format a count in at most four cells: `9999`, `12k`, `3M`."""
    if count < 10 * _THOUSAND:
        return str(count)
    return f"{count // _THOUSAND}k" if count < _THOUSAND**2 else f"{count // _THOUSAND**2}M"


def _tail(row: SidebarRow, room: int, total: Content) -> Content:
    """Draw trouble, waiting and active beside the total, as many as have room; what is shown elsewhere too goes first."""
    full = (_trouble(row, words=True), _waiting(row), _active(row))
    signs = (_trouble(row, words=False), *full[1:])
    tails = [_joined(marks, total) for marks in (full, signs, (signs[0], signs[2]))]
    alone = Content.assemble(" ", _first(signs[0], signs[2], total))
    return next((tail for tail in tails if tail.cell_length <= room), alone)


def _joined(marks: Sequence[Content], total: Content) -> Content:
    return Content.assemble(*(part for mark in marks if mark for part in (" ", mark)), "  ", total)


def _bar(chosen: bool) -> Content:
    return Content.assemble(literal(SafeText("▌"), ".line--bar") if chosen else " ", " ")


def _trouble(row: SidebarRow, words: bool) -> Content:
    if row.health in _QUIET:
        return Content("")
    label = HEALTH_LABELS[row.health]
    return literal(SafeText(f"{label.sign} {label.short}" if words else label.sign), label.colour)


def _active(row: SidebarRow) -> Content:
    return _mark(Status.RUNNING, row.tally.active)


def _waiting(row: SidebarRow) -> Content:
    return _mark(Status.QUEUED, row.tally.waiting)


def _mark(status: Status, count: int) -> Content:
    return literal(SafeText(f"{GLYPHS[status]}{figure(count)}"), f"${RUN_COLOURS[status]}") if count else Content("")


def _first(*contents: Content) -> Content:
    return next(content for content in contents if content)


_MOVES: Final = Binding.Group("Move", compact=True)
_CHANGES: Final = Binding.Group("Webhooks")


class _WebhookMessage(Message):
    """Message about one webhook."""

    def __init__(self, key: str | None) -> None:
        super().__init__()
        self.key = key


class Sidebar(ReasonedActions, LineView):
    """List of the profile's webhooks; the other panels show the one under the cursor."""

    BINDING_GROUP_TITLE = "Webhooks"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "j,down", "step(1)", "down", id="webhooks.down", tooltip="Go to the next webhook", group=_MOVES, show=False
        ),
        Binding(
            "k,up", "step(-1)", "up", id="webhooks.up", tooltip="Go to the previous webhook", group=_MOVES, show=False
        ),
        Binding("g,home", "first", "top", id="webhooks.first", tooltip="Go to all webhooks", group=_MOVES, show=False),
        Binding("G,end", "last", "bottom", id="webhooks.last", tooltip="Go to the last line", group=_MOVES, show=False),
        Binding("enter", "open", "runs", id="webhooks.open", tooltip="Go to the runs of this webhook"),
        Binding("a", "add", "add", id="webhooks.add", tooltip="Add a webhook by its key and a name", group=_CHANGES),
        Binding("R", "rename", "rename", id="webhooks.rename", tooltip="Rename this webhook", group=_CHANGES),
        Binding(
            "X",
            "remove",
            "remove",
            id="webhooks.remove",
            tooltip="Remove this webhook from the list; asks first",
            group=_CHANGES,
        ),
    ]

    class Selected(_WebhookMessage):
        """Show the runs of this webhook (None: of all): the cursor moved to it."""

    class Opened(_WebhookMessage):
        """Go to the runs, which are shown already: Enter on a webhook (None: on all)."""

    class AddRequested(Message):
        """Ask for a new webhook."""

    class RenameRequested(_WebhookMessage):
        """Ask for another name of this webhook."""

    class RemoveRequested(_WebhookMessage):
        """Ask whether this webhook is to leave the list."""

    killing = False
    """Runs are being killed: the key that stops it is that of no webhook."""

    def __init__(self, *, id: str | None = None, classes: str = "panel") -> None:
        super().__init__(id=id, classes=classes)
        self._rows: Sequence[SidebarRow] = ()
        self._at = 0
        self._key: str | None = None
        self.set_titles(literal(SafeText("Webhooks")))

    @property
    def chosen(self) -> str | None:
        """Key of the webhook under the cursor, or that was under it last; None: all."""
        return self._key

    def show(self, rows: Sequence[SidebarRow]) -> None:
        """Show these rows. The cursor stays on its webhook; if that is gone, it is on the one in its place, else on the one
        before, with a message."""
        if rows == self._rows:
            return
        on_add = bool(self._rows) and self._at == len(self._rows)
        self._rows = rows
        index = self._index(self._key)
        if index is None:
            index = 0 if on_add else max(0, min(self._at, len(rows) - 1))
            self._key = rows[index].key if rows else None
            self.post_message(self.Selected(self._key))
        self._at = len(rows) if on_add else index
        self.redraw()

    def select(self, key: str | None) -> None:
        """Move the cursor to this webhook without a message; one that is not listed changes nothing."""
        index = self._index(key)
        if index is not None:
            self._at, self._key = index, key
            self.redraw()

    def redraw(self) -> None:
        if self.text_width == 0:
            return
        line = self._at + (1 if self._at == len(self._rows) else 0)
        scrolls = len(self._rows) + 2 > self.size.height
        self.draw(draw_rows(self._rows, self.text_width if scrolls else self.size.width, self._at), cursor=line)

    def disabled_reason(self, action: str, parameters: tuple[object, ...]) -> DisabledReason | None:
        if action in ("rename", "remove") and self._webhook() is None:
            return DisabledReason(SafeText("Select a webhook first."))
        if action == "remove" and self.killing:
            return DisabledReason(SafeText("Not while runs are being killed."))
        return None

    def on_click(self, event: Click) -> None:
        line = self.line_at(event.get_content_offset_capture(self).y)
        if line is not None and line != len(self._rows):
            self._go(min(line, len(self._rows)))
            if line > len(self._rows):
                self.post_message(self.AddRequested())

    def action_step(self, by: int) -> None:
        self._go(self._at + by)

    def action_first(self) -> None:
        self._go(0)

    def action_last(self) -> None:
        self._go(len(self._rows))

    def action_open(self) -> None:
        self.post_message(self.AddRequested() if self._at == len(self._rows) else self.Opened(self._key))

    def action_add(self) -> None:
        self.post_message(self.AddRequested())

    def action_rename(self) -> None:
        if key := self._webhook():
            self.post_message(self.RenameRequested(key))

    def action_remove(self) -> None:
        if key := self._webhook():
            self.post_message(self.RemoveRequested(key))

    def _index(self, key: str | None) -> int | None:
        return next((index for index, row in enumerate(self._rows) if row.key == key), None)

    def _webhook(self) -> str | None:
        """Key of the webhook under the cursor; None on the rows that are none."""
        return self._rows[self._at].key if self._at < len(self._rows) else None

    def _go(self, index: int) -> None:
        index = max(0, min(index, len(self._rows)))
        if index == self._at:
            return
        self._at = index
        self.redraw()
        self.refresh_bindings()
        if index < len(self._rows) and self._rows[index].key != self._key:
            self._key = self._rows[index].key
            self.post_message(self.Selected(self._key))
