"""A server whose answers get lost, and processes of ours that die at any moment, on one loop of simulated time.

Engine, client, rate_limiter and SQLite file are the product's; only httpx and the sockets are left out. What has been sent arrives,
whatever becomes of the process that sent it.
"""

import asyncio
import random
from collections import deque
from email.utils import formatdate
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from cordage_tui.api.client import CordageClient
from cordage_tui.api.errors import ConnectFailed, ConnectionLost, CordageError, Delivery
from cordage_tui.api.rate_limiter import RateLimiter
from cordage_tui.api.request import ApiRequest
from cordage_tui.api.responses import ApiResponse, RequestTiming
from cordage_tui.config.paths import Paths
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.secrets import Secret
from cordage_tui.domain.webhook import Profile, Webhook
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.events import EngineCrashed, Event
from cordage_tui.engine.workspace import locks, pacing
from cordage_tui.simulator import http_messages
from cordage_tui.simulator.api import ApiApp
from cordage_tui.simulator.world import SimulatedWorkspace
from cordage_tui.store.store import Store
from tests.engine.studio import LoopClock

PROFILE = "studio"
ROUND_TRIP_S = 0.4
LATE_S = 60.0
ACTS_LATE_S = 9.0


class Fate(StrEnum):
    """How one trigger goes."""

    WELL = "well"
    LATE = "late"
    """A good answer, `LATE_S` later."""
    NOT_SENT = "not sent"
    LOST = "lost"
    """It never arrives, and nobody is told."""
    ANSWER_LOST = "answer lost"
    NO_ID = "no id"
    """It is carried out; the answer names no run."""
    ERROR = "error"
    """502, and nothing is done."""
    ERROR_DONE = "error done"
    """500, and yet it is carried out."""
    ACTED_LATE = "acted late"
    """The connection breaks at once, and the request is carried out `ACTS_LATE_S` later."""
    LIMITED = "limited"
    REFUSED = "refused"
    """422."""

    @property
    def arrives(self) -> bool:
        """Whether a run starts."""
        return self in (Fate.WELL, Fate.LATE, Fate.ANSWER_LOST, Fate.NO_ID, Fate.ERROR_DONE, Fate.ACTED_LATE)


_SAID = {
    Fate.NO_ID: (200, b"{}"),
    Fate.ERROR: (502, b""),
    Fate.ERROR_DONE: (500, b""),
    Fate.LIMITED: (429, b'{"error": "Rate limit exceeded.", "retry_after": 3}'),
    Fate.REFUSED: (422, b'{"error": "style is unknown"}'),
}


class Server:
    """The world behind its API; stands where `api.transport.HttpTransport` does. `fates` are those of the next triggers, then all go well."""

    def __init__(self, world: SimulatedWorkspace) -> None:
        self.world = world
        self.fates: deque[Fate] = deque()
        self.lists_fail = 0
        """So many of the next reads are answered with 500."""
        self.refused: list[bytes] = []
        """Bodies that were answered with 422."""
        self._origin = ApiApp(world)

    async def send(self, request: ApiRequest) -> ApiResponse:
        """There and back. Raises CordageError as the wire does."""
        fate = Fate.WELL
        if request.paid:
            fate = self.fates.popleft() if self.fates else Fate.WELL
        if fate is Fate.NOT_SENT:
            raise _error(ConnectFailed, request, Delivery.NOT_SENT)
        loop = asyncio.get_running_loop()
        arrived: asyncio.Future[ApiResponse] = loop.create_future()
        if fate is Fate.ACTED_LATE:
            loop.call_later(ACTS_LATE_S, self._arrive, request, fate, arrived)
            await asyncio.sleep(ROUND_TRIP_S)
            raise _error(ConnectionLost, request, Delivery.UNCERTAIN)
        loop.call_later(ROUND_TRIP_S / 2, self._arrive, request, fate, arrived)
        asked_at = loop.time()
        answer = await arrived
        await asyncio.sleep(LATE_S if fate is Fate.LATE else ROUND_TRIP_S / 2)
        answer = replace(answer, round_trip=RequestTiming(asked_at, loop.time()))
        if fate in (Fate.LOST, Fate.ANSWER_LOST):
            raise _error(ConnectionLost, request, Delivery.UNCERTAIN)
        return answer

    async def renew(self) -> None:
        """Nothing is open."""

    def _arrive(self, request: ApiRequest, fate: Fate, arrived: "asyncio.Future[ApiResponse]") -> None:
        status, body, headers = 200, b"", {}
        if fate.arrives or not request.paid:
            reply = self._replied(request)
            status, body = reply.status, reply.body
            headers = {name.lower(): value for name, value in reply.headers}
        if fate in _SAID:
            status, body = _SAID[fate]
        if fate is Fate.REFUSED:
            self.refused.append(request.body or b"")
        if not request.paid and self.lists_fail:
            self.lists_fail -= 1
            status, body = 500, b""
        headers["date"] = formatdate(self.world.clock(), usegmt=True)
        if not arrived.done():
            arrived.set_result(ApiResponse(request.call, status, headers, body, redactor=request.redactor))

    def _replied(self, request: ApiRequest) -> http_messages.HttpResponse:
        bearer = ("authorization", f"Bearer {request.key.reveal()}")
        path = urlsplit(request.url).path
        return self._origin.reply(
            http_messages.HttpRequest(request.method, path, (bearer,), request.body or b"", "peer")
        ).answer


def _error(kind: type[CordageError], request: ApiRequest, delivery: Delivery) -> CordageError:
    return kind(request.call, SafeText("the connection broke"), delivery=delivery)


class Process:
    """One process of ours: an engine with its own connection to the database."""

    def __init__(self, server: Server, home: Path, *, client_ref: bool, ahead_s: float = 0.0) -> None:
        """`ahead_s`: by how much its wall clock is ahead of the server's."""
        clock, paths, key = LoopClock(), Paths.under(home), Secret(server.world.api_key)
        clock.set_ahead_s = ahead_s
        webhooks = tuple(Webhook(hook.key, hook.name) for hook in server.world.webhooks)
        profile = Profile(PROFILE, "http://127.0.0.1:9/api/webhooks", webhooks, client_ref=client_ref)
        rate_limiter = RateLimiter(clock, rng=random.Random(1), file=pacing(profile, key, paths))
        self._client = CordageClient(profile.base_url, key, rate_limiter=rate_limiter, clock=clock)
        self._client._transports[False] = self._client._transports[True] = server  # type: ignore[assignment]
        self.store = Store.open(paths.database, clock)
        self._session = EngineContext(profile, self._client, rate_limiter, self.store, clock, rng=random.Random(1))
        self._locks = locks(profile, key, paths)
        self.engine = Engine(self._session, self._locks)
        self.engine.events.subscribe(self._hear)
        self.bugs: list[BaseException] = []
        self._lives = True

    async def die(self) -> None:
        """SIGKILL: not a word more reaches the disk, and the kernel frees the locks."""
        self._lives = False
        self.store.close()
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
        tasks = [*self._session.calls._tasks, *self._client._under_way]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        asyncio.get_running_loop().set_exception_handler(None)
        self._locks.polling.release()
        self._locks.sending.release()
        self._locks.downloading.release()

    async def stop(self) -> None:
        """In good order."""
        await self.engine.stop()
        self.store.close()

    def _hear(self, event: Event) -> None:
        if self._lives and isinstance(event, EngineCrashed):
            self.bugs.append(event.error)
