"""Durations of ended and of active runs, for what can be learned from them."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from math import inf
from typing import Final, NamedTuple

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.run import RowId
from cordage_tui.domain.statistics.duration_model import DurationModel, DurationSample
from cordage_tui.store.file.database import AMONG, Database, Table, TimedTable
from cordage_tui.store.runs.query_plan import IN_OR_OUT
from cordage_tui.store.runs.run_lookup import ACTIVE_STATUSES, BEGAN_AT, PICKED, listed

_OWN_QUEUE: Final = "CASE WHEN sent_at IS NOT NULL AND begun_at >= created_at THEN begun_at - created_at END"
_DURATION_COLUMNS: Final = f"""runs.id, webhook, ended_at, ended_at - begun_at, started_at - begun_at, node_count,
    {_OWN_QUEUE}"""
# If the server has not said when a run of elsewhere was created, that is when it was first seen: no duration.
_HAS_BEGUN: Final = "(told_created IS NOT NULL OR EXISTS (SELECT 1 FROM outbox WHERE outbox.id = runs.id))"
_HAS_DURATION: Final = f"""status IN ('completed', 'failed') AND ended_at >= coalesce(started_at, begun_at)
    AND begun_at <= coalesce(started_at, ended_at) AND {_HAS_BEGUN}"""
_SEEN_AT: Final = "max(coalesce(seen_at, 0.0), coalesce(ok_at, 0.0))"
"""SQL: when it was last seen active. What an answer left as it was is not written down anew, only that there was one."""
_UNDER_WAY: Final = f"""SELECT runs.id, runs.webhook, begun_at, {_SEEN_AT} - begun_at, started_at - begun_at, node_count,
    {_OWN_QUEUE}, status = 'pending' FROM runs INDEXED BY runs_by_status
    CROSS JOIN details ON details.id = runs.id LEFT JOIN healths USING (profile, webhook)
    WHERE profile = ? AND {IN_OR_OUT} AND status IN ('pending', 'running', 'other') AND webhook = ? AND begun_at >= ?
    AND {_SEEN_AT} >= coalesce(started_at, begun_at) AND {_HAS_BEGUN} ORDER BY begun_at LIMIT {{}}"""
MOST_UNDER_WAY: Final = 1_000
"""Active runs that are read of each webhook, those that have lasted longest."""


@dataclass(frozen=True, slots=True)
class PastRun:
    """A run that completed or failed, with a known duration."""

    id: RowId
    webhook_key: str
    ended_at: float
    """Epoch seconds by this machine's clock."""
    finished: DurationSample

    @property
    def begun_at(self) -> float:
        """Time at which the server got it, epoch seconds, to the millisecond: runs that began together must not be ordered by their length."""
        return round(self.ended_at - self.finished.total_s, 3)

    @property
    def duration(self) -> DurationSample:
        """`finished`, under the name that it has of a run under way."""
        return self.finished


@dataclass(frozen=True, slots=True)
class RunUnderWay:
    """An active run, as long as it was seen to last."""

    id: RowId
    webhook_key: str
    begun_at: float
    """When the server got it, epoch seconds."""
    duration: DurationSample


def in_order_of_start(past: Iterable[PastRun], under_way: Iterable[RunUnderWay]) -> list[PastRun | RunUnderWay]:
    """Return runs in the order in which they began. In the order of their ends the short ones of a batch come first, which looks
    like a change."""
    runs: list[PastRun | RunUnderWay] = [*past, *under_way]
    return sorted(runs, key=lambda run: (round(run.begun_at, 3), run.id))


