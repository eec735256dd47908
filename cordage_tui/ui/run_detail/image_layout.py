"""Layout of a run's images on the detail pane: sizes and requests. No line moves when an image comes."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from textual.color import Color

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.image import ImageRequest, ImageState, ImageView
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.output import UNJUDGED, OutputRef, Rating
from cordage_tui.ui.images.renderer import ImageRenderer
from cordage_tui.ui.run_detail.thumbnails import (
    LOW,
    LOWEST,
    SHAPE,
    TEXT_LINES,
    CellSize,
    PlacedImage,
    ThumbnailGrid,
    ThumbnailView,
    grid,
    grid_beside,
    lines_of_text,
    most_rows,
    room_for,
)

if TYPE_CHECKING:
    from cordage_tui.engine.images.service import ImageService

STAND_IN: Final = 0.7
"""Share of the room's width that a smaller image must fill to stand in for the requested one."""
_TEXTS: Final = (".txt", ".json", ".md", ".csv")


@dataclass(frozen=True, slots=True)
class ThumbnailLayoutInput:
    """Outputs of the shown run, and the size of the pane."""

    outputs: Sequence[OutputRef]
    number: int
    """Number of the chosen output."""
    webhook_key: str
    """Webhook of the run: its images tend to have the same shape."""
    verdicts: Mapping[int, Rating]
    width: int
    """Cells of the pane."""
    height: int
    background: Color
    foretold: float | None = None
    """Shape according to the run's inputs; None: they do not say."""

    @property
    def chosen(self) -> OutputRef:
        return self.outputs[self.number - 1]


