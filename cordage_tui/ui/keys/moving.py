"""The keys that move about lines, the same in every panel; their ids begin with the panel's scope, so each can be remapped."""

from typing import Final

from textual.binding import Binding

MOVE: Final = Binding.Group("Move", compact=True)


def reading_keys(scope: str, *, space: bool = True, group: Binding.Group | None = MOVE) -> list[Binding]:
    """Those of a `ScrollView`. `space` turns a page, too, where it does nothing else."""
    page = "ctrl+d,pagedown,space" if space else "ctrl+d,pagedown"
    return [
        Binding("j,down", "line(1)", "down", id=f"{scope}.down", tooltip="One line down.", group=group, show=False),
        Binding("k,up", "line(-1)", "up", id=f"{scope}.up", tooltip="One line up.", group=group, show=False),
        Binding(page, "half(1)", "half a page down", id=f"{scope}.half_down", tooltip="Half a page down.", group=group, show=False),
        Binding("ctrl+u,pageup", "half(-1)", "half a page up", id=f"{scope}.half_up", tooltip="Half a page up.", group=group, show=False),
        Binding("g,home", "first", "top", id=f"{scope}.first", tooltip="To the first line.", group=group, show=False),
        Binding("G,end", "last", "bottom", id=f"{scope}.last", tooltip="To the last line.", group=group, show=False),
    ]  # fmt: skip


def picking_keys(scope: str, what: str) -> list[Binding]:
    """Those of a `ListView`, each line of which is a `what`."""
    return [
        Binding("j,down", "step(1)", "down", id=f"{scope}.down", tooltip=f"One {what} down.", group=MOVE, show=False),
        Binding("k,up", "step(-1)", "up", id=f"{scope}.up", tooltip=f"One {what} up.", group=MOVE, show=False),
        Binding("g,home", "end(False)", "top", id=f"{scope}.first", tooltip="To the first line.", group=MOVE, show=False),
        Binding("G,end", "end(True)", "bottom", id=f"{scope}.last", tooltip="To the last line.", group=MOVE, show=False),
        Binding("ctrl+d,pagedown", "half(1)", "half down", id=f"{scope}.half_down", tooltip="Half a screen down.", group=MOVE, show=False),
        Binding("ctrl+u,pageup", "half(-1)", "half up", id=f"{scope}.half_up", tooltip="Half a screen up.", group=MOVE, show=False),
    ]  # fmt: skip
