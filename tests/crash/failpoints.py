"""Failpoints at which the worker can kill itself: before and after each commit, and at each step of a trigger.

No code of the product knows of them. `arm` wraps its methods in the process that is to die.
"""

import os
import signal
from collections import Counter
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from cordage_tui.api.transport import HttpTransport, _RequestTrace
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.store.file.database import Database
from cordage_tui.store.outbox.outcomes import TryOutcomes
from cordage_tui.store.outbox.queue_settings import QueueSettingsTable
from cordage_tui.store.outbox.submit_and_claim import Outbox
from cordage_tui.store.outbox.transitions import OutboxTransitions
from cordage_tui.store.outbox.uncertain import UncertainSubmissions
from cordage_tui.store.runs.listed_runs import Runs
from cordage_tui.store.servers import WebhookHealthTable

COMMITS: Mapping[str, tuple[type, str]] = {
    "submit": (Outbox, "submit"),
    "intent": (Outbox, "claim"),
    "accept": (TryOutcomes, "accept"),
    "settle": (TryOutcomes, "end"),
    "merge": (Runs, "merge"),
    "listed": (UncertainSubmissions, "listed"),
    "looked": (UncertainSubmissions, "looked"),
    "found": (UncertainSubmissions, "found"),
    "begin": (QueueSettingsTable, "start_sending"),
    "end": (QueueSettingsTable, "end"),
    "recover": (Outbox, "recover"),
    "pause": (QueueSettingsTable, "pause"),
    "health": (WebhookHealthTable, "record"),
}
"""Name of each commit, and the method that makes it. A commit in no such method is called `other`."""

WIRE: Mapping[str, str] = {
    "connect_tcp.started": "before connecting",
    "connect_tcp.complete": "connected",
    "send_request_headers.started": "before the first byte",
    "send_request_headers.complete": "headers sent",
    "send_request_body.complete": "last byte sent",
    "receive_response_headers.started": "waiting for the answer",
    "receive_response_headers.complete": "status read",
    "receive_response_body.started": "reading the body",
    "receive_response_body.complete": "body read",
    "response_closed.complete": "connection closed",
}
"""Events of the trace of httpcore, and our names of them."""

NAMES = (*(f"{when} {name}" for name in (*COMMITS, "other") for when in ("before", "after")), *WIRE.values())
"""Every failpoint."""
AFTER_A_CRASH = frozenset(f"{when} {name}" for name in ("recover", "pause") for when in ("before", "after"))
"""Failpoints that only a process meets that follows a killed one."""

BY_COMMAND = frozenset(f"{when} submit" for when in ("before", "after"))
"""Failpoints that a command that submits meets, and no worker."""

_committing: ContextVar[str] = ContextVar("committing", default="other")
_on_the_wire: ContextVar[bool] = ContextVar("on_the_wire", default=False)


class Fuse:
    """Kills this process the `count`-th time it passes the failpoint `name`; never when that is None."""

    def __init__(self, name: str | None, count: int) -> None:
        self._name = name
        self._count = count
        self._passed: Counter[str] = Counter()

    def passes(self, name: str) -> None:
        """Count this failpoint, and kill the process if it is the chosen occurrence."""
        self._passed[name] += 1
        if name == self._name and self._passed[name] == self._count:
            os.kill(os.getpid(), signal.SIGKILL)


def arm(fuse: Fuse, doubtful: Path) -> None:
    """Let this process pass `fuse` at every failpoint, and append each row that becomes uncertain to the file
    `doubtful`."""
    for name, (owner, method) in COMMITS.items():
        setattr(owner, method, named(getattr(owner, method), name))
    around_commits(fuse)
    _along_the_wire(fuse)
    _noting(doubtful)


def named(method: Callable[..., Any], name: str) -> Callable[..., Any]:
    """Return the method, wrapped so that its commits have this name."""

    def called(*args: Any, **about: Any) -> Any:
        token = _committing.set(name)
        try:
            return method(*args, **about)
        finally:
            _committing.reset(token)

    return called


def around_commits(fuse: Fuse) -> None:
    """Let every commit of this process pass `fuse` before and after it."""
    commit = Database._commit

    def committed(self: Database) -> None:
        name = _committing.get()
        fuse.passes(f"before {name}")
        commit(self)
        fuse.passes(f"after {name}")

    Database._commit = committed  # type: ignore[method-assign]


def _along_the_wire(fuse: Fuse) -> None:
    attempt, traced = HttpTransport._attempt, _RequestTrace.__call__

    async def attempted(self: HttpTransport, request: Any, trace: _RequestTrace) -> Any:
        token = _on_the_wire.set(request.paid)
        try:
            return await attempt(self, request, trace)
        finally:
            _on_the_wire.reset(token)

    async def traced_event(self: _RequestTrace, event: str, info: Mapping[str, Any]) -> None:
        await traced(self, event, info)
        name = WIRE.get(event.partition(".")[2])
        if name is not None and _on_the_wire.get():
            fuse.passes(name)

    HttpTransport._attempt = attempted  # type: ignore[method-assign]
    _RequestTrace.__call__ = traced_event  # type: ignore[method-assign]


def _noting(doubtful: Path) -> None:
    move = OutboxTransitions.move

    def moved(self: OutboxTransitions, write: Any, row: Any, state: OutboxState, note: str | None) -> Any:
        was = move(self, write, row, state, note)
        if state is OutboxState.UNCERTAIN:
            with doubtful.open("a") as log:
                log.write(f"{row}\n")
        return was

    OutboxTransitions.move = moved  # type: ignore[method-assign]
