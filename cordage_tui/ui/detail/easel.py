"""What the detail pane sees of pictures: the engine's desk through the app's painter."""

from collections.abc import Iterable, Sequence
from typing import Final

from textual.color import Color
from textual.strip import Strip

from cordage_tui.domain.fast_dataclass import replace
from cordage_tui.domain.image import WHOLE, CropBox, Image, ImageRequest, ImageView
from cordage_tui.domain.output import OutputRef
from cordage_tui.engine.images.lazy_service import LazyImageService
from cordage_tui.ui.detail.hanging import SizedImageRequest
from cordage_tui.ui.detail.stage import CellSize
from cordage_tui.ui.pictures.painter import ImageRenderer
from cordage_tui.ui.pictures.route import GraphicsProtocol

_HALF: Final = 0.5
"""Width over height of a cell that is drawn as two square pixels."""


class ImageSource:
    """Both at one place (`hanging.Pictures`)."""

    def __init__(self, painter: ImageRenderer, desk: LazyImageService) -> None:
        self._painter = painter
        self._desk = desk

    @property
    def draws(self) -> bool:
        return self._painter.route is not GraphicsProtocol.WORDS

    @property
    def asks(self) -> bool:
        return self._painter.on

    @property
    def cell(self) -> float:
        cell = self._painter.cell
        return cell.width / cell.height if cell else _HALF

    def sight(self, output: OutputRef, space: CellSize, part: CropBox = WHOLE) -> ImageView:
        return self._desk.sight(self._wanted(SizedImageRequest(output, space, part)))

    def cells(self, image: Image) -> CellSize:
        return CellSize(*self._painter.cells(image))

    def strips(self, image: Image, background: Color) -> Sequence[Strip]:
        return self._painter.strips(image, background)

    def want(self, wishes: Iterable[SizedImageRequest]) -> None:
        """These are looked at now, and nothing else. Who has switched pictures off wants none of their bytes either."""
        self._desk.want([self._wanted(wish) for wish in wishes] if self.asks else [])

    def _wanted(self, wish: SizedImageRequest) -> ImageRequest:
        """It fills its room; over SSH a small picture stays as small as it is, since its bytes are felt."""
        wanted = self._painter.wanted(wish.output, *wish.space)
        return replace(wanted, grow=not self._painter.place.far, part=wish.part)
