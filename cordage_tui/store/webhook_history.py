"""Reads for the statistics of webhooks: counts of the last day and week, past durations, errors."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.base.fast_dataclass import dataclass, field
from cordage_tui.domain.run import Status
from cordage_tui.store.file.database import Database, TimedTable
from cordage_tui.store.runs.past_durations import PastDurationLookup, PastRun, RunUnderWay
from cordage_tui.store.runs.row_codecs import STATUSES

HOUR_S: Final = 3_600.0
HOURS: Final = 24
WEEK_S: Final = 7 * HOURS * HOUR_S
RECENT_S: Final = 600.0
"""Seconds of which runs that ended are a throughput."""
LATEST: Final = 200
"""Latest runs with a duration, and latest failures, that are read of each webhook."""
_SLICE: Final = 500
"""Runs that are counted at a time: a millisecond or two."""
NO_RUNS: Final = frozenset(
    {Status.QUEUED, Status.SENDING, Status.HELD, Status.UNCERTAIN, Status.REJECTED, Status.BATCH}
)
"""Rows that are no run, or may be none."""

_RUNS: Final = """SELECT created_at, id, webhook, status, ended_at,
    CASE WHEN output_count > 0 THEN (SELECT max(kept) FROM verdicts WHERE run = runs.id) END
    FROM runs INDEXED BY runs_by_created WHERE profile = ? AND folded = ? AND (created_at, id) > (?, ?)
    ORDER BY created_at, id LIMIT ?"""
_ERRORS: Final = """SELECT runs.created_at, CAST(error AS BLOB) FROM runs INDEXED BY runs_by_status
    CROSS JOIN details ON details.id = runs.id
    WHERE profile = ? AND folded = ? AND status = 'failed' AND created_at >= ? AND webhook = ? AND error IS NOT NULL
    ORDER BY created_at DESC LIMIT ?"""


@dataclass(slots=True)
class WebhookHistory:
    """History of one webhook in its last days. Runs belong to the time at which they were created."""

    webhook_key: str
    read_at: float | None = None
    """When it was last read from the server, epoch seconds; None: never."""
    statuses: Counter[Status] = field(default_factory=Counter)
    """Runs of the last week."""
    hours: list[int] = field(default_factory=lambda: [0] * HOURS)
    """Runs of each of the last hours, the oldest first."""
    failures: list[int] = field(default_factory=lambda: [0] * HOURS)
    """Those of them that failed."""
    ended: int = 0
    """Runs of the week that ended in the last `RECENT_S`."""
    kept: int = 0
    """Runs of the week with an output that was kept."""
    judged: int = 0
    """Runs of the week with an output that was kept or rejected."""
    errors: Sequence[str] = ()
    """Errors of the latest failures of the week, `LATEST` at most."""
    past: Sequence[PastRun] = ()
    """Latest runs with a duration, in the order in which they began; those that began within the week."""
    under_way: Sequence[RunUnderWay] = ()
    """Active runs that began since the first of them, as long as they were seen to last."""
    waiting: list[float] = field(default_factory=list)
    """When the prompts were submitted that wait in our own queue, epoch seconds."""


class StatisticsPass(TimedTable):
    """Pass through the last week of a profile. Raises StoreError."""

    def __init__(self, database: Database, clock: Clock, profile: str, webhook_keys: Sequence[str]) -> None:
        super().__init__(database, clock)
        self._profile = profile
        self.now = clock.wall()
        """Time that all of it is about, epoch seconds."""
        self.histories = {key: WebhookHistory(key) for key in webhook_keys}
        self._steps = self._all()

    def step(self) -> bool:
        """Read on for a few milliseconds. Return whether there is more."""
        return next(self._steps, False)

    def _all(self) -> Iterator[bool]:
        yield self._read_health()
        for folded in (0, 1):
            yield from self._count(folded)
        for history in self.histories.values():
            yield self._read_errors(history)
            yield self._read_past(history)

    def _read_health(self) -> bool:
        sql = "SELECT webhook, ok_at FROM healths WHERE profile = ?"
        for key, ok_at in self._database.rows(sql, (self._profile,)):
            if key in self.histories:
                self.histories[key].read_at = ok_at
        return True

    def _count(self, folded: int) -> Iterator[bool]:
        week, day, recent = self.now - WEEK_S, self.now - HOURS * HOUR_S, self.now - RECENT_S
        since: tuple[float, int] = week, -1
        while rows := self._database.rows(_RUNS, (self._profile, folded, *since, _SLICE)):
            for created_at, _, webhook, word, ended_at, kept in rows:
                status, history = STATUSES[word], self.histories.get(webhook)
                if history is not None and status is Status.QUEUED:
                    history.waiting.append(created_at)
                if history is None or status in NO_RUNS:
                    continue
                history.statuses[status] += 1
                if created_at >= day:
                    hour = min(HOURS - 1, int((created_at - day) // HOUR_S))
                    history.hours[hour] += 1
                    history.failures[hour] += status is Status.FAILED
                history.ended += ended_at is not None and ended_at >= recent
                history.judged += kept is not None
                history.kept += bool(kept)
            since = rows[-1][:2]
            yield True

    def _read_errors(self, history: WebhookHistory) -> bool:
        found = [
            row
            for folded in (0, 1)
            for row in self._database.rows(
                _ERRORS, (self._profile, folded, self.now - WEEK_S, history.webhook_key, LATEST)
            )
        ]
        found.sort(key=lambda row: row[0], reverse=True)
        history.errors = [error.decode("utf-8", "replace") for _, error in found[:LATEST]]
        return True

    def _read_past(self, history: WebhookHistory) -> bool:
        durations, since = PastDurationLookup(self._database), self.now - WEEK_S
        past = durations.latest(self._profile, history.webhook_key, LATEST)
        under_way = durations.under_way(self._profile, history.webhook_key, past, LATEST)
        history.past = [run for run in past if run.begun_at >= since]
        history.under_way = [run for run in under_way if run.begun_at >= since]
        return True
