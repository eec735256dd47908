"""Sidebar with the webhooks, and below them the views."""

from collections.abc import Callable, Sequence
from typing import Final

from rich.cells import cell_len
from textual.binding import Binding
from textual.content import Content
from textual.events import Click
from textual.message import Message

from cordage_tui.domain.base.fast_dataclass import dataclass, field
from cordage_tui.domain.run import RunCounts, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.ui.keys.action import Action, ActionNode, KeyLabel, bindings_of
from cordage_tui.ui.keys.disabled_reasons import DisabledReason
from cordage_tui.ui.widgets.line_view import LineView
from cordage_tui.ui.widgets.status_signs import GLYPHS, HEALTH_LABELS, RUN_COLOURS
from cordage_tui.ui.widgets.text import fit, literal

# Lines of the sidebar. Pure functions.

FIGURE: Final = 3
"""Cells kept beside the names for the figure that matters most: `●12`."""

ADD: Final = (SafeText("+ add a webhook"), SafeText("+ webhook"), SafeText("+"))
"""Texts of the last row. The first one that fits is shown."""
_QUIET: Final = frozenset({HealthStatus.LIVE, HealthStatus.LOADING})
_THOUSAND: Final = 1000


@dataclass(frozen=True, slots=True)
class SidebarRow:
    """Row of one webhook, or of all of them."""

    key: str | None = field(repr=False)
    """Key of the webhook; None: the row of all webhooks."""
    name: SafeText
    tally: RunCounts = field(repr=False)
    """Counts of its runs. They contain the key too."""
    health: HealthStatus = HealthStatus.LIVE


@dataclass(frozen=True, slots=True)
class ViewRow:
    """Row of one view."""

    name: SafeText
    count: int | None = None
    """Runs that it finds; None: not counted yet."""
    is_fresh: bool = False
    """False if the count may be out of date."""
    is_understood: bool = True
    """False if a word of the filter is not known."""
    is_built_in: bool = False
    short: SafeText | None = None
    """Shorter name, used if `name` has no room."""


def draw_rows(rows: Sequence[SidebarRow], width: int, cursor: int, views: Sequence[ViewRow] = ()) -> list[Content]:
    """Draw the rows, a blank line and the row that adds a webhook; then the views under a heading.

    `cursor` counts rows, the adding row (index `len(rows)`) and views.
    """
    figures = total_cells(rows)
    lines = [draw_row(row, width, figures, index == cursor) for index, row in enumerate(rows)]
    is_on_add = cursor == len(rows)
    add_text = next((text for text in ADD if len(text) <= width - 2), ADD[-1])
    add_line = Content.assemble(
        _bar(is_on_add), " ", literal(SafeText(fit(add_text, max(0, width - 2))), "" if is_on_add else "$quiet")
    )
    lines += [Content(""), add_line]
    if views:
        lines += [Content(""), literal(SafeText("  Views"), "$quiet")]
        lines += [draw_view(row, width, figures, index == cursor) for index, row in enumerate(views, len(rows) + 1)]
    return lines


def line_of(choice: int, rows: int) -> int:
    """Return the line of a choice: one of the `rows`, the adding row, or a view after that."""
    return choice if choice < rows else choice + (1 if choice == rows else 3)


def choice_at(line: int, rows: int) -> int | None:
    """Return the choice on a line; None: the line is blank or a heading."""
    return next((choice for choice in (line, line - 1, line - 3) if line_of(choice, rows) == line), None)


def total_cells(rows: Sequence[SidebarRow]) -> int:
    """Return the cells of the largest total."""
    return max((len(figure(row.tally.total)) for row in rows), default=1)


def needed_width(rows: Sequence[SidebarRow]) -> int:
    """Return the cells that the sidebar needs so that each name is whole and has room for its figure."""
    longest = max((cell_len(row.name) for row in rows), default=0)
    return 2 + longest + 1 + max(FIGURE, total_cells(rows))


def draw_row(row: SidebarRow, width: int, figures: int, chosen: bool) -> Content:
    """Draw a row, `▌ Sunset     ●2  31`: name, trouble, waiting and active runs, total in a column of `figures` cells.

    The name keeps its cells whatever happens to its runs, and the total is always shown. If there is no room for the
    figures between them, one sign is put before the name: `▌●Sunset  31`. It is the sign of the trouble, else of active
    runs, else of waiting ones.
    """
    total = literal(SafeText(figure(row.tally.total).rjust(figures)), "$quiet")
    name = min(cell_len(row.name), max(0, width - 2 - 1 - max(FIGURE, figures)))
    tail = _tail(row, width - 2 - name, total)
    sign = Content(" ")
    if tail is None:
        tail, sign = Content.assemble(" ", total), _most_urgent(row)
    text = SafeText(fit(SafeText(fit(row.name, name)), max(0, width - 2 - tail.cell_length)))
    return Content.assemble(_bar(chosen), sign, literal(text, "bold" if chosen else ""), tail)


