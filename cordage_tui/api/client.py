"""HTTP client of the Cordage API: list and get runs, trigger, kill."""

import asyncio
import gc
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from cordage_tui.api.decode_runs import asked_run_in, run_in, runs_in
from cordage_tui.api.errors import AuthenticationFailed, CordageError, Delivery, Redactor, UnexpectedResponse
from cordage_tui.api.rate_limiter import RateLimiter
from cordage_tui.api.request import ApiRequest, RequestBuilder, Timeouts
from cordage_tui.api.responses import ApiResponse, CallOutcome, ClockSkewEstimator, budget_reading, error_for_status
from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.rate_limit import Priority, RateLimitClass
from cordage_tui.domain.run import RemoteRun, RunList
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.secrets import Secret
from cordage_tui.domain.webhook import HealthStatus

if TYPE_CHECKING:
    from cordage_tui.api.transport import HttpTransport

# API key guard: one refusal of the key stops every call of it, since each would only be refused again.


class ApiKeyGuard:
    """Guards the reads and kills of one API key. A trigger is not guarded, because its outcome must be written down first;
    its sender calls `refuse`."""

    def __init__(self) -> None:
        self.on_refused: Callable[[SafeText], None] = lambda message: None
        """Called once, with the server's message."""
        self.on_answer: Callable[[SafeText | None], None] = lambda message: None
        """Called once when the server accepts the key (None), and once when it refuses it, with its message."""
        self._accepted = False
        self._refusal: CordageError | None = None
        self._guarded: set[asyncio.Task[object]] = set()

    @property
    def refused(self) -> SafeText | None:
        """Reason why the key is refused; None while it is not."""
        return self._refusal.what if self._refusal else None

    @contextmanager
    def stop_if_refused(self) -> Iterator[None]:
        """Run a call inside this block. Raises AuthenticationFailed once the key is refused.

        A call that waits for budget is then not sent, and the answer to a sent call is not awaited.
        """
        self._raise_refusal()
        task = asyncio.current_task()
        assert task is not None
        cancels = task.cancelling()
        self._guarded.add(task)
        try:
            yield
            self._accept()
        except CordageError as error:
            self._guarded.discard(task)
            if error.health is HealthStatus.REFUSED:
                self.refuse(error)
            raise
        except asyncio.CancelledError:
            if self._refusal is None or task.uncancel() > cancels:  # the caller's own cancellation
                raise
            self._raise_refusal()
        finally:
            self._guarded.discard(task)

    def refuse(self, error: CordageError) -> None:
        """Record that the server has refused the key, or that it cannot be sent at all."""
        if self._refusal is not None:
            return
        self._refusal = error
        for task in self._guarded:
            task.cancel()
        self.on_refused(error.what)
        self.on_answer(error.what)

    def _accept(self) -> None:
        if not self._accepted and self._refusal is None:
            self._accepted = True
            self.on_answer(None)

    def _raise_refusal(self) -> None:
        if (refusal := self._refusal) is not None:
            error = AuthenticationFailed(refusal.call, refusal.what, delivery=Delivery.NOT_SENT, status=refusal.status)
            raise error from None


# Pending requests, by which a server that hangs is noticed before a deadline.

Ticket = int
"""Names one request that is on the wire."""

_NEVER: Final = float("-inf")


class PendingRequests:
    """Requests on the wire without an answer. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._started: dict[Ticket, tuple[str, float]] = {}
        self._answered: dict[str, float] = {}
        self._count = 0

    def add(self, webhook_key: str, now: float) -> Ticket:
        """Add an outgoing request for a webhook."""
        self._count += 1
        self._started[self._count] = webhook_key, now
        return self._count

    def end(self, ticket: Ticket) -> None:
        """Remove a request that was answered or given up."""
        webhook_key, started = self._started.pop(ticket)
        self._answered[webhook_key] = max(started, self._answered.get(webhook_key, _NEVER))

    def ages(self, now: float) -> Mapping[str, float]:
        """Map webhook keys to the seconds that their oldest request has waited. One that went out before another that
        has ended does not count: the server answers, and that request is lost."""
        ages: dict[str, float] = {}
        for webhook_key, started in self._started.values():
            if started >= self._answered.get(webhook_key, _NEVER):
                ages[webhook_key] = max(now - started, ages.get(webhook_key, 0.0))
        return ages


_AT_ONCE: Final = {Priority.USER: 32, Priority.BACKGROUND: 8}
"""Reads and kills under way at a time; polling has its own share, so it never delays the user."""
_TRIGGERS_AT_ONCE: Final = 64
"""A trigger may be waited for minutes; they must not delay reads, nor reach the pool's own limit."""
_LARGE: Final = 128 * 1024
"""Bytes from which an answer is decoded in a thread, so that the event loop keeps answering keys."""
_SWITCH_INTERVAL_S: Final = 0.0005
_TIMEOUTS: Final = Timeouts()
_Decoded = TypeVar("_Decoded")


