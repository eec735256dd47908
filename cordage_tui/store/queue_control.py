"""How a profile's queue is set as a whole: paused, limited, and whether a sender is at work on it."""

from collections.abc import Mapping

from cordage_tui.domain.clock import Clock
from cordage_tui.domain.outbox import QueueControl
from cordage_tui.domain.text import one_line
from cordage_tui.store.database import BEYOND_RUNS, Database, Write


class QueueControls:
    """Each method is one transaction, on disk when it returns. All raise StoreError, and then nothing has changed."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def read(self, profile: str) -> QueueControl:
        """How the queue is set; running and without limit when nobody has said otherwise."""
        found = self._database.row("SELECT paused, paused_at, max_active FROM queues WHERE profile = ?", (profile,))
        if found is None:
            return QueueControl()
        paused, paused_at, max_active = found
        return QueueControl(None if paused is None else one_line(paused), paused_at, max_active)

    def pause(self, profile: str, why: str) -> None:
        """Send nothing more, in whatever process, until `resume`."""
        self._set(profile, paused=why, paused_at=self._clock.wall())

    def resume(self, profile: str) -> None:
        """Send again."""
        self._set(profile, paused=None, paused_at=None)

    def limit_active(self, profile: str, runs: int | None) -> None:
        """Send nothing while so many runs of the profile are active; None: send whatever is active."""
        self._set(profile, max_active=runs)

    def begin(self, profile: str) -> float | None:
        """A sender begins its work. Returns since when, epoch seconds, another was at it that never said `end`: it was killed,
        or the machine went down. None: the last one ended well."""
        since = self.open_since(profile)
        self._set(profile, open_since=self._clock.wall())
        return since

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
            write.execute("INSERT OR IGNORE INTO queues (profile) VALUES (?)", (profile,))
            self._assign(write, profile, columns)
            write.touch(BEYOND_RUNS)

    def _assign(self, write: Write, profile: str, columns: Mapping[str, object]) -> None:
        assignments = ", ".join(f"{column} = ?" for column in columns)
        write.execute(f"UPDATE queues SET {assignments} WHERE profile = ?", (*columns.values(), profile))
