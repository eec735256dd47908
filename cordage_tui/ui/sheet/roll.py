"""Which outputs a sheet has, in their order. Pure; of a hundred thousand runs it holds no more than ids and counts."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple, Protocol

from cordage_tui.domain.output import UNJUDGED, Rating, RatingFilter
from cordage_tui.domain.run import RowId

MOST: Final = 200
"""Outputs of one run that are shown; there may be ten thousand (FAULTS.md C 97)."""

Judgements = Mapping[RowId, Mapping[int, Rating]]
"""Row → number of the output → verdict."""


class Tile(NamedTuple):
    """What stands in one cell."""

    row: RowId
    number: int
    """Which of the run's outputs, from 1; 0: the run itself, which has none (yet)."""


class Tiles(Protocol):
    """A list of tiles that is asked for a few at a time."""

    @property
    def count(self) -> int:
        """Places there are."""
        ...

    def at(self, index: int) -> Tile | None:
        """What stands at that place; None: nothing."""
        ...

    def index_of(self, tile: Tile) -> int | None:
        """Where it stands, or else its run; None: neither is here."""
        ...

    def knows(self, row: RowId) -> bool:
        """Whether the run has its place here, with outputs or without."""
        ...


class FlatTiles:
    """Tiles one after the other. It grows while more of a long history is read."""

    def __init__(self) -> None:
        self._runs: list[tuple[RowId, Sequence[int]]] = []
        self._ends: list[int] = []
        self._places: dict[RowId, int] = {}

    @property
    def count(self) -> int:
        return self._ends[-1] if self._ends else 0

    def add(self, runs: Iterable[tuple[RowId, Sequence[int]]]) -> None:
        """Below the rest: runs with the numbers of their outputs that are shown, if any."""
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
    counts: Iterable[tuple[RowId, int]], judged: RatingFilter, judgements: Judgements, *, bare: bool
) -> Iterator[tuple[RowId, Sequence[int]]]:
    """Of rows with how many outputs each has, the numbers of those that `judged` allows.

    `bare`: a run without outputs stands there too, as number 0; it has no verdict, so it goes where one is asked for.
    """
    blank = judged.allows(UNJUDGED)
    for row, count in counts:
        numbers = _ranges(min(count, MOST))
        if not judged:
            yield row, range(1) if bare and not count else numbers
        elif (verdicts := judgements.get(row)) is not None:
            yield row, [n for n in numbers if judged.allows(verdicts.get(n, UNJUDGED))]
        else:
            yield row, numbers if blank else ()


@cache
def _ranges(count: int) -> range:
    """One object for all runs with so many."""
    return range(1, count + 1)
