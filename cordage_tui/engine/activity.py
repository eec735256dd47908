"""The active runs of a profile, kept in mind: the schedule asks for them at every step, the store only when they change."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from cordage_tui.domain.run import ActiveRun, RowId
from cordage_tui.engine.schedule.crowd import ActiveRunClock
from cordage_tui.engine.session import EngineContext
from cordage_tui.store.errors import StoreError

_NONE: Final[Mapping[RowId, ActiveRunClock]] = {}


class ActiveRuns:
    """By webhook. It comes from the store, so a restart or another window's submission counts too."""

    def __init__(self, session: EngineContext) -> None:
        self._session = session
        self._store = session.store
        self._runs: dict[str, dict[RowId, ActiveRunClock]] = {}
        self._places: dict[RowId, str] = {}
        self._unlisted: set[RowId] = set()
        self._stale = True

    def of(self, webhook_key: str) -> Mapping[RowId, ActiveRunClock]:
        """The active runs of a webhook."""
        return self._runs.get(webhook_key, _NONE)

    def count(self) -> int:
        """How many there are in all."""
        self.read()
        return len(self._places)

    def webhooks(self) -> list[str]:
        """The keys of those with active runs."""
        return list(self._runs)

    def not_in_list(self, webhook_key: str) -> list[ActiveRunClock]:
        """Of its active runs those that its last list did not name: fallen off the newest page, or gone."""
        if not self._unlisted:
            return []
        return [run for row, run in self.of(webhook_key).items() if row in self._unlisted]

    def listed(self, webhook_key: str, named: Collection[str]) -> None:
        """A list has named these run ids."""
        for row, underway in self.of(webhook_key).items():
            (self._unlisted.discard if underway.run.run_id in named else self._unlisted.add)(row)

    def changed(self, rows: Collection[RowId]) -> tuple[list[str], list[RowId]]:
        """These rows differ in the store. Returns the webhooks that were idle and are not any more, and the rows that
        are active no more."""
        if self._stale:
            return self.read(), []
        try:
            active = {run.id: run for run in self._store.active.among(self._session.profile, rows)}
        except StoreError:
            self._stale = True  # the next look reads them all
            return [], []
        ended = [row for row in rows if row in self._places and row not in active]
        for row in ended:
            self._drop(row)
        return self._take(active.values()), ended

    def read(self) -> list[str]:
        """Reads all of them, if that is due. Returns as `changed` does."""
        if not self._stale:
            return []
        try:
            active = {run.id: run for run in self._store.active.all(self._session.profile)}
        except StoreError:
            return []
        self._stale = False
        for row in [row for row in self._places if row not in active]:
            self._drop(row)
        return self._take(active.values())

    def _take(self, active: Iterable[ActiveRun]) -> list[str]:
        """A run keeps its place on the monotonic clock, whatever becomes of the wall clock."""
        now = self._session.clock.monotonic()
        ahead = now - self._session.clock.wall()
        before = set(self._runs)
        for run in active:
            runs = self._runs.setdefault(run.webhook_key, {})
            known = runs.get(run.id)
            created = known.created if known else min(run.begun_at + ahead, now)
            began = known.began if known else None
            if began is None and run.started_at is not None:
                began = min(run.started_at + ahead, now)
            runs[run.id] = ActiveRunClock(run, created, began)
            self._places[run.id] = run.webhook_key
        return [key for key in self._runs if key not in before]

    def _drop(self, row: RowId) -> None:
        key = self._places.pop(row, None)
        if key is not None:
            del self._runs[key][row]
            if not self._runs[key]:
                del self._runs[key]
            self._unlisted.discard(row)
