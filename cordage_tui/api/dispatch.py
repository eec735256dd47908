"""From a request to its answer: waits for budget, sends it in a task of its own, learns from the headers.

Only reads wait here. Whoever sends a trigger or a kill has its budget already: between budget and first byte the intent to
trigger has to be committed (FAULTS.md B2), and the run to kill be looked at once more, for it may have ended meanwhile.
"""

import asyncio
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from cordage_tui.api.answer import ApiResponse
from cordage_tui.api.deadlines import Timeouts
from cordage_tui.api.errors import CordageError, Delivery
from cordage_tui.api.pacer import RateLimiter
from cordage_tui.api.request import ApiRequest, RequestBuilder
from cordage_tui.api.skew import ClockSkewEstimator
from cordage_tui.api.statuses import budget_reading, error_for_status
from cordage_tui.api.unanswered import PendingRequests
from cordage_tui.domain.clock import Clock
from cordage_tui.domain.fast_dataclass import replace
from cordage_tui.domain.rate_limit import Priority, RateLimitClass

if TYPE_CHECKING:
    from cordage_tui.api.wire import HttpTransport

_AT_ONCE: Final = {Priority.USER: 32, Priority.BACKGROUND: 8}
"""Reads and kills under way at a time; polling has its own share, so it never stands before the user."""
_TRIGGERS_AT_ONCE: Final = 64
"""A trigger may be waited for minutes; they must not stand before reads, nor reach the pool's own limit."""


class RequestRunner:
    """All calls of one key to one base URL. httpx is imported when the first of them goes out."""

    def __init__(self, account: RequestBuilder, pacer: RateLimiter, clock: Clock, deadlines: Timeouts) -> None:
        self._account = account
        self._pacer = pacer
        self._clock = clock
        self._deadlines = deadlines
        self.skew = ClockSkewEstimator(clock)
        self._wires: dict[bool, HttpTransport] = {}
        self._slots = _slots()
        self._trigger_slots = asyncio.Semaphore(_TRIGGERS_AT_ONCE)
        self._under_way: set[asyncio.Task[ApiResponse]] = set()
        self._unanswered = PendingRequests()

    def unanswered(self) -> Mapping[str, float]:
        """Webhook key → for how many seconds a read of it has been on the wire, where none that went out since has been answered."""
        return self._unanswered.ages(self._clock.monotonic())

    async def send(self, request: ApiRequest, priority: Priority, *, granted: bool) -> ApiResponse:
        """The whole 2xx answer to `request`; of a trigger the body may be cut. Raises CordageError. It waits for budget
        unless that is `granted` already.

        Cancelled while it waits for budget, nothing is sent. Cancelled later, the request goes on by itself and its
        headers are still learned from: httpx 0.28 loses pool places when requests are cancelled (TRAPS.md T1).
        """
        slots = self._trigger_slots if request.paid else self._slots[priority]
        await slots.acquire()
        try:
            if not granted:
                await self._pacer.acquire(request.call_class, priority)
            task = asyncio.create_task(self._exchange(request), name=f"http {request.call}")
        except BaseException:
            slots.release()
            raise
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        task.add_done_callback(lambda _: slots.release())
        return await asyncio.shield(task)

    async def reconnect(self) -> None:
        """Uses no connection any more that there is; what is under way on one ends by its own deadline, or well."""
        self._slots = _slots()  # those of requests on dead connections would be free again only after their deadline
        for wire in list(self._wires.values()):  # a call may make the other one meanwhile
            await wire.aclose()

    async def aclose(self) -> None:
        """Cancels what is under way and closes the connections."""
        tasks = list(self._under_way)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for wire in list(self._wires.values()):  # a call may make the other one meanwhile
            await wire.aclose()

    async def _exchange(self, request: ApiRequest) -> ApiResponse:
        reads = request.call_class is RateLimitClass.READ
        ticket = self._unanswered.add(request.webhook_key, self._clock.monotonic()) if reads else None
        try:
            answer = await self._wire(request).send(request)
        except CordageError as fault:
            if fault.delivery is Delivery.NOT_SENT:
                self._pacer.refund(request.call_class)
            raise
        finally:
            if ticket is not None:
                self._unanswered.end(ticket)
        self.skew.learn(answer)
        seen = budget_reading(answer, self._clock.wall())
        self._pacer.learn(request.call_class, seen)
        error = error_for_status(answer, seen, paid=request.paid)
        if error is not None:
            raise error
        if answer.cut is not None and not request.paid:
            raise answer.cut
        skew = self.skew.skew()
        return answer if skew is None else replace(answer, clock_ahead_s=skew.sure_ahead_s)

    def _wire(self, request: ApiRequest) -> "HttpTransport":
        """Triggers have their own, where no connection is kept: none can be stale."""
        wire = self._wires.get(request.paid)
        if wire is None:
            kind = load_transport()
            wire = kind(self._account.base(request.call), self._deadlines, keep_alive=not request.paid)
            self._wires[request.paid] = wire
        return wire


def _slots() -> dict[Priority, asyncio.Semaphore]:
    return {priority: asyncio.Semaphore(count) for priority, count in _AT_ONCE.items()}


def load_transport() -> "type[HttpTransport]":
    """Imports httpx, which takes 50 ms or more the first time; without its command line, which it would load wherever click
    is installed (TRAPS.md T3)."""
    cli = "httpx._main"
    hide = "httpx" not in sys.modules and cli not in sys.modules
    if hide:
        sys.modules[cli] = None  # type: ignore[assignment]
    try:
        from cordage_tui.api.wire import HttpTransport
    finally:
        if hide:
            sys.modules.pop(cli, None)
    return HttpTransport
