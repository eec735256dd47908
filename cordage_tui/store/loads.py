"""Downloads in the hands of whoever carries them out: one step after the other, each on disk before the next.

Whoever dies leaves a row in `loading`; the next holder of the downloading lock goes on with it (`recover`).
"""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Final

from cordage_tui.domain.clock import Clock
from cordage_tui.domain.download import DownloadJob
from cordage_tui.domain.run import RowId
from cordage_tui.store.database import Database, Row

LOAD_COLUMNS: Final = "id, run, number, key, folder, template, part, path, size, got, validator, sha256, tries"
"""What `read_load` reads, in order."""


class DownloadJobs:
    """Each method that changes something is one transaction, on disk when it returns. All raise StoreError."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def claim(self, profile: str, busy: Collection[str] = ()) -> DownloadJob | None:
        """Begin the first that may, and return it; None when there is none. Skips outputs with a key in `busy`: one fetch
        does for all of them."""
        sql = f"""SELECT {LOAD_COLUMNS} FROM downloads WHERE profile = ? AND state = 'waiting' AND coalesce(not_before, 0) <= ?
            AND key NOT IN (SELECT value FROM json_each(?)) ORDER BY id LIMIT 1"""
        params = (profile, self._clock.wall(), json.dumps(list(busy)))
        if not self._database.row(sql, params):
            return None
        with self._database.write() as write:
            found = self._database.row(sql, params)
            if found is None:
                return None
            load = read_load(found)
            write.execute("UPDATE downloads SET state = 'loading', not_before = NULL WHERE id = ?", (load.id,))
            write.touch(load.row)
        return load

    def next_at(self, profile: str) -> float | None:
        """When the first of those that wait may begin, epoch seconds; None when none waits."""
        sql = "SELECT min(coalesce(not_before, 0)) FROM downloads WHERE profile = ? AND state = 'waiting'"
        return next(iter(self._database.column(sql, (profile,))))  # type: ignore[no-any-return]

    def begun(self, load: DownloadJob, part: str, size: int | None, validator: str | None) -> bool:
        """What is loaded goes to `part`, from its beginning. As all that follows: False when the user has dropped it."""
        return self._keep(load, part=part, size=size, validator=validator, got=0, path=None, sha256=None)

    def progress(self, load: DownloadJob, got: int) -> bool:
        """So many bytes of the part are surely on disk."""
        return self._keep(load, got=got, error=None)

    def naming(self, load: DownloadJob, path: str, size: int, sha256: str) -> bool:
        """The part is whole and on disk; it is about to be called `path`, below its folder."""
        return self._keep(load, path=path, size=size, got=size, sha256=sha256)

    def done(self, load: DownloadJob, path: str, size: int, sha256: str, validator: str | None) -> None:
        """The whole file is there under its name, and no part is left: be it dropped at the last moment."""
        about = {"path": path, "size": size, "got": size, "sha256": sha256, "validator": validator}
        ended = {"state": "done", "part": None, "error": None, "tries": 0, "ended_at": self._clock.wall()}
        with self._database.write() as write:
            write.update("downloads", load.id, {**about, **ended})
            write.touch(load.row)

    def later(self, load: DownloadJob, error: str, tries: int, not_before: float) -> bool:
        """It did not go well, and is tried again then, epoch seconds."""
        return self._keep(load, state="waiting", error=error, tries=tries, not_before=not_before)

    def failed(self, load: DownloadJob, error: str, tries: int) -> bool:
        """It did not go well, and is not tried again by itself. What has been loaded is kept."""
        return self._keep(load, state="failed", error=error, tries=tries, ended_at=self._clock.wall())

    def put_back(self, load: DownloadJob) -> bool:
        """Whoever carried it out stops; it waits for the next one."""
        return self._keep(load, state="waiting")

    def recover(self, profile: str) -> int:
        """Have those go on that a process which ended was loading; for whoever has just got the lock. Returns how many."""
        sql = "SELECT run FROM downloads WHERE profile = ? AND state = 'loading'"
        if not self._database.row(f"{sql} LIMIT 1", (profile,)):
            return 0
        with self._database.write() as write:
            write.touch(*map(RowId, self._database.column(sql, (profile,))))
            sql = "UPDATE downloads SET state = 'waiting', not_before = NULL WHERE profile = ? AND state = 'loading'"
            return write.execute(sql, (profile,)).rowcount

    def _keep(self, load: DownloadJob, **values: object) -> bool:
        with self._database.write() as write:
            columns = ", ".join(f"{column} = ?" for column in values)
            sql = f"UPDATE downloads SET {columns} WHERE id = ? AND state = 'loading'"
            if not write.execute(sql, (*values.values(), load.id)).rowcount:
                return False
            write.touch(load.row)
        return True


def read_load(row: Row) -> DownloadJob:
    """The download from LOAD_COLUMNS."""
    number, run, output, key, folder, *rest = row
    return DownloadJob(number, RowId(run), output, key, Path(folder), *rest)