class PastDurationLookup(Table):
    """Reads of runs that have completed or failed; killed ones do not tell how long they would have taken. Methods raise
    StoreError."""

    def latest(self, profile: str, webhook_key: str, limit: int) -> list[PastRun]:
        """List at most `limit` of a webhook's runs that were created last, in the order in which they began."""
        own = f"""SELECT * FROM (SELECT {_DURATION_COLUMNS} FROM runs JOIN details ON details.id = runs.id
            WHERE {_HAS_DURATION} AND profile = ? AND folded = ? AND webhook = ?
            ORDER BY created_at DESC, runs.id DESC LIMIT ?)"""
        inside, outside = ((profile, folded, webhook_key, limit) for folded in (1, 0))
        return self._past_runs(f"{own} UNION ALL {own}", *inside, *outside)[-limit:]

    def among(self, profile: str, rows: Collection[RowId]) -> list[PastRun]:
        """List those of these rows that are such runs, of any webhook, in the order in which they began."""
        picked = f"{PICKED} CROSS JOIN details ON details.id = runs.id"
        sql = f"SELECT {_DURATION_COLUMNS} {picked} WHERE {_HAS_DURATION} AND profile = ?"
        return self._past_runs(sql, listed(rows), profile)

    def node_counts(self, rows: Sequence[RowId]) -> dict[RowId, int]:
        """Map these rows to the number of nodes of their workflows, if that is known."""
        sql = f"SELECT id, node_count FROM details WHERE id {AMONG} AND node_count IS NOT NULL"
        return {RowId(row): count for row, count in self._database.rows(sql, (listed(rows),))}

    def under_way(self, profile: str, webhook_key: str, past: Sequence[PastRun], limit: int) -> list[RunUnderWay]:
        """List the active runs of a webhook, as long as they were seen to last. If `past`, its latest runs, has as many as `limit`,
        those that began before all of these are left out: of their like only the long ones would be there."""
        since = past[0].begun_at if len(past) >= limit else -inf
        found = self._database.rows(_UNDER_WAY.format(MOST_UNDER_WAY), (profile, webhook_key, since))
        return [
            RunUnderWay(RowId(row), key, begun_at, DurationSample(total_s, queued_s, nodes, own_s, False, bool(waits)))
            for row, key, begun_at, total_s, queued_s, nodes, own_s, waits in found
        ]

    def _past_runs(self, sql: str, *params: object) -> list[PastRun]:
        found = [
            PastRun(RowId(row), webhook, ended_at, DurationSample(*duration))
            for row, webhook, ended_at, *duration in self._database.rows(sql, params)
        ]
        return sorted(found, key=lambda run: (run.begun_at, run.id))


# Durations from which on a run is slow.

LEARNED_FROM: Final = 200
"""Runs of a webhook by which others are called slow, as in `engine.history.estimates`."""
_LEARNED_FOR_S: Final = 60.0


class _SlowDuration(NamedTuple):
    """Knowledge of a webhook's last runs."""

    at: float
    """Epoch seconds when they were read."""
    version: tuple[int, int]
    """State of the database then."""
    seconds: float | None
    """Time that 95 % of them were done in; None: too few have ended."""


class SlowDurations(TimedTable):
    """Durations from which on runs are slow, learned of each webhook's last runs for a minute, or longer if nothing has
    changed; with too few of them, until the next change. Methods raise StoreError."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database, clock)
        self._known: dict[tuple[str, str], _SlowDuration] = {}

    def learn(self, profile: str, webhook_keys: Collection[str]) -> bool:
        """Learn of one webhook. Return whether all are known: each takes some milliseconds."""
        due = [key for key in webhook_keys if not self._is_known(profile, key)]
        if due:
            self._learn(profile, due[0])
        return len(due) <= 1

    def seconds(self, profile: str, webhook_keys: Collection[str]) -> Mapping[str, float]:
        """Return the seconds from which on runs of each webhook are slow; without those of which too few have ended."""
        for key in webhook_keys:
            if not self._is_known(profile, key):
                self._learn(profile, key)
        return self._learned(profile, webhook_keys)

    def next_at(self, profile: str, webhook_keys: Collection[str]) -> float:
        """Return when the next active run will be slow by what was learned last, epoch seconds; infinity: none will."""
        at = f"{BEGAN_AT} + slow.value"
        sql = f"""SELECT min({at}) FROM runs INDEXED BY runs_by_status CROSS JOIN json_each(?) AS slow ON slow.key = webhook
            WHERE profile = ? AND {IN_OR_OUT} AND status IN ({ACTIVE_STATUSES}) AND {at} >= ?"""
        known = json.dumps(self._learned(profile, webhook_keys))
        (found,) = self._database.column(sql, (known, profile, self._clock.wall()))
        return inf if found is None else float(found)

    def _learned(self, profile: str, webhook_keys: Collection[str]) -> dict[str, float]:
        known = {key: self._known.get((profile, key)) for key in webhook_keys}
        return {key: one.seconds for key, one in known.items() if one is not None and one.seconds is not None}

    def _learn(self, profile: str, webhook_key: str) -> None:
        durations = PastDurationLookup(self._database)
        past = durations.latest(profile, webhook_key, LEARNED_FROM)
        under_way = durations.under_way(profile, webhook_key, past, LEARNED_FROM)
        seconds = DurationModel.fit([run.duration for run in in_order_of_start(past, under_way)]).slow_s
        self._known[profile, webhook_key] = _SlowDuration(self._clock.wall(), self._database.version(), seconds)

    def _is_known(self, profile: str, webhook_key: str) -> bool:
        known, now = self._known.get((profile, webhook_key)), self._clock.wall()
        return known is not None and (
            known.version == self._database.version()
            or (known.seconds is not None and known.at <= now < known.at + _LEARNED_FOR_S)
        )
