"""Images of a run: their sizes, and the lines that show them. Pure functions."""

from collections.abc import Sequence
from itertools import zip_longest
from math import ceil
from typing import Final, NamedTuple

from textual.content import Content
from textual.strip import Strip

from cordage_tui.domain.base.fast_dataclass import dataclass, replace
from cordage_tui.domain.image import ImageRequest, ImageState, ImageView
from cordage_tui.domain.media_type import MediaKind
from cordage_tui.domain.output import UNJUDGED, Rating
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.images.image_cells import ImageLine, ImageSlice, Line, describe, joined
from cordage_tui.ui.run_detail.text_layout import wrapped
from cordage_tui.ui.widgets.status_signs import mark, opinion_words
from cordage_tui.ui.widgets.text import literal

# Sizes. The room of the chosen output is laid out before its image is there. It keeps its size when the image comes, so
# that no line moves.

HARDLY: Final = 0.1
"""Share of a line that an image may lose to save a whole line."""
SHAPE: Final = 1.5
"""Width over height that is assumed for an unknown image."""
SHARE: Final = 0.45
"""Largest share of the panel's lines for the chosen output."""
ENOUGH: Final = 12
"""Lines that the chosen output may take of a lower panel, if `OTHERS` lines are left."""
OTHERS: Final = 8
LOW: Final = 24
"""Most lines of a low panel. There the chosen output takes all lines below the prompt, and thumbnails are to its right."""
ABOVE: Final = 5
"""Lines above the chosen output on a low panel: headline, prompt, and blank ones."""
BESIDE: Final = 2
"""Cells between the chosen output and the thumbnails to its right."""
LOWEST: Final = 4
"""Fewest lines of the chosen output."""
TEXT_LINES: Final = 8
"""Most lines of an output that is probably a text."""
SMALL: Final = (8, 14)
"""Least and most width of a thumbnail, in cells. Between these, five fit side by side."""
GAP: Final = 1
"""Cells between two thumbnails."""
SMALL_LINES: Final = (2, 5)
"""Least and most lines of a thumbnail."""
SMALL_ROWS: Final = 3
"""Most rows of thumbnails."""


class CellSize(NamedTuple):
    """Width and height in cells."""

    columns: int
    rows: int


@dataclass(frozen=True, slots=True)
class ThumbnailGrid:
    """Grid of thumbnails of one size."""

    space: CellSize
    """Size of a thumbnail."""
    across: int
    """Thumbnails in a row."""
    count: int
    """Thumbnails that are shown."""
    more: int
    """Outputs without a thumbnail."""
    left: int = 0
    """First cell of thumbnails to the right of the chosen output; 0: they are below it."""

    def column(self, index: int) -> int:
        """Return the first cell of the thumbnail at this index in its row."""
        return index * (self.space.columns + GAP)


def most_rows(height: int) -> int:
    """Return the most lines for the chosen output on a panel of `height` lines."""
    if height <= LOW:
        return max(LOWEST, height - ABOVE - 1)
    return max(LOWEST, int(height * SHARE), min(ENOUGH, height - OTHERS))


def rows_for(width: int, shape: float, cell: float, most: int) -> int:
    """Return the lines of an image that is `width` cells wide, at most `most`.

    `shape` and `cell`: width over height of the image and of a cell.
    """
    return max(1, min(most, ceil(width * cell / shape - HARDLY)))


def room_for(most: CellSize, shape: float, cell: float) -> CellSize:
    """Return the size of an image with this shape that fills as much of `most` as it can."""
    rows = rows_for(most.columns, shape, cell, most.rows)
    columns = most.columns if rows < most.rows else max(1, min(most.columns, round(rows * shape / cell)))
    return CellSize(columns, rows)


def grid(width: int, count: int, shape: float, cell: float) -> ThumbnailGrid | None:
    """Lay out thumbnails of `count` outputs on `width` cells. None: there is a single output, or no room."""
    across = (width + GAP) // (max(SMALL[0], min(SMALL[1], width // 5)) + GAP)
    if count < 2 or across < 1:
        return None
    columns = (width + GAP) // across - GAP
    rows = max(SMALL_LINES[0], rows_for(columns, shape, cell, SMALL_LINES[1]))
    most = across * SMALL_ROWS
    thumbnails = count if count <= most else most - 1
    return ThumbnailGrid(CellSize(columns, rows), across, thumbnails, count - thumbnails)


