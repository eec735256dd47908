"""The runs under way, without their prompts: what the poll schedule keeps in mind and brings up to date."""

from collections.abc import Collection
from typing import Final

from cordage_tui.domain.run import ActiveRun, RowId, Status
from cordage_tui.store.database import Database, Row
from cordage_tui.store.order import IN_OR_OUT

_STATUSES: Final = tuple(status.value for status in Status if status.is_active)
_SELECT_ACTIVE: Final = """SELECT runs.id, webhook, run_id, node_count, begun_at, started_at
    FROM runs JOIN details ON details.id = runs.id WHERE profile = ? AND run_id IS NOT NULL"""
_ACTIVE_RUNS: Final = f"{_SELECT_ACTIVE} AND {IN_OR_OUT} AND status IN ({','.join('?' * len(_STATUSES))})"
_UNTOLD: Final = (
    f"{_SELECT_ACTIVE} AND (status = 'completed' AND outputs IS NULL OR status = 'failed' AND error IS NULL)"
)
_AT_ONCE: Final = 500


class ActiveRunLookup:
    """Reads of active runs. Methods raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, profile: str) -> list[ActiveRun]:
        """All of a profile, in no order."""
        return self._runs(_ACTIVE_RUNS, (profile, *_STATUSES))

    def among(self, profile: str, rows: Collection[RowId]) -> list[ActiveRun]:
        """Those of these rows that are active runs of the profile."""
        if len(rows) > _AT_ONCE:
            return [run for run in self.all(profile) if run.id in rows]
        return self._runs(f"{_ACTIVE_RUNS} AND {_in(rows)}", (profile, *_STATUSES, *rows))

    def untold(self, profile: str, rows: Collection[RowId]) -> list[ActiveRun]:
        """Those of these rows that have ended, and no answer told with what (API.md: a list item may lack `outputs`)."""
        wanted = list(rows)
        return [
            run
            for start in range(0, len(wanted), _AT_ONCE)
            for part in [wanted[start : start + _AT_ONCE]]
            for run in self._runs(f"{_UNTOLD} AND {_in(part)}", (profile, *part))
        ]

    def _runs(self, sql: str, params: tuple[object, ...]) -> list[ActiveRun]:
        return [_run(row) for row in self._database.rows(sql, params)]


def _run(row: Row) -> ActiveRun:
    row_id, webhook, run_id, node_count, begun_at, started_at = row
    return ActiveRun(RowId(row_id), webhook, run_id, node_count, begun_at, started_at)


def _in(rows: Collection[RowId]) -> str:
    return f"runs.id IN ({','.join('?' * len(rows))})"