def draw_view(row: ViewRow, width: int, figures: int, chosen: bool) -> Content:
    """Draw a view, `▌ kept      31`: its name, and in a separate column how many runs it finds."""
    figures = max(FIGURE, figures)
    room = max(0, width - 2 - 1 - figures)
    name = row.short if row.short and cell_len(row.name) > room else row.name
    count = _view_count(row)
    text = SafeText(fit(SafeText(fit(name, room)), max(0, width - 2 - max(figures, count.cell_length))))
    gap = SafeText(" " * max(0, figures - count.cell_length))
    return Content.assemble(_bar(chosen), " ", literal(text, "bold" if chosen else ""), gap, count)


def _view_count(row: ViewRow) -> Content:
    if not row.is_understood:
        return literal(SafeText("?"), "$run-wait")
    if row.count is None:
        return literal(SafeText("…"), "$quiet")
    return literal(SafeText(figure(row.count)), ("" if row.count else "$quiet") if row.is_fresh else "$edge")


def figure(count: int) -> str:
    """Format a count in at most four cells: `9999`, `12k`, `3M`."""
    if count < 10 * _THOUSAND:
        return str(count)
    return f"{count // _THOUSAND}k" if count < _THOUSAND**2 else f"{count // _THOUSAND**2}M"


def _tail(row: SidebarRow, room: int, total: Content) -> Content | None:
    """Draw trouble, waiting runs, active runs and the total. Without enough room, leave out marks shown elsewhere first.

    None: there is a mark to show, but room only for the total.
    """
    full = (_trouble(row, words=True), _waiting(row), _active(row))
    signs = (_trouble(row, words=False), *full[1:])
    tails = [_joined(marks, gap, total) for marks in (full, signs) for gap in ("  ", " ")]
    if signs[0] or signs[2]:
        tails += [_joined((signs[0], signs[2]), gap, total) for gap in ("  ", " ")]
    return next((tail for tail in tails if tail.cell_length <= room), None)


def _joined(marks: Sequence[Content], gap: str, total: Content) -> Content:
    return Content.assemble(*(part for mark in marks if mark for part in (" ", mark)), gap, total)


def _bar(chosen: bool) -> Content:
    return literal(SafeText("▌"), ".line--bar") if chosen else Content(" ")


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


def _most_urgent(row: SidebarRow) -> Content:
    """Draw one cell: the sign of the trouble, else of active runs, else of waiting ones, else a blank."""
    if trouble := _trouble(row, words=False):
        return trouble
    counts = ((Status.RUNNING, row.tally.active), (Status.QUEUED, row.tally.waiting))
    signs = (literal(SafeText(GLYPHS[status]), f"${RUN_COLOURS[status]}") for status, n in counts if n)
    return next(signs, Content(" "))


_MOVES: Final = Binding.Group("Move", compact=True)
_CHANGES: Final = Binding.Group("Webhooks")


class SidebarDown(Action["Sidebar"]):
    """Go to the next webhook."""

    id, keys, word = "webhooks.down", "j,down", "down"
    group = _MOVES
    in_palette = False
    rows = 1

    def run(self, sidebar: "Sidebar") -> None:
        sidebar.move(self.rows)


class SidebarUp(SidebarDown):
    """Go to the previous webhook."""

    id, keys, word = "webhooks.up", "k,up", "up"
    rows = -1


class SidebarTop(Action["Sidebar"]):
    """Go to all webhooks."""

    id, keys, word = "webhooks.first", "g,home", "top"
    group = _MOVES
    in_palette = False

    def run(self, sidebar: "Sidebar") -> None:
        sidebar.go_to_first()


class SidebarBottom(Action["Sidebar"]):
    """Go to the last line."""

    id, keys, word = "webhooks.last", "G,end", "bottom"
    group = _MOVES
    in_palette = False

    def run(self, sidebar: "Sidebar") -> None:
        sidebar.go_to_last()


class OpenWebhook(Action["Sidebar"]):
    """Go to the runs of this webhook."""

    id, keys, word = "webhooks.open", "enter", "runs"
    title = "Runs of the webhook"
    in_footer = True

    def label(self, sidebar: "Sidebar") -> KeyLabel | None:
        on_view = sidebar.view_here is not None
        return KeyLabel(SafeText("runs"), SafeText("Go to the runs of this view")) if on_view else None

    def run(self, sidebar: "Sidebar") -> None:
        sidebar.open_row()


