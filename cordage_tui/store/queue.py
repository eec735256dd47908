"""What waits to be sent, or for the user's word, and why it waits."""

from typing import Final

from cordage_tui.domain.clock import Clock
from cordage_tui.domain.outbox import OutboxState
from cordage_tui.domain.run import RowId
from cordage_tui.store.database import Database
from cordage_tui.store.moves import IS_DOUBTED, IS_OPEN, Moves

_IS_TWIN: Final = f"""EXISTS (SELECT 1 FROM outbox AS twin WHERE twin.profile = mine.profile AND twin.webhook = mine.webhook
    AND twin.fingerprint = mine.fingerprint AND twin.state = 'uncertain' AND twin.{IS_DOUBTED})"""
_QUEUED: Final = (
    "SELECT mine.id FROM outbox AS mine CROSS JOIN details USING (id)"  # in this order: the queue is the shorter
    f" WHERE mine.profile = ? AND mine.state = 'queued' AND mine.{IS_OPEN}"
)


class Queue:
    """Each method is one transaction, on disk when it returns. All raise StoreError, and then nothing has changed."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._moves = Moves(database, clock)

    def hold(self, profile: str, note: str, row: RowId | None = None) -> int:
        """Take out of the queue what has not been sent, all or one row: key or account stand in the way. Returns how many."""
        if not self._queued(profile, row):
            return 0
        with self._database.write() as write:
            rows = self._queued(profile, row)
            for queued in rows:
                self._moves.move(write, queued, OutboxState.HELD, note)
        return len(rows)

    def has_held(self, profile: str) -> bool:
        """Whether `Outbox.release_held` would find something."""
        return bool(self._moves.in_state(profile, OutboxState.HELD))

    def resend(self, row: RowId) -> bool:
        """Queue an uncertain prompt once more, on the user's word. False when it is not uncertain (any more)."""
        with self._database.write() as write:
            if self._moves.state(row) is not OutboxState.UNCERTAIN:
                return False
            self._moves.move(write, row, OutboxState.QUEUED, note=None)
        return True

    def explain_twins(self, profile: str, note: str) -> None:
        """Put `note` on each queued prompt that `Outbox.claim` passes over because its like is uncertain, and take it off
        those that may go again. No write when nothing differs."""
        if not any(self._misexplained(profile, note)):
            return
        with self._database.write() as write:
            blocked, free = self._misexplained(profile, note)
            for row in blocked:
                write.execute("UPDATE details SET note = ? WHERE id = ?", (note, row))
            for row in free:
                write.execute("UPDATE details SET note = NULL WHERE id = ?", (row,))
            write.touch(*blocked, *free)

    def _queued(self, profile: str, row: RowId | None) -> list[RowId]:
        queued = self._moves.in_state(profile, OutboxState.QUEUED)
        return queued if row is None else [row] if row in queued else []

    def _misexplained(self, profile: str, note: str) -> tuple[list[RowId], list[RowId]]:
        """Queued rows that wait for a twin and do not say so, and those that say so and do not."""
        wrong = (
            f"{_QUEUED} AND {_IS_TWIN} AND details.note IS NOT ?",
            f"{_QUEUED} AND NOT {_IS_TWIN} AND details.note IS ?",
        )
        blocked, free = ([RowId(row) for row in self._database.column(sql, (profile, note))] for sql in wrong)
        return blocked, free
