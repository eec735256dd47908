"""Change feed: the rows of every commit, of this and of other processes, for all screens."""

from collections.abc import Callable, Collection
from typing import TypeAlias

from cordage_tui.domain.run import RowId
from cordage_tui.store.database import BEYOND_RUNS, Database

Listener: TypeAlias = Callable[[frozenset[RowId]], None]


class ChangeFeed:
    """Notifies subscribers of the rows of each commit; an empty set means that something else changed, such as a
    webhook's health."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: list[Listener] = []
        self._foreign = database.foreign_version()
        self._seen = self.tail()
        database.on_commit = self._committed

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` after each commit that changed rows or health; returns a function that ends it."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    def tail(self) -> int:
        """The sequence number of the last commit that changed something, by whichever process; 0 at the beginning."""
        return int(next(iter(self._database.column("SELECT coalesce(max(seq), 0) FROM changes"))))

    def since(self, seq: int) -> frozenset[RowId]:
        """The rows that changed, came or went after commit `seq`."""
        rows = self._database.column("SELECT row FROM changes WHERE seq > ?", (seq,))
        return frozenset(RowId(row) for row in rows if row != BEYOND_RUNS)

    def poll_others(self) -> None:
        """Notify subscribers of what other processes changed since the last call. A few microseconds when nothing
        did."""
        foreign = self._database.foreign_version()
        if foreign == self._foreign:
            return
        with self._database.snapshot():
            tail, rows = self.tail(), self.since(self._seen)
        self._foreign = foreign
        if tail > self._seen:
            self._seen = tail
            self._tell(rows)

    def _committed(self, rows: Collection[RowId], seq: int) -> None:
        # With a gap, others have committed in between: the next poll tells theirs, and these once more.
        if seq == self._seen + 1:
            self._seen = seq
        self._tell(frozenset(row for row in rows if row != BEYOND_RUNS))

    def _tell(self, rows: frozenset[RowId]) -> None:
        for listener in tuple(self._listeners):
            listener(rows)