class CordageClient:
    """Client of one key and one base URL, with a rate limit. Every call raises CordageError.

    Cancelling a call stops waiting for it, but never ends a request under way. That request ends by its own deadline,
    and its headers still count. httpx 0.28 loses pool places when requests are cancelled (docs/dev/library-traps.md T1).

    Only reads wait for budget here. The caller of a trigger or a kill must have acquired budget before. The intent to
    trigger is committed between budget and first byte (docs/dev/triggering.md 2). A run to kill is read once more in
    between, because it may have ended.
    """

    def __init__(
        self,
        base_url: str,
        key: Secret,
        *,
        rate_limiter: RateLimiter,
        clock: Clock,
        read_only: bool = False,
        deadlines: Timeouts = _TIMEOUTS,
        ca_file: Path | None = None,
    ) -> None:
        """Accept any base URL and key: one that breaks the rules makes every call raise InvalidRequest. Cheap: httpx
        is imported at the first call.

        `read_only` makes trigger and kill raise ReadOnlyError. `ca_file` has extra trusted certificate authorities.
        """
        self.skew = ClockSkewEstimator(clock)
        self.pending = PendingRequests()
        """Reads on the wire."""
        self.key_guard = ApiKeyGuard()
        self.on_ended: Callable[[CallOutcome], None] = lambda outcome: None
        """Called with each call that has ended, to record it; must not raise."""
        self.hide_key = Redactor(key, "").hide_key
        """Replaces the API key in a text that leaves the program."""
        self._requests = RequestBuilder(base_url, key, read_only=read_only)
        self.holds_key = self._requests.holds_key
        """Return whether inputs contain the API key; such inputs are never sent."""
        self._rate_limiter = rate_limiter
        self._clock = clock
        self._deadlines = deadlines
        self._ca_file = ca_file
        self._transports: dict[bool, HttpTransport] = {}
        self._slots = _slots()
        self._trigger_slots = asyncio.Semaphore(_TRIGGERS_AT_ONCE)
        self._under_way: set[asyncio.Task[ApiResponse]] = set()
        self._decoding_large = asyncio.Lock()

    async def list_runs(
        self, webhook_key: str, priority: Priority = Priority.BACKGROUND, *, granted: bool = False
    ) -> RunList:
        """List the runs of a webhook, in the server's order. NotFound: the webhook is gone. Waits for budget unless it is
        `granted`: then the caller has acquired a read from the rate limiter."""
        with self.key_guard.stop_if_refused():
            request = self._requests.build("list runs", RateLimitClass.READ, webhook_key, "runs")
            return await self._decoded(runs_in, await self._send(request, priority, granted=granted))

    async def get_run(
        self, webhook_key: str, run_id: str, priority: Priority = Priority.USER, *, granted: bool = False
    ) -> RemoteRun:
        """Get one run. `granted` as for `list_runs`.

        Raises NotFound if the server does not know it (any more), and UnexpectedResponse, for example if the answer
        names another run.
        """
        with self.key_guard.stop_if_refused():
            request = self._requests.build("get run", RateLimitClass.READ, webhook_key, "runs", run_id)
            answer = await self._send(request, priority, granted=granted)
            return await self._decoded(partial(asked_run_in, run_id=run_id), answer)

    async def trigger(
        self, webhook_key: str, inputs: Inputs, on_sending: Callable[[], None] | None = None
    ) -> RemoteRun:
        """Start a run, which may cost money. Never repeats the request.

        `on_sending` is called right before the first byte is sent: an error without that call has the delivery
        NOT_SENT. A 2xx without a usable run id raises an error with the delivery UNCERTAIN: a run may exist under an
        unknown id.
        """
        request = self._requests.build(
            "trigger", RateLimitClass.TRIGGER, webhook_key, "trigger", inputs=inputs, on_sending=on_sending
        )
        return await self._started_or_killed(run_in, await self._send(request, Priority.USER, granted=True))

    async def kill_run(self, webhook_key: str, run_id: str) -> RemoteRun:
        """Ask the server to cancel a run. NotFound and RequestRejected may mean that it has ended: read it then. An error
        with the delivery UNCERTAIN: it may have been killed."""
        with self.key_guard.stop_if_refused():
            request = self._requests.build("kill run", RateLimitClass.KILL, webhook_key, "runs", run_id, "kill")
            answer = await self._send(request, Priority.USER, granted=True)
            return await self._started_or_killed(partial(asked_run_in, run_id=run_id), answer)

    async def _started_or_killed(self, decode: Callable[[ApiResponse], RemoteRun], answer: ApiResponse) -> RemoteRun:
        """Decode the 2xx answer to a trigger or a kill. One that is cut or unusable leaves open whether it was done."""
        fault = answer.cut
        if fault is None:
            try:
                return await self._decoded(decode, answer)
            except UnexpectedResponse as unusable:
                fault = unusable
        raise type(fault)(fault.call, fault.what, delivery=Delivery.UNCERTAIN, status=answer.status)

    async def reconnect(self) -> None:
        """Make new connections for new calls: after suspend the old ones are dead. Cancels no request."""
        self._slots = _slots()  # those of requests on dead connections would be free again only after their deadline
        for transport in list(self._transports.values()):  # a call may make the other one at the same time
            await transport.renew()

    async def aclose(self) -> None:
        """Cancel requests under way and close the connections. A trigger cut off here is uncertain."""
        tasks = list(self._under_way)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for transport in list(self._transports.values()):
            await transport.renew()

    async def _send(self, request: ApiRequest, priority: Priority, *, granted: bool) -> ApiResponse:
        """Send a request in its own task and return the whole 2xx answer; the body of a trigger or kill may be cut.

        If it is cancelled while it waits for budget, nothing is sent. Raises CordageError.
        """
        slots = self._trigger_slots if request.paid else self._slots[priority]
        await slots.acquire()
        try:
            if not granted:
                await self._rate_limiter.acquire(request.call_class, priority)
            task = asyncio.create_task(self._exchange(request), name=f"http {request.call}")
        except BaseException:
            slots.release()
            raise
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        task.add_done_callback(lambda _: slots.release())
        return await asyncio.shield(task)

    async def _exchange(self, request: ApiRequest) -> ApiResponse:
        reads, begun = request.call_class is RateLimitClass.READ, self._clock.monotonic()
        ticket = self.pending.add(request.webhook_key, begun) if reads else None
        try:
            answer = await self._transport(request).send(request)
        except CordageError as fault:
            if fault.delivery is Delivery.NOT_SENT:
                self._rate_limiter.refund(request.call_class)
            self.on_ended(CallOutcome(request, self._clock.monotonic() - begun, error=fault))
            raise
        except asyncio.CancelledError:
            self.on_ended(CallOutcome(request, self._clock.monotonic() - begun))
            raise
        finally:
            if ticket is not None:
                self.pending.end(ticket)
        self.skew.learn(answer)
        headers = budget_reading(answer, self._clock.wall())
        self._rate_limiter.learn(request.call_class, headers)
        error = error_for_status(answer, headers, request.call_class)
        self.on_ended(CallOutcome(request, self._clock.monotonic() - begun, answer, headers, error or answer.cut))
        if error is not None:
            raise error
        if answer.cut is not None and request.call_class is RateLimitClass.READ:
            raise answer.cut
        skew = self.skew.estimate()
        return answer if skew is None else replace(answer, clock_ahead_s=skew.sure_ahead_s)

    def _transport(self, request: ApiRequest) -> "HttpTransport":
        """Return the transport of a request. Triggers have their own, which keeps no connection, so none can be
        stale."""
        transport = self._transports.get(request.paid)
        if transport is None:
            transport = load_transport()(
                request.base, self._deadlines, keep_alive=not request.paid, ca_file=self._ca_file
            )
            self._transports[request.paid] = transport
        return transport

    async def _decoded(self, decode: Callable[[ApiResponse], _Decoded], answer: ApiResponse) -> _Decoded:
        """Decode an answer, a large one in a thread, one at a time. Raises the errors of `decode`."""
        if len(answer.body) <= _LARGE:
            return decode(answer)
        async with self._decoding_large:
            with short_switch_interval:
                return await asyncio.to_thread(decode, answer)


