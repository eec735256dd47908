"""The runs under way, without their prompts: what the poll schedule keeps in mind and brings up to date."""

from collections.abc import Collection
from typing import Final

from cordage_tui.domain.active import ActiveRun
from cordage_tui.domain.run import RowId
from cordage_tui.domain.status import Status
from cordage_tui.store.database import Database, Row
from cordage_tui.store.order import IN_OR_OUT

_STATUSES: Final = tuple(status.value for status in Status if status.is_active)
_SELECT: Final = f"""SELECT runs.id, webhook, run_id, node_count, created_at, started_at
    FROM runs JOIN details ON details.id = runs.id
    WHERE profile = ? AND {IN_OR_OUT} AND status IN ({",".join("?" * len(_STATUSES))}) AND run_id IS NOT NULL"""
_AT_ONCE: Final = 500


class Active:
    """Reads of active runs. Methods raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, profile: str) -> list[ActiveRun]:
        """All of a profile, in no order."""
        return self._runs(_SELECT, (profile, *_STATUSES))

    def among(self, profile: str, rows: Collection[RowId]) -> list[ActiveRun]:
        """Those of these rows that are active runs of the profile."""
        if len(rows) > _AT_ONCE:
            return [run for run in self.all(profile) if run.id in rows]
        sql = f"{_SELECT} AND runs.id IN ({','.join('?' * len(rows))})"
        return self._runs(sql, (profile, *_STATUSES, *rows))

    def _runs(self, sql: str, params: tuple[object, ...]) -> list[ActiveRun]:
        return [_run(row) for row in self._database.rows(sql, params)]


def _run(row: Row) -> ActiveRun:
    row_id, webhook, run_id, node_count, created_at, started_at = row
    return ActiveRun(RowId(row_id), webhook, run_id, node_count, created_at, started_at)
