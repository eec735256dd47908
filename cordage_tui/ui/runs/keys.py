"""The keys of the run table."""

from typing import Final

from textual.binding import Binding, BindingType

_MOVE: Final = Binding.Group("Move", compact=True)
_MARK: Final = Binding.Group("Mark", compact=True)
_SORT: Final = Binding.Group("Sort", compact=True)

BINDINGS: Final[list[BindingType]] = [
    Binding("enter", "open", "open", id="runs.open", tooltip="Show this run; of a batch, its runs"),
    Binding("right", "fold(False)", "unfold", False, id="runs.unfold", tooltip="Show the runs of this batch"),
    Binding("left", "fold(True)", "fold", False, id="runs.fold", tooltip="Show this batch as one line"),
    Binding("j,down", "move(1)", "Down", False, id="runs.down", tooltip="One row down", group=_MOVE),
    Binding("k,up", "move(-1)", "Up", False, id="runs.up", tooltip="One row up", group=_MOVE),
    Binding("g,home", "end(False)", "First", False, id="runs.first", tooltip="To the first row", group=_MOVE),
    Binding("G,end", "end(True)", "Last", False, id="runs.last", tooltip="To the last row", group=_MOVE),
    Binding("ctrl+d", "page(0.5)", "Half down", False, id="runs.half_down", tooltip="Half a screen down", group=_MOVE),
    Binding("ctrl+u", "page(-0.5)", "Half up", False, id="runs.half_up", tooltip="Half a screen up", group=_MOVE),
    Binding("pagedown", "page(1)", "Page down", False, id="runs.page_down", tooltip="A screen down", group=_MOVE),
    Binding("pageup", "page(-1)", "Page up", False, id="runs.page_up", tooltip="A screen up", group=_MOVE),
    Binding("space", "mark", "mark", False, id="runs.mark", tooltip="Mark this run, or unmark it, and go one down", group=_MARK),
    Binding("V", "range", "range", False, id="runs.mark_range", tooltip="Begin a range here; moving extends it, V again marks it", group=_MARK),
    Binding("*", "mark_all", "mark all", False, id="runs.mark_all", tooltip="Mark all shown, also out of sight; again unmarks them", group=_MARK),
    Binding("escape", "unmark", "unmark all", False, id="runs.unmark", tooltip="Leave the range, else take all marks", group=_MARK),
    Binding(">", "sort(False)", "Sort", False, id="runs.sort", tooltip="Sort by the next column", group=_SORT),
    Binding("R", "sort(True)", "Reverse", False, id="runs.sort_reverse", tooltip="Sort the other way", group=_SORT),
]  # fmt: skip
"""`>` and `R` as in top(1); `space` marks and goes on, as in the file managers people mark in."""
