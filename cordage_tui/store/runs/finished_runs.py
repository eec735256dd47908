"""Finished runs, each claimed once: for its hook, and for the download of its outputs."""

from typing import Literal

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.run import RowId
from cordage_tui.store.file.database import Database, Transaction

# A trigger of the database records a finished run in the transaction in which its row ends, whichever process read that.
# A claim is on disk before the hook is run, so that after a crash a hook was run at most once.


class FinishedRuns:
    """Queue of finished runs, each claimed once. All methods raise StoreError. A run that was first seen after its end
    is not in it: nobody waited for it."""

    def __init__(self, database: Database, clock: Clock, claims: Literal["taken", "loaded"]) -> None:
        """`claims`: the column with the times of the claims, `taken` for hooks, `loaded` for downloads."""
        self._database = database
        self._clock = clock
        self._claims = claims

    def due(self, profile: str) -> list[RowId]:
        """List the rows of finished runs that are not claimed, the oldest first. Nothing of a guess is downloaded before the user
        has confirmed it: the outputs may be somebody else's."""
        sure = "AND runs.matched IS NOT 'guess'" if self._claims == "loaded" else ""
        sql = f"""SELECT runs.id FROM endings CROSS JOIN runs USING (profile, run_id, webhook)
            WHERE endings.profile = ? AND endings.{self._claims} IS NULL {sure} ORDER BY endings.id"""
        return [RowId(row) for row in self._database.column(sql, (profile,))]

    def claim(self, row: RowId) -> bool:
        """Claim a finished run. False when it is claimed already, or there is no such run."""
        with self._database.write() as write:
            return self.claim_in(write, row)

    def claim_in(self, write: Transaction, row: RowId) -> bool:
        """Claim a finished run in an open transaction."""
        sql = f"""UPDATE endings SET {self._claims} = ? WHERE {self._claims} IS NULL AND id IN
            (SELECT endings.id FROM runs CROSS JOIN endings USING (profile, run_id, webhook) WHERE runs.id = ?)"""
        return write.execute(sql, (self._clock.wall(), row)).rowcount == 1

    def last_seen(self, profile: str) -> float:
        """Return when the run that ended last was seen, epoch seconds; 0: none has ended, or it has been removed."""
        sql = """SELECT coalesce(seen_at, 0) FROM endings LEFT JOIN runs USING (profile, run_id, webhook)
            LEFT JOIN details ON details.id = runs.id WHERE endings.profile = ? ORDER BY endings.id DESC LIMIT 1"""
        found = self._database.row(sql, (profile,))
        return float(found[0]) if found else 0.0

    def pass_over(self, profile: str, seen_before: float) -> None:
        """Exclude runs last seen before `seen_before`, epoch seconds."""
        old = f"""SELECT endings.id FROM endings LEFT JOIN runs USING (profile, run_id, webhook) LEFT JOIN details
            ON details.id = runs.id WHERE endings.profile = ? AND endings.{self._claims} IS NULL
            AND coalesce(details.seen_at, 0) < ?"""
        if self._database.row(f"{old} LIMIT 1", (profile, seen_before)):
            with self._database.write() as write:
                sql = f"UPDATE endings SET {self._claims} = ? WHERE id IN ({old})"
                write.execute(sql, (self._clock.wall(), profile, seen_before))
