"""The lower panel: the prompt under the cursor at length."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from cordage_tui.ui.line_view import ScrollView
from cordage_tui.ui.queue.detail import SelectedPrompt, detail_lines
from cordage_tui.ui.queue.standing import Key


class PromptView(ScrollView):
    """Shows one `SelectedPrompt`; another one is shown from its first line."""

    BINDING_GROUP_TITLE = "Prompt"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j,down", "line(1)", "down", show=False),
        Binding("k,up", "line(-1)", "up", show=False),
        Binding("ctrl+d,pagedown,space", "half(1)", "half down", show=False),
        Binding("ctrl+u,pageup", "half(-1)", "half up", show=False),
        Binding("g,home", "first", "top", show=False),
        Binding("G,end", "last", "bottom", show=False),
    ]

    def __init__(self, key: Key) -> None:
        super().__init__()
        self._key = key
        self._selected: SelectedPrompt | None = None
        self._now = 0.0
        self.border_title = Content("Prompt")

    def show(self, selected: SelectedPrompt | None, now: float) -> None:
        """Show this one at `now`, epoch seconds; None: none is under the cursor."""
        before, self._selected, self._now = self._selected, selected, now
        same = before is not None and selected is not None and before.waiting.row == selected.waiting.row
        self._draw(self.top if same else 0)

    def tick(self, now: float) -> None:
        """Time has passed."""
        self._now = now
        self._draw(self.top)

    def redraw(self) -> None:
        self._draw(self.top)

    def _draw(self, top: int) -> None:
        if self._selected is None or not self.text_width:
            self.draw([], top=0)
        else:
            self.draw(detail_lines(self._selected, self.text_width, self._now, self._key), top=top)