def _slots() -> dict[Priority, asyncio.Semaphore]:
    return {priority: asyncio.Semaphore(count) for priority, count in _AT_ONCE.items()}


def load_transport() -> "type[HttpTransport]":
    """Import the transport, and with it the HTTP library, which takes 50 ms or more the first time."""
    from cordage_tui.api.transport import HttpTransport

    return HttpTransport


class _ShortSwitchInterval:
    """Gives the event loop the interpreter quickly while a thread creates up to a million objects.

    A full garbage collection would stop every thread for 100 ms; these objects are freed by reference counting. A key
    needs a dozen rounds of the loop, and each waits up to one switch interval (5 ms by default). Both values belong
    to the whole process: the first block entered sets them, the last block left restores them. Enter and leave blocks
    on the event loop's thread.
    """

    def __init__(self) -> None:
        self._blocks = 0
        self._before = True, 0.0

    def __enter__(self) -> None:
        self._blocks += 1
        if self._blocks == 1:
            self._before = gc.isenabled(), sys.getswitchinterval()
            gc.disable()
            sys.setswitchinterval(min(self._before[1], _SWITCH_INTERVAL_S))

    def __exit__(self, *error: object) -> None:
        self._blocks -= 1
        if not self._blocks:
            collects, interval_s = self._before
            sys.setswitchinterval(interval_s)
            if collects:
                gc.enable()


short_switch_interval: Final = _ShortSwitchInterval()
