"""What the detail pane sees of pictures: the engine's desk through the app's painter."""

from collections.abc import Iterable, Sequence
from typing import Final

from textual.color import Color
from textual.strip import Strip

from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.picture import WHOLE, CropBox, Image, ImageRequest, ImageView
from cordage_tui.domain.value import replace
from cordage_tui.engine.pictures.desk import LazyImageService
from cordage_tui.ui.detail.hanging import Wish
from cordage_tui.ui.detail.stage import Space
from cordage_tui.ui.pictures.painter import Painter
from cordage_tui.ui.pictures.route import Route

_HALF: Final = 0.5
"""Width over height of a cell that is drawn as two square pixels."""


class Easel:
    """Both at one place (`hanging.Pictures`)."""

    def __init__(self, painter: Painter, desk: LazyImageService) -> None:
        self._painter = painter
        self._desk = desk

    @property
    def draws(self) -> bool:
        return self._painter.route is not Route.WORDS

    @property
    def asks(self) -> bool:
        return self._painter.on

    @property
    def cell(self) -> float:
        cell = self._painter.cell
        return cell.width / cell.height if cell else _HALF

    def sight(self, output: OutputRef, space: Space, part: CropBox = WHOLE) -> ImageView:
        return self._desk.sight(self._wanted(Wish(output, space, part)))

    def cells(self, image: Image) -> Space:
        return Space(*self._painter.cells(image))

    def strips(self, image: Image, background: Color) -> Sequence[Strip]:
        return self._painter.strips(image, background)

    def want(self, wishes: Iterable[Wish]) -> None:
        """These are looked at now, and nothing else. Who has switched pictures off wants none of their bytes either."""
        self._desk.want([self._wanted(wish) for wish in wishes] if self.asks else [])

    def _wanted(self, wish: Wish) -> ImageRequest:
        """It fills its room; over SSH a small picture stays as small as it is, since its bytes are felt."""
        wanted = self._painter.wanted(wish.output, *wish.space)
        return replace(wanted, grow=not self._painter.place.far, part=wish.part)
