"""Failures by their errors, and how the same bodies fared when they were run again."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.base.fast_dataclass import dataclass, field
from cordage_tui.domain.inputs import Inputs, digest, readable_inputs
from cordage_tui.domain.run import RUN_AGAIN, RowId, Status
from cordage_tui.domain.statistics.error_pattern import error_pattern
from cordage_tui.store.file.database import Database, TimedTable

_SLICE: Final = 100
"""Failures, or bodies, that are read at a time: some milliseconds."""
_MOST_ALIKE: Final = 1_000
"""Latest submissions of one body that are looked at."""
_KNOWN_TEXTS: Final = 4_096
"""Error texts whose patterns are kept: thousands of failures have few texts."""

_FAILED: Final = """SELECT runs.created_at, runs.id, runs.webhook,
    coalesce(ended_at, settled_at, runs.created_at), CAST(error AS BLOB), fingerprint,
    CASE WHEN outbox.id IS NULL THEN CAST(inputs AS BLOB) END, batch
    FROM runs INDEXED BY runs_by_status CROSS JOIN details ON details.id = runs.id LEFT JOIN outbox ON outbox.id = runs.id
    WHERE runs.profile = ? AND folded = ? AND status = ? AND (runs.created_at, runs.id) > (?, ?)
    ORDER BY runs.created_at, runs.id LIMIT ?"""
_CHILDREN: Final = """SELECT child.parent, child.id, fingerprint, CAST(mine.inputs AS BLOB), CAST(its.inputs AS BLOB)
    FROM json_each(?) AS picked CROSS JOIN runs AS child INDEXED BY runs_by_parent ON child.parent = picked.value AND child.size = 0
    JOIN runs AS parent ON parent.id = child.parent AND parent.webhook = child.webhook
    JOIN outbox ON outbox.id = child.id JOIN details AS mine ON mine.id = child.id JOIN details AS its ON its.id = parent.id
    ORDER BY child.id"""
_UNFINISHED: Final = ", ".join(f"'{s.value}'" for s in Status if not s.is_final and s is not Status.BATCH)
_OUTCOMES: Final = f"""SELECT max(CASE WHEN status = 'completed' THEN runs.id END),
    max(CASE WHEN status IN ('completed', 'failed', 'rejected') THEN runs.id END),
    max(CASE WHEN status IN ({_UNFINISHED}) THEN runs.id END)
    FROM (SELECT id FROM outbox WHERE profile = ? AND webhook = ? AND fingerprint = ? ORDER BY id DESC LIMIT {_MOST_ALIKE})
    JOIN runs USING (id)"""


class Outcomes(NamedTuple):
    """Latest submissions of a body with each outcome; 0: there is none."""

    completed: int = 0
    ended: int = 0
    """Completed, failed or rejected."""
    unfinished: int = 0
    """Waits, is uncertain, or runs."""

    def latest(self, other: "Outcomes") -> "Outcomes":
        """Return the later one of each."""
        return Outcomes(*map(max, self, other))


class FailedBody(NamedTuple):
    """Body that failed with one pattern of error."""

    first: RowId
    """First failure with it."""
    last: RowId
    place: tuple[int, int]
    """Of the last one, in the order in which prompts were written: those of a batch have their ids in reverse."""

    def joined(self, other: "FailedBody") -> "FailedBody":
        """Return both as one body."""
        last = max(self, other, key=lambda body: body.last)
        return FailedBody(min(self.first, other.first), last.last, last.place)


@dataclass(slots=True)
class FailureGroup:
    """Failures of one webhook with one pattern of error. Times are epoch seconds."""

    webhook_key: str
    pattern: str
    """Empty: they have no error text."""
    count: int = 0
    since: float = 0.0
    """When the first of them failed."""
    last: float = 0.0
    unknown: int = 0
    """Those whose inputs are unknown: started elsewhere."""
    bodies: dict[str, FailedBody] = field(default_factory=dict)
    """Bodies whose inputs are known, by their fingerprints."""


class FailurePass(TimedTable):
    """Pass through the failures of a profile. Raises StoreError.

    A body is one webhook's inputs, by their fingerprint. Inputs that the webhook declares random are no part of it if a
    run was made from a failed one: with another seed it is the same picture.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        profile: str,
        random: Mapping[str, Collection[str]],
        since: float | None = None,
    ) -> None:
        """Read those of the webhooks in `random`, which maps each to its random inputs; submitted `since` then, epoch
        seconds."""
        super().__init__(database, clock)
        self._profile = profile
        self._random = random
        self._since = -1.0 if since is None else since
        self.webhook_keys = tuple(random)
        self.now = clock.wall()
        """Time that all of it is about, epoch seconds."""
        self.groups: dict[tuple[str, str], FailureGroup] = {}
        """By webhook and pattern."""
        self._outcomes: dict[tuple[str, str], Outcomes] = defaultdict(Outcomes)
        self._patterns: dict[bytes, str] = {}
        self._same: dict[tuple[str, str], str] = {}
        """Webhook and fingerprint of a body with other random numbers → fingerprint of the one that failed first."""
        self._steps = self._all()

    def step(self) -> bool:
        """Read on for a few milliseconds. Return whether there is more."""
        return next(self._steps, False)

    def outcomes(self, webhook_key: str, body: str) -> Outcomes:
        """Return how all submissions of a body fared."""
        return self._outcomes[webhook_key, body]

    def _all(self) -> Iterator[bool]:
        rows: dict[RowId, tuple[str, str]] = {}
        for status in RUN_AGAIN:
            for folded in (0, 1):
                for _ in self._read_failed(status, folded, rows):
                    yield True
        for _ in self._find_same([row for row, (key, _) in rows.items() if self._random[key]], rows):
            yield True
        rows.clear()
        yield from self._read_outcomes([*self._outcomes, *self._same])
        self._merge_same()

    def _read_failed(self, status: Status, folded: int, rows: dict[RowId, tuple[str, str]]) -> Iterator[None]:
        after: tuple[float, int] = self._since, -1
        while found := self._database.rows(_FAILED, (self._profile, folded, status.value, *after, _SLICE)):
            for _, row, webhook, at, error, fingerprint, inputs, batch in found:
                if webhook not in self._random:
                    continue
                body = fingerprint or _digest(inputs)
                self._add(self._group(webhook, self._pattern(error), at), RowId(row), batch, body)
                if body is not None:
                    rows[RowId(row)] = webhook, body
            after = found[-1][:2]
            yield

    def _group(self, webhook: str, pattern: str, at: float) -> FailureGroup:
        """Count a failure that was at that time."""
        group = self.groups.get((webhook, pattern))
        if group is None:
            group = self.groups[webhook, pattern] = FailureGroup(webhook, pattern, since=at, last=at)
        group.count += 1
        group.since, group.last = min(group.since, at), max(group.last, at)
        return group

    def _add(self, group: FailureGroup, row: RowId, batch: int | None, body: str | None) -> None:
        """Count the body of a failure."""
        if body is None:
            group.unknown += 1
            return
        mine, known = FailedBody(row, row, (batch or row, -row)), group.bodies.get(body)
        group.bodies[body] = mine if known is None else known.joined(mine)
        found = self._outcomes[group.webhook_key, body]
        self._outcomes[group.webhook_key, body] = found._replace(ended=max(found.ended, row))

    def _pattern(self, error: bytes | None) -> str:
        if not error:
            return ""
        found = self._patterns.get(error)
        if found is None:
            if len(self._patterns) >= _KNOWN_TEXTS:
                self._patterns.clear()
            found = self._patterns[error] = str(error_pattern(error.decode("utf-8", "replace")))
        return found

    def _find_same(self, failed: Sequence[RowId], rows: Mapping[RowId, tuple[str, str]]) -> Iterator[None]:
        """Find the runs that were made from failed ones and have other numbers only in inputs that are random."""
        failed = sorted(failed)
        for at in range(0, len(failed), _SLICE):
            for parent, _, body, mine, its in self._database.rows(_CHILDREN, (json.dumps(failed[at : at + _SLICE]),)):
                webhook, failed_body = rows[parent]
                if body != failed_body and _is_same(mine, its, self._random[webhook]):
                    self._same.setdefault((webhook, body), self._same.get((webhook, failed_body), failed_body))
            yield

    def _read_outcomes(self, bodies: Sequence[tuple[str, str]]) -> Iterator[bool]:
        for at in range(0, len(bodies), _SLICE):
            for body in bodies[at : at + _SLICE]:  # one may be in both: its outcomes are the same
                found = self._database.row(_OUTCOMES, (self._profile, *body))
                if found is not None:
                    self._outcomes[body] = self._outcomes[body].latest(Outcomes(*(row or 0 for row in found)))
            yield True

    def _merge_same(self) -> None:
        """Count bodies that differ in random numbers only as one."""
        for (webhook, body), first in self._same.items():
            whole = self._outcomes[webhook, first].latest(self._outcomes[webhook, body])
            self._outcomes[webhook, first] = whole
        for group in self.groups.values():
            for body in [body for body in group.bodies if (group.webhook_key, body) in self._same]:
                first, mine = self._same[group.webhook_key, body], group.bodies.pop(body)
                group.bodies[first] = mine.joined(group.bodies.get(first, mine))


def _digest(inputs: bytes | None) -> str | None:
    """Fingerprint of the inputs of a run that was started elsewhere; None: they are unknown."""
    found = readable_inputs(inputs)
    return None if found is None else digest(found)


def _is_same(one: bytes | None, other: bytes | None, random: Collection[str]) -> bool:
    """Return whether two bodies differ in nothing but random inputs."""
    mine, its = readable_inputs(one), readable_inputs(other)
    if mine is None or its is None:
        return False
    return digest(_without(mine, random)) == digest(_without(its, random))


def _without(inputs: Inputs, names: Collection[str]) -> Inputs:
    return {name: value for name, value in inputs.items() if name not in names}