class AddWebhook(Action["Sidebar"]):
    """Add a webhook by its key and a name."""

    id, keys, word = "webhooks.add", "a", "add"
    title, search = "Add a webhook", "new webhook, workflow"
    group = _CHANGES
    in_footer = True

    def run(self, sidebar: "Sidebar") -> None:
        sidebar.post_message(Sidebar.AddRequested())


class RenameWebhook(Action["Sidebar"]):
    """Rename this webhook."""

    id, keys, word = "webhooks.rename", "R", "rename"
    title = "Rename the webhook"
    group = _CHANGES
    in_footer = True

    def reason(self, sidebar: "Sidebar") -> DisabledReason | None:
        view = sidebar.view_here
        if view is not None and view.is_built_in:
            return DisabledReason(SafeText("A built-in view keeps its name."))
        return _why_no_row(sidebar)

    def label(self, sidebar: "Sidebar") -> KeyLabel | None:
        on_view = sidebar.view_here is not None
        return KeyLabel(SafeText("rename"), SafeText("Rename this view")) if on_view else None

    def run(self, sidebar: "Sidebar") -> None:
        if (view := sidebar.view_here) is not None:
            sidebar.post_message(Sidebar.ViewRenameRequested(view.name))
        elif key := sidebar.webhook_here:
            sidebar.post_message(Sidebar.RenameRequested(key))


class RemoveWebhook(Action["Sidebar"]):
    """Remove this webhook from the list; asks first."""

    id, keys, word = "webhooks.remove", "X", "remove"
    title, search = "Remove the webhook", "delete"
    group = _CHANGES
    in_footer = True

    def reason(self, sidebar: "Sidebar") -> DisabledReason | None:
        why_no_row = _why_no_row(sidebar)
        if why_no_row is None and sidebar.killing:
            return DisabledReason(SafeText("Not while runs are being killed."))
        return why_no_row

    def label(self, sidebar: "Sidebar") -> KeyLabel | None:
        if (view := sidebar.view_here) is None:
            return None
        if view.is_built_in:
            return KeyLabel(SafeText("hide"), SafeText("Hide this view; the command palette shows hidden ones again"))
        return KeyLabel(SafeText("remove"), SafeText("Remove this view; asks first"))

    def run(self, sidebar: "Sidebar") -> None:
        if (view := sidebar.view_here) is not None:
            sidebar.post_message(Sidebar.ViewRemoveRequested(view.name))
        elif key := sidebar.webhook_here:
            sidebar.post_message(Sidebar.RemoveRequested(key))


def _why_no_row(sidebar: "Sidebar") -> DisabledReason | None:
    if sidebar.view_here is None and sidebar.webhook_here is None:
        return DisabledReason(SafeText("Select a webhook or a view first."))
    return None


class _WebhookMessage(Message):
    """Message about one webhook."""

    def __init__(self, key: str | None) -> None:
        super().__init__()
        self.key = key


