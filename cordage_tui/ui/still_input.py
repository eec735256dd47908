"""The one-line field every form of ours uses."""

from typing import Any

from textual.widgets import Input


class SteadyInput(Input):
    """An input whose cursor does not blink: an idle screen writes nothing."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.cursor_blink = False
