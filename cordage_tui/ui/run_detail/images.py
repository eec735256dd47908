"""Thumbnails of a run: their sizes, and the lines that show them; pure functions."""

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
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.images.strips import ImageLine, ImageSlice, Line, describe, joined
from cordage_tui.ui.run_detail.outputs import wrapped
from cordage_tui.ui.widgets.text import literal, mark, opinion_words

# Sizes. The room of the chosen output is laid out before its image is there and keeps its size when that comes, so that
# no line moves.

HARDLY: Final = 0.1
"""Share of a line by which an image may be lower to save that line."""
SHAPE: Final = 1.5
"""Width over height of an unknown image."""
SHARE: Final = 0.45
"""Largest share of the panel's lines for the chosen output."""
ENOUGH: Final = 12
"""Lines that it may take of a low panel, as long as `OTHERS` are left."""
OTHERS: Final = 8
LOW: Final = 24
"""Lines of a panel up to which the chosen output takes all that is left below the prompt; thumbnails then stand at its right."""
ABOVE: Final = 5
"""Lines above the chosen output on a low panel: headline, prompt, and blank ones."""
BESIDE: Final = 2
"""Cells between the chosen output and thumbnails at its right."""
LOWEST: Final = 4
"""Fewest lines of the chosen output."""
TEXT_LINES: Final = 8
"""Lines of an output that is probably a text."""
SMALL: Final = (8, 14)
"""Width of a thumbnail in cells: at least, and with room for five at most."""
GAP: Final = 1
"""Cells between two thumbnails."""
SMALL_LINES: Final = (2, 5)
"""Lines of a thumbnail, at least and at most."""
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
    """First cell of thumbnails at the right of the chosen output; 0: they are below it."""

    def column(self, index: int) -> int:
        """Return the first cell of the thumbnail at that place of its row."""
        return index * (self.space.columns + GAP)


def most_rows(height: int) -> int:
    """Return the most lines for the chosen output on a panel of `height` lines."""
    if height <= LOW:
        return max(LOWEST, height - ABOVE - 1)
    return max(LOWEST, int(height * SHARE), min(ENOUGH, height - OTHERS))


def rows_for(width: int, shape: float, cell: float, most: int) -> int:
    """Return the lines of an image of that shape that is `width` cells wide, at most `most`.

    `cell`: shape of a cell.
    """
    return max(1, min(most, ceil(width * cell / shape - HARDLY)))


def room_for(most: CellSize, shape: float, cell: float) -> CellSize:
    """Return the size of an image of that shape that fills as much of `most` as it can."""
    rows = rows_for(most.columns, shape, cell, most.rows)
    columns = most.columns if rows < most.rows else max(1, min(most.columns, round(rows * shape / cell)))
    return CellSize(columns, rows)


def grid(width: int, count: int, shape: float, cell: float) -> ThumbnailGrid | None:
    """Lay out thumbnails of `count` outputs on `width` cells. None for a single output, or without room."""
    across = (width + GAP) // (max(SMALL[0], min(SMALL[1], width // 5)) + GAP)
    if count < 2 or across < 1:
        return None
    columns = (width + GAP) // across - GAP
    rows = max(SMALL_LINES[0], rows_for(columns, shape, cell, SMALL_LINES[1]))
    most = across * SMALL_ROWS
    shown = count if count <= most else most - 1
    return ThumbnailGrid(CellSize(columns, rows), across, shown, count - shown)


