"""Runs that have ended, each once for ever: what a hook is run for.

The database itself writes an ending down, in the transaction in which a run's row ends, whichever process read that. Whoever
takes an ending has it alone, on disk, before the hook is run: a crash between leaves a run without its hook, never with two.
"""

from cordage_tui.domain.clock import Clock
from cordage_tui.domain.run import RowId
from cordage_tui.store.database import Database


class FinishedRuns:
    """All methods raise StoreError. A run that was first seen after its end has none: nobody waited for it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def due(self, profile: str) -> list[RowId]:
        """Rows of runs that have ended and are nobody's yet, the oldest ending first."""
        sql = """SELECT runs.id FROM endings CROSS JOIN runs USING (profile, run_id, webhook)
            WHERE endings.profile = ? AND endings.taken IS NULL ORDER BY endings.id"""
        return [RowId(row) for row in self._database.column(sql, (profile,))]

    def claim(self, row: RowId) -> bool:
        """Have it alone. False when somebody else has it, or there is no such ending."""
        sql = """UPDATE endings SET taken = ? WHERE taken IS NULL AND id IN
            (SELECT endings.id FROM runs CROSS JOIN endings USING (profile, run_id, webhook) WHERE runs.id = ?)"""
        with self._database.write() as write:
            return write.execute(sql, (self._clock.wall(), row)).rowcount == 1

    def pass_over(self, profile: str, seen_before: float) -> None:
        """Nobody shall have those any more of whose runs nothing was heard since then, epoch seconds."""
        old = """SELECT endings.id FROM endings LEFT JOIN runs USING (profile, run_id, webhook) LEFT JOIN details
            ON details.id = runs.id WHERE endings.profile = ? AND endings.taken IS NULL
            AND coalesce(details.seen_at, 0) < ?"""
        if self._database.row(f"{old} LIMIT 1", (profile, seen_before)):
            with self._database.write() as write:
                sql = f"UPDATE endings SET taken = ? WHERE id IN ({old})"
                write.execute(sql, (self._clock.wall(), profile, seen_before))
