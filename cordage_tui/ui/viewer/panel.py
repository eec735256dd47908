"""The viewer's widget: an output as large as it goes, or a part of it, or a text that scrolls."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from cordage_tui.domain.image import ImageState, ImageView
from cordage_tui.ui.detail.hanging import ImageSourceProtocol, SizedImageRequest
from cordage_tui.ui.detail.stage import CellSize
from cordage_tui.ui.line_view import ScrollView
from cordage_tui.ui.pictures.describe import describe
from cordage_tui.ui.pictures.line import Line
from cordage_tui.ui.viewer.exhibit import ViewerModel, picture_lines, text_lines, word_lines
from cordage_tui.ui.viewer.zoom import Zoom


class ViewerPanel(ScrollView):
    """Draws what there is of one output, in all the room it has."""

    BINDING_GROUP_TITLE = "Read"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+d,pagedown,space", "half(1)", "half a page down", id="viewer.half_down", tooltip="Half a page of a text down.", show=False),
        Binding("ctrl+u,pageup", "half(-1)", "half a page up", id="viewer.half_up", tooltip="Half a page of a text up.", show=False),
        Binding("g,home", "first", "top", id="viewer.first", tooltip="To the first line of a text.", show=False),
        Binding("G,end", "last", "bottom", id="viewer.last", tooltip="To the last line of a text.", show=False),
    ]  # fmt: skip

    def __init__(self, pictures: ImageSourceProtocol) -> None:
        super().__init__(classes="")
        self._pictures = pictures
        self._exhibit: ViewerModel | None = None
        self._zoom = Zoom()
        self._stays = False
        """A picture of this output is drawn: it stays until another part of it, or another size, has come."""

    @property
    def room(self) -> CellSize:
        """What a picture may take."""
        return CellSize(self.size.width, self.size.height)

    @property
    def sight(self) -> ImageView:
        """What there is of the output now."""
        return self._pictures.sight(*self.wish) if self.wish is not None else ImageView()

    @property
    def wish(self) -> SizedImageRequest | None:
        """What is to be drawn; None: there is nothing to draw, or no room for it."""
        if self._exhibit is None or not all(self.room):
            return None
        return SizedImageRequest(
            self._exhibit.output, self.room, self._zoom.part(self._shape, self.room, self._pictures.cell)
        )

    @property
    def scrolls(self) -> bool:
        """There are more lines than fit."""
        return self.line_count > self.size.height

    @property
    def can_zoom(self) -> bool:
        """A picture is drawn, so it can be looked at more closely."""
        return self._pictures.draws and self.sight.pixels is not None

    @property
    def is_near(self) -> bool:
        """Only a part of the picture is shown."""
        return self._zoom.is_near

    def show(self, exhibit: ViewerModel | None) -> None:
        """Show this output instead, all of it; the same one stays as it is."""
        before, self._exhibit = self._exhibit, exhibit
        same = before is not None and exhibit is not None and before.output == exhibit.output
        self._zoom, self._stays = (self._zoom, self._stays) if same else (Zoom(), False)
        self.redraw(None if same else 0)

    def zoom(self, by: int) -> None:
        """So many steps nearer to a picture; 0: all of it again."""
        if self.can_zoom:
            self._zoom = self._zoom.nearer(by) if by else Zoom()
            self.redraw()

    def look_aside(self, across: int, down: int) -> None:
        """Another part of the picture, so many strides further right and down."""
        self._zoom = self._zoom.moved(across, down, self._shape, self.room, self._pictures.cell)
        self.redraw()

    def redraw(self, top: int | None = None) -> None:
        """Lay out anew; `top` is the first line to show, None: as before."""
        sight = self.sight
        if all(self.room) and not (self._stays and sight.image is None and sight.standing is ImageState.LOADING):
            self.draw(self._lines_of(sight), top=top)
            self._stays = sight.image is not None

    @property
    def _shape(self) -> float:
        """The picture's width over its height."""
        if self._exhibit is None:
            return 1.0
        pixels = self._pictures.sight(self._exhibit.output, self.room).pixels
        return pixels.width / max(1, pixels.height) if pixels is not None else 1.0

    def _lines_of(self, sight: ImageView) -> list[Line]:
        width, height = self.room
        if sight.image is not None and self._pictures.draws:
            strips = self._pictures.strips(sight.image, self.background_colors[1])
            return picture_lines(strips, width, height)
        if sight.text:
            return text_lines(sight.text, self.text_width)
        return word_lines(describe(sight), width, height) if sight.standing is not ImageState.LOADING else []
