"""Images that exist as the test says, and a renderer that draws each as rows of one letter."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rich.segment import Segment
from textual.color import Color
from textual.strip import Strip

from cordage_tui.domain.image import WHOLE, CropBox, Image, ImageFormat, ImageRequest, ImageState, ImageView, PixelSize
from cordage_tui.domain.media_type import PNG
from cordage_tui.domain.output import OutputRef
from cordage_tui.ui.run_detail.thumbnails import CellSize


@dataclass
class Shelf:
    """Renderer and image service of a terminal with cells of two square pixels."""

    views: dict[str, ImageView] = field(default_factory=dict)
    """By the output's address; what is missing is on its way."""
    draws: bool = True
    on: bool = True
    cell_shape: float = 0.5
    looked_up: list[ImageRequest] = field(default_factory=list)
    requested: list[ImageRequest] = field(default_factory=list)
    drawn: list[Image] = field(default_factory=list)
    background: Color | None = None
    """Behind what was drawn last."""
    _images: dict[tuple[str, PixelSize], Image] = field(default_factory=dict)
    _strips: dict[int, list[Strip]] = field(default_factory=dict)

    def put(self, url: str, width: int = 1024, height: int = 768) -> None:
        """Add a picture of so many pixels."""
        self.views[url] = ImageView(ImageState.READY, media=PNG, size=240_000, pixels=PixelSize(width, height))

    def wanted(
        self, output: OutputRef, columns: int, rows: int, *, fill: bool = False, part: CropBox = WHOLE, among: int = 1
    ) -> ImageRequest:
        return ImageRequest(output, PixelSize(columns, rows * 2), grow=fill, part=part)

    def want(self, wanted: Sequence[ImageRequest]) -> None:
        self.requested = list(wanted)

    def sight(self, wanted: ImageRequest) -> ImageView:
        self.looked_up.append(wanted)
        sight = self.views.get(wanted.output.url, ImageView(ImageState.LOADING))
        if sight.standing is not ImageState.READY or sight.pixels is None:
            return sight
        width, height = sight.pixels.width, sight.pixels.height
        scale = min(wanted.box.width / width, wanted.box.height / height, 1.0)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        image = self._images.setdefault((wanted.output.url, wanted.box), Image(ImageFormat.RGB, *size, (b"",)))
        return replace(sight, image=image)

    def cells(self, image: Image) -> CellSize:
        return CellSize(image.width, -(-image.height // 2))

    def strips(self, image: Image, background: Color) -> Sequence[Strip]:
        self.background = background
        if id(image) not in self._strips:
            self.drawn.append(image)
            columns, rows = self.cells(image)
            self._strips[id(image)] = [Strip([Segment("#" * columns)], columns) for _ in range(rows)]
        return self._strips[id(image)]
