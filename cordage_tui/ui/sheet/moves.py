"""The keys that move about a sheet."""

from typing import Final

from textual.binding import Binding, BindingType

from cordage_tui.ui.keys.moving import MOVE

MOVES: Final[list[BindingType]] = [
    Binding("l,right", "along(1)", "right", id="sheet.right", tooltip="To the next output.", group=MOVE, show=False),
    Binding("h,left", "along(-1)", "left", id="sheet.left", tooltip="To the output before.", group=MOVE, show=False),
    Binding("j,down", "down(1)", "down", id="sheet.down", tooltip="One row down.", group=MOVE, show=False),
    Binding("k,up", "down(-1)", "up", id="sheet.up", tooltip="One row up.", group=MOVE, show=False),
    Binding("ctrl+d,pagedown,space", "page(1)", "page down", id="sheet.page_down", tooltip="One page down.", group=MOVE, show=False),
    Binding("ctrl+u,pageup", "page(-1)", "page up", id="sheet.page_up", tooltip="One page up.", group=MOVE, show=False),
    Binding("g,home", "end(False)", "first", id="sheet.first", tooltip="To the first output.", group=MOVE, show=False),
    Binding("G,end", "end(True)", "last", id="sheet.last", tooltip="To the last output.", group=MOVE, show=False),
    Binding("z", "zoom(1)", "larger", id="sheet.larger", tooltip="Larger pictures.", show=False),
    Binding("Z", "zoom(-1)", "smaller", id="sheet.smaller", tooltip="Smaller pictures.", show=False),
]  # fmt: skip
