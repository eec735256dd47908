"""Retention: remove old runs from the history, remember that they were sent, and give their space back."""

import json
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from itertools import count
from typing import TYPE_CHECKING, Final

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.output import output_key
from cordage_tui.domain.run import RowId, Status
from cordage_tui.store.file.database import ERASE_CELLS, Database, Row, TimedTable, Transaction
from cordage_tui.store.outbox.batches import batch_fingerprint, read_source
from cordage_tui.store.outbox.transitions import IS_OPEN
from cordage_tui.store.runs.row_codecs import read_urls

if TYPE_CHECKING:
    from cordage_tui.store.runs.filter_sql import RunCondition

LEAST_AGE_S: Final = 86_400.0
"""Age below which nothing is removed."""
SLICE: Final = 500
"""Rows that are looked at, and may be removed, in one transaction at most."""
PAGES: Final = 64
"""Pages of the database that are given back in one transaction."""
_MARGIN_S: Final = 86_400.0
"""Runs that are not this much older than an unsettled prompt of their webhook may be its own, whatever the clocks said."""


class Fate(StrEnum):
    """Decision of a pass about a run, and its reason."""

    REMOVED = "removed"
    ACTIVE = "active"
    RECENT = "recent"
    """It is not old enough."""
    OTHER = "other"
    """It was not asked for: another webhook or status, or the line of a batch."""
    UNSETTLED = "unsettled"
    """It may be the run of a prompt whose outcome is unknown."""
    RATED = "rated"
    TAGGED = "tagged"
    PINNED = "pinned"
    DOWNLOADING = "downloading"
    LINKED = "linked"
    """One of its outputs is the input of a prompt that is not settled: its address may have to be asked for once more."""
    IN_BATCH = "in batch"
    """Another run of its batch stays: batches go whole."""


@dataclass(frozen=True, slots=True)
class PruneFilter:
    """Filter of the runs of a profile that are removed."""

    profile: str
    before: float
    """Those that were created and had ended before, epoch seconds."""
    webhook_key: str | None = None
    """None: of all webhooks."""
    statuses: frozenset[Status] | None = None
    """None: however they ended."""
    where: "RunCondition | None" = None
    """Condition of a filter expression; None: there is none."""


_FINAL: Final = ", ".join(f"'{status.value}'" for status in Status if status.is_final)
_PINNED: Final = """EXISTS (SELECT 1 FROM pinned_prompts AS p
        WHERE p.profile = o.profile AND p.webhook = o.webhook AND p.fingerprint = o.fingerprint)"""
"""SQL: whether the body of the submission `o` is pinned."""
_FATE: Final = f"""CASE
    WHEN r.status = 'batch' THEN 'other'
    WHEN r.status NOT IN ({_FINAL}) OR o.state IN ('queued', 'sending', 'held') THEN 'active'
    WHEN r.created_at >= :before OR r.ended_at >= :before OR o.sent_at >= :before THEN 'recent'
    WHEN r.webhook <> coalesce(:webhook, r.webhook) THEN 'other'
    WHEN :statuses IS NOT NULL AND r.status NOT IN (SELECT value FROM json_each(:statuses)) THEN 'other'
    {{where}}
    WHEN o.state = 'uncertain' OR max(r.created_at, coalesce(o.sent_at, 0)) > (SELECT min(sent_at) - {_MARGIN_S}
        FROM outbox INDEXED BY outbox_open WHERE profile = r.profile AND webhook = r.webhook AND state IN ('sending', 'uncertain') AND {IS_OPEN}) THEN 'unsettled'
    WHEN EXISTS (SELECT 1 FROM match_set_prompts JOIN match_sets ON match_sets.id = set_id WHERE row = r.id AND verdict IS NULL)
        OR EXISTS (SELECT 1 FROM match_set_runs AS m JOIN match_sets AS s ON s.id = set_id WHERE m.run_id = r.run_id
        AND s.profile = r.profile AND s.webhook = r.webhook AND verdict IS NULL) THEN 'unsettled'
    WHEN EXISTS (SELECT 1 FROM verdicts WHERE run = r.id) THEN 'rated'
    WHEN EXISTS (SELECT 1 FROM tags WHERE run = r.id) THEN 'tagged'
    WHEN {_PINNED} THEN 'pinned'
    WHEN EXISTS (SELECT 1 FROM downloads WHERE run = r.id AND state IN ('waiting', 'loading')) THEN 'downloading'
    WHEN EXISTS (SELECT 1 FROM linked_inputs AS l JOIN outbox AS child ON child.id = l.id
        WHERE l.run = r.id AND child.state IN ('queued', 'sending', 'held', 'uncertain')) THEN 'linked'
    ELSE 'removed' END"""
