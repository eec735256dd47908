"""The keys of the detail pane."""

from typing import Final

from textual.binding import Binding

_MOVES: Final = Binding.Group("Move", compact=True)
_COPIES: Final = Binding.Group("Copy")

KEYS: Final = (
    Binding("enter", "open", "full screen", id="run.open", tooltip="Show the chosen output on the whole screen, or load it if it is large."),
    Binding("j,down", "line(1)", "down", id="run.down", tooltip="One line down.", group=_MOVES, show=False),
    Binding("k,up", "line(-1)", "up", id="run.up", tooltip="One line up.", group=_MOVES, show=False),
    Binding("ctrl+d,pagedown", "half(1)", "half a page down", id="run.half_down", tooltip="Half a page down.", group=_MOVES, show=False),
    Binding("ctrl+u,pageup", "half(-1)", "half a page up", id="run.half_up", tooltip="Half a page up.", group=_MOVES, show=False),
    Binding("g,home", "first", "top", id="run.first", tooltip="To the first line.", group=_MOVES, show=False),
    Binding("G,end", "last", "bottom", id="run.last", tooltip="To the last line.", group=_MOVES, show=False),
    Binding("l,right", "output(1)", "next output", id="run.right", tooltip="Choose the next output.", group=_MOVES),
    Binding("h,left", "output(-1)", "output before", id="run.left", tooltip="Choose the output before.", group=_MOVES, show=False),
    Binding("y", "copy_id", "copy id", id="run.copy_id", tooltip="Copies the run's id.", group=_COPIES, show=False),
    Binding("Y", "copy_urls", "copy URLs", id="run.copy_urls", tooltip="Copies the URLs of all outputs, one a line.", group=_COPIES, show=False),
    Binding("C", "copy_curl", "copy curl", id="run.copy_curl", tooltip="Copies the shell line that repeats this run.", group=_COPIES, show=False),
    Binding("J", "raw", "JSON", id="run.raw", tooltip="Shows or hides the server's last answer as JSON."),
    Binding("escape", "close", "back", id="run.close", tooltip="Leaves this panel.", show=False),
)  # fmt: skip