class _ViewMessage(Message):
    """Message about one view."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


class Sidebar(ActionNode, LineView):
    """List of the profile's webhooks and of the views; the other panels show what is under the cursor."""

    BINDING_GROUP_TITLE = "Webhooks"
    ACTIONS = (
        SidebarDown(),
        SidebarUp(),
        SidebarTop(),
        SidebarBottom(),
        OpenWebhook(),
        AddWebhook(),
        RenameWebhook(),
        RemoveWebhook(),
    )
    BINDINGS = bindings_of(ACTIONS)

    class Selected(_WebhookMessage):
        """Show the runs of this webhook (None: of all): the cursor moved to it."""

    class ViewSelected(_ViewMessage):
        """Show the runs that this view finds: the cursor moved to it."""

    class Opened(_WebhookMessage):
        """Go to the runs, which are shown already: Enter was pressed on a webhook (None: on all of them)."""

    class AddRequested(Message):
        """Ask for a new webhook."""

    class RenameRequested(_WebhookMessage):
        """Ask for another name of this webhook."""

    class RemoveRequested(_WebhookMessage):
        """Ask whether this webhook should be removed from the list."""

    class ViewRenameRequested(_ViewMessage):
        """Ask for another name of this view."""

    class ViewRemoveRequested(_ViewMessage):
        """Ask whether this view should be removed from the list."""

    killing = False
    """Whether runs are being killed. Then the key that removes a webhook stops the kills instead."""

    def __init__(self, *, id: str | None = None, classes: str = "panel") -> None:
        super().__init__(id=id, classes=classes)
        self._rows: Sequence[SidebarRow] = ()
        self._at = 0
        self._key: str | None = None
        self._views: Sequence[ViewRow] = ()
        self.shown: Callable[[], object] = lambda: None
        """Called when the sidebar appears on screen."""
        self._view: str | None = None
        self.set_titles(literal(SafeText("Webhooks")))

    @property
    def chosen(self) -> str | None:
        """Key of the webhook under the cursor; on the adding row, the one chosen last. None: all webhooks, or a view."""
        return self._key

    @property
    def chosen_view(self) -> str | None:
        """Name of the view under the cursor; on the adding row, the one chosen last. None: a webhook."""
        return self._view

    def show(self, rows: Sequence[SidebarRow] | None = None, views: Sequence[ViewRow] | None = None) -> None:
        """Show these rows and views (None: the same ones). The cursor stays on its webhook or view.

        If that is gone, the cursor chooses the one that is now in its place, else the one before, and posts a message.
        """
        rows, views = self._rows if rows is None else rows, self._views if views is None else views
        if rows == self._rows and views == self._views:
            return
        on_add = bool(self._rows) and self._at == len(self._rows)
        self._rows, self._views = rows, views
        index = self._chosen_index()
        if index is None:
            first, last = (0, len(rows) - 1) if self._view is None else (len(rows) + 1, len(rows) + len(views))
            self._at = 0 if on_add or last < first else max(first, min(self._at, last))
            self._choose()
        self._at = len(rows) if on_add else self._at if index is None else index
        self.redraw()

    def select(self, key: str | None) -> None:
        """Move the cursor to this webhook without a message. If it is not listed, nothing changes."""
        index = self._index(key)
        if index is not None:
            self._at, self._key, self._view = index, key, None
            self.redraw()

    def select_view(self, name: str) -> None:
        """Move the cursor to this view without a message. If it is not listed, nothing changes."""
        if any(row.name == name for row in self._views):
            self._key, self._view = None, name
            self._at = self._chosen_index() or 0
            self.redraw()

    def redraw(self) -> None:
        if self.text_width == 0:
            return
        rows = len(self._rows)
        scrolls = line_of(rows + len(self._views), rows) >= self.size.height
        width = self.text_width if scrolls else self.size.width
        self.draw(draw_rows(self._rows, width, self._at, self._views), cursor=line_of(self._at, rows))

    def on_show(self) -> None:
        self.shown()

    def on_click(self, event: Click) -> None:
        line = self.line_at(event.get_content_offset_capture(self).y)
        choice = choice_at(line, len(self._rows)) if line is not None else None
        if choice is not None:
            self._go(choice)
            if choice == len(self._rows):
                self.post_message(self.AddRequested())

    def move(self, rows: int) -> None:
        """Move the cursor that many rows down."""
        self._go(self._at + rows)

    def go_to_first(self) -> None:
        """Move the cursor to the row of all webhooks."""
        self._go(0)

    def go_to_last(self) -> None:
        """Move the cursor to the last row."""
        self._go(len(self._rows) + len(self._views))

    def open_row(self) -> None:
        """Go to the runs of the row under the cursor; on the adding row, add a webhook."""
        self.post_message(self.AddRequested() if self._at == len(self._rows) else self.Opened(self._key))

    def _index(self, key: str | None) -> int | None:
        return next((index for index, row in enumerate(self._rows) if row.key == key), None)

    def _chosen_index(self) -> int | None:
        """Return the index of the chosen webhook or view, also if the cursor is on the adding row. None: it is not listed."""
        if self._view is None:
            return self._index(self._key) if self._rows else 0
        first = len(self._rows) + 1
        return next((index for index, row in enumerate(self._views, first) if row.name == self._view), None)

    @property
    def webhook_here(self) -> str | None:
        """Key of the webhook under the cursor; None on other rows."""
        return self._rows[self._at].key if self._at < len(self._rows) else None

    @property
    def view_here(self) -> ViewRow | None:
        """View under the cursor; None on other rows."""
        index = self._at - len(self._rows) - 1
        return self._views[index] if 0 <= index < len(self._views) else None

    def _go(self, index: int) -> None:
        index = max(0, min(index, len(self._rows) + len(self._views)))
        if index == self._at:
            return
        self._at = index
        self.redraw()
        self.refresh_bindings()
        self._choose()

    def _choose(self) -> None:
        """Choose the webhook or view under the cursor, if it is another one. The adding row changes nothing."""
        if (view := self.view_here) is not None:
            if view.name != self._view:
                self._key, self._view = None, view.name
                self.post_message(self.ViewSelected(view.name))
        elif self._at < len(self._rows) and (self._view is not None or self._rows[self._at].key != self._key):
            self._key, self._view = self._rows[self._at].key, None
            self.post_message(self.Selected(self._key))
