"""Which rows are marked, and how each of them stands. Pure; held by identity, so sorting and filtering change nothing."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping

from cordage_tui.domain.run import RowId, RunRow, Status


class Selection:
    """A set of rows with their statuses, so that what is marked can be counted without asking for each again."""

    def __init__(self) -> None:
        self._statuses: dict[RowId, Status] = {}
        self._counts: Mapping[Status, int] | None = {}
        """Kept, because a hundred thousand take longer to count than a key may; None: to be counted anew."""

    def __contains__(self, row: RowId) -> bool:
        return row in self._statuses

    def __len__(self) -> int:
        return len(self._statuses)

    @property
    def rows(self) -> tuple[RowId, ...]:
        """In the order in which they were marked."""
        return tuple(self._statuses)

    @property
    def counts(self) -> Mapping[Status, int]:
        """How many of them stand how."""
        if self._counts is None:
            self._counts = Counter(self._statuses.values())
        return self._counts

    def has_all(self, rows: Mapping[RowId, Status]) -> bool:
        """Whether there are any of these, and all are marked."""
        return bool(rows) and rows.keys() <= self._statuses.keys()

    def toggle(self, row: RunRow) -> None:
        """Marks the row, or takes its mark."""
        if self._statuses.pop(row.id, None) is None:
            self._statuses[row.id] = row.status
        self._counts = None

    def add(self, rows: Mapping[RowId, Status]) -> None:
        """Marks these too."""
        self._statuses |= rows
        self._counts = None

    def toggle_all(self, rows: Mapping[RowId, Status]) -> None:
        """Marks all of these; takes the marks of exactly these when all of them have one."""
        if rows.keys() <= self._statuses.keys():
            self._statuses = {row: status for row, status in self._statuses.items() if row not in rows}
            self._counts = None
        else:
            self.add(rows)

    def clear(self) -> None:
        """Takes all marks."""
        self._statuses = {}
        self._counts = {}

    def changed(self, rows: Collection[RowId], look: Callable[[Collection[RowId]], Mapping[RowId, Status]]) -> None:
        """These rows may stand otherwise, or be gone, and then lose their mark; `look` tells how rows stand now."""
        ours = self._statuses.keys() & set(rows)
        if ours:
            now = look(ours)
            self._statuses |= now
            for gone in ours - now.keys():
                del self._statuses[gone]
            self._counts = None
