"""Download queue and its progress."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.base.file_system import is_file
from cordage_tui.domain.download import Download, DownloadJob, DownloadState, EnqueueResult
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import one_line
from cordage_tui.store.file.database import AMONG, Database, Row, TimedTable, Transaction
from cordage_tui.store.runs.finished_runs import FinishedRuns

# Steps of a download under way, each on disk before the next.
#
# A process that dies leaves a row in `loading`; the next holder of the downloading lock resumes it (`recover`).

LOAD_COLUMNS: Final = "id, run, number, key, folder, template, part, path, size, got, validator, sha256, tries"
"""What `read_load` reads, in order."""


class DownloadJobs(TimedTable):
    """The steps of a download under way. Each method that changes something is one transaction, on disk when it
    returns. All raise StoreError."""

    def claim(self, profile: str, busy: Collection[str] = ()) -> DownloadJob | None:
        """Claim the first download that may begin; None when there is none. Skips outputs with a key in `busy`: one
        fetch does for all of them."""
        sql = f"""SELECT {LOAD_COLUMNS} FROM downloads WHERE profile = ? AND state = 'waiting' AND coalesce(not_before, 0) <= ?
            AND key NOT {AMONG} ORDER BY id LIMIT 1"""
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
        """Return when the first waiting download may begin, epoch seconds; None when none waits."""
        sql = "SELECT min(coalesce(not_before, 0)) FROM downloads WHERE profile = ? AND state = 'waiting'"
        return next(iter(self._database.column(sql, (profile,))))  # type: ignore[no-any-return]

    def begun(self, load: DownloadJob, part: str, size: int | None, validator: str | None) -> bool:
        """Record that the download goes to `part`, from its beginning. This and the following return False when the
        user has dropped it."""
        return self._keep(load, part=part, size=size, validator=validator, got=0, path=None, sha256=None)

    def progress(self, load: DownloadJob, got: int) -> bool:
        """Record how many bytes of the part are surely on disk."""
        return self._keep(load, got=got, error=None)

    def naming(self, load: DownloadJob, path: str, size: int, sha256: str) -> bool:
        """Record that the part is whole and on disk, and about to be renamed to `path`, below its folder."""
        return self._keep(load, path=path, size=size, got=size, sha256=sha256)

    def done(self, load: DownloadJob, path: str, size: int, sha256: str, validator: str | None) -> None:
        """Record that the whole file is there under its name and no part is left, even if it was dropped at the last
        moment."""
        about = {"path": path, "size": size, "got": size, "sha256": sha256, "validator": validator}
        ended = {"state": "done", "part": None, "error": None, "tries": 0, "ended_at": self._clock.wall()}
        with self._database.write() as write:
            write.update("downloads", load.id, {**about, **ended})
            write.touch(load.row)

    def later(self, load: DownloadJob, error: str, tries: int, not_before: float) -> bool:
        """Record a failure that is retried at `not_before`, epoch seconds."""
        return self._keep(load, state="waiting", error=error, tries=tries, not_before=not_before)

    def failed(self, load: DownloadJob, error: str, tries: int) -> bool:
        """Record a failure that only the user retries. The part is kept. What has been loaded is kept."""
        return self._keep(load, state="failed", error=error, tries=tries, ended_at=self._clock.wall())

    def put_back(self, load: DownloadJob) -> bool:
        """Put a download back into the queue, because this process stops."""
        return self._keep(load, state="waiting")

    def recover(self, profile: str) -> int:
        """Requeue downloads of a process that ended, once the lock is acquired. Returns how many."""
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
    """Decode LOAD_COLUMNS."""
    number, run, output, key, folder, *rest = row
    return DownloadJob(number, RowId(run), output, key, Path(folder), *rest)


# The download queue and its files.
#
# One row for each output and folder, so that enqueueing twice fetches once.

RECENT_S: Final = 3_600.0
"""What was done so long ago at most is still listed."""
RECENT: Final = 50
"""Of those the newest, so many."""

_COLUMNS: Final = "id, run, number, state, folder, path, size, got, tries, not_before, error"
_AFRESH: Final = "state = 'waiting', tries = 0, not_before = NULL, error = NULL, ended_at = NULL"
_EMPTIED: Final = "path = NULL, part = NULL, size = NULL, got = 0, validator = NULL, sha256 = NULL"


class Downloads:
    """Table of downloads. Each method that changes something is one transaction, on disk when it returns. All raise
    StoreError."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.finished = FinishedRuns(database, clock, "loaded")
        """Finished runs whose outputs have not been considered for automatic download yet."""

    def enqueue(
        self,
        profile: str,
        outputs: Sequence[OutputRef],
        folder: Path,
        template: str,
        is_there: Callable[[Path], bool],
        ending: RowId | None = None,
    ) -> EnqueueResult | None:
        """Enqueue outputs that are not in the queue, have failed, were dropped, or whose file `is_there` no longer
        finds. `ending`: the finished run whose outputs are downloaded automatically, once; None is returned when that
        has been done before."""
        new, there, ids = 0, list[Path](), list[int]()
        with self._database.write() as write:
            if ending is not None and not self.finished.claim_in(write, ending):
                return None
            for output in outputs:
                row, known = self._known(output, folder)
                if known is not None and known.state is DownloadState.DONE and known.path and is_there(known.path):
                    there.append(known.path)
                    continue
                new += known is None or known.state.is_settled
                ids.append(self._put(write, profile, output, folder, template, known))
                write.touch(row)
        return EnqueueResult(new, tuple(there), tuple(ids))

    def drop(self, download: int) -> DownloadJob | None:
        """Take a download that is not done off the list and return it, so that its part can be removed. None when it is
        done, or off the list."""
        sql = f"SELECT {LOAD_COLUMNS} FROM downloads WHERE id = ? AND state IN ('waiting', 'loading', 'failed')"
        with self._database.write() as write:
            found = self._database.row(sql, (download,))
            if found is None:
                return None
            sql = f"UPDATE downloads SET state = 'dropped', error = NULL, ended_at = ?, {_EMPTIED} WHERE id = ?"
            write.execute(sql, (self._clock.wall(), download))
            write.touch(RowId(found[1]))
        return read_load(found)

    def retry(self, download: int) -> bool:
        """Retry a download that has failed, was dropped, or waits for its time, from where it was. False when it is
        none of these."""
        with self._database.write() as write:
            found = self._database.row(
                "SELECT run FROM downloads WHERE id = ? AND state IN ('failed', 'dropped', 'waiting')", (download,)
            )
            if found:
                write.execute(f"UPDATE downloads SET {_AFRESH} WHERE id = ?", (download,))
                write.touch(RowId(found[0]))
        return found is not None

    def retry_failed(self, profile: str) -> int:
        """`retry` all that have failed. Returns how many."""
        with self._database.write() as write:
            sql = "SELECT run FROM downloads WHERE profile = ? AND state = 'failed'"
            write.touch(*map(RowId, self._database.column(sql, (profile,))))
            return write.execute(
                f"UPDATE downloads SET {_AFRESH} WHERE profile = ? AND state = 'failed'", (profile,)
            ).rowcount

    def open(self, profile: str, offset: int = 0, limit: int = 1_000) -> list[Download]:
        """List downloads that are not settled, the loading first, then the waiting in their order; then the failed, and
        those done recently, newest first."""
        states = "CASE state WHEN 'loading' THEN 0 WHEN 'waiting' THEN 1 ELSE 2 END"
        recent = """SELECT id FROM downloads WHERE profile = ? AND state = 'done' AND ended_at > ?
            ORDER BY id DESC LIMIT ?"""
        rows = self._database.rows(
            f"""SELECT {_COLUMNS} FROM downloads WHERE profile = ?
            AND (state IN ('loading', 'waiting', 'failed') OR id IN ({recent}))
            ORDER BY {states}, CASE WHEN ended_at IS NULL THEN id ELSE -ended_at END, id LIMIT ? OFFSET ?""",
            (profile, profile, self._clock.wall() - RECENT_S, RECENT, limit, offset),
        )
        return [_download(row) for row in rows]

    def counts(self, profile: str) -> Mapping[DownloadState, int]:
        """Count the downloads in each state; states without any are missing."""
        sql = "SELECT state, count(*) FROM downloads WHERE profile = ? GROUP BY state"
        return {DownloadState(state): n for state, n in self._database.rows(sql, (profile,))}

    def some(self, ids: Iterable[int]) -> list[Download]:
        """List these downloads, in no order."""
        sql = f"SELECT {_COLUMNS} FROM downloads WHERE id {AMONG}"
        return [_download(row) for row in self._database.rows(sql, (json.dumps(list(ids)),))]

    def of(self, row: RowId) -> list[Download]:
        """List every download of one run in whatever state, by number and then the newest first."""
        sql = f"SELECT {_COLUMNS} FROM downloads WHERE run = ? ORDER BY number, coalesce(ended_at, asked_at) DESC"
        return [_download(found) for found in self._database.rows(sql, (row,))]

    def files(self, row: RowId) -> Mapping[int, Path]:
        """Map the numbers of a run's downloaded outputs to their files that still exist; the newest of several."""
        return self.files_of((row,)).get(row, {})

    def files_of(self, rows: Collection[RowId]) -> Mapping[RowId, Mapping[int, Path]]:
        """Map those of `rows` that have some to these files, by the numbers of the outputs."""
        sql = f"""SELECT {_COLUMNS} FROM downloads WHERE run {AMONG}
            ORDER BY run, number, coalesce(ended_at, asked_at) DESC"""
        found: dict[RowId, dict[int, Path]] = {}
        for download in map(_download, self._database.rows(sql, (json.dumps(list(rows)),))):
            path, files = download.path, found.get(download.row, {})
            if download.number not in files and path is not None and is_file(path):
                found.setdefault(download.row, files)[download.number] = path
        return found

    def concerns(self, rows: Collection[RowId]) -> bool:
        """Return whether any of these runs has a download."""
        sql = "SELECT 1 FROM json_each(?) AS picked CROSS JOIN downloads ON downloads.run = picked.value LIMIT 1"
        return self._database.row(sql, (json.dumps(list(rows)),)) is not None

    def likes(self, profile: str, key: str) -> list[DownloadJob]:
        """List finished downloads of the same address, newest first."""
        sql = f"SELECT {LOAD_COLUMNS} FROM downloads WHERE profile = ? AND key = ? AND state = 'done' ORDER BY id DESC LIMIT 10"
        return [read_load(row) for row in self._database.rows(sql, (profile, key))]

    def _known(self, output: OutputRef, folder: Path) -> tuple[RowId, Download | None]:
        sql = f"SELECT {_COLUMNS} FROM downloads WHERE run = ? AND number = ? AND folder = ?"
        found = self._database.row(sql, (output.row, output.number, str(folder)))
        return output.row, _download(found) if found else None

    def _put(
        self, write: Transaction, profile: str, output: OutputRef, folder: Path, template: str, known: Download | None
    ) -> int:
        if known is None:
            about = {"profile": profile, "run": output.row, "number": output.number, "key": output.key}
            where = {"folder": str(folder), "template": template, "state": "waiting", "asked_at": self._clock.wall()}
            return write.insert("downloads", {**about, **where})
        if known.state is DownloadState.DONE:
            write.execute(f"UPDATE downloads SET {_AFRESH}, {_EMPTIED} WHERE id = ?", (known.id,))
        elif known.state is not DownloadState.LOADING:
            write.execute(f"UPDATE downloads SET {_AFRESH} WHERE id = ?", (known.id,))
        if known.state.is_settled:
            write.update("downloads", known.id, {"key": output.key, "template": template})
        return known.id


def _download(row: Row) -> Download:
    number, run, output, state, folder, path, size, got, tries, not_before, error = row
    done = DownloadState(state) is DownloadState.DONE
    return Download(
        number,
        RowId(run),
        output,
        DownloadState(state),
        Path(folder, path) if done and path is not None else None,
        size,
        got,
        tries,
        not_before,
        one_line(error) if error else None,
    )
