"""Where rows come from, and the few of them that are kept."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, Protocol

from cordage_tui.domain.run import BatchProgress, RowId, RunRow, Status
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.widgets.lazy import LazySequence

SPARE: Final = 20
"""Rows kept above and below those on screen."""


class RowSource(Protocol):
    """A sorted, filtered list of rows that is asked, never copied. Each call must be quick: it is made between two frames."""

    def count(self) -> int:
        """How many rows there are."""
        ...

    def window(self, offset: int, limit: int) -> list[RunRow]:
        """Rows `offset` to `offset + limit`, fewer at the end."""
        ...

    def index_of(self, row: RowId) -> int | None:
        """Where a row stands; None when it is not in the list."""
        ...

    def statuses(self, offset: int, limit: int) -> Mapping[RowId, Status]:
        """The rows that `window` would give, and how each stands; of a hundred thousand in a tenth of a second."""
        ...

    def standing(self, rows: Collection[RowId]) -> Mapping[RowId, Status]:
        """How these rows stand, in the list or not; those that have gone are missing."""
        ...

    def batch(self, row: RowId) -> BatchProgress | None:
        """How far the batch of that line is; None when there is none (any more)."""
        ...

    def members(self, row: RowId) -> Mapping[RowId, Status]:
        """The rows of that batch, hidden or not, and how each stands."""
        ...

    def varying(self, rows: Sequence[RowId]) -> Mapping[RowId, SafeText]:
        """Of rows of batches: the inputs that differ from row to row; rows without any are missing."""
        ...


class EmptyRowSource:
    """The list before there is one."""

    def count(self) -> int:
        return 0

    def window(self, offset: int, limit: int) -> list[RunRow]:
        return []

    def index_of(self, row: RowId) -> int | None:
        return None

    def statuses(self, offset: int, limit: int) -> Mapping[RowId, Status]:
        return {}

    def standing(self, rows: Collection[RowId]) -> Mapping[RowId, Status]:
        return {}

    def batch(self, row: RowId) -> BatchProgress | None:
        return None

    def members(self, row: RowId) -> Mapping[RowId, Status]:
        return {}

    def varying(self, rows: Sequence[RowId]) -> Mapping[RowId, SafeText]:
        return {}


class RunRowCache:
    """The rows around the screen, as the source last told them; asked again only when one is needed that is not here."""

    def __init__(self, source: RowSource, count: int) -> None:
        """`count`: how many rows there are."""
        self.source = source
        self.rows = self._unread(count)
        self._batches: dict[RowId, BatchProgress | None] = {}
        self._members: dict[RowId, Mapping[RowId, Status]] = {}
        self._varying: dict[RowId, SafeText | None] = {}

    def _unread(self, count: int) -> LazySequence[RunRow]:
        return LazySequence(count, lambda first, end: self.source.window(first, end - first), SPARE)

    def forget(self, count: int) -> None:
        """Drop what is kept, because the source has changed and now has `count` rows."""
        self.rows = self._unread(count)
        self._batches.clear()
        self._members.clear()
        self._varying.clear()

    def batch(self, row: RowId) -> BatchProgress | None:
        """How far the batch of that line is."""
        if row not in self._batches:
            self._batches[row] = self.source.batch(row)
        return self._batches[row]

    def members(self, row: RowId) -> Mapping[RowId, Status]:
        """The rows of that batch."""
        if row not in self._members:
            self._members[row] = self.source.members(row)
        return self._members[row]

    def varying(self, rows: Sequence[RowId]) -> Mapping[RowId, SafeText]:
        """What differs from row to row, of rows of batches."""
        if unknown := [row for row in rows if row not in self._varying]:
            found = self.source.varying(unknown)
            self._varying |= {row: found.get(row) for row in unknown}
        return {row: words for row in rows if (words := self._varying[row]) is not None}

    def index_of(self, row: RowId) -> int | None:
        """Where a row stands: looked for among the kept rows first, then asked."""
        kept = next((i for i, r in enumerate(self.rows.kept, self.rows.offset) if r.id == row), None)
        return kept if kept is not None else self.source.index_of(row)
