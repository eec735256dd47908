"""The viewer's widget: an output as large as it goes, or scrolled."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from cordage_tui.domain.picture import Sight
from cordage_tui.ui.detail.hanging import Pictures
from cordage_tui.ui.detail.stage import Space
from cordage_tui.ui.line_view import ReadingView
from cordage_tui.ui.pictures.describe import describe
from cordage_tui.ui.pictures.line import Line
from cordage_tui.ui.viewer.exhibit import Exhibit, picture_lines, text_lines, word_lines


class ViewerPanel(ReadingView):
    """Draws what there is of one output, in all the room it has."""

    BINDING_GROUP_TITLE = "Read"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+d,pagedown,space", "half(1)", "half a page down", id="viewer.half_down", tooltip="Half a page of a text down.", show=False),
        Binding("ctrl+u,pageup", "half(-1)", "half a page up", id="viewer.half_up", tooltip="Half a page of a text up.", show=False),
        Binding("g,home", "first", "top", id="viewer.first", tooltip="To the first line of a text.", show=False),
        Binding("G,end", "last", "bottom", id="viewer.last", tooltip="To the last line of a text.", show=False),
    ]  # fmt: skip

    def __init__(self, pictures: Pictures) -> None:
        super().__init__(classes="")
        self._pictures = pictures
        self._exhibit: Exhibit | None = None

    @property
    def room(self) -> Space:
        """What a picture may take."""
        return Space(self.size.width, self.size.height)

    @property
    def sight(self) -> Sight:
        """What there is of the output now."""
        return self._pictures.sight(self._exhibit.output, self.room) if self._exhibit and all(self.room) else Sight()

    @property
    def scrolls(self) -> bool:
        """There is more than fits."""
        return self.line_count > self.size.height

    def show(self, exhibit: Exhibit | None) -> None:
        """Show this output instead; the same one keeps its place."""
        before, self._exhibit = self._exhibit, exhibit
        same = before is not None and exhibit is not None and before.output == exhibit.output
        self.redraw(None if same else 0)

    def redraw(self, top: int | None = None) -> None:
        """Lay out anew; `top` is the first line to show, None: as before."""
        if all(self.room):
            self.draw(self._lines_now(), top=top)

    def _lines_now(self) -> list[Line]:
        sight, (width, height) = self.sight, self.room
        if sight.image is not None and self._pictures.draws:
            strips = self._pictures.strips(sight.image, self.background_colors[1])
            return picture_lines(strips, width, height)
        if sight.text:
            return text_lines(sight.text, self.text_width)
        return word_lines(describe(sight), width, height)