class ThumbnailLayout:
    """Layout of the chosen output and of thumbnails of all outputs.

    It remembers the image shape of each webhook, and keeps the room of the shown output.
    """

    def __init__(self, renderer: ImageRenderer, images: "ImageService") -> None:
        self._renderer = renderer
        self._images = images
        self._shapes: dict[str, float] = {}
        self._room_of: tuple[object, CellSize, ImageState] = (None, CellSize(0, 0), ImageState.UNKNOWN)
        self._grid_of: tuple[object, ThumbnailGrid | None] = (None, None)
        self.requests: Sequence[ImageRequest] = ()
        """Requests for the shown images, the chosen output first; empty while pictures are off."""

    def layout(self, run: ThumbnailLayoutInput, *, settled: bool) -> ThumbnailView | None:
        """Return the layout with the images that are there; None if there are none and none will come.

        Until the cursor has `settled` on the run, images get their room, but are not drawn. Descriptions are always shown.
        """
        settled = settled or not self._renderer.draws
        most = CellSize(run.width, most_rows(run.height))
        seen = self._images.sight(self._request(run.chosen, most))
        if seen.standing is ImageState.UNKNOWN and not self._renderer.on:
            self.requests = ()
            return None
        if (shape := _shape(seen)) is not None:
            self._shapes[run.webhook_key] = shape
        room = self._room(run, seen, most)
        chosen = self._place(run.chosen, most, room, run, settled=settled)
        cells, small = self._grid(run, seen, room), list[PlacedImage]()
        if cells is not None:
            first = max(0, run.number - cells.count)
            outputs = run.outputs[first : first + cells.count]
            among = len(outputs) + 1
            small = [
                self._place(output, cells.space, cells.space, run, settled=settled, among=among) for output in outputs
            ]
        self.requests = [placed.request for placed in (chosen, *small)] if self._renderer.on else ()
        return ThumbnailView(chosen, len(run.outputs), self._renderer.draws, small, cells)

    def _request(self, output: OutputRef, space: CellSize, among: int = 1) -> ImageRequest:
        return self._renderer.wanted(output, *space, fill=True, among=among)

    def _place(
        self,
        output: OutputRef,
        space: CellSize,
        room: CellSize,
        run: ThumbnailLayoutInput,
        *,
        settled: bool,
        among: int = 1,
    ) -> PlacedImage:
        """Place an image. Its room may have been made before its shape was known; if it is too high, request it smaller.

        `among`: number of images shown at the same time.
        """
        request, verdict = self._request(output, space, among), run.verdicts.get(output.number, UNJUDGED)
        if not settled:
            return PlacedImage(request, ImageView(), room, verdict=verdict)
        sight = self._images.sight(request)
        shape = _shape(sight)
        if shape is not None and space.columns * self._renderer.cell_shape / shape > room.rows:
            request = self._request(output, room, among)
            sight = self._images.sight(request)
        fits = sight.image is not None and self._fits(sight, room)
        strips = self._renderer.strips(sight.image, run.background) if sight.image and fits else ()
        return PlacedImage(request, sight, room, strips, verdict)

    def _fits(self, sight: ImageView, room: CellSize) -> bool:
        """Return whether an image is drawn. A smaller one is drawn only if its later replacement will hardly be visible."""
        if sight.image is None or not self._renderer.draws:
            return False
        columns, rows = self._renderer.cells(sight.image)
        return rows <= room.rows and (sight.standing is ImageState.READY or columns >= room.columns * STAND_IN)

    def _grid(self, run: ThumbnailLayoutInput, seen: ImageView, room: CellSize) -> ThumbnailGrid | None:
        """Return the grid of thumbnails, which stays the same while the run is shown.

        On a low panel the thumbnails are to the right of the chosen output.
        """
        side_room = room if run.height <= LOW and self._renderer.draws else None
        subject = (run.chosen.row, len(run.outputs), run.width, side_room)
        if self._grid_of[0] != subject:
            count, shape, cell = len(run.outputs), self._expected_shape(run, seen), self._renderer.cell_shape
            side_grid = grid_beside(run.width, side_room, count, shape, cell) if side_room else None
            self._grid_of = (subject, side_grid or grid(run.width, count, shape, cell))
        return self._grid_of[1]

    def _room(self, run: ThumbnailLayoutInput, seen: ImageView, most: CellSize) -> CellSize:
        """Return the room of the chosen output. It stays the same while the output is shown, unless a failed image loads later."""
        subject = (run.chosen.key, run.width, run.height)
        room_subject, room, standing = self._room_of
        if room_subject != subject or (standing is ImageState.FAILED and seen.standing is not ImageState.FAILED):
            room = self._new_room(run, seen, most)
            self._room_of = (subject, room, seen.standing)
        return room

    def _new_room(self, run: ThumbnailLayoutInput, seen: ImageView, most: CellSize) -> CellSize:
        if seen.text:
            return CellSize(most.columns, lines_of_text(seen.text, *most))
        if seen.standing in (ImageState.DESCRIBED, ImageState.FAILED):
            return CellSize(most.columns, LOWEST)
        if seen.media is None and urlsplit(run.chosen.url).path.lower().endswith(_TEXTS):
            return CellSize(most.columns, min(most.rows, TEXT_LINES))
        return room_for(most, self._expected_shape(run, seen), self._renderer.cell_shape)

    def _expected_shape(self, run: ThumbnailLayoutInput, seen: ImageView) -> float:
        """Return the shape of the chosen image, else the shape by the inputs, else that of the webhook's last image."""
        return _shape(seen) or run.foretold or self._shapes.get(run.webhook_key, SHAPE)


def _shape(sight: ImageView) -> float | None:
    """Return width over height; None: unknown."""
    return sight.pixels.width / max(1, sight.pixels.height) if sight.pixels is not None else None


_RATIO: Final = r"(?a)\s*([1-9]\d{0,4})\s*[:x×]\s*([1-9]\d{0,4})\s*"
_SIDES: Final = ("width", "height")
EXTREME: Final = 8.0
"""Largest ratio of width to height, or of height to width, that counts as a shape of images."""


def aspect_from_inputs(inputs: Inputs | None) -> float | None:
    """Guess width over height from inputs like `ratio: 16:9`, `size: 1024x768`, or `width` and `height`; None: unknown."""
    if not inputs:
        return None
    sides = [inputs.get(side) for side in _SIDES]
    if all(type(side) in (int, float) and side > 0 for side in sides):  # type: ignore[operator]
        return _sane(float(sides[0]) / float(sides[1]))  # type: ignore[arg-type]
    matches = (re.fullmatch(_RATIO, value) for value in inputs.values() if isinstance(value, str) and len(value) < 16)
    return next((_sane(int(match[1]) / int(match[2])) for match in matches if match), None)


def _sane(shape: float) -> float | None:
    return shape if 1 / EXTREME <= shape <= EXTREME else None
