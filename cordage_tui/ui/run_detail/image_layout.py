"""Layout of thumbnails: reserved space, image requests."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple, Protocol
from urllib.parse import urlsplit

from textual.color import Color
from textual.strip import Strip

from cordage_tui.domain.fast_dataclass import dataclass, replace
from cordage_tui.domain.image import WHOLE, CropBox, Image, ImageRequest, ImageState, ImageView
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.output import UNJUDGED, OutputRef, Rating
from cordage_tui.engine.images.service import ImageService
from cordage_tui.ui.run_detail.images import (
    LOWEST,
    SHAPE,
    TEXT_LINES,
    CellSize,
    PlacedImage,
    ThumbnailGrid,
    ThumbnailView,
    grid,
    lines_of_text,
    most_rows,
    room_for,
)
from cordage_tui.ui.terminal_images.capabilities import GraphicsProtocol
from cordage_tui.ui.terminal_images.renderer import ImageRenderer

# Hangs a run's outputs on a panel: which pictures, how large, and that they keep their room while they are there.

STAND_IN: Final = 0.7
"""Of the room's width that a picture must fill to stand in for a larger one."""
_TEXTS: Final = (".txt", ".json", ".md", ".csv")


class ImageSourceProtocol(Protocol):
    """What there is of pictures, and how they are drawn: all from memory, at once."""

    @property
    def draws(self) -> bool:
        """Pictures are drawn; else outputs are described."""
        ...

    @property
    def asks(self) -> bool:
        """What is not known of an output is asked for; else nothing more will come."""
        ...

    @property
    def cell(self) -> float:
        """Width over height of a cell."""
        ...

    def sight(self, output: OutputRef, space: CellSize, part: CropBox = WHOLE) -> ImageView:
        """What there is of that output, or of a part of it, to be drawn in so much room."""
        ...

    def cells(self, image: Image) -> CellSize:
        """What it takes."""
        ...

    def strips(self, image: Image, background: Color) -> Sequence[Strip]:
        """One for each of its lines; the same ones again as long as they are on screen."""
        ...


class SizedImageRequest(NamedTuple):
    """A picture that is wanted, and the room it has."""

    output: OutputRef
    space: CellSize
    part: CropBox = WHOLE


@dataclass(frozen=True, slots=True)
class ThumbnailLayoutInput:
    """What is to hang, and where."""

    outputs: Sequence[OutputRef]
    number: int
    """The chosen one."""
    webhook_key: str
    """Pictures of one webhook tend to be of one shape."""
    verdicts: Mapping[int, Rating]
    width: int
    height: int
    """Cells of the panel."""
    background: Color
    foretold: float | None = None
    """The shape that the run's inputs tell, if they do."""

    @property
    def chosen(self) -> OutputRef:
        return self.outputs[self.number - 1]


