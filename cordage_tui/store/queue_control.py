"""How a profile's queue is set as a whole: paused, limited, and whether a sender is at work on it."""

from collections.abc import Mapping

from cordage_tui.domain.clock import Clock
from cordage_tui.domain.outbox import QueueSettings
from cordage_tui.store.database import BEYOND_RUNS, Database, Transaction
from cordage_tui.store.home import DatabaseCopyCheck
from cordage_tui.store.messages import message_column, message_text


class QueueSettingsTable:
    """Each method is one transaction, on disk when it returns. All raise StoreError, and then nothing has changed."""

    def __init__(self, database: Database, clock: Clock, home: DatabaseCopyCheck | None = None) -> None:
        """`home`: the one of the outbox that sends in this process, if it does."""
        self._database = database
        self._clock = clock
        self._home = home or DatabaseCopyCheck(database)

    def read(self, profile: str) -> QueueSettings:
        """How the queue is set; running and without limit when nobody has said otherwise. What may be a copy stands still."""
        strange = self._home.why_strange()
        found = self._database.row("SELECT paused, paused_at, max_active FROM queues WHERE profile = ?", (profile,))
        paused, paused_at, max_active = found or (None, None, None)
        return QueueSettings(strange or message_text(paused), paused_at, max_active)

    def pause(self, profile: str, why: str) -> None:
        """Send nothing more, in whatever process, until `resume`."""
        self._set(profile, paused=message_column(why), paused_at=self._clock.wall())

    def resume(self, profile: str) -> None:
        """Send again, whatever was in the way: the user's word that the last sender's end does not matter, and that this
        database is the one that goes on."""
        with self._database.write() as write:
            self._home.confirm(write)
            self._put(write, profile, {"paused": None, "paused_at": None, "resumed": 1})

    def limit_active(self, profile: str, runs: int | None) -> None:
        """Send nothing while so many runs of the profile are active; None: send whatever is active."""
        self._set(profile, max_active=runs)

    def start_sending(self, profile: str) -> float | None:
        """A sender begins its work. Returns since when, epoch seconds, another was at it that never said `end`: it was killed,
        or the machine went down. None: the last one ended well."""
        since = self.unclean_since(profile)
        with self._database.write() as write:
            if self._home.why_strange() is None:
                self._home.confirm(write)  # the device's number may have changed with a boot
            self._put(write, profile, {"open_since": self._clock.wall(), "resumed": 0})
        self._home.remember(profile)
        return since

    def generation(self, profile: str) -> int:
        """How many prompts the database knows to have been sent."""
        return self._home.generation(profile)

    def unclean_since(self, profile: str) -> float | None:
        """Since when the sender was at work, epoch seconds, that never said `end`, unless the user has resumed the queue since
        it sent its last prompt. None: the last one ended well."""
        sql = "SELECT open_since FROM queues WHERE profile = ? AND resumed = 0"
        found = self._database.row(sql, (profile,))
        return found[0] if found else None

    def open_since(self, profile: str) -> float | None:
        """Since when a sender is at work, epoch seconds, in whatever process; None: none is. After an unclean stop it still
        stands until the next sender begins."""
        found = self._database.row("SELECT open_since FROM queues WHERE profile = ?", (profile,))
        return found[0] if found else None

    def end(self, profile: str) -> None:
        """The sender ends its work in good order."""
        self._set(profile, open_since=None, closed_at=self._clock.wall())

    def closed_at(self, profile: str) -> float | None:
        """When the last sender ended in good order, epoch seconds: until then this database knew all that was sent. None:
        none has."""
        found = self._database.row("SELECT closed_at FROM queues WHERE profile = ?", (profile,))
        return found[0] if found else None

    def _set(self, profile: str, **columns: object) -> None:
        with self._database.write() as write:
            self._put(write, profile, columns)

    def _put(self, write: Transaction, profile: str, columns: Mapping[str, object]) -> None:
        write.execute("INSERT OR IGNORE INTO queues (profile) VALUES (?)", (profile,))
        write.touch(BEYOND_RUNS)
        assignments = ", ".join(f"{column} = ?" for column in columns)
        write.execute(f"UPDATE queues SET {assignments} WHERE profile = ?", (*columns.values(), profile))
