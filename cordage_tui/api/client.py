"""HTTP client of the Cordage API: list and get runs, trigger, kill."""

import asyncio
import gc
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeVar

from cordage_tui.api.clock_skew import ClockSkew, ClockSkewEstimator
from cordage_tui.api.decode import run_in, runs_in
from cordage_tui.api.errors import CordageError, Delivery, InvalidRequest, ReadOnlyError, Redactor, UnexpectedResponse
from cordage_tui.api.pending_requests import PendingRequests
from cordage_tui.api.rate_limiter import RateLimiter
from cordage_tui.api.responses import ApiResponse, budget_reading, error_for_status
from cordage_tui.api.timeouts import Timeouts
from cordage_tui.domain.clock import Clock
from cordage_tui.domain.fast_dataclass import dataclass, field, replace
from cordage_tui.domain.inputs import Inputs, canonical
from cordage_tui.domain.rate_limit import Priority, RateLimitClass
from cordage_tui.domain.run import RemoteRun, RunList
from cordage_tui.domain.secret import Secret
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.urls import BaseUrl, parse_base_url
from cordage_tui.domain.webhook import HealthStatus

if TYPE_CHECKING:
    from cordage_tui.api.transport import HttpTransport


# The base URL of the calls, or the error that makes each of them fail before anything is sent.


def checked_base_url(text: str, call: str = "connect") -> BaseUrl:
    """`text` by the rule of `domain.urls`. Raises InvalidRequest, worded for a person."""
    try:
        return parse_base_url(text)
    except ValueError as wrong:
        problem = str(wrong)
    raise InvalidRequest(call, one_line(f"the base URL cannot be used: it {problem}"), delivery=Delivery.NOT_SENT)


# One call made ready for the wire, or refused before anything is sent.

