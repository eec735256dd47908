"""The keys of the detail pane."""

from typing import Final

from textual.binding import Binding

from cordage_tui.ui.keys.moving import MOVE, reading_keys

_COPIES: Final = Binding.Group("Copy")

KEYS: Final = (
    Binding("enter", "open", "full screen", id="run.open", tooltip="Show the chosen output on the whole screen, or load it if it is large."),
    *reading_keys("run", space=False),
    Binding("l,right", "output(1)", "next output", id="run.right", tooltip="Choose the next output.", group=MOVE),
    Binding("h,left", "output(-1)", "output before", id="run.left", tooltip="Choose the output before.", group=MOVE, show=False),
    Binding("y", "copy_id", "copy id", id="run.copy_id", tooltip="Copies the run's id.", group=_COPIES, show=False),
    Binding("Y", "copy_urls", "copy URLs", id="run.copy_urls", tooltip="Copies the URLs of all outputs, one a line.", group=_COPIES, show=False),
    Binding("C", "copy_curl", "copy curl", id="run.copy_curl", tooltip="Copies the shell line that repeats this run.", group=_COPIES, show=False),
    Binding("J", "raw", "JSON", id="run.raw", tooltip="Shows or hides the server's last answer as JSON."),
    Binding("escape", "close", "back", id="run.close", tooltip="Leaves this panel.", show=False),
)  # fmt: skip