def grid_beside(width: int, room: CellSize, count: int, shape: float, cell: float) -> ThumbnailGrid | None:
    """Lay out thumbnails to the right of an output that takes `room` of `width` cells. None: one output, or no room."""
    left = room.columns + BESIDE
    columns = min(SMALL[1], width - left)
    if count < 2 or columns < SMALL[0]:
        return None
    across = (width - left + GAP) // (columns + GAP)
    down = ceil(count / across)
    rows = max(SMALL_LINES[0] + 1, min(rows_for(columns, shape, cell, SMALL_LINES[1]), room.rows // down - 1))
    most = across * (room.rows // (rows + 1))
    thumbnails = count if count <= most else most - 1
    return ThumbnailGrid(CellSize(columns, rows), across, thumbnails, count - thumbnails, left) if most > 1 else None


# Lines: the chosen output in large, its caption, and thumbnails of all outputs.

CHOSEN: Final = "▸"
PLAY: Final = "▶"
UNDERLINE: Final = "━"
BARE: Final = "$quiet on $surface"
"""Style of the room of a missing image."""
_BLANK: Final = Content("")
_DOT: Final = literal(SafeText(" · "), "$quiet")


@dataclass(frozen=True, slots=True)
class PlacedImage:
    """Output with the room that it has on the pane."""

    request: ImageRequest
    sight: ImageView
    room: CellSize
    """Size on the pane, which does not change when the image comes."""
    strips: Sequence[Strip] = ()
    """The image, one strip per line; empty: there is no image to draw."""
    verdict: Rating = UNJUDGED

    @property
    def number(self) -> int:
        """Number of the output, from 1."""
        return self.request.output.number


@dataclass(frozen=True, slots=True)
class ThumbnailView:
    """Layout of a run's images."""

    chosen: PlacedImage
    count: int
    """Outputs of the run."""
    draws: bool
    """Whether images are drawn; otherwise they are described."""
    small: Sequence[PlacedImage] = ()
    """Thumbnails, in the order of the outputs."""
    grid: ThumbnailGrid | None = None
    """Grid of the thumbnails; None: there are none."""
    load_key: str = "enter"
    """The user's key that loads a large output."""


def gallery_lines(gallery: ThumbnailView, width: int) -> list[Line]:
    """Return a blank line and the images. The number of lines is the same before and after an image comes."""
    if not gallery.draws:
        return [_BLANK, *_described(gallery, width)]
    room = gallery.chosen.room.rows
    large = _large_lines(gallery.chosen, width, gallery.load_key)
    if gallery.grid is not None and gallery.grid.left:
        thumbnails = _thumbnail_lines(gallery, gallery.grid)[:room]
        pairs = zip_longest(large, thumbnails, fillvalue=_BLANK)
        large = [joined(large_line, thumbnail_line, gallery.grid.left) for large_line, thumbnail_line in pairs]
    large = [*large, caption(gallery, width)]
    lines = [_BLANK, *large, *[_BLANK] * (room + 1 - len(large))]
    if gallery.grid is not None and not gallery.grid.left:
        lines += [_BLANK, *_thumbnail_lines(gallery, gallery.grid)]
    return lines


def _described(gallery: ThumbnailView, width: int) -> list[Line]:
    """Describe each output in one line. If the chosen one is a text, show its beginning too."""
    text = gallery.chosen.sight.text
    beginning = _beginning(text, width, gallery.chosen.room.rows) if text else []
    if gallery.grid is None:
        return [caption(gallery, width), *beginning]
    more = [literal(SafeText(f"  +{gallery.grid.more:,}"), "$quiet")] if gallery.grid.more else []
    return [*(_description_line(image, gallery, width) for image in gallery.small), *more, *beginning]


def _description_line(image: PlacedImage, gallery: ThumbnailView, width: int) -> Content:
    """Return a line like `▸ 2 PNG · 1024 × 768 · 240 KB · ★★★ kept`."""
    chosen = image.number == gallery.chosen.number
    number = literal(SafeText(f"{CHOSEN if chosen else ' '} {image.number} "), "$accent" if chosen else "$quiet")
    return Content.assemble(number, output_summary(image, gallery.load_key)).truncate(max(1, width), ellipsis=True)


def output_summary(image: PlacedImage, load_key: str, *, close: bool = False) -> Content:
    """Return a summary like `▶ video · MP4 · 0:12 · ★★★ kept`. `close`: write `1024×768` without blanks."""
    summary, media = describe(image.sight, load_key), image.sight.media
    summary = SafeText(summary.replace(" × ", "×")) if close else summary
    sign = [literal(SafeText(f"{PLAY} "), "$accent")] if media is not None and media.kind is MediaKind.VIDEO else []
    parts = [Content.assemble(*sign, literal(summary, "$quiet"))] if summary else []
    parts += [opinion_words(image.verdict)] if image.verdict != UNJUDGED else []
    return _DOT.join(parts)


def caption(gallery: ThumbnailView, width: int) -> Content:
    """Return a caption like `2/4 · PNG · 1024 × 768 · 240 KB · ★★★ kept`.

    If a description is shown in place of the image, the caption does not repeat it.
    """
    chosen = gallery.chosen
    is_described = gallery.draws and not chosen.strips and not chosen.sight.text
    position = literal(SafeText(f"{chosen.number:,}/{gallery.count:,}" if gallery.count > 1 else ""), "$foreground")
    chosen = replace(chosen, sight=ImageView()) if is_described else chosen
    line, shorter = (
        _DOT.join([part for part in (position, output_summary(chosen, gallery.load_key, close=close)) if part])
        for close in (False, True)
    )
    return (line if line.cell_length <= width else shorter).truncate(max(1, width), ellipsis=True)


def _large_lines(image: PlacedImage, width: int, load_key: str) -> list[Line]:
    """Return the lines of the chosen output, at most as many as its room has."""
    if image.strips:
        return [ImageLine((ImageSlice(0, strip),)) for strip in image.strips]
    if image.sight.text:
        return [*_beginning(image.sight.text, width, image.room.rows)]
    return [*_empty_room(image.room, describe(image.sight, load_key))]


def _empty_room(room: CellSize, message: SafeText) -> list[Content]:
    """Return a quiet surface of that size with a text in its middle."""
    text_lines = wrapped(message, room.columns - 2)[: room.rows]
    above = (room.rows - len(text_lines)) // 2
    texts = [_BLANK] * above + text_lines + [_BLANK] * room.rows
    return [_on_surface(text, room.columns) for text in texts[: room.rows]]


def _on_surface(words: Content, columns: int) -> Content:
    left = max(0, columns - words.cell_length) // 2
    line = words.truncate(columns).pad_left(left)
    return line.pad_right(max(0, columns - line.cell_length)).stylize(BARE)


def lines_of_text(text: SafeText, columns: int, rows: int) -> int:
    """Return how many lines the beginning of a text takes, at most `rows`."""
    return len(_beginning(text, columns, rows))


def _beginning(text: SafeText, width: int, rows: int) -> list[Content]:
    """Return the beginning of a text after a thin bar, with an ellipsis if there is more."""
    lines = wrapped(SafeText(text[: rows * width].rstrip()), width - 2)
    if len(lines) > rows:
        lines = [*lines[: rows - 1], literal(SafeText("…"), "$quiet")]
    return [Content.assemble(literal(SafeText("▏"), "$edge"), " ", line) for line in lines]


def _thumbnail_lines(gallery: ThumbnailView, grid: ThumbnailGrid) -> list[Line]:
    """Return rows of thumbnails. Each has its number and rating below; the chosen one has a bar in the accent colour."""
    lines: list[Line] = []
    for start in range(0, len(gallery.small), grid.across):
        row = gallery.small[start : start + grid.across]
        labels = [_thumbnail_label(image, gallery, grid) for image in row]
        if grid.more and start + grid.across > len(gallery.small):
            labels.append(literal(SafeText(f"+{grid.more:,}"), "$quiet"))
        lines += [*(_across(row, grid, y) for y in range(grid.space.rows)), _in_columns(labels, grid)]
    return lines


def _across(row: Sequence[PlacedImage], grid: ThumbnailGrid, y: int) -> Line:
    """Return line `y` of a row of thumbnails. A missing image is a quiet surface."""
    pieces: list[ImageSlice] = []
    text = Content("")
    for index, image in enumerate(row):
        column, (columns, rows) = grid.column(index), grid.space
        above = rows - len(image.strips)
        if not image.strips:
            name = _kind(image.sight) if y == rows // 2 else SafeText("")
            text = Content.assemble(text.pad_right(column - text.cell_length), _on_surface(literal(name), columns))
        elif y >= above:
            pieces.append(ImageSlice(column, image.strips[y - above]))
    return ImageLine(tuple(pieces), text) if pieces else text


def _kind(sight: ImageView) -> SafeText:
    """Return the media type of an output that cannot be drawn; empty for other outputs."""
    return SafeText(sight.media.name if sight.media is not None and sight.standing is ImageState.DESCRIBED else "")


def _in_columns(labels: Sequence[Content], grid: ThumbnailGrid) -> Content:
    line = Content("")
    for index, label in enumerate(labels):
        line = Content.assemble(line.pad_right(max(0, grid.column(index) - line.cell_length)), label)
    return line


def _thumbnail_label(image: PlacedImage, gallery: ThumbnailView, grid: ThumbnailGrid) -> Content:
    """Return a label like `2 ✔★★`. The chosen one has the accent colour, and a bar to the edge of the thumbnail."""
    chosen = image.number == gallery.chosen.number
    number = literal(SafeText(f"{image.number}"), "$accent bold" if chosen else "$quiet")
    marks = Content(" ").join([number, mark(image.verdict, "")]) if image.verdict != UNJUDGED else number
    bar_cells = grid.space.columns - marks.cell_length - 1
    bar = literal(SafeText(f" {UNDERLINE * bar_cells}" if chosen and bar_cells > 0 else ""), "$accent")
    return Content.assemble(marks, bar).truncate(grid.space.columns)
