"""Flight recorder: calls, budgets and transitions of this process, for `doctor --bundle`.

A record has numbers, our own row numbers and positions, and words from this program's own lists. Nothing that a user or a
server wrote goes into one: no inputs, names, keys, addresses, paths, notes or error texts. `tests/cli/test_bundle.py`
plants such words everywhere and looks for them.
"""

import os
import re
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cordage_tui import __version__
from cordage_tui.config.paths import Paths
from cordage_tui.domain.clock import Clock
from cordage_tui.domain.lru_cache import LruCache
from cordage_tui.domain.run import RowId, Status
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.record_ring import FlightRecord, RecordRing, RecordValue
from cordage_tui.store.database import BEYOND_RUNS
from cordage_tui.store.errors import StoreError

if TYPE_CHECKING:
    from cordage_tui.api.responses import CallOutcome
    from cordage_tui.domain.rate_limit import BudgetView, Priority, RateLimitClass
    from cordage_tui.store.run_lookup import Transition
    from cordage_tui.store.store import Store

_ROWS: Final = 50
"""Rows of one commit that get a record each; of the others the number is recorded."""
_KNOWN_ROWS: Final = 2_000
_FRAMES: Final = 6
"""Frames of a bug that are recorded, the innermost last."""
_PACKAGE: Final = Path(__file__).parents[1]
_API_WORDS: Final = frozenset({"runs", "trigger", "kill"})
_TERMINAL_KIND: Final = "[A-Za-z0-9.+_-]{1,40}"


class FlightRecorder:
    """Recorder of one process, or of one command that linear mode runs in its process. Its begin is recorded with the first
    other record, so that a command which changes nothing and calls nobody leaves none."""

    def __init__(self, paths: Paths, clock: Clock, command: str) -> None:
        """`command`: what the process does, by our own name for it."""
        self._ring = RecordRing(paths.flight_records)
        self._clock = clock
        self._command = command
        self._begun = self._ended = False
        self._size = (0, 0)

    def write(self, kind: str, **values: RecordValue) -> None:
        """Append a record. Never raises, and takes some microseconds."""
        self.write_all([{"kind": kind, **values}])

    def write_all(self, records: Sequence[FlightRecord]) -> None:
        """Append records, each with its `kind`, in one write."""
        if not records:
            return
        if not self._begun:
            self._begun, self._size = True, terminal_size()
            begin = {"kind": "begin", "command": self._command, **_versions()}
            records = [begin | {"columns": self._size[0], "rows": self._size[1]}, *records]
        self._ring.append(self._clock.wall(), *records)

    def record_end(self, code: int) -> None:
        """Record that the process or the command ends with this exit code, once, unless there is no record of it."""
        if self._begun and not self._ended:
            self._ended = True
            self.write("end", command=self._command, code=int(code))

    def record_size(self, columns: int, rows: int) -> None:
        """Record the size of the terminal if it has changed."""
        if self._begun and self._size != (columns, rows):
            self._size = columns, rows
            self.write("size", columns=columns, rows=rows)

    def record_bug(self, error: BaseException) -> None:
        """Record the type of an error that ends the process, and where in this program it was raised."""
        self.write("bug", error=_type_name(error), at=",".join([*_frames(error)][-_FRAMES:]))

    def record_call(
        self, outcome: "CallOutcome", webhook: int = 0, row: int | None = None, budget: "BudgetView | None" = None
    ) -> None:
        """Record a call that has ended: `webhook` is its position in the profile, 0 if it is in none; `row` that of its run."""
        request, answer, seen = outcome.request, outcome.answer, outcome.seen
        below = (word if word in _API_WORDS else "{run}" for word in request.segments)
        values: dict[str, RecordValue] = {
            "method": request.method,
            "route": "/".join(("/{webhook}", *below)),
            "webhook": webhook,
            "row": row,
            "status": None if answer is None else answer.status,
            "ms": round(outcome.took_s * 1000),
        }
        if outcome.error is not None:
            values |= {"error": _type_name(outcome.error), "delivery": outcome.error.delivery.value}
        elif answer is None:
            values |= {"error": "cut off at the end"}
        if answer is not None:
            values |= {"bytes": len(answer.body), "sends": answer.sends if answer.sends > 1 else None}
        told = (seen.limit, seen.remaining, seen.reset_s, seen.retry_after_s)
        values |= dict(zip(("limit", "remaining", "reset_s", "retry_after_s"), told, strict=True))
        if budget is not None:
            values |= {"left": budget.remaining, "of": budget.limit, "waiting": budget.waiting or None}
            values |= {"wait_s": round(budget.wait_s, 1) or None, "limited": budget.limited or None}
        self.write("call", **{name: value for name, value in values.items() if value is not None})

    def record_wait(self, call_class: "RateLimitClass", priority: "Priority", seconds: float) -> None:
        """Record that a call has waited for budget."""
        self.write("wait", budget=call_class.value, priority=priority.value, seconds=round(seconds, 1))


