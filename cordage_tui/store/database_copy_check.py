"""Copy check: detects that the database is a copy, which would send everything a second time."""

import contextlib
from typing import Final

from cordage_tui.domain.advice import advised
from cordage_tui.domain.text import SafeText
from cordage_tui.store.database import Database, Transaction
from cordage_tui.store.database_identity import Identity
from cordage_tui.store.errors import StoreError

_LOOK: Final = "What is queued here may be sent by the other one, or may have been sent. Look at the run list first."
_OTHER_MACHINE: Final = f"This database was last used on another machine. {_LOOK}"
_OTHER_FILE: Final = (
    "This database is another file than the one that was used last: it was copied, restored from a backup, or moved to another"
    f" disk. {_LOOK}"
)
OLDER: Final = (
    "An older copy was put in the place of this database: prompts have been sent of which it does not know, and which it still"
    " calls queued. Look at the run list first."
)


class DatabaseCopyCheck:
    """Stores the file's identity in the database, and keeps in memory how many prompts this process has sent. Methods
    raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._here: Identity | None = None
        self._sent: dict[str, int] = {}

    def found(self) -> None:
        """Record the identity of a database that has none: a new one, or one of an older version."""
        if self._kept() is None:
            with (
                contextlib.suppress(StoreError),
                self._database.write() as write,
            ):  # what cannot be written sends nothing
                self.confirm(write)

    def why_strange(self) -> SafeText | None:
        """Describe why this may be a copy; None: it is not. Whatever is queued in it must not be sent."""
        kept, here = self._kept(), self._identity()
        if kept is None or (kept.is_same_machine(here) and kept.is_same_file(here)):
            return None
        return advised(_OTHER_FILE if kept.is_same_machine(here) else _OTHER_MACHINE, "queue.resume")

    def confirm(self, write: Transaction) -> None:
        """Record this file on this machine as the database: it is new, or the user says so."""
        here = self._identity()
        write.execute(
            "INSERT OR REPLACE INTO home (id, machine, boot, device, inode, file_system) VALUES (1, ?, ?, ?, ?, ?)",
            (here.machine, here.boot, here.device, here.inode, here.file_system),
        )

    def remember(self, profile: str) -> int:
        """Trust the database from here on and return how many prompts it knows to have been sent; fewer would make it
        an older copy."""
        self._sent[profile] = self.generation(profile)
        return self._sent[profile]

    def is_older(self, profile: str) -> bool:
        """Return whether the database knows of fewer prompts than this process has sent, since the last `remember`."""
        return self.generation(profile) < self._sent.get(profile, 0)

    def sends(self, write: Transaction, profile: str) -> int:
        """Count one more prompt that is about to be sent; returns the new count."""
        write.execute("INSERT OR IGNORE INTO queues (profile) VALUES (?)", (profile,))
        write.execute("UPDATE queues SET generation = generation + 1, resumed = 0 WHERE profile = ?", (profile,))
        return self.generation(profile)

    def sent(self, profile: str, generation: int) -> None:
        """Record that this intent has been committed."""
        self._sent[profile] = generation

    def generation(self, profile: str) -> int:
        """Return how many prompts the database knows to have been sent."""
        found = self._database.row("SELECT generation FROM queues WHERE profile = ?", (profile,))
        return int(found[0]) if found else 0

    def _kept(self) -> Identity | None:
        found = self._database.row("SELECT machine, boot, device, inode, file_system FROM home")
        return None if found is None else Identity(*found)

    def _identity(self) -> Identity:
        if self._here is None:
            self._here = self._database.identity()
        return self._here
