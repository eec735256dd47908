"""From the server into the store: lists, and gets of what no list tells."""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from cordage_tui.api.errors import CordageError, NotFound
from cordage_tui.domain.budget import Priority
from cordage_tui.domain.run import RemoteRun, RowId, RunRow
from cordage_tui.domain.status import Status
from cordage_tui.engine.session import Session
from cordage_tui.engine.words import sentences
from cordage_tui.store.errors import StoreError

GETS_AT_ONCE: Final = 8
"""Gets that lists give rise to, under way together: more would make the next list wait behind them."""
YOUNG_S: Final = 10.0
"""A run that was only just submitted may not have reached every part of the server, so a 404 does not mean it is lost."""
KILL_PATIENCE_S: Final = 60.0
"""A run that the server shows as going on this long after its kill was asked for does not show `killing` any more."""

_LOST: Final = "The server no longer knows this run. What was last seen of it is kept here."
_NOT_TAKEN: Final = "The kill did not take: a minute later the server still shows it going on. Press x to try again."


class Reader:
    """Reads for whoever asks: the polling, the user's refresh, a kill, the open detail pane."""

    def __init__(self, session: Session) -> None:
        self.killing: set[RowId] = set()
        """Rows whose kill this process is carrying out right now."""
        self._session = session
        self._store = session.store
        self._owed: dict[str, RunRow] = {}
        """By run id: runs that a list showed as ended without telling with what; a get shall."""
        self._fetching: set[str] = set()
        self._fetched_at: dict[str, float] = {}

    async def list(self, webhook_key: str, priority: Priority) -> None:
        """Takes in all that one list says. Raises CordageError and StoreError."""
        session = self._session
        answer = await session.access.call(session.client.list_runs(webhook_key, priority))
        before = [row for row in self._store.query.active(session.profile) if row.webhook_key == webhook_key]
        self._take(webhook_key, answer.runs)
        told = {run.run_id: run for run in answer.runs}
        self._owed |= {row.run_id: row for row in before if row.run_id and is_untold_end(told.get(row.run_id))}
        self._get_untold(webhook_key, missing(before, told))

    async def get(self, row: RunRow, priority: Priority) -> CordageError | StoreError | None:
        """Takes in what the server says of one run, and returns what went wrong. A 404 means that the server has lost
        sight of it; its history is kept."""
        if row.run_id is None:
            return None
        session = self._session
        try:
            run = await session.access.call(session.client.get_run(row.webhook_key, row.run_id, priority))
            self._take(row.webhook_key, [run])
        except NotFound as error:
            self._owed.pop(row.run_id, None)
            return self._missed(row, error)
        except (CordageError, StoreError) as error:
            return error
        self._owed.pop(row.run_id, None)
        return None

    def _take(self, webhook_key: str, runs: Sequence[RemoteRun]) -> None:
        profile = self._session.profile
        self._store.runs.merge(profile, webhook_key, runs)
        going_on = {run.run_id for run in runs if not run.status.is_final}
        for row in self._store.query.overdue_kills(profile, self._session.clock.wall() - KILL_PATIENCE_S):
            if row.webhook_key == webhook_key and row.run_id in going_on and row.id not in self.killing:
                self._store.runs.kill_failed(row.id, _NOT_TAKEN)

    def _missed(self, row: RunRow, error: NotFound) -> CordageError | StoreError:
        if self._session.clock.wall() - row.created_at >= YOUNG_S:
            try:
                self._store.runs.lost(row.id, sentences(_LOST))
            except StoreError as trouble:
                return trouble
        return error

    def _get_untold(self, webhook_key: str, lost_sight: Iterable[RunRow]) -> None:
        """Those that waited longest first; the rest has its turn after the next list."""
        owed = [row for row in self._owed.values() if row.webhook_key == webhook_key]
        wanted = {row.run_id: row for row in (*owed, *lost_sight) if row.run_id and row.run_id not in self._fetching}
        turn = sorted(wanted, key=lambda run_id: self._fetched_at.get(run_id, 0.0))
        self._fetched_at = {run_id: at for run_id, at in self._fetched_at.items() if run_id in wanted}
        for run_id in turn[: max(0, GETS_AT_ONCE - len(self._fetching))]:
            self._fetching.add(run_id)
            self._session.calls.spawn(self._get_once(run_id, wanted[run_id]))

    async def _get_once(self, run_id: str, row: RunRow) -> None:
        try:
            await self.get(row, Priority.BACKGROUND)  # what went wrong, the next list will meet too
        finally:
            self._fetching.discard(run_id)
            self._fetched_at[run_id] = self._session.clock.monotonic()


def missing(active: Iterable[RunRow], told: Collection[str]) -> list[RunRow]:
    """Of the runs that were active before a list, those it does not name: dropped off the newest page, or gone."""
    return [row for row in active if row.run_id is not None and row.run_id not in told]


def is_untold_end(run: RemoteRun | None) -> bool:
    """It ended, and the list does not say with what (API.md: an item may lack `outputs`)."""
    if run is None:
        return False
    return (run.status is Status.COMPLETED and run.outputs is None) or (
        run.status is Status.FAILED and run.error is None
    )
