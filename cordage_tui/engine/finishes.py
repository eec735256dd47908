"""Notices that a run has ended, whoever read it: this process or another."""

from collections.abc import Callable, Iterable
from contextlib import suppress

from cordage_tui.domain.run import RowId
from cordage_tui.engine.events import Event, RunFinished
from cordage_tui.store.errors import StoreError
from cordage_tui.store.store import Store


class Finishes:
    """Remembers which rows were going on, and tells when one of them has ended."""

    def __init__(self, profile: str, store: Store, tell: Callable[[Event], None]) -> None:
        self._profile = profile
        self._store = store
        self._tell = tell
        self._going_on: set[RowId] = set()

    def begin(self) -> None:
        """From now on: what goes on at this moment may be told."""
        with suppress(StoreError):
            self._going_on = {row.id for row in self._store.query.active(self._profile)}

    def look(self, rows: Iterable[RowId]) -> None:
        """These rows changed."""
        for row_id in rows:
            with suppress(StoreError):  # it is told when it is next seen to change
                self._look_at(row_id)

    def _look_at(self, row_id: RowId) -> None:
        row = self._store.query.row(row_id)
        if row is None:
            self._going_on.discard(row_id)
        elif not row.status.is_final:
            self._going_on.add(row_id)
        elif row_id in self._going_on:
            self._going_on.discard(row_id)
            self._tell(RunFinished(row))
