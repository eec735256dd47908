"""Tiles of the contact sheet, and their captions."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple, Protocol

from textual.content import Content

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.image import ImageState, ImageView
from cordage_tui.domain.output import UNJUDGED, OutputRef, Rating, RatingFilter
from cordage_tui.domain.run import RowId, RunRow
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.images.strips import describe
from cordage_tui.ui.widgets.text import GLYPHS, RUN_COLOURS, centred, literal, mark, steady

# Tiles of a sheet, in order. Pure; of a hundred thousand runs it holds only ids and counts.

MOST: Final = 200
"""Outputs of one run that are shown; a run may have ten thousand (docs/faults.md 97)."""

Judgements = Mapping[RowId, Mapping[int, Rating]]
"""Row → number of the output → verdict."""


class Tile(NamedTuple):
    """Tile: an output, or a run without one."""

    row: RowId
    number: int
    """Number of the output, from 1; 0: the run itself, which has none (yet)."""


class Tiles(Protocol):
    """List of tiles that is read a few at a time."""

    @property
    def count(self) -> int:
        """Number of places."""
        ...

    def at(self, index: int) -> Tile | None:
        """Return the tile at that place; None: none."""
        ...

    def index_of(self, tile: Tile) -> int | None:
        """Return the index of a tile, or else of its run; None: neither is here."""
        ...

    def knows(self, row: RowId) -> bool:
        """Return whether the run has its place here, with outputs or without."""
        ...


class FlatTiles:
    """Tiles one after the other. The list grows while more of a long history is read."""

    def __init__(self) -> None:
        self._runs: list[tuple[RowId, Sequence[int]]] = []
        self._ends: list[int] = []
        self._places: dict[RowId, int] = {}

    @property
    def count(self) -> int:
        return self._ends[-1] if self._ends else 0

    def add(self, runs: Iterable[tuple[RowId, Sequence[int]]]) -> None:
        """Append runs with the numbers of their outputs that are shown, if any."""
        end = self.count
        for row, numbers in runs:
            end += len(numbers)
            self._places[row] = len(self._runs)
            self._runs.append((row, numbers))
            self._ends.append(end)

    def knows(self, row: RowId) -> bool:
        return row in self._places

    def put(self, row: RowId, numbers: Sequence[int]) -> bool:
        """Show these outputs of a run that has its place here; False when that changes nothing."""
        place = self._places[row]
        before = self._runs[place][1]
        if list(before) == list(numbers):
            return False
        self._runs[place] = (row, numbers)
        more = len(numbers) - len(before)
        self._ends[place:] = [end + more for end in self._ends[place:]]
        return True

    def at(self, index: int) -> Tile | None:
        if not 0 <= index < self.count:
            return None
        run = bisect_right(self._ends, index)
        row, numbers = self._runs[run]
        return Tile(row, numbers[index - self._ends[run] + len(numbers)])

    def index_of(self, tile: Tile) -> int | None:
        run = self._places.get(tile.row)
        numbers = self._runs[run][1] if run is not None else ()
        if run is None or not numbers:
            return None
        first = self._ends[run] - len(numbers)
        return first + (numbers.index(tile.number) if tile.number in numbers else 0)


def shown(
    counts: Iterable[tuple[RowId, int]], rating_filter: RatingFilter, judgements: Judgements, *, bare: bool
) -> Iterator[tuple[RowId, Sequence[int]]]:
    """Filter outputs by `judged`: rows with their numbers of outputs → rows with the outputs that match.

    `bare`: a run without outputs is listed too, as number 0; it has no rating, so a filter by rating drops it.
    """
    blank = rating_filter.allows(UNJUDGED)
    for row, count in counts:
        numbers = _ranges(min(count, MOST))
        if not rating_filter:
            yield row, range(1) if bare and not count else numbers
        elif (verdicts := judgements.get(row)) is not None:
            yield row, [n for n in numbers if rating_filter.allows(verdicts.get(n, UNJUDGED))]
        else:
            yield row, numbers if blank else ()


@cache
def _ranges(count: int) -> range:
    """Return the numbers of `count` outputs, one object for all runs with so many."""
    return range(1, count + 1)


# Text of one cell: the label below a picture, and the placeholder of one. Pure functions.


@dataclass(frozen=True, slots=True)
class TileModel:
    """Detail of one tile, without the picture."""

    tile: Tile
    row: RunRow
    output: OutputRef | None
    """Output; None: the run has none (yet)."""
    verdict: Rating
    outputs: int
    """Number of the run's outputs."""
    name: SafeText
    """Name that tells it from its neighbours; empty where headings do."""
    reason: SafeText | None = None
    """Why the run failed."""

    @property
    def is_rejected(self) -> bool:
        return self.verdict.kept is False


