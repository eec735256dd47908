"""The four calls of the API (API.md, Facts)."""

import asyncio
import gc
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, TypeVar

from cordage_tui.api.answer import ApiResponse
from cordage_tui.api.deadlines import Timeouts
from cordage_tui.api.decode import run_in, runs_in
from cordage_tui.api.dispatch import RequestRunner
from cordage_tui.api.errors import UnexpectedResponse
from cordage_tui.api.pacer import RateLimiter
from cordage_tui.api.request import RequestBuilder
from cordage_tui.api.skew import ClockSkew
from cordage_tui.domain.clock import Clock
from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.rate_limit import Priority, RateLimitClass
from cordage_tui.domain.run import RemoteRun, RunList
from cordage_tui.domain.secret import Secret

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