_KEY: Final = re.compile(r"[!-~]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """One call, ready for the wire."""

    call: str
    """Its name, as errors carry it."""
    call_class: RateLimitClass
    method: str
    url: str = field(repr=False)
    webhook_key: str = field(repr=False)
    key: Secret
    redactor: Redactor
    body: bytes | None = field(default=None, repr=False)
    on_sending: Callable[[], None] | None = None
    """Called once, right before the first byte of the request goes out."""

    @property
    def paid(self) -> bool:
        """A trigger: waited for longer, on a connection of its own, never repeated."""
        return self.call_class is RateLimitClass.TRIGGER


@dataclass(frozen=True, slots=True)
class RequestBuilder:
    """Whose calls they are."""

    base_url: str
    key: Secret
    read_only: bool = False

    def base(self, call: str) -> BaseUrl:
        """The base URL by the rules; raises InvalidRequest."""
        return checked_base_url(self.base_url, call)

    def build_get(self, call: str, webhook_key: str, *segments: str) -> ApiRequest:
        """A GET below the webhook. Raises InvalidRequest when URL, key or an id cannot be used."""
        return self._request(call, RateLimitClass.READ, "GET", webhook_key, segments)

    def build_post(
        self,
        call: str,
        call_class: RateLimitClass,
        webhook_key: str,
        *segments: str,
        inputs: Inputs | None = None,
        on_sending: Callable[[], None] | None = None,
    ) -> ApiRequest:
        """A POST below the webhook, with `inputs` as its JSON. Raises ReadOnlyError, and InvalidRequest as `read` does."""
        if self.read_only:
            words = SafeText("this profile is read-only; nothing was sent")
            raise ReadOnlyError(call, words, delivery=Delivery.NOT_SENT)
        body = None if inputs is None else _body(call, inputs)
        return self._request(call, call_class, "POST", webhook_key, segments, body, on_sending)

    def _request(
        self,
        call: str,
        call_class: RateLimitClass,
        method: str,
        webhook_key: str,
        segments: tuple[str, ...],
        body: bytes | None = None,
        on_sending: Callable[[], None] | None = None,
    ) -> ApiRequest:
        base = self.base(call)
        if not _KEY.fullmatch(self.key.reveal()):
            words = "the API key cannot be sent: it is empty, or holds white space or letters beyond ASCII"
            raise _unusable(call, words, HealthStatus.REFUSED)
        try:
            url = base.url(webhook_key, *segments)
        except ValueError as wrong:
            problem = str(wrong)
        else:
            redactor = Redactor(self.key, webhook_key)
            return ApiRequest(call, call_class, method, url, webhook_key, self.key, redactor, body, on_sending)
        raise _unusable(call, problem)


def _body(call: str, inputs: Inputs) -> bytes:
    """Lone surrogates, which a terminal may deliver and JSON in UTF-8 cannot carry, become `?`."""
    try:
        return canonical(inputs).encode("utf-8", "replace")
    except ValueError:
        pass
    raise _unusable(call, "the inputs cannot be written as JSON: a number in them is not finite")


def _unusable(call: str, words: str, health: HealthStatus | None = None) -> InvalidRequest:
    return InvalidRequest(call, one_line(words), delivery=Delivery.NOT_SENT, health=health)


# From a request to its answer: waits for budget, sends it in a task of its own, learns from the headers.
#
# Only reads wait here. Whoever sends a trigger or a kill has its budget already: between budget and first byte the
# intent to trigger has to be committed (docs/triggering.md 2), and the run to kill be looked at once more, for it may
# have ended meanwhile.

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
        headers are still learned from: httpx 0.28 loses pool places when requests are cancelled (docs/library-traps.md T1).
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
    is installed (docs/library-traps.md T3)."""
    cli = "httpx._main"
    hide = "httpx" not in sys.modules and cli not in sys.modules
    if hide:
        sys.modules[cli] = None  # type: ignore[assignment]
    try:
        from cordage_tui.api.transport import HttpTransport
    finally:
        if hide:
            sys.modules.pop(cli, None)
    return HttpTransport


# The four calls of the API (docs/wire-contract.md, Facts).

_LARGE: Final = 128 * 1024
"""Bytes from which an answer is decoded in a thread, so that the screen goes on."""
_TURN_S: Final = 0.0005
_PATIENCE: Final = Timeouts()
_Decoded = TypeVar("_Decoded")


@dataclass(frozen=True, slots=True)
class TriggerResult:
    """The server accepted a trigger."""

    run: RemoteRun | None
    """None: it answered 2xx and no usable run id: something may run, nobody knows under which id."""


class CordageClient:
    """Speaks for one key to one base URL, paced. Every method raises CordageError; cancelling one ends the waiting for
    it, never a request that is under way."""

    def __init__(
        self,
        base_url: str,
        key: Secret,
        *,
        pacer: RateLimiter,
        clock: Clock,
        read_only: bool = False,
        deadlines: Timeouts = _PATIENCE,
    ) -> None:
        """Takes any base URL and key: one that breaks the rules makes every call raise InvalidRequest. `read_only` makes
        trigger and kill raise ReadOnlyError. Costs nothing: httpx is imported when the first call goes out."""
        self._account = RequestBuilder(base_url, key, read_only)
        self._dispatch = RequestRunner(self._account, pacer, clock, deadlines)
        self._decoding_large = asyncio.Lock()

    async def list_runs(
        self, webhook_key: str, priority: Priority = Priority.BACKGROUND, *, granted: bool = False
    ) -> RunList:
        """The runs of a webhook, in the server's order. NotFound: the webhook is gone. It waits for budget unless `granted`:
        then the caller has acquired a read from the pacer."""
        request = self._account.build_get("list runs", webhook_key, "runs")
        answer = await self._dispatch.send(request, priority, granted=granted)
        return await self._decoded(runs_in, answer)

    async def get_run(
        self, webhook_key: str, run_id: str, priority: Priority = Priority.USER, *, granted: bool = False
    ) -> RemoteRun:
        """One run. NotFound: the server does not know it (any more). `granted` as for `list_runs`."""
        request = self._account.build_get("get run", webhook_key, "runs", run_id)
        return await self._decoded(run_in, await self._dispatch.send(request, priority, granted=granted))

    async def trigger(
        self, webhook_key: str, inputs: Inputs, on_sending: Callable[[], None] | None = None
    ) -> TriggerResult:
        """Starts a run, which may cost money; never repeated here. It does not wait for budget: the caller has acquired a
        trigger from the pacer before it committed the intent to send this one. `on_sending` is called right before the first byte
        goes out: an error without that has the delivery NOT_SENT."""
        request = self._account.build_post(
            "trigger", RateLimitClass.TRIGGER, webhook_key, "trigger", inputs=inputs, on_sending=on_sending
        )
        answer = await self._dispatch.send(request, Priority.USER, granted=True)
        if answer.cut is not None:
            return TriggerResult(None)
        try:
            return TriggerResult(await self._decoded(run_in, answer))
        except UnexpectedResponse:
            return TriggerResult(None)

    async def kill_run(self, webhook_key: str, run_id: str) -> RemoteRun:
        """Asks the server to cancel a run. NotFound and Rejected may mean that it has ended: read it then. It does not wait
        for budget: the caller has acquired a kill from the pacer."""
        request = self._account.build_post("kill run", RateLimitClass.KILL, webhook_key, "runs", run_id, "kill")
        return await self._decoded(run_in, await self._dispatch.send(request, Priority.USER, granted=True))

    def skew(self) -> ClockSkew | None:
        """How far the server's clock is from this machine's; None: no answer has told yet."""
        return self._dispatch.skew.skew()

    def unanswered(self) -> Mapping[str, float]:
        """Webhook key → for how many seconds a read of it has been on the wire without an answer."""
        return self._dispatch.unanswered()

    async def reconnect(self) -> None:
        """After suspend the connections that were kept are dead: new calls make new ones. Cancels no request."""
        await self._dispatch.reconnect()

    async def aclose(self) -> None:
        """Cancels what is under way and closes the connections. A trigger cut off here is uncertain."""
        await self._dispatch.aclose()

    async def _decoded(self, decode: Callable[[ApiResponse], _Decoded], answer: ApiResponse) -> _Decoded:
        """Decode an answer, a large one in a thread, one at a time. Raises what `decode` raises."""
        if len(answer.body) <= _LARGE:
            return decode(answer)
        async with self._decoding_large:
            with _threads_take_turns():
                return await asyncio.to_thread(decode, answer)


@contextmanager
def _threads_take_turns() -> Iterator[None]:
    """Let the event loop have the interpreter when it wants it, while a thread makes up to a million objects.

    A full garbage collection among them would hold every thread for 100 ms; they all go by reference count. And a key takes
    a dozen rounds of the loop, each of which waits for the interpreter for a switch interval, 5 ms by default.
    """
    collects, interval_s = gc.isenabled(), sys.getswitchinterval()
    gc.disable()
    sys.setswitchinterval(min(interval_s, _TURN_S))
    try:
        yield
    finally:
        sys.setswitchinterval(interval_s)
        if collects:
            gc.enable()
