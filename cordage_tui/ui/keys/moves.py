"""Actions that move in lines, the same in each panel. Their ids begin with the panel's scope, so each can be remapped."""

from typing import Final, Protocol, TypeAlias, TypeVar

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


class MovesInLines(Protocol):
    """Panel of lines. A page scrolls, and a list moves its cursor."""

    def move_lines(self, lines: int) -> None:
        """Move down by a number of lines; up if it is negative."""
        ...

    def move_halves(self, halves: int) -> None:
        """Move down by a number of half pages; up if it is negative."""
        ...

    def move_to_first(self) -> None:
        """Move to the first line."""
        ...

    def move_to_last(self) -> None:
        """Move to the last line."""
        ...


class LineDown(MoveAction[MovesInLines]):
    """Move down one line, which is a `what`."""

    name, keys, word = "down", "j,down", "down"
    lines = 1

    def __init__(self, scope: str, what: str, group: Binding.Group | None = MOVE) -> None:
        super().__init__(scope, group)
        self.help = f"Move {self.word} one {what}"

    def run(self, on: MovesInLines) -> None:
        on.move_lines(self.lines)


class LineUp(LineDown):
    """Move up one line, which is a `what`."""

    name, keys, word = "up", "k,up", "up"
    lines = -1


class HalfPageDown(MoveAction[MovesInLines]):
    """Move down half a page."""

    name, keys, word = "half_down", "ctrl+d,pagedown", "half page down"
    halves = 1

    def run(self, on: MovesInLines) -> None:
        on.move_halves(self.halves)


class HalfPageDownBySpace(HalfPageDown):
    """Move down half a page."""

    keys = "ctrl+d,pagedown,space"


class HalfPageUp(HalfPageDown):
    """Move up half a page."""

    name, keys, word = "half_up", "ctrl+u,pageup", "half page up"
    halves = -1


class FirstLine(MoveAction[MovesInLines]):
    """Go to the first line."""

    name, keys, word = "first", "g,home", "top"

    def run(self, on: MovesInLines) -> None:
        on.move_to_first()


class LastLine(MoveAction[MovesInLines]):
    """Go to the last line."""

    name, keys, word = "last", "G,end", "bottom"

    def run(self, on: MovesInLines) -> None:
        on.move_to_last()


Moves: TypeAlias = tuple[MoveAction[MovesInLines], ...]


def reading_actions(scope: str, *, space: bool = True, group: Binding.Group | None = MOVE) -> Moves:
    """Return the actions that scroll a page. With `space`, the space key also moves down half a page."""
    half_down = HalfPageDownBySpace if space else HalfPageDown
    return (
        LineDown(scope, "line", group),
        LineUp(scope, "line", group),
        *(kind(scope, group) for kind in (half_down, HalfPageUp, FirstLine, LastLine)),
    )


def picking_actions(scope: str, what: str) -> Moves:
    """Return the actions that move the cursor of a list. Each line of the list is a `what`."""
    kinds = (FirstLine, LastLine, HalfPageDown, HalfPageUp)
    return (LineDown(scope, what), LineUp(scope, what), *(kind(scope) for kind in kinds))
