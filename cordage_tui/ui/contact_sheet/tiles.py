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
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.images.image_cells import describe
from cordage_tui.ui.widgets.status_signs import GLYPHS, RUN_COLOURS, mark
from cordage_tui.ui.widgets.text import centred, literal, steady

# Tiles of a sheet in their order. Pure. Only ids and counts are in memory, so a hundred thousand runs are no problem.

MOST: Final = 200
"""Most outputs of one run that are shown. A run may have ten thousand (docs/dev/faults.md 97)."""

Judgements = Mapping[RowId, Mapping[int, Rating]]
"""Row → number of the output → rating."""


class Tile(NamedTuple):
    """Tile of an output, or of a run without outputs."""

    row: RowId
    number: int
    """Number of the output, from 1; 0: the run itself, which has no output (yet)."""


class Tiles(Protocol):
    """List of tiles that is read a few at a time."""

    @property
    def count(self) -> int:
        """Number of tiles."""
        ...

    def at(self, index: int) -> Tile | None:
        """Return the tile at this index; None: there is none."""
        ...

    def index_of(self, tile: Tile) -> int | None:
        """Return the index of a tile, else of another tile of its run; None: the run has none here."""
        ...

    def knows(self, row: RowId) -> bool:
        """Return whether the run is listed here, with outputs or without."""
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
        """Append runs, each with the numbers of its shown outputs, if any."""
        end = self.count
        for row, numbers in runs:
            end += len(numbers)
            self._places[row] = len(self._runs)
            self._runs.append((row, numbers))
            self._ends.append(end)

    def knows(self, row: RowId) -> bool:
        return row in self._places

    def put(self, row: RowId, numbers: Sequence[int]) -> bool:
        """Set the shown outputs of a run that is listed here. Return False if that changes nothing."""
        index = self._places[row]
        before = self._runs[index][1]
        if list(before) == list(numbers):
            return False
        self._runs[index] = (row, numbers)
        added = len(numbers) - len(before)
        self._ends[index:] = [end + added for end in self._ends[index:]]
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
    """Filter outputs by their ratings. Yield each row with the numbers of its matching outputs.

    `counts`: rows with their numbers of outputs. `judgements`: ratings of the outputs. `bare`: a run without outputs is
    listed too, as number 0. It has no rating, so a filter by rating drops it.
    """
    allows_undecided = rating_filter.allows(UNJUDGED)
    for row, count in counts:
        numbers = _ranges(min(count, MOST))
        if not rating_filter:
            yield row, range(1) if bare and not count else numbers
        elif (verdicts := judgements.get(row)) is not None:
            yield row, [n for n in numbers if rating_filter.allows(verdicts.get(n, UNJUDGED))]
        else:
            yield row, numbers if allows_undecided else ()


@cache
def _ranges(count: int) -> range:
    """Return the numbers of `count` outputs. All runs with the same count share one object."""
    return range(1, count + 1)


# Texts of one cell: the label below a picture, and the placeholder of a picture. Pure functions.


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
    """Name that distinguishes it from its neighbours; empty: headings do that."""
    reason: SafeText | None = None
    """Why the run failed."""

    @property
    def is_rejected(self) -> bool:
        return self.verdict.kept is False


def label(model: TileModel, width: int, *, cursor: bool) -> Content:
    """Return the line below a picture: rating and name, and the output's number on the right."""
    number = f"{model.tile.number}/{model.outputs:,}" if model.outputs > 1 else ""
    tail = literal(SafeText(number), "$quiet") if len(number) + 4 < width else Content("")
    rating = mark(model.verdict)
    room = width - (tail.cell_length + 1 if tail else 0) - (rating.cell_length + 1 if rating else 0)
    style = "$accent bold" if cursor else "$quiet" if model.is_rejected else "$foreground"
    name = literal(SafeText(steady(model.name)), style).truncate(max(0, room), ellipsis=True)
    body = Content(" ").join([part for part in (rating, name) if part.plain])
    body = body.truncate(width, ellipsis=True)
    return Content.assemble(body, " " * max(0, width - body.cell_length - tail.cell_length), tail)


def jump_label(model: TileModel, letters: str, width: int) -> Content:
    """Return the line below a picture in jump mode: the letters to type, and the name. Without letters it is dimmed."""
    name = literal(SafeText(steady(model.name)), "$quiet")
    if not letters:
        return name.truncate(width, ellipsis=True)
    badge = literal(SafeText(f" {letters} "), "$background on $accent bold")
    return Content.assemble(badge, " ", name).truncate(width, ellipsis=True)


def placeholder(model: TileModel, image_view: ImageView, width: int, height: int) -> list[Content]:
    """Return lines in place of a picture: the run's status, the beginning of a text, or a description of the file."""
    if model.output is None:
        return _middle(_status_lines(model), width, height)
    if image_view.text is not None and image_view.standing is ImageState.DESCRIBED:
        inner = max(1, width - 2)
        return [line.pad_left(1) for line in _wrapped(image_view.text, inner, height, "$quiet")]
    description = describe(image_view)
    style = "$run-bad" if image_view.standing is ImageState.FAILED else "$quiet"
    parts = (
        [description]
        if image_view.standing is ImageState.FAILED
        else [SafeText(part) for part in description.split(" · ")]
    )
    return _middle([literal(part, style) for part in parts if part], width, height)


def _status_lines(model: TileModel) -> list[Content]:
    status = model.row.status
    lines = [literal(SafeText(f"{GLYPHS[status]} {model.row.status_name}"), f"${RUN_COLOURS[status]}")]
    if status.is_final and model.reason:
        lines.append(literal(model.reason, "$quiet"))
    elif model.row.run_id is not None and status.value == "completed":
        lines.append(literal(SafeText("no outputs"), "$quiet"))
    return lines


def _middle(texts: Sequence[Content], width: int, height: int) -> list[Content]:
    """Wrap texts, and centre them in both directions."""
    return centred([line for text in texts for line in text.wrap(max(1, width - 2))][:height], width, height)


def _wrapped(text: SafeText, width: int, height: int, style: str) -> list[Content]:
    lines: list[Content] = []
    for paragraph in text.expandtabs(4).split("\n"):
        lines += literal(SafeText(paragraph), style).wrap(width) if paragraph else [Content("")]
        if len(lines) >= height:
            break
    return lines[:height]