def label(model: TileModel, width: int, *, cursor: bool) -> Content:
    """Return the line below a picture: rating, name, and the output's number at the right."""
    number = f"{model.tile.number}/{model.outputs:,}" if model.outputs > 1 else ""
    tail = literal(SafeText(number), "$quiet") if len(number) + 4 < width else Content("")
    left = mark(model.verdict)
    room = width - (tail.cell_length + 1 if tail else 0) - (left.cell_length + 1 if left else 0)
    style = "$accent bold" if cursor else "$quiet" if model.is_rejected else "$foreground"
    name = literal(SafeText(steady(model.name)), style).truncate(max(0, room), ellipsis=True)
    body = Content(" ").join([part for part in (left, name) if part.plain])
    body = body.truncate(width, ellipsis=True)
    return Content.assemble(body, " " * max(0, width - body.cell_length - tail.cell_length), tail)


def jump_label(model: TileModel, letters: str, width: int) -> Content:
    """Return the line below a picture while the cursor jumps: the letters to type, and the name; without letters dimmed."""
    name = literal(SafeText(steady(model.name)), "$quiet")
    if not letters:
        return name.truncate(width, ellipsis=True)
    badge = literal(SafeText(f" {letters} "), "$background on $accent bold")
    return Content.assemble(badge, " ", name).truncate(width, ellipsis=True)


def placeholder(model: TileModel, image_view: ImageView, width: int, height: int) -> list[Content]:
    """Return lines in place of a picture: the run's status, the beginning of a text, or what the file is."""
    if model.output is None:
        return _middle(_standing(model), width, height)
    if image_view.text is not None and image_view.standing is ImageState.DESCRIBED:
        inner = max(1, width - 2)
        return [line.pad_left(1) for line in _wrapped(image_view.text, inner, height, "$quiet")]
    words = describe(image_view)
    style = "$run-bad" if image_view.standing is ImageState.FAILED else "$quiet"
    parts = [words] if image_view.standing is ImageState.FAILED else [SafeText(part) for part in words.split(" · ")]
    return _middle([literal(part, style) for part in parts if part], width, height)


def _standing(model: TileModel) -> list[Content]:
    status = model.row.status
    said = [literal(SafeText(f"{GLYPHS[status]} {model.row.status_name}"), f"${RUN_COLOURS[status]}")]
    if status.is_final and model.reason:
        said.append(literal(model.reason, "$quiet"))
    elif model.row.run_id is not None and status.value == "completed":
        said.append(literal(SafeText("no outputs"), "$quiet"))
    return said


def _middle(said: Sequence[Content], width: int, height: int) -> list[Content]:
    """Wrap words, centred both ways."""
    return centred([part for words in said for part in words.wrap(max(1, width - 2))][:height], width, height)


def _wrapped(text: SafeText, width: int, height: int, style: str) -> list[Content]:
    lines: list[Content] = []
    for paragraph in text.expandtabs(4).split("\n"):
        lines += literal(SafeText(paragraph), style).wrap(width) if paragraph else [Content("")]
        if len(lines) >= height:
            break
    return lines[:height]
