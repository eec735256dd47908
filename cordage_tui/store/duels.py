"""Duels of outputs."""

from cordage_tui.domain.duel import Duel, Winner
from cordage_tui.domain.run import RowId
from cordage_tui.store.database import TimedTable
from cordage_tui.store.user_data import Output


class Duels(TimedTable):
    """Table of duels; each is on disk when it has been judged. Methods raise StoreError."""

    def judge(self, left: Output, right: Output, winner: Winner) -> int:
        """Record which of two outputs is preferred; returns the number of the duel."""
        with self._database.write() as write:
            number = write.insert(
                "duels",
                {
                    **dict(zip(("left_run", "left_number", "right_run", "right_number"), (*left, *right), strict=True)),
                    "winner": winner.value,
                    "judged_at": self._clock.wall(),
                },
            )
            write.touch(left[0], right[0])
        return number

    def take_back(self, number: int) -> bool:
        """Remove a duel; False where it has gone."""
        with self._database.write() as write:
            found = write.execute("SELECT left_run, right_run FROM duels WHERE id = ?", (number,)).fetchall()
            runs = [RowId(run) for row in found for run in row]
            write.execute("DELETE FROM duels WHERE id = ?", (number,))
            write.touch(*runs)
        return bool(runs)

    def all(self) -> list[Duel[Output]]:
        """List every duel, the oldest first: as many as somebody has judged by hand."""
        sql = "SELECT left_run, left_number, right_run, right_number, winner FROM duels ORDER BY id"
        return [
            Duel((RowId(left), n), (RowId(right), m), Winner(winner))
            for left, n, right, m, winner in self._database.rows(sql)
        ]
