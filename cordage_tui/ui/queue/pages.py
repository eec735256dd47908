"""Where the lines of the queue come from: any number of prompts, of which only those on screen are asked for."""

from typing import Final, Protocol

from cordage_tui.domain.outbox import QueueItem
from cordage_tui.domain.run import RowId

SPARE: Final = 40
"""Rows kept above and below what is seen, so that not each step asks anew."""


class QueueSource(Protocol):
    """What is not settled, in the order shown. Each call must be quick: it is made between two frames."""

    def waiting(self, offset: int = 0, limit: int = 1_000) -> list[QueueItem]:
        """Rows `offset` to `offset + limit`, fewer at the end."""
        ...

    def ahead(self, row: RowId) -> int | None:
        """How many stand above this one; None when it is settled."""
        ...


class QueueRowCache:
    """The rows around the screen, as the source told them first; make new ones when the queue has changed."""

    def __init__(self, source: QueueSource, count: int) -> None:
        """`count`: how many rows there are."""
        self.count = count
        self._source = source
        self._offset = 0
        self._rows: list[QueueItem] = []

    def rows(self, first: int, end: int) -> list[QueueItem]:
        """Rows `first` up to but without `end`; fewer when the queue has become shorter than was said."""
        kept = range(self._offset, self._offset + len(self._rows))
        if first < end and not (first in kept and end - 1 in kept):
            self._offset = max(0, first - SPARE)
            self._rows = self._source.waiting(self._offset, end + SPARE - self._offset)
        return self._rows[first - self._offset : end - self._offset]

    def at(self, index: int) -> QueueItem | None:
        """The row at `index`; None when there is none."""
        return next(iter(self.rows(index, index + 1)), None) if index >= 0 else None

    def index_of(self, row: RowId) -> int | None:
        """Where a row stands now; None when it is settled."""
        return self._source.ahead(row)
