"""Settings of the queue: paused, the limit of active runs, and when it was opened and closed."""

from collections.abc import Mapping

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.queue import QueueSettings
from cordage_tui.store.file.copy_check import DatabaseCopyCheck
from cordage_tui.store.file.database import BEYOND_RUNS, Database, Transaction
from cordage_tui.store.file.repair_record import RepairRecord
from cordage_tui.store.runs.row_codecs import message_column, message_text


class QueueSettingsTable:
    """Settings of a profile's queue. Each method is one transaction, on disk when it returns; all raise StoreError, and
    then nothing has changed."""

    def __init__(self, database: Database, clock: Clock, copy_check: DatabaseCopyCheck | None = None) -> None:
        """`copy_check`: the one of the outbox that sends in this process, if it does."""
        self._database = database
        self._clock = clock
        self.copy_check = copy_check or DatabaseCopyCheck(database)
        self._repair = RepairRecord(database)

    def read(self, profile: str) -> QueueSettings:
        """Return the settings; running and without limit by default. A database that may be a copy, or was repaired, is paused."""
        strange, repaired = self.copy_check.why_strange(), self._repair.unseen(profile)
        queue_row = self._database.row("SELECT paused, paused_at, max_active FROM queues WHERE profile = ?", (profile,))
        paused, paused_at, max_active = queue_row or (None, None, None)
        return QueueSettings(strange or repaired or message_text(paused), paused_at, max_active, repaired)

    def pause(self, profile: str, why: str) -> None:
        """Send nothing more, in any process, until `resume`."""
        self._set(profile, paused=message_column(why), paused_at=self._clock.wall())

    def resume(self, profile: str) -> None:
        """Send again, after any kind of pause.

        The user confirms by this that the last sender's end does not matter, and that this database is the current
        one.
        """
        with self._database.write() as write:
            self.copy_check.confirm(write)
            self._repair.resume(write, profile)
            self._put(write, profile, {"paused": None, "paused_at": None, "resumed": 1})

    def limit_active(self, profile: str, runs: int | None) -> None:
        """Send nothing while this many runs of the profile are active; None: no limit."""
        self._set(profile, max_active=runs)

    def start_sending(self, profile: str) -> float | None:
        """A sender begins its work. Returns since when, epoch seconds, another was at it that never said `end`: it was killed,
        or the machine went down. None: the last one ended well."""
        since = self.unclean_since(profile)
        with self._database.write() as write:
            if self.copy_check.why_strange() is None:
                self.copy_check.confirm(write)  # the device's number may have changed with a boot
            self._put(write, profile, {"open_since": self._clock.wall(), "resumed": 0})
        self.copy_check.remember(profile)
        return since

    def is_older_than(self, profile: str, sent: int) -> bool:
        """Return whether the database knows of fewer prompts than the `sent` ones that the state folder counts. Once after a
        repair, which may have lost the count, it is taken from there."""
        with self._database.write() as write:
            is_adopted = self._repair.adopt_count(write, profile, sent)
        if is_adopted:
            self.copy_check.remember(profile)
        return sent > self.copy_check.generation(profile)

    def unclean_since(self, profile: str) -> float | None:
        """Return since when a sender has worked without recording its end, epoch seconds.

        None: the last one ended cleanly, or the user resumed the queue after its last prompt.
        """
        sql = "SELECT open_since FROM queues WHERE profile = ? AND resumed = 0"
        open_row = self._database.row(sql, (profile,))
        return open_row[0] if open_row else None

    def open_since(self, profile: str) -> float | None:
        """Return since when a sender has been working in any process, epoch seconds; None: none is.

        After an unclean stop the time stays until the next sender begins.
        """
        open_row = self._database.row("SELECT open_since FROM queues WHERE profile = ?", (profile,))
        return open_row[0] if open_row else None

    def end(self, profile: str) -> None:
        """The sender ends its work in good order."""
        self._set(profile, open_since=None, closed_at=self._clock.wall())

    def closed_at(self, profile: str) -> float | None:
        """Return when the last sender ended cleanly, epoch seconds; None: none has.

        Until then this database knew all prompts that were sent.
        """
        closed_row = self._database.row("SELECT closed_at FROM queues WHERE profile = ?", (profile,))
        return closed_row[0] if closed_row else None

    def _set(self, profile: str, **columns: object) -> None:
        with self._database.write() as write:
            self._put(write, profile, columns)

    def _put(self, write: Transaction, profile: str, columns: Mapping[str, object]) -> None:
        write.execute("INSERT OR IGNORE INTO queues (profile) VALUES (?)", (profile,))
        write.touch(BEYOND_RUNS)
        assignments = ", ".join(f"{column} = ?" for column in columns)
        write.execute(f"UPDATE queues SET {assignments} WHERE profile = ?", (*columns.values(), profile))