class ThumbnailLayout:
    """Remembers of each webhook the shape of its pictures, and which room the present output was given."""

    def __init__(self, pictures: ImageSourceProtocol) -> None:
        self._pictures = pictures
        self._shapes: dict[str, float] = {}
        self._given: tuple[object, CellSize, ImageState] = (None, CellSize(0, 0), ImageState.UNKNOWN)
        self._spread_for: tuple[object, ThumbnailGrid | None] = (None, None)
        self.wishes: Sequence[SizedImageRequest] = ()
        """What hangs, or should: the chosen one first."""

    def layout(self, wall: ThumbnailLayoutInput, *, settled: bool) -> ThumbnailView | None:
        """What there is now of what is wanted; None: nothing, and nothing will come. Until the user has `settled` on the run,
        only room is made for pictures; words cost nothing."""
        settled = settled or not self._pictures.draws
        most = CellSize(wall.width, most_rows(wall.height))
        seen = self._pictures.sight(wall.chosen, most)
        if seen.standing is ImageState.UNKNOWN and not self._pictures.asks:
            self.wishes = ()
            return None
        if (shape := _shape(seen)) is not None:
            self._shapes[wall.webhook_key] = shape
        chosen = self._hung(SizedImageRequest(wall.chosen, most), self._room(wall, seen, most), wall, settled=settled)
        spread = self._spread(wall, seen)
        small = self._small(wall, spread, settled=settled) if spread else []
        self.wishes = [SizedImageRequest(hung.output, hung.asked) for hung in (chosen, *small)]
        return ThumbnailView(chosen, len(wall.outputs), self._pictures.draws, small, spread)

    def _spread(self, wall: ThumbnailLayoutInput, seen: ImageView) -> ThumbnailGrid | None:
        """The same as long as the same run is looked at."""
        about = (wall.chosen.row, len(wall.outputs), wall.width)
        if self._spread_for[0] != about:
            shape = self._expected(wall, seen)
            self._spread_for = (about, grid(wall.width, len(wall.outputs), shape, self._pictures.cell))
        return self._spread_for[1]

    def _small(self, wall: ThumbnailLayoutInput, spread: ThumbnailGrid, *, settled: bool) -> list[PlacedImage]:
        """As many as there are places, the chosen one among them."""
        first = max(0, wall.number - spread.count)
        shown = wall.outputs[first : first + spread.count]
        return [
            self._hung(SizedImageRequest(output, spread.space), spread.space, wall, settled=settled) for output in shown
        ]

    def _hung(
        self, wish: SizedImageRequest, room: CellSize, wall: ThumbnailLayoutInput, *, settled: bool
    ) -> PlacedImage:
        """A picture that is higher than the room that was made before its shape was known is wanted smaller."""
        pictures, verdict = self._pictures, wall.verdicts.get(wish.output.number, UNJUDGED)
        sight = pictures.sight(*wish)
        if not settled:
            return PlacedImage(wish.output, ImageView(), room, wish.space, verdict=verdict)
        shape = _shape(sight)
        if shape is not None and wish.space.columns * pictures.cell / shape > room.rows:
            wish = SizedImageRequest(wish.output, room)
            sight = pictures.sight(*wish)
        strips = pictures.strips(sight.image, wall.background) if sight.image and self._fits(sight, room) else ()
        return PlacedImage(wish.output, sight, room, wish.space, strips, verdict)

    def _fits(self, sight: ImageView, room: CellSize) -> bool:
        """It is drawn there: one that stands in until the right one comes only when the change is hardly seen."""
        if sight.image is None or not self._pictures.draws:
            return False
        columns, rows = self._pictures.cells(sight.image)
        return rows <= room.rows and (sight.standing is ImageState.READY or columns >= room.columns * STAND_IN)

    def _room(self, wall: ThumbnailLayoutInput, seen: ImageView, most: CellSize) -> CellSize:
        """The same as long as the same output is looked at; one that had failed and did not in the end may take another."""
        about = (wall.chosen.key, wall.width, wall.height)
        known, room, standing = self._given
        if known != about or (standing is ImageState.FAILED and seen.standing is not ImageState.FAILED):
            room = self._fresh_room(wall, seen, most)
            self._given = (about, room, seen.standing)
        return room

    def _expected(self, wall: ThumbnailLayoutInput, seen: ImageView) -> float:
        """Width over height of the run's pictures: as the chosen one has it, as the inputs tell, or as the webhook's last had it."""
        return _shape(seen) or wall.foretold or self._shapes.get(wall.webhook_key, SHAPE)

    def _fresh_room(self, wall: ThumbnailLayoutInput, seen: ImageView, most: CellSize) -> CellSize:
        """Of one that nobody has seen yet its name may tell what it probably is."""
        if seen.text:
            return CellSize(most.columns, lines_of_text(seen.text, *most))
        if seen.standing in (ImageState.DESCRIBED, ImageState.FAILED):
            return CellSize(most.columns, LOWEST)
        if seen.media is None and _named_as_text(wall.chosen):
            return CellSize(most.columns, min(most.rows, TEXT_LINES))
        return room_for(most, self._expected(wall, seen), self._pictures.cell)


def _shape(sight: ImageView) -> float | None:
    """Width over height, where it is known."""
    return sight.pixels.width / max(1, sight.pixels.height) if sight.pixels is not None else None


def _named_as_text(output: OutputRef) -> bool:
    return urlsplit(output.url).path.lower().endswith(_TEXTS)


# What the detail pane sees of pictures: the engine's desk through the app's painter.

_HALF: Final = 0.5
"""Width over height of a cell that is drawn as two square pixels."""


class ImageSource:
    """Both at one place (`hanging.Pictures`)."""

    def __init__(self, painter: ImageRenderer, desk: ImageService) -> None:
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


# What a run's inputs tell of the shape that its pictures will have.

_RATIO: Final = re.compile(r"\s*([1-9]\d{0,4})\s*[:x×]\s*([1-9]\d{0,4})\s*", re.ASCII)
_SIDES: Final = ("width", "height")
EXTREME: Final = 8.0
"""Times that a picture is wider than high, or higher than wide: more is rather something else that was told."""


def aspect_from_inputs(inputs: Inputs | None) -> float | None:
    """Width over height, from inputs like `ratio: 16:9`, `size: 1024x768`, or `width` and `height`; None: they do not tell.

    A guess, good enough to make room by.
    """
    if not inputs:
        return None
    sides = [inputs.get(side) for side in _SIDES]
    if all(type(side) in (int, float) and side > 0 for side in sides):  # type: ignore[operator]
        return _sane(float(sides[0]) / float(sides[1]))  # type: ignore[arg-type]
    found = (_RATIO.fullmatch(value) for value in inputs.values() if isinstance(value, str) and len(value) < 16)
    return next((_sane(int(match[1]) / int(match[2])) for match in found if match), None)


def _sane(shape: float) -> float | None:
    return shape if 1 / EXTREME <= shape <= EXTREME else None
