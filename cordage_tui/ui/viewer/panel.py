"""Zoomable output of the viewer."""

from collections.abc import Sequence
from typing import Final

from textual.content import Content
from textual.strip import Strip

from cordage_tui.domain.base.fast_dataclass import dataclass, replace
from cordage_tui.domain.image import WHOLE, CropBox, ImageRequest, ImageState, ImageView
from cordage_tui.domain.output import UNJUDGED, OutputRef, Rating
from cordage_tui.domain.run import RunRow
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.images.service import ImageService
from cordage_tui.ui.images.image_cells import ImageLine, ImageSlice, Line, describe
from cordage_tui.ui.images.renderer import ImageRenderer
from cordage_tui.ui.keys.action import ActionNode, bindings_of
from cordage_tui.ui.keys.footer import key_of
from cordage_tui.ui.keys.moves import FirstLine, HalfPageDownBySpace, HalfPageUp, LastLine
from cordage_tui.ui.run_detail.text_layout import wrapped
from cordage_tui.ui.run_detail.thumbnails import CellSize
from cordage_tui.ui.widgets.line_view import ScrollView
from cordage_tui.ui.widgets.status_signs import opinion_words
from cordage_tui.ui.widgets.text import centred, literal

# Visible part of an image. Pure functions.

STEPS: Final = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
"""Zoom factors, relative to the whole image on the screen."""
STRIDE: Final = 0.25
"""Share of the visible part that one key pans."""


@dataclass(frozen=True, slots=True)
class Zoom:
    """Zoom step and centre of the visible part of an image."""

    step: int = 0
    """Index in `STEPS`."""
    x: float = 0.5
    """Centre of the visible part, as a share of the image's width."""
    y: float = 0.5

    @property
    def is_near(self) -> bool:
        """True if only a part is visible."""
        return self.step > 0

    def nearer(self, by: int) -> "Zoom":
        """Zoom in by a number of steps, up to the last one."""
        step = max(0, min(len(STEPS) - 1, self.step + by))
        return replace(self, step=step) if step else Zoom()

    def part(self, shape: float, room: CellSize, cell: float) -> CropBox:
        """Return the visible part of an image. `shape` and `cell`: width over height of the image and of a cell.

        The whole room is used before a side is cut off.
        """
        if not self.is_near:
            return WHOLE
        wide, high = self._seen(shape, room, cell)
        left, top = _start(self.x, wide), _start(self.y, high)
        return CropBox(*(round(1000 * edge) for edge in (left, top, left + wide, top + high)))

    def moved(self, across: int, down: int, shape: float, room: CellSize, cell: float) -> "Zoom":
        """Pan a number of strides right and down, but not beyond an edge."""
        wide, high = self._seen(shape, room, cell)
        x, y = _start(self.x, wide) + wide / 2, _start(self.y, high) + high / 2
        return replace(self, x=x + across * STRIDE * wide, y=y + down * STRIDE * high)._within(wide, high)

    def _within(self, wide: float, high: float) -> "Zoom":
        return replace(self, x=_start(self.x, wide) + wide / 2, y=_start(self.y, high) + high / 2)

    def _seen(self, shape: float, room: CellSize, cell: float) -> tuple[float, float]:
        """Return the visible shares of width and height."""
        stretch = room.columns * cell / max(1, room.rows) / shape
        times = STEPS[self.step]
        return min(1.0, max(1.0, stretch) / times), min(1.0, max(1.0, 1 / stretch) / times)


def _start(middle: float, share: float) -> float:
    """Return the start of a part of length `share` that is centred on `middle`, moved so that it is within the image."""
    return max(0.0, min(1.0 - share, middle - share / 2))


# Lines of the viewer. Pure functions.

TEXT_WIDTH: Final = 100
"""Longest line of text in cells. Longer lines are hard to read."""
_BLANK: Final = Content("")
_DOT: Final = literal(SafeText(" · "), "$quiet")


@dataclass(frozen=True, slots=True)
class ViewerModel:
    """Shown output, and the data of its caption."""

    output: OutputRef
    count: int
    """Number of outputs of its run."""
    prompt: SafeText
    """Prompt on one line."""
    about: SafeText
    """Webhook and short run id."""
    verdict: Rating = UNJUDGED
    beside: tuple[OutputRef, ...] = ()
    """Outputs that the user will probably look at next."""


def whose(webhook: str, row: RunRow) -> SafeText:
    """Return webhook and run of an output, like `Sunset · 550e8400`."""
    return SafeText(f"{one_line(webhook, 40)} · {one_line(row.short_id)}")


def picture_lines(strips: Sequence[Strip], width: int, height: int) -> list[Line]:
    """Centre an image on the screen."""
    left = max(0, width - strips[0].cell_length) // 2
    above = max(0, height - len(strips)) // 2
    return [*[_BLANK] * above, *(ImageLine((ImageSlice(left, strip),)) for strip in strips)]


