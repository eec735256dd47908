"""Active runs that the last list of their webhook did not name, and when each run was last heard of."""

import json
from collections.abc import Collection, Mapping
from typing import Final

from cordage_tui.domain.base.clock import Clock, is_within
from cordage_tui.domain.run import RowId, UnlistedRun
from cordage_tui.domain.safe_text import one_line
from cordage_tui.store.file.database import Database, TimedTable
from cordage_tui.store.runs.row_codecs import message_column, message_text
from cordage_tui.store.runs.run_lookup import ACTIVE_STATUSES

RECORD_EVERY_S: Final = 5.0
"""Seconds between records of good reads of one run: who reads it every second does not write every second."""

LAST_HEARD: Final = f"""CASE WHEN runs.run_id IS NULL OR runs.status NOT IN ({ACTIVE_STATUSES}) THEN d.seen_at
    ELSE coalesce((SELECT max(unlisted.heard_at, d.seen_at) FROM unlisted WHERE unlisted.id = runs.id),
        (SELECT max(healths.ok_at, d.seen_at) FROM healths
            WHERE healths.profile = runs.profile AND healths.webhook = runs.webhook), d.seen_at) END"""
"""SQL: when an answer last named a run, of `runs` and its details `d`. A good read of its webhook's list counts, unless the list
did not name the run."""


_REMEMBERED: Final = 1_000
"""Runs whose last read by this process is remembered."""


class UnlistedRuns(TimedTable):
    """Table of active runs that no list names. Methods raise StoreError."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database, clock)
        self.read_at: dict[RowId, float] = {}
        """When this process last read a run alone, epoch seconds: nothing of it is written if a list names the run."""

    def all(self, profile: str) -> Mapping[RowId, UnlistedRun]:
        """Return all of a profile, the newest first."""
        rows = self._database.rows(
            # CROSS JOIN keeps this order: `unlisted` has a few rows, and a profile may have a million runs
            "SELECT unlisted.id, webhook, run_id, heard_at, words FROM unlisted CROSS JOIN runs ON runs.id = unlisted.id"
            f" WHERE profile = ? AND run_id IS NOT NULL AND status IN ({ACTIVE_STATUSES}) ORDER BY unlisted.id DESC",
            (profile,),
        )
        return {
            RowId(row): UnlistedRun(RowId(row), webhook, one_line(run_id), heard_at, message_text(words))
            for row, webhook, run_id, heard_at, words in rows
        }

    def record(self, profile: str, webhook_key: str, rows: Collection[RowId]) -> None:
        """Record that these active runs of a webhook are not in its list, and that all others are. No write when that is known."""
        known = {row for row, run in self.all(profile).items() if run.webhook_key == webhook_key}
        missing, named = set(rows) - known, known - set(rows)
        if not missing and not named:
            return
        with self._database.write() as write:
            write.execute(
                f"""INSERT OR IGNORE INTO unlisted SELECT runs.id, coalesce({LAST_HEARD}, runs.created_at), NULL
                FROM json_each(?) AS picked CROSS JOIN runs ON runs.id = picked.value JOIN details d ON d.id = runs.id""",
                (json.dumps([*missing]),),
            )
            write.execute("DELETE FROM unlisted WHERE id IN (SELECT value FROM json_each(?))", (json.dumps([*named]),))
            write.touch(*missing, *named)

    def record_answer(self, row: RowId) -> None:
        """Record that a run was read alone. Writes nothing if a list names it, or soon after the last record."""
        now = self.read_at[row] = self._clock.wall()
        for oldest in list(self.read_at)[:-_REMEMBERED]:
            del self.read_at[oldest]
        known = self._database.row("SELECT heard_at, words FROM unlisted WHERE id = ?", (row,))
        if known is None or (known[1] is None and is_within(known[0], now, RECORD_EVERY_S)):
            return
        with self._database.write() as write:
            write.execute("UPDATE unlisted SET heard_at = ?, words = NULL WHERE id = ?", (now, row))
            write.touch(row)

    def record_failure(self, row: RowId, words: str) -> None:
        """Record why a run could not be read alone. Writes nothing if a list names it, or if that is known."""
        known = self._database.row("SELECT words FROM unlisted WHERE id = ?", (row,))
        if known is None or known[0] == message_column(words):
            return
        with self._database.write() as write:
            write.execute("UPDATE unlisted SET words = ? WHERE id = ?", (message_column(words), row))
            write.touch(row)