class TransitionRecorder:
    """Recorder of what the commits of this process change in a profile: rows, and whether its queue is paused."""

    def __init__(self, recorder: FlightRecorder, store: "Store", profile: Profile) -> None:
        self._recorder = recorder
        self._store = store
        self.profile = profile
        """The profile as it is now."""
        self._known: LruCache[RowId, Transition] = LruCache(_KNOWN_ROWS)
        self._queue: tuple[bool, int | None] | None = None

    def attach(self) -> None:
        """Record all commits from here on."""
        self._store.changes.on_own_commit = self._record

    def detach(self) -> None:
        self._store.changes.on_own_commit = lambda rows: None

    def position(self, webhook_key: str) -> int:
        """Return the position of a webhook in the profile, from 1; 0: it is in it no more."""
        return next((n for n, webhook in enumerate(self.profile.webhooks, 1) if webhook.key == webhook_key), 0)

    def row_of(self, webhook_key: str, run_id: str) -> RowId | None:
        """Return the row of a run; None: there is none, or the database does not say."""
        with suppress(StoreError):
            return self._store.run_lookup.row_of(self.profile.stored_as, webhook_key, run_id)
        return None

    def _record(self, rows: Collection[RowId]) -> None:
        with suppress(StoreError):
            runs = sorted(row for row in rows if row != BEYOND_RUNS)
            self._record_rows(runs[:_ROWS])
            if len(runs) > _ROWS:
                self._recorder.write("rows", more=len(runs) - _ROWS)
            if len(runs) < len(rows):
                self._record_queue()

    def _record_rows(self, rows: Collection[RowId]) -> None:
        changes = self._store.run_lookup.transitions(rows)
        new = [one for one in changes if one.status is not Status.BATCH and self._known.peek(one.row) != one]
        for change in new:
            self._known.put(change.row, change)
        self._recorder.write_all([self._row_record(change) for change in new])

    def _row_record(self, change: "Transition") -> FlightRecord:
        status = "gone" if change.status is None else change.status.value
        record: dict[str, RecordValue] = {
            "kind": "row",
            "row": change.row,
            "webhook": self.position(change.webhook_key),
            "status": status,
        }
        return record if change.state is None else record | {"state": change.state, "attempt": change.attempt}

    def _record_queue(self) -> None:
        control = self._store.queue_control.read(self.profile.stored_as)
        now = (control.paused is not None, control.max_active)
        if now != self._queue:
            self._queue = now
            self._recorder.write("queue", paused=now[0], max_active=now[1])


def terminal_kind(environ: Mapping[str, str]) -> str:
    """Return the kind of terminal by its variables, and what is between it and this process."""
    told = (environ.get(name, "") for name in ("TERM", "COLORTERM", "TERM_PROGRAM"))
    kinds = [word if re.fullmatch(_TERMINAL_KIND, word) else "other" for word in told if word]
    between = [
        word
        for name, word in (("TMUX", "in tmux"), ("STY", "in screen"), ("SSH_CONNECTION", "over ssh"))
        if environ.get(name)
    ]
    return " ".join([*kinds, *between]) or "none"


def terminal_size() -> tuple[int, int]:
    """Return columns and rows of the terminal; zeros: there is none."""
    for descriptor in (1, 2):
        with suppress(OSError):
            size = os.get_terminal_size(descriptor)
            return size.columns, size.lines
    return 0, 0


def _versions() -> dict[str, RecordValue]:
    return {
        "version": __version__,
        "python": ".".join(map(str, sys.version_info[:3])),
        "terminal": terminal_kind(os.environ),
    }


def _frames(error: BaseException) -> Iterator[str]:
    """Yield file and line of each frame in this program, the outermost first."""
    at = error.__traceback__
    while at is not None:
        path = Path(at.tb_frame.f_code.co_filename)
        if path.is_relative_to(_PACKAGE):
            yield f"{path.relative_to(_PACKAGE).as_posix()}:{at.tb_lineno}"
        at = at.tb_next


def _type_name(error: BaseException) -> str:
    kind = type(error)
    return kind.__name__ if kind.__module__.startswith("cordage_tui.") else f"{kind.__module__}.{kind.__name__}"
