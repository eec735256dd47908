"""Small settings that the app keeps by name."""

import json
from collections.abc import Collection

from cordage_tui.domain.safe_text import SafeText, safe
from cordage_tui.store.file.database import Table
from cordage_tui.store.runs.row_codecs import read_urls


class AppSettings(Table):
    """Table of settings made inside the app. Methods raise StoreError."""

    def get(self, name: str) -> SafeText | None:
        """Return the value stored under `name`, or None."""
        found = self._database.row("SELECT value FROM settings WHERE name = ?", (name,))
        return safe(found[0]) if found else None

    def save(self, name: str, value: str) -> None:
        """Store `value` under `name`. No write when it is stored already. No write when it is kept already."""
        if self.get(name) != value:
            with self._database.write() as write:
                write.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))

    def members(self, name: str) -> frozenset[str]:
        """Return the set stored under `name`; empty when there is none."""
        return frozenset(read_urls(self.get(name)))

    def change_members(
        self, name: str, add: Collection[str], remove: Collection[str]
    ) -> tuple[frozenset[str], frozenset[str]]:
        """Change the set stored under `name`; return what this call has added and removed: of several processes that do the
        same, one alone gets each."""
        with self._database.write() as write:
            found = write.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
            known = frozenset(json.loads(found[0])) if found else frozenset()
            added, removed = frozenset(add) - known, frozenset(remove) & known
            if added or removed:
                value = json.dumps(sorted((known | added) - removed))
                write.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))
        return added, removed
