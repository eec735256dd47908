"""Small choices made inside the app, such as the theme."""

from cordage_tui.domain.text import SafeText, safe
from cordage_tui.store.database import Database


class AppSettings:
    """Names and values. Methods raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> SafeText | None:
        """The value kept under `name`, or None."""
        found = self._database.row("SELECT value FROM settings WHERE name = ?", (name,))
        return safe(found[0]) if found else None

    def save(self, name: str, value: str) -> None:
        """Keep `value` under `name`. No write when it is kept already."""
        if self.get(name) != value:
            with self._database.write() as write:
                write.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))
