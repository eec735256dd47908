"""The comparison as a widget: scrolls, and knows which of the two its keys act on."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import BindingType

from cordage_tui.domain.image import ImageRequest, ImageView
from cordage_tui.engine.images.lazy_service import LazyImageService
from cordage_tui.ui.compare.page import (
    ComparedRun,
    PageLayout,
    about,
    abreast,
    input_lines,
    picture_lines,
    run_lines,
    title_line,
)
from cordage_tui.ui.keys.moving import reading_keys
from cordage_tui.ui.line_view import ScrollView
from cordage_tui.ui.pictures.line import Line
from cordage_tui.ui.pictures.painter import ImageRenderer
from cordage_tui.ui.pictures.route import GraphicsProtocol


class ComparePanel(ScrollView):
    """Shows two `ComparedRun`s."""

    BINDING_GROUP_TITLE = "Side by side"
    BINDINGS: ClassVar[list[BindingType]] = [*reading_keys("compare")]

    def __init__(self, painter: ImageRenderer, desk: LazyImageService) -> None:
        super().__init__()
        self._painter = painter
        self._desk = desk
        self._sides: Sequence[ComparedRun] = ()
        self._active = 0
        self._now = 0.0

    def show(self, sides: Sequence[ComparedRun], active: int, now: float) -> None:
        """These two, as of `now`, epoch seconds; keys act on the one with that place."""
        self._sides, self._active, self._now = sides, active, now
        self.redraw()

    def redraw(self) -> None:
        if len(self._sides) != 2 or not self.text_width:
            return
        room = self._room()
        left, right = self._sides
        mine, its = (self._top_of(side, room, active=place == self._active) for place, side in enumerate(self._sides))
        self.draw(
            [
                *abreast(mine, its, room),
                *input_lines(left.detail, right.detail, room),
                *run_lines(left, right, self._now, room),
            ]
        )

    def wanted(self) -> list[ImageRequest]:
        """The pictures of both, that of the active one first."""
        room = self._room()
        ordered = [*self._sides[self._active :], *self._sides[: self._active]]
        return [w for side in ordered if (w := self._wanted(side, room))] if self._painter.on else []

    def _room(self) -> PageLayout:
        return PageLayout(self.text_width, self.size.height, bare=all(side.output is None for side in self._sides))

    def _wanted(self, side: ComparedRun, room: PageLayout) -> ImageRequest | None:
        return self._painter.wanted(side.output, room.half, room.picture) if side.output is not None else None

    def _top_of(self, side: ComparedRun, room: PageLayout, *, active: bool) -> list[Line]:
        """Title and picture of one."""
        wanted = self._wanted(side, room)
        sight = self._desk.sight(wanted) if wanted is not None else ImageView()
        draws = sight.image is not None and self._painter.route is not GraphicsProtocol.WORDS
        strips = self._painter.strips(sight.image, self.background_colors[1]) if sight.image and draws else None
        shown = picture_lines(strips, about(side, sight if side.output is not None else None), room)
        return [title_line(side, room.half, active=active), *shown]
