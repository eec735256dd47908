"""Actions that move in lines, the same in each panel. Their ids begin with the panel's scope, so each can be remapped."""

from typing import Final, Protocol, TypeVar

from textual.binding import Binding

from cordage_tui.ui.keys.action import Action

MOVE: Final = Binding.Group("Move", compact=True)

Mover = TypeVar("Mover")


class MoveAction(Action[Mover]):
    """Base of actions that move in the lines of a panel. In the group `MOVE` they are not commands of the palette."""

    name: str
    """End of the id, after the scope."""

    def __init__(self, scope: str, group: Binding.Group | None = MOVE) -> None:
        self.id = f"{scope}.{self.name}"
        self.group = group
        self.in_palette = group is not MOVE


# Pages without a cursor.


class Scrolls(Protocol):
    """Page whose lines scroll."""

    def scroll_lines(self, lines: int) -> None:
        """Scroll down by a number of lines; up if it is negative."""
        ...

    def scroll_halves(self, halves: int) -> None:
        """Scroll down by a number of half pages; up if it is negative."""
        ...

    def scroll_to_first(self) -> None:
        """Scroll to the first line."""
        ...

    def scroll_to_last(self) -> None:
        """Scroll to the last line."""
        ...


class ScrollDown(MoveAction[Scrolls]):
    """Move down one line."""

    name, keys, word = "down", "j,down", "down"
    lines = 1

    def run(self, on: Scrolls) -> None:
        on.scroll_lines(self.lines)


class ScrollUp(ScrollDown):
    """Move up one line."""

    name, keys, word = "up", "k,up", "up"
    lines = -1


class ScrollHalfDown(MoveAction[Scrolls]):
    """Move down half a page."""

    name, keys, word = "half_down", "ctrl+d,pagedown", "half page down"
    halves = 1

    def run(self, on: Scrolls) -> None:
        on.scroll_halves(self.halves)


class ScrollHalfDownBySpace(ScrollHalfDown):
    """Move down half a page."""

    keys = "ctrl+d,pagedown,space"


class ScrollHalfUp(ScrollHalfDown):
    """Move up half a page."""

    name, keys, word = "half_up", "ctrl+u,pageup", "half page up"
    halves = -1


class ScrollToFirst(MoveAction[Scrolls]):
    """Go to the first line."""

    name, keys, word = "first", "g,home", "top"

    def run(self, on: Scrolls) -> None:
        on.scroll_to_first()


class ScrollToLast(MoveAction[Scrolls]):
    """Go to the last line."""

    name, keys, word = "last", "G,end", "bottom"

    def run(self, on: Scrolls) -> None:
        on.scroll_to_last()


def reading_actions(
    scope: str, *, space: bool = True, group: Binding.Group | None = MOVE
) -> tuple[MoveAction[Scrolls], ...]:
    """Return the actions that scroll a page. With `space`, the space key also moves down half a page."""
    half_down = ScrollHalfDownBySpace if space else ScrollHalfDown
    kinds = (ScrollDown, ScrollUp, half_down, ScrollHalfUp, ScrollToFirst, ScrollToLast)
    return tuple(kind(scope, group) for kind in kinds)


# Lists with a cursor.


class HasCursor(Protocol):
    """List with a cursor that moves."""

    @property
    def count(self) -> int:
        """Number of lines."""
        ...

    def move_to(self, index: int) -> None:
        """Move the cursor to line `index`, or to the nearest line if there is no such line."""
        ...

    def move_lines(self, lines: int) -> None:
        """Move the cursor down by a number of lines; up if it is negative."""
        ...

    def move_halves(self, halves: int) -> None:
        """Move the cursor down by a number of half pages; up if it is negative."""
        ...


class CursorDown(MoveAction[HasCursor]):
    """Move down one line, which is a `what`."""

    name, keys, word = "down", "j,down", "down"
    lines = 1

    def __init__(self, scope: str, what: str) -> None:
        super().__init__(scope)
        self.help = f"Move {self.word} one {what}"

    def run(self, on: HasCursor) -> None:
        on.move_lines(self.lines)


class CursorUp(CursorDown):
    """Move up one line, which is a `what`."""

    name, keys, word = "up", "k,up", "up"
    lines = -1


class CursorToFirst(MoveAction[HasCursor]):
    """Go to the first line."""

    name, keys, word = "first", "g,home", "top"

    def run(self, on: HasCursor) -> None:
        on.move_to(0)


class CursorToLast(MoveAction[HasCursor]):
    """Go to the last line."""

    name, keys, word = "last", "G,end", "bottom"

    def run(self, on: HasCursor) -> None:
        on.move_to(on.count)


class CursorHalfDown(MoveAction[HasCursor]):
    """Move down half a page."""

    name, keys, word = "half_down", "ctrl+d,pagedown", "half down"
    halves = 1

    def run(self, on: HasCursor) -> None:
        on.move_halves(self.halves)


class CursorHalfUp(CursorHalfDown):
    """Move up half a page."""

    name, keys, word = "half_up", "ctrl+u,pageup", "half up"
    halves = -1


def picking_actions(scope: str, what: str) -> tuple[MoveAction[HasCursor], ...]:
    """Return the actions that move the cursor of a list. Each line of the list is a `what`."""
    return (
        CursorDown(scope, what),
        CursorUp(scope, what),
        CursorToFirst(scope),
        CursorToLast(scope),
        CursorHalfDown(scope),
        CursorHalfUp(scope),
    )