def text_lines(text: SafeText, width: int) -> list[Line]:
    """Put a text into a readable column, centred if the screen is wide."""
    column = min(TEXT_WIDTH, width - 2)
    left = max(1, (width - column) // 2)
    return [_BLANK, *(line.pad_left(left) for line in wrapped(text, column))]


def word_lines(words: SafeText, width: int, height: int) -> list[Line]:
    """Centre a text on the screen."""
    return [*centred(wrapped(words, min(60, max(2, width - 2)), "$quiet"), width, height)]


def caption(exhibit: ViewerModel, sight: ImageView, width: int, load_key: str = "enter") -> Content:
    """Return the caption: the prompt on one line; below it number, media type, rating, webhook and run."""
    room = max(1, width - 2)
    prompt = literal(exhibit.prompt, "$foreground bold").truncate(room, ellipsis=True)
    parts = [literal(SafeText(f"{exhibit.output.number:,}/{exhibit.count:,}"), "$accent")] if exhibit.count > 1 else []
    parts += [literal(description, "$quiet")] if (description := describe(sight, load_key)) else []
    parts += [opinion_words(exhibit.verdict)] if exhibit.verdict != UNJUDGED else []
    left = _DOT.join(parts)
    right = literal(exhibit.about, "$quiet")
    gap = room - left.cell_length - right.cell_length
    info_line = Content.assemble(left, " " * gap, right) if gap > 1 else left.truncate(room, ellipsis=True)
    return Content("\n").join([prompt.pad_left(1), info_line.pad_left(1)])


class ScrollTextDown(HalfPageDownBySpace):
    """Scroll a text down half a page."""


class ScrollTextUp(HalfPageUp):
    """Scroll a text up half a page."""


class GoToFirstLine(FirstLine):
    """Go to the first line of a text."""


class GoToLastLine(LastLine):
    """Go to the last line of a text."""


class ViewerPanel(ActionNode, ScrollView):
    """Widget of the viewer: an image as large as possible, a part of an image, or a text that scrolls."""

    BINDING_GROUP_TITLE = "Read"
    ACTIONS = (
        ScrollTextDown("viewer", None),
        ScrollTextUp("viewer", None),
        GoToFirstLine("viewer", None),
        GoToLastLine("viewer", None),
    )
    BINDINGS = bindings_of(ACTIONS)

    def __init__(self, renderer: ImageRenderer, images: ImageService) -> None:
        super().__init__(classes="")
        self._renderer = renderer
        self._images = images
        self._exhibit: ViewerModel | None = None
        self._zoom = Zoom()
        self._stays = False
        """True if an image of this output is drawn. It stays until another part or size of the image is loaded."""

    @property
    def room(self) -> CellSize:
        """Cells for an image."""
        return CellSize(self.size.width, self.size.height)

    @property
    def sight(self) -> ImageView:
        """State of the shown output's image."""
        return self._images.sight(self._request) if self._request is not None else ImageView()

    @property
    def requests(self) -> list[ImageRequest]:
        """Requests for the shown output, and for the outputs that will probably be next. Empty while pictures are off."""
        if self._request is None or self._exhibit is None or not self._renderer.on:
            return []
        whole = self._renderer.wanted(self._exhibit.output, *self.room, fill=True)
        return [self._request, *(replace(whole, output=output) for output in self._exhibit.beside)]

    @property
    def _request(self) -> ImageRequest | None:
        if self._exhibit is None or not all(self.room):
            return None
        part = self._zoom.part(self._shape, self.room, self._renderer.cell_shape)
        return self._renderer.wanted(self._exhibit.output, *self.room, fill=True, part=part)

    @property
    def scrolls(self) -> bool:
        """True if there are more lines than fit."""
        return self.line_count > self.size.height

    @property
    def can_zoom(self) -> bool:
        """True if an image is drawn."""
        return self._renderer.draws and self.sight.pixels is not None

    @property
    def is_near(self) -> bool:
        """True if only a part of the image is visible."""
        return self._zoom.is_near

    def show(self, exhibit: ViewerModel | None) -> None:
        """Show an output, zoomed out. If it is shown already, zoom and scroll stay."""
        before, self._exhibit = self._exhibit, exhibit
        is_same = before is not None and exhibit is not None and before.output == exhibit.output
        self._zoom, self._stays = (self._zoom, self._stays) if is_same else (Zoom(), False)
        self.redraw(None if is_same else 0)

    def zoom(self, by: int) -> None:
        """Zoom in by a number of steps. 0: fit to the screen."""
        if self.can_zoom:
            self._zoom = self._zoom.nearer(by) if by else Zoom()
            self.redraw()

    def look_aside(self, across: int, down: int) -> None:
        """Pan a number of strides right and down."""
        self._zoom = self._zoom.moved(across, down, self._shape, self.room, self._renderer.cell_shape)
        self.redraw()

    def redraw(self, top: int | None = None) -> None:
        """Draw at the present size. `top`: the first line to show; None: as before."""
        sight = self.sight
        if all(self.room) and not (self._stays and sight.image is None and sight.standing is ImageState.LOADING):
            self.draw(self._lines_of(sight), top=top)
            self._stays = sight.image is not None

    @property
    def _shape(self) -> float:
        """Width of the image over its height."""
        if self._exhibit is None:
            return 1.0
        pixels = self._images.sight(self._renderer.wanted(self._exhibit.output, *self.room, fill=True)).pixels
        return pixels.width / max(1, pixels.height) if pixels is not None else 1.0

    def _lines_of(self, sight: ImageView) -> list[Line]:
        width, height = self.room
        if sight.image is not None and self._renderer.draws:
            strips = self._renderer.strips(sight.image, self.background_colors[1])
            return picture_lines(strips, width, height)
        if sight.text:
            return text_lines(sight.text, self.text_width)
        description = describe(sight, key_of(self, "viewer.enter"))
        return word_lines(description, width, height) if sight.standing is not ImageState.LOADING else []
