"""Ratings of outputs: kept, rejected, and stars."""

import json
from collections.abc import Collection, Mapping
from typing import Final, TypeAlias

from cordage_tui.domain.output import MAX_STARS, Rating
from cordage_tui.domain.run import RowId
from cordage_tui.store.file.database import AMONG, Table, Transaction

Judgements: TypeAlias = Mapping[RowId, Mapping[int, Rating]]
"""Row → number of the output → verdict. Outputs that nobody has judged are missing."""
Output: TypeAlias = tuple[RowId, int]
"""A row, and which of its outputs, from 1."""
_COLUMNS: Final = "SELECT run, number, kept, stars FROM verdicts"


class Ratings(Table):
    """Table of ratings by row and number of the output, so that they do not depend on how its link is signed. Methods
    raise StoreError."""

    def of(self, row: RowId) -> Mapping[int, Rating]:
        """Return the ratings of one run."""
        return self.of_rows((row,)).get(row, {})

    def of_rows(self, rows: Collection[RowId]) -> Judgements:
        """Return the ratings of many runs."""
        return self._read(f"{_COLUMNS} WHERE run {AMONG}", json.dumps(list(rows)))

    def all(self) -> Judgements:
        """Return every rating."""
        return self._read(_COLUMNS)

    def decide(self, outputs: Collection[Output], kept: bool | None) -> None:
        """Keep outputs (True), reject them, or clear the decision (None). Stars stay."""
        with self._database.write() as write:
            for output in outputs:
                self._set(write, output, "kept", None if kept is None else int(kept))

    def rate(self, outputs: Collection[Output], stars: int) -> None:
        """Rate outputs with 1 to `MAX_STARS` stars; 0 clears them. The decision stays. What was decided stays."""
        if not 0 <= stars <= MAX_STARS:
            raise ValueError(f"{stars} stars")
        with self._database.write() as write:
            for output in outputs:
                self._set(write, output, "stars", stars)

    def _set(self, write: Transaction, output: Output, column: str, value: int | None) -> None:
        row, number = output
        write.execute("INSERT OR IGNORE INTO verdicts (run, number) VALUES (?, ?)", output)
        changed = write.execute(
            f"UPDATE verdicts SET {column} = ? WHERE run = ? AND number = ? AND {column} IS NOT ?",
            (value, row, number, value),
        )
        write.execute("DELETE FROM verdicts WHERE run = ? AND number = ? AND kept IS NULL AND stars = 0", output)
        if changed.rowcount:
            write.touch(row)

    def _read(self, sql: str, *params: object) -> Judgements:
        found: dict[RowId, dict[int, Rating]] = {}
        for row, number, kept, stars in self._database.rows(sql, params):
            found.setdefault(RowId(row), {})[number] = Rating(None if kept is None else bool(kept), stars)
        return found
