"""Open questions: prompts that a dialog of some window is about, which are not sent until it is answered."""

import json
from collections.abc import Collection
from typing import Final

from cordage_tui.domain.run import RowId
from cordage_tui.store.file.database import TimedTable

HELD_S: Final = 10.0
"""Seconds until a question without renewal stops holding its prompts: its window may be killed or stopped."""

ASKED_ABOUT: Final = """SELECT value FROM questions, json_each(questions.rows)
    WHERE questions.profile = ? AND until > ? AND until <= ?"""
"""SQL: the rows of the open questions; parameters: profile, now, and the latest end that a question can have by now."""


class OpenQuestions(TimedTable):
    """Table of the open questions of all windows. Methods raise StoreError.

    A question expires, so that no dead window holds a prompt forever. An end further ahead than `HELD_S` was written
    before the clock was set back, and does not count.
    """

    def open(self, profile: str, rows: Collection[RowId]) -> int:
        """Hold these prompts; returns the id of the question."""
        now = self._clock.wall()
        with self._database.write() as write:
            write.execute("DELETE FROM questions WHERE until <= ? OR until > ?", (now, now + HELD_S))
            opened = write.execute(
                "INSERT INTO questions (profile, rows, until) VALUES (?, ?, ?)",
                (profile, json.dumps([*rows]), now + HELD_S),
            )
        return opened.lastrowid or 0

    def renew(self, question: int) -> None:
        """Hold its prompts for `HELD_S` from now on."""
        with self._database.write() as write:
            write.execute("UPDATE questions SET until = ? WHERE id = ?", (self._clock.wall() + HELD_S, question))

    def close(self, question: int) -> None:
        """Let its prompts be sent."""
        with self._database.write() as write:
            write.execute("DELETE FROM questions WHERE id = ?", (question,))

    def is_any_open(self, profile: str) -> bool:
        """Return whether any prompt of the profile is held."""
        now = self._clock.wall()
        sql = "SELECT 1 FROM questions WHERE profile = ? AND until > ? AND until <= ?"
        return self._database.row(sql, (profile, now, now + HELD_S)) is not None