"""SQL: the fate of the run `r` with its submission `o`, its batch left aside; `where`: further branches."""
_WHERE: Final = "WHEN NOT EXISTS (SELECT 1 FROM runs WHERE runs.id = r.id AND ({})) THEN 'other'"
_DROPPED: Final = f"""SELECT o.id FROM outbox AS o JOIN details USING (id) WHERE o.id > :after AND o.id <= :after + :slice
    AND o.profile = :profile AND state = 'dropped' AND settled_at < :before AND o.webhook = coalesce(:webhook, o.webhook)
    AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.id = o.id) AND NOT {_PINNED}"""
"""Prompts that were dropped: they have no run, but their inputs are kept until now."""
_LISTED: Final = "IN (SELECT value FROM json_each(:rows))"
_RUN_IDS: Final = f"(SELECT run_id FROM runs WHERE id {_LISTED} AND run_id IS NOT NULL)"
_REMOVING: Final = (
    f"""INSERT INTO pruned SELECT profile, webhook, max(min(told_created, :before)) FROM runs JOIN details USING (id)
        WHERE id {_LISTED} AND told_created IS NOT NULL GROUP BY 1, 2
        ON CONFLICT DO UPDATE SET told_until = max(told_until, excluded.told_until)""",
    f"DELETE FROM endings WHERE profile = :profile AND run_id IN {_RUN_IDS}",
    f"""DELETE FROM match_set_runs WHERE run_id IN {_RUN_IDS}
        AND set_id IN (SELECT id FROM match_sets WHERE profile = :profile AND verdict IS NOT NULL)""",
    f"DELETE FROM match_set_prompts WHERE row {_LISTED}",
    f"DELETE FROM given_up WHERE row {_LISTED}",
    f"DELETE FROM linked_inputs WHERE id {_LISTED}",
    f"DELETE FROM requests WHERE id {_LISTED}",
    f"DELETE FROM tags WHERE run {_LISTED}",
    f"DELETE FROM downloads WHERE run {_LISTED}",
    f"""DELETE FROM history WHERE profile = :profile AND row {_LISTED}
        AND webhook IN (SELECT webhook FROM tallies WHERE profile = :profile)""",
    f"UPDATE outbox SET pruned_at = :now WHERE id {_LISTED}",
    f"DELETE FROM details WHERE id {_LISTED}",
    f"DELETE FROM runs WHERE id {_LISTED}",
)