def grid_beside(width: int, room: CellSize, count: int, shape: float, cell: float) -> ThumbnailGrid | None:
    """Lay out thumbnails at the right of an output that takes `room` of `width` cells. None for one, or without room."""
    left = room.columns + BESIDE
    columns = min(SMALL[1], width - left)
    if count < 2 or columns < SMALL[0]:
        return None
    across = (width - left + GAP) // (columns + GAP)
    down = ceil(count / across)
    rows = max(SMALL_LINES[0] + 1, min(rows_for(columns, shape, cell, SMALL_LINES[1]), room.rows // down - 1))
    most = across * (room.rows // (rows + 1))
    shown = count if count <= most else most - 1
    return ThumbnailGrid(CellSize(columns, rows), across, shown, count - shown, left) if most > 1 else None


# Lines: the chosen output large, its caption, thumbnails of all.

CHOSEN: Final = "▸"
PLAY: Final = "▶"
UNDERLINE: Final = "━"
BARE: Final = "$quiet on $surface"
"""Style of the room of an image that is not there."""
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
    """The image, a strip a line; empty: there is none to draw."""
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
    """Images are drawn; else they are described."""
    small: Sequence[PlacedImage] = ()
    """Thumbnails, in the order of the outputs."""
    grid: ThumbnailGrid | None = None
    """Their grid."""
    load_key: str = "enter"
    """The user's key that loads a large output."""


def gallery_lines(gallery: ThumbnailView, width: int) -> list[Line]:
    """Return a blank line and the images. The number of lines does not depend on which images have come."""
    if not gallery.draws:
        return [_BLANK, *_described(gallery, width)]
    room = gallery.chosen.room.rows
    stage = _stage(gallery.chosen, width, gallery.load_key)
    if gallery.grid is not None and gallery.grid.left:
        small = _small(gallery, gallery.grid)[:room]
        both = zip_longest(stage, small, fillvalue=_BLANK)
        stage = [joined(one, other, gallery.grid.left) for one, other in both]
    stage = [*stage, caption(gallery, width)]
    lines = [_BLANK, *stage, *[_BLANK] * (room + 1 - len(stage))]
    if gallery.grid is not None and not gallery.grid.left:
        lines += [_BLANK, *_small(gallery, gallery.grid)]
    return lines


def _described(gallery: ThumbnailView, width: int) -> list[Line]:
    """Describe the outputs, a line each, and show the beginning of the chosen one if it is a text."""
    text = gallery.chosen.sight.text
    beginning = _beginning(text, width, gallery.chosen.room.rows) if text else []
    if gallery.grid is None:
        return [caption(gallery, width), *beginning]
    more = [literal(SafeText(f"  +{gallery.grid.more:,}"), "$quiet")] if gallery.grid.more else []
    return [*(_word_line(hung, gallery, width) for hung in gallery.small), *more, *beginning]


def _word_line(hung: PlacedImage, gallery: ThumbnailView, width: int) -> Content:
    """Return a line like `▸ 2 PNG · 1024 × 768 · 240 KB · ★★★ kept`."""
    chosen = hung.number == gallery.chosen.number
    number = literal(SafeText(f"{CHOSEN if chosen else ' '} {hung.number} "), "$accent" if chosen else "$quiet")
    return Content.assemble(number, output_summary(hung, gallery.load_key)).truncate(max(1, width), ellipsis=True)


def output_summary(hung: PlacedImage, load_key: str, *, close: bool = False) -> Content:
    """Return a summary like `▶ video · MP4 · 0:12 · ★★★ kept`. `close`: `1024×768`, which saves two cells."""
    words, media = describe(hung.sight, load_key), hung.sight.media
    words = SafeText(words.replace(" × ", "×")) if close else words
    sign = [literal(SafeText(f"{PLAY} "), "$accent")] if media is not None and media.kind is MediaKind.VIDEO else []
    parts = [Content.assemble(*sign, literal(words, "$quiet"))] if words else []
    parts += [opinion_words(hung.verdict)] if hung.verdict != UNJUDGED else []
    return _DOT.join(parts)


def caption(gallery: ThumbnailView, width: int) -> Content:
    """Return a caption like `2/4 · PNG · 1024 × 768 · 240 KB · ★★★ kept`, without what is shown in place of the image."""
    chosen = gallery.chosen
    says_itself = gallery.draws and not chosen.strips and not chosen.sight.text
    place = literal(SafeText(f"{chosen.number:,}/{gallery.count:,}" if gallery.count > 1 else ""), "$foreground")
    chosen = replace(chosen, sight=ImageView()) if says_itself else chosen
    line, shorter = (
        _DOT.join([part for part in (place, output_summary(chosen, gallery.load_key, close=close)) if part])
        for close in (False, True)
    )
    return (line if line.cell_length <= width else shorter).truncate(max(1, width), ellipsis=True)


def _stage(hung: PlacedImage, width: int, load_key: str) -> list[Line]:
    """Return the lines of the chosen output, at most as many as its room has."""
    if hung.strips:
        return [ImageLine((ImageSlice(0, strip),)) for strip in hung.strips]
    if hung.sight.text:
        return [*_beginning(hung.sight.text, width, hung.room.rows)]
    return [*_bare(hung.room, describe(hung.sight, load_key))]


def _bare(room: CellSize, words: SafeText) -> list[Content]:
    """Return a quiet surface of that size with words in its middle."""
    said = wrapped(words, room.columns - 2)[: room.rows]
    above = (room.rows - len(said)) // 2
    texts = [_BLANK] * above + said + [_BLANK] * room.rows
    return [_on_surface(text, room.columns) for text in texts[: room.rows]]


def _on_surface(words: Content, columns: int) -> Content:
    left = max(0, columns - words.cell_length) // 2
    line = words.truncate(columns).pad_left(left)
    return line.pad_right(max(0, columns - line.cell_length)).stylize(BARE)


def lines_of_text(text: SafeText, columns: int, rows: int) -> int:
    """Return how many lines the beginning of a text takes, at most `rows`."""
    return len(_beginning(text, columns, rows))


def _beginning(text: SafeText, width: int, rows: int) -> list[Content]:
    """Return the beginning of a text beside a thin bar, with an ellipsis if there is more."""
    lines = wrapped(SafeText(text[: rows * width].rstrip()), width - 2)
    if len(lines) > rows:
        lines = [*lines[: rows - 1], literal(SafeText("…"), "$quiet")]
    return [Content.assemble(literal(SafeText("▏"), "$edge"), " ", line) for line in lines]


def _small(gallery: ThumbnailView, grid: ThumbnailGrid) -> list[Line]:
    """Return rows of thumbnails; below each its number and rating, and below the chosen one a bar in the accent."""
    lines: list[Line] = []
    for start in range(0, len(gallery.small), grid.across):
        row = gallery.small[start : start + grid.across]
        feet = [_foot(hung, gallery, grid) for hung in row]
        if grid.more and start + grid.across > len(gallery.small):
            feet.append(literal(SafeText(f"+{grid.more:,}"), "$quiet"))
        lines += [*(_across(row, grid, y) for y in range(grid.space.rows)), _in_columns(feet, grid)]
    return lines


def _across(row: Sequence[PlacedImage], grid: ThumbnailGrid, y: int) -> Line:
    """Return line `y` of a row of thumbnails; a missing one is a quiet surface."""
    pieces: list[ImageSlice] = []
    text = Content("")
    for place, hung in enumerate(row):
        column, (columns, rows) = grid.column(place), grid.space
        above = rows - len(hung.strips)
        if not hung.strips:
            words = _kind(hung.sight) if y == rows // 2 else SafeText("")
            text = Content.assemble(text.pad_right(column - text.cell_length), _on_surface(literal(words), columns))
        elif y >= above:
            pieces.append(ImageSlice(column, hung.strips[y - above]))
    return ImageLine(tuple(pieces), text) if pieces else text


def _kind(sight: ImageView) -> SafeText:
    """Return the media type of an output that cannot be drawn."""
    return SafeText(sight.media.name if sight.media is not None and sight.standing is ImageState.DESCRIBED else "")


def _in_columns(feet: Sequence[Content], grid: ThumbnailGrid) -> Content:
    line = Content("")
    for place, foot in enumerate(feet):
        line = Content.assemble(line.pad_right(max(0, grid.column(place) - line.cell_length)), foot)
    return line


def _foot(hung: PlacedImage, gallery: ThumbnailView, grid: ThumbnailGrid) -> Content:
    """Return a line like `2 ✔★★`; the chosen one's is in the accent, with a bar to the edge of the thumbnail."""
    chosen = hung.number == gallery.chosen.number
    number = literal(SafeText(f"{hung.number}"), "$accent bold" if chosen else "$quiet")
    marks = Content(" ").join([number, mark(hung.verdict, "")]) if hung.verdict != UNJUDGED else number
    left = grid.space.columns - marks.cell_length - 1
    bar = literal(SafeText(f" {UNDERLINE * left}" if chosen and left > 0 else ""), "$accent")
    return Content.assemble(marks, bar).truncate(grid.space.columns)
