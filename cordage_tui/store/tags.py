"""Tags of runs."""

import json
from collections.abc import Collection, Mapping
from typing import Final

from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.tag import TagChange
from cordage_tui.store.file.database import Table

_MEMBERS: Final = """SELECT id FROM runs WHERE size = 0 AND id IN (SELECT value FROM json_each(?1))
    UNION SELECT id FROM runs WHERE batch IN (SELECT value FROM json_each(?1))"""
"""SQL: runs, in the place of the line of a batch those of the batch."""
_HAS: Final = "EXISTS (SELECT 1 FROM tags WHERE run = member.id AND tag = ?2)"


class RunTags(Table):
    """Table of tags by row. Methods raise StoreError."""

    def change(self, rows: Collection[RowId], change: TagChange) -> int:
        """Add tags to runs and remove others, in one transaction; returns how many runs that has changed. The line of a batch
        stands for its runs."""
        changed: set[RowId] = set()
        with self._database.write() as write:
            for tag in (*change.added, *change.removed):
                adds = tag in change.added
                sql = f"SELECT id FROM ({_MEMBERS}) AS member WHERE {'NOT ' if adds else ''}{_HAS}"
                differ = [RowId(row) for (row,) in write.execute(sql, (json.dumps(list(rows)), tag))]
                picked = "FROM json_each(?1)"
                write.execute(
                    f"INSERT INTO tags (run, tag) SELECT value, ?2 {picked}"
                    if adds
                    else f"DELETE FROM tags WHERE tag = ?2 AND run IN (SELECT value {picked})",
                    (json.dumps(differ), tag),
                )
                changed.update(differ)
            write.touch(*changed)
        return len(changed)

    def of_rows(self, rows: Collection[RowId]) -> Mapping[RowId, Collection[SafeText]]:
        """Return the tags of these runs, and of the lines of batches those of their runs; runs without any are missing."""
        found: dict[RowId, set[SafeText]] = {}
        sql = """SELECT DISTINCT picked.value, tag FROM json_each(?) AS picked
            JOIN runs ON runs.id = picked.value OR runs.batch = picked.value JOIN tags ON run = runs.id"""
        for row, tag in self._database.rows(sql, (json.dumps(list(rows)),)):
            found.setdefault(RowId(row), set()).add(one_line(tag))
        return found

    def counts(self, profile: str, webhook_key: str | None = None) -> Mapping[SafeText, int]:
        """Count the runs of each tag, the most frequent first; `webhook_key`: of this webhook alone."""
        sql = """SELECT tag, count(*) FROM tags JOIN runs ON runs.id = run
            WHERE profile = ?1 AND (?2 IS NULL OR webhook = ?2) GROUP BY tag ORDER BY count(*) DESC, tag"""
        return {one_line(tag): count for tag, count in self._database.rows(sql, (profile, webhook_key))}