class PrunePass(TimedTable):
    """Pass through a profile's history. Call `step` until it returns False; each call is one transaction, on disk when
    it returns, so a pass may be stopped and begun anew. Methods raise StoreError.

    Never removed are runs that are active, rated or tagged, whose prompt is pinned, whose output is being downloaded, or which may
    be the run of a prompt whose outcome is unknown: that one would be sent again. A batch goes whole or stays whole.
    """

    def __init__(self, database: Database, clock: Clock, wanted: PruneFilter) -> None:
        super().__init__(database, clock)
        self.fates: Counter[tuple[str, Status, Fate]] = Counter()
        """Runs looked at so far, by webhook key, status and fate."""
        self.dropped = 0
        """Prompts that were dropped and are removed."""
        self.before = min(wanted.before, clock.wall() - LEAST_AGE_S)
        """Runs that were created and had ended before are old enough, epoch seconds."""
        self._about: dict[str, object] = {
            "profile": wanted.profile,
            "before": self.before,
            "webhook": wanted.webhook_key,
            "statuses": None if wanted.statuses is None else json.dumps(sorted(wanted.statuses)),
        }
        self.outputs: list[str] = []
        """Keys of the outputs that the last step removed, as `domain.output.output_key` makes them."""
        self._fate = _FATE.format(where="")
        if wanted.where is not None:
            number = count()
            named = re.sub(r"\?", lambda _: f":where{next(number)}", wanted.where.sql)
            self._fate = _FATE.format(where=_WHERE.format(named))
            self._about |= {f"where{n}": value for n, value in enumerate(wanted.where.params)}
        self._goes_by_run = wanted.statuses is not None or wanted.where is not None
        self._batches: dict[int, bool] = {}
        """Whether a batch stays."""
        self._folded, self._after, self._after_dropped = 0, (float("-inf"), 0), 0

    def step(self, *, remove: bool, limit: int = SLICE) -> bool:
        """Look at the next `limit` runs, and unless this is a dry run `remove` those that may go. False: all were looked
        at."""
        self.outputs = []
        if self._folded > 1:
            return self._step_dropped(remove=remove, limit=limit)
        if not remove:
            with self._database.snapshot():
                self._look(limit)
            return True
        with self._erasing() as write:
            gone = self._look(limit)
            if gone:
                self._remove(write, gone)
        return True

    @property
    def removed(self) -> int:
        """Runs that are removed, or would be."""
        return sum(n for (_, _, fate), n in self.fates.items() if fate is Fate.REMOVED)

    def _look(self, limit: int) -> list[RowId]:
        """Decide about the next rows; returns those that go."""
        rows = self._database.rows(
            f"""SELECT r.id, r.created_at, r.webhook, r.status, r.batch, {self._fate} FROM (
                SELECT * FROM runs INDEXED BY runs_by_created WHERE profile = :profile AND folded = :folded
                AND created_at < :before AND (created_at, id) > (:created, :id) ORDER BY created_at, id LIMIT :limit
            ) AS r LEFT JOIN outbox AS o ON o.id = r.id""",
            {**self._about, "folded": self._folded, "created": self._after[0], "id": self._after[1], "limit": limit},
        )
        gone = []
        for row, created, webhook, status, batch, word in rows:
            self._after = max(self._after, (created, row))
            fate = Fate(word)
            if fate is Fate.REMOVED and batch is not None and self._stays(batch):
                fate = Fate.IN_BATCH
            if status != Status.BATCH:
                self.fates[webhook, Status(status), fate] += 1
            if fate is Fate.REMOVED:
                gone.append(RowId(row))
        if len(rows) < limit:
            self._folded, self._after = self._folded + 1, (float("-inf"), 0)
        return gone

    def _stays(self, batch: int) -> bool:
        """Return whether a batch stays, because one of its runs does or its pattern is pinned."""
        if batch not in self._batches:
            staying = self._database.row(
                f"SELECT 1 FROM runs AS r LEFT JOIN outbox AS o ON o.id = r.id WHERE r.batch = :batch AND {self._fate} <> 'removed'"
                " LIMIT 1",
                {**self._about, "batch": batch},
            )
            self._batches[batch] = staying is not None or self._is_pinned(batch)
        return self._batches[batch]

    def _is_pinned(self, batch: int) -> bool:
        found = self._database.row("SELECT webhook, source FROM batches JOIN runs USING (id) WHERE id = ?", (batch,))
        if found is None:
            return False
        pinned = "SELECT 1 FROM pinned_prompts WHERE profile = ? AND webhook = ? AND fingerprint = ?"
        key = (self._about["profile"], found[0], batch_fingerprint(read_source(found[1])))
        return self._database.row(pinned, key) is not None

    def _remove(self, write: Transaction, rows: Collection[RowId]) -> None:
        """Remove runs with all that is known of them, and the lines of batches that have none left."""
        about = self._params(rows)
        lines = [
            line
            for (line,) in self._database.rows(
                f"SELECT DISTINCT batch FROM runs WHERE id {_LISTED} AND batch > 0", about
            )
        ]
        outputs = self._database.rows(f"SELECT outputs FROM details WHERE id {_LISTED} AND outputs IS NOT NULL", about)
        self.outputs = [output_key(url) for (text,) in outputs for url in read_urls(text)]
        for statement in _REMOVING:
            write.execute(statement, about)
        write.touch(*rows)
        for line in lines:
            if self._database.row("SELECT 1 FROM runs WHERE batch = ? LIMIT 1", (line,)) is None:
                for table in ("runs", "details", "batches"):
                    write.execute(f"DELETE FROM {table} WHERE id = ?", (line,))
                write.touch(RowId(line))

    def _step_dropped(self, *, remove: bool, limit: int) -> bool:
        if self._goes_by_run:
            return False
        about = {**self._about, "after": self._after_dropped, "slice": 10 * limit}
        rows = [RowId(row) for row in self._database.column(_DROPPED, about)]
        self.dropped += len(rows)
        if rows and remove:
            with self._erasing() as write:
                for statement in _REMOVING:
                    write.execute(statement, self._params(rows))
        self._after_dropped += 10 * limit
        last: Row = self._database.row("SELECT max(id) FROM outbox") or (0,)
        return self._after_dropped < (last[0] or 0)

    @contextmanager
    def _erasing(self) -> Iterator[Transaction]:
        """Begin a transaction that leaves nothing of what it removes in free pages: prompts are private. The window's
        own writes go on between the steps, and need not pay for that."""
        self._database.rows("PRAGMA secure_delete = ON")
        try:
            with self._database.write() as write:
                yield write
        finally:
            self._database.rows(f"PRAGMA {ERASE_CELLS}")

    def _params(self, rows: Collection[RowId]) -> Mapping[str, object]:
        return {**self._about, "now": self._clock.wall(), "rows": json.dumps([*rows])}


