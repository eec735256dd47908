"""Merge what the server says of a run into what is known: a pure function, so that its rules can be tested alone.

Answers come late, twice and in any order (docs/dev/faults.md 84–95), and list rows have fewer fields than a get. So facts
are only added, a step back needs two sightings in a row, and no answer erases a fact by leaving it out.
"""

import json
import math
from typing import Final, TypedDict

from cordage_tui.domain.base.fast_dataclass import dataclass, replace
from cordage_tui.domain.run import RemoteRun, Status
from cordage_tui.store.runs.row_codecs import escaped, stored

_ENDED: Final = frozenset({Status.COMPLETED, Status.FAILED, Status.CANCELLED})
_MAX_INTEGER: Final = 2**63 - 1
"""The largest that SQLite takes."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """Everything known of one run that has an id of the server's. Times are epoch seconds by this machine's clock."""

    run_id: str
    created_at: float
    ours: bool
    """Submitted here: then `created_at` is our own."""
    status: Status | None = None
    """The server's status as we believe it, or LOST; None: it has told nothing yet."""
    word: str | None = None
    """The server's own word while `status` is OTHER."""
    doubt: Status | None = None
    """A step back that was seen once; seen again at once, it is believed."""
    kill_asked: float | None = None
    """When a kill was asked for; None once the run has ended."""
    started_at: float | None = None
    ended_at: float | None = None
    told_created: float | None = None
    """As the server says, by its clock."""
    told_completed: float | None = None
    inputs: str | None = None
    outputs: tuple[str, ...] | None = None
    error: str | None = None
    note: str | None = None
    node_count: int | None = None
    raw: str = "{}"
    seen_at: float | None = None
    """When an answer last changed any of this."""

    @property
    def shown(self) -> Status:
        """The status on screen: `killing` while a kill is unconfirmed."""
        status = self.status or Status.PENDING
        return Status.KILLING if self.kill_asked is not None and not status.is_final else status


class _Facts(TypedDict):
    """Fields of a RunRecord that an answer may change: a mapping, which costs less than a record if nothing is new. Type
    checkers compare its names and types with those of the record."""

    status: Status
    word: str | None
    kill_asked: float | None
    created_at: float
    started_at: float | None
    ended_at: float | None
    told_created: float | None
    told_completed: float | None
    inputs: str | None
    outputs: tuple[str, ...] | None
    error: str | None
    note: str | None
    node_count: int | None
    raw: str


STRANGER_S: Final = 10.0
"""A run that was started elsewhere and is met running no later than this began when it was created, to within what polling
blurs; of one that is met later it is not known when it began."""


def new_record(told: RemoteRun, now: float) -> RunRecord:
    """Build the record of a run that was started elsewhere, before its first answer is merged."""
    return RunRecord(told.run_id, created_at=_time_here(told.created_at, told) or now, ours=False)


def merged(known: RunRecord, told: RemoteRun, now: float) -> RunRecord:
    """Merge an answer into `known`, `now` being this machine's time; equal to `known` when it adds nothing."""
    status, doubt = _believed(known, told.status)
    turned = status is not known.status
    believed = told if doubt is None else replace(told, completed_at=None)
    after: _Facts = {
        "status": status,
        "word": _word(known, told, doubt),
        "kill_asked": None if status.is_final else known.kill_asked,
        "created_at": _created_at(known, told),
        "started_at": _started_at(known, status, now),
        "ended_at": _ended_at(known, status, _time_here(believed.completed_at, told), now),
        "told_created": known.told_created if known.told_created is not None else _time(told.created_at),
        "told_completed": (known.told_completed if known.told_completed is not None else _time(believed.completed_at))
        if status in _ENDED
        else None,
        "inputs": known.inputs if known.inputs is not None or told.inputs is None else stored(told.inputs),
        "outputs": told.outputs or known.outputs or told.outputs,
        "error": told.error if told.error is not None and doubt is None else (None if turned else known.error),
        "note": None if turned else known.note,
        "node_count": known.node_count if told.node_count is None else min(told.node_count, _MAX_INTEGER),
        "raw": _raw(known.raw, escaped(told.raw), turned),
    }
    if any(getattr(known, name) != value for name, value in after.items()):
        return replace(known, **after, doubt=doubt, seen_at=now)
    return known if doubt is known.doubt else replace(known, doubt=doubt)


def _believed(known: RunRecord, told: Status) -> tuple[Status, Status | None]:
    """The status to believe, and the doubt that remains."""
    before = known.status
    if before is None or before is Status.MISSING or told is before:
        return told, None
    goes_back = before in _ENDED or (before is Status.RUNNING and told is Status.PENDING)
    return (before, told) if goes_back and known.doubt is not told else (told, None)


def _word(known: RunRecord, told: RemoteRun, doubt: Status | None) -> str | None:
    if doubt is not None:
        return known.word
    return told.status_name if told.status is Status.OTHER else None


def _created_at(known: RunRecord, told: RemoteRun) -> float:
    created = _time_here(told.created_at, told)
    return known.created_at if known.ours or created is None or known.told_created is not None else created


def _started_at(known: RunRecord, status: Status, now: float) -> float | None:
    if status is Status.PENDING:  # a trigger says "running" of a run that still waits: that was no start
        return None
    if known.started_at is not None or status is not Status.RUNNING or known.status is Status.RUNNING:
        return known.started_at
    if known.ours or known.status is not None:
        return now
    return known.created_at if now - known.created_at <= STRANGER_S else None


def _ended_at(known: RunRecord, status: Status, completed: float | None, now: float) -> float | None:
    """Return when it ended: as the server says, held between what this machine saw before and after, so that skew does
    no harm."""
    if status not in _ENDED:
        return None
    had_ended = known.status in _ENDED
    if had_ended and (completed is None or known.told_completed is not None):
        return known.ended_at
    watched = known.status is not Status.MISSING and (known.ours or known.status is not None)
    if completed is None:
        return now if watched else None
    if not watched:
        return completed
    low, high = _bounds(known, had_ended, now)
    return min(max(completed, low), high) if low <= high else completed


def _bounds(known: RunRecord, had_ended: bool, now: float) -> tuple[float, float]:
    """The moments it was last seen unended and first seen ended; -inf if unknown."""
    seen = [known.created_at] if known.ours else []
    if known.started_at is not None:
        seen.append(known.started_at)
    if known.seen_at is not None and not had_ended:
        seen.append(known.seen_at)
    high = known.ended_at if had_ended and known.ended_at is not None else now
    return max(seen, default=-math.inf), high


def _raw(known: str, told: str, turned: bool) -> str:
    """The newest answer, unless an older one of the same status says more: a list row does not push a get aside."""
    if turned or known == told:
        return told
    return told if _filled(told) >= _filled(known) else known


def _filled(raw: str) -> set[str]:
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return set()
    return {key for key, field in value.items() if field is not None} if isinstance(value, dict) else set()


def _time_here(value: float | None, told: RemoteRun) -> float | None:
    """A time of the server's by this machine's clock, so that neither ages nor durations suffer from skew."""
    return None if (time := _time(value)) is None else time - told.clock_ahead_s


def _time(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
