"""Record of the last repair of the database, for as long as the user has not looked at what it left."""

import json
import sqlite3
from typing import Final

from cordage_tui.domain.safe_text import SafeText
from cordage_tui.store.file.database import Database, Transaction
from cordage_tui.store.runs.row_codecs import message_column, message_text

_WORDS: Final = "repair"
"""Setting with the words for the user."""
_RESUMED, _COUNTED = "repair.resumed", "repair.counted"
"""Settings with the profiles whose queue the user has resumed since, and whose count of sent prompts is right again."""


def record_repair(connection: sqlite3.Connection, words: str) -> None:
    """Record that the database was repaired, in place of an earlier repair. Raises sqlite3.Error."""
    connection.execute("DELETE FROM settings WHERE name IN (?, ?)", (_RESUMED, _COUNTED))
    connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (_WORDS, message_column(words)))


class RepairRecord:
    """Reads the record. A repaired database may know of no profile, so each one waits for the user. Methods raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def unseen(self, profile: str) -> SafeText | None:
        """Return what the last repair may have lost; None: there was none, or the user has resumed the queue since."""
        found = self._database.row("SELECT value FROM settings WHERE name = ?", (_WORDS,))
        return None if found is None or profile in self._members(_RESUMED) else message_text(found[0])

    def resume(self, write: Transaction, profile: str) -> None:
        """The user has looked."""
        if self.unseen(profile) is not None:
            self._add(write, _RESUMED, profile)

    def adopt_count(self, write: Transaction, profile: str, sent: int) -> bool:
        """Raise the count of sent prompts to `sent`, which the state folder keeps, once after a repair. False: no count was lost
        since the last time."""
        found = self._database.row("SELECT 1 FROM settings WHERE name = ?", (_WORDS,))
        if found is None or profile in self._members(_COUNTED):
            return False
        write.execute("INSERT OR IGNORE INTO queues (profile) VALUES (?)", (profile,))
        write.execute("UPDATE queues SET generation = max(generation, ?) WHERE profile = ?", (sent, profile))
        self._add(write, _COUNTED, profile)
        return True

    def _members(self, name: str) -> frozenset[str]:
        found = self._database.row("SELECT value FROM settings WHERE name = ?", (name,))
        try:
            return frozenset(json.loads(found[0])) if found else frozenset()
        except (ValueError, TypeError):
            return frozenset()  # damaged: the user is asked once more

    def _add(self, write: Transaction, name: str, profile: str) -> None:
        value = json.dumps(sorted(self._members(name) | {profile}))
        write.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))