class DatabaseSpace:
    """Pages of the database file that hold nothing. Methods raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self._number("page_count") * self._number("page_size")

    @property
    def free(self) -> int:
        """Bytes in it that hold nothing; new runs use them first."""
        return self._number("freelist_count") * self._number("page_size")

    @property
    def shrinks_in_steps(self) -> bool:
        """Return whether `shrink` can give pages back: databases of earlier versions must be rebuilt once."""
        return self._number("auto_vacuum") == _INCREMENTAL

    def shrink(self, pages: int = PAGES) -> bool:
        """Give `pages` back to the disk, in one transaction. False: there are none (any more)."""
        if not self.shrinks_in_steps or not self.free:
            return False
        with self._database.write() as write:
            for _ in range(pages):  # sqlite3 ends this statement at its first page: its rows have no columns
                write.execute("PRAGMA incremental_vacuum(1)")
        return self.free > 0

    def rebuild(self) -> None:
        """Rebuild the database without its free pages. Other processes wait meanwhile."""
        self._database.rows(f"PRAGMA auto_vacuum = {_INCREMENTAL}")
        self._database.rows("VACUUM")

    def clear_log(self) -> bool:
        """Write what the write-ahead log holds into the file, and empty it: older contents of pages stay readable there until then.
        False: another process reads the database at this moment."""
        usual = self._number("busy_timeout")
        self._database.rows("PRAGMA busy_timeout = 0")  # a window that prunes must not wait
        try:
            found: Row = self._database.row("PRAGMA wal_checkpoint(TRUNCATE)") or (0,)
            return not found[0]
        finally:
            self._database.rows(f"PRAGMA busy_timeout = {usual}")

    def forget_removed(self, after: int) -> int | None:
        """Delete what the feed of changes says of removed rows, looking at ids from `after` on: other processes have read it
        by then. Returns where to go on; None: that was all."""
        end = after + 10 * SLICE
        with self._database.write() as write:
            write.execute(
                "DELETE FROM changes WHERE row > ? AND row <= ? AND row NOT IN (SELECT id FROM runs)", (after, end)
            )
        last: Row = self._database.row("SELECT max(row) FROM changes") or (0,)
        return end if end < (last[0] or 0) else None

    def _number(self, name: str) -> int:
        return int(next(iter(self._database.column(f"PRAGMA {name}"))))


_INCREMENTAL: Final = 2
