"""How long finished runs took, for what can be learned from it."""

from collections.abc import Collection, Sequence
from typing import Final

from cordage_tui.domain.duration_model import DurationSample
from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.run import RowId, Status
from cordage_tui.store.database import Database, Row
from cordage_tui.store.order import IN_OR_OUT

_ENDED: Final = (Status.COMPLETED.value, Status.FAILED.value)
_ACTIVE_VALUES: Final = tuple(status.value for status in Status if status.is_active)
# Where the server has not told when a run of elsewhere was created, that is when it was first seen: no duration.
_SELECT_DURATIONS: Final = f"""SELECT r.id, r.webhook, r.ended_at, r.ended_at - r.begun_at, r.started_at - r.begun_at, d.node_count
    FROM runs r JOIN details d ON d.id = r.id
    WHERE r.status IN ({",".join("?" * len(_ENDED))})
    AND r.ended_at >= coalesce(r.started_at, r.begun_at) AND r.begun_at <= coalesce(r.started_at, r.ended_at)
    AND (d.told_created IS NOT NULL OR EXISTS (SELECT 1 FROM outbox o WHERE o.id = r.id))"""
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run that completed or failed, and of which it is known how long it took."""

    id: RowId
    webhook_key: str
    ended_at: float
    """Epoch seconds by this machine's clock."""
    finished: DurationSample


class PastDurationLookup:
    """Reads of runs that have completed or failed; killed ones do not tell how long they would have taken. Methods raise
    StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def latest(self, profile: str, webhook_key: str, limit: int) -> list[PastRun]:
        """At most `limit` of a webhook's runs that were created last, in the order they ended."""
        own = f"""SELECT * FROM ({_SELECT_DURATIONS} AND r.profile = ? AND folded = ? AND r.webhook = ?
            ORDER BY r.created_at DESC, r.id DESC LIMIT ?)"""
        inside, outside = ((*_ENDED, profile, folded, webhook_key, limit) for folded in (1, 0))
        rows = self._database.rows(f"{own} UNION ALL {own}", (*inside, *outside))
        return sorted(map(_past_run, rows), key=lambda run: run.ended_at)[-limit:]

    def among(self, profile: str, rows: Collection[RowId]) -> list[PastRun]:
        """Those of these rows that are such runs, of any webhook, in the order they ended."""
        wanted = sorted(rows)
        found = [
            row
            for start in range(0, len(wanted), _AT_ONCE)
            for row in self._some(profile, wanted[start : start + _AT_ONCE])
        ]
        return sorted(map(_past_run, found), key=lambda run: run.ended_at)

    def node_counts(self, rows: Sequence[RowId]) -> dict[RowId, int]:
        """How many nodes the workflows of these rows have, where that is known."""
        sql = f"SELECT id, node_count FROM details WHERE id IN ({','.join('?' * len(rows))}) AND node_count IS NOT NULL"
        return {RowId(row): count for row, count in self._database.rows(sql, rows)}

    def still_active(self, profile: str, webhook_key: str, created_before: float) -> int:
        """How many runs of a webhook are active that began before that time, epoch seconds."""
        sql = f"""SELECT count(*) FROM runs WHERE profile = ? AND {IN_OR_OUT} AND status IN ({",".join("?" * len(_ACTIVE_VALUES))})
            AND begun_at < ? AND webhook = ?"""
        return int(next(iter(self._database.column(sql, (profile, *_ACTIVE_VALUES, created_before, webhook_key)))))

    def _some(self, profile: str, rows: Collection[RowId]) -> list[Row]:
        # The plus keeps SQLite from walking the whole profile by an index, which it thinks is quicker.
        sql = f"{_SELECT_DURATIONS} AND +r.profile = ? AND r.id IN ({','.join('?' * len(rows))})"
        return self._database.rows(sql, (*_ENDED, profile, *rows))


def _past_run(row: Row) -> PastRun:
    row_id, webhook, ended_at, total_s, queued_s, node_count = row
    return PastRun(RowId(row_id), webhook, ended_at, DurationSample(total_s, queued_s, node_count))
