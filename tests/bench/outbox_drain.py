"""A queue drained by the whole engine on simulated time; only httpx and the sockets are left out."""

import asyncio
import random
import tempfile
from contextlib import closing
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from urllib.parse import urlsplit

from polling_clock import SimulatedLoop
from polling_load import RTT_S
from polling_ours import MEMORY, LoopClock

from cordage_tui.api.client import CordageClient
from cordage_tui.api.rate_limiter import RateLimiter
from cordage_tui.api.request import ApiRequest
from cordage_tui.api.responses import ApiResponse
from cordage_tui.config.paths import Paths
from cordage_tui.domain.secrets import Secret
from cordage_tui.domain.webhook import Profile, Webhook
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.events import EngineCrashed, Event
from cordage_tui.engine.workspace import locks, pacing
from cordage_tui.simulator import http_messages
from cordage_tui.simulator.api import ApiApp
from cordage_tui.simulator.faults import Call
from cordage_tui.simulator.world import SimulatedWorkspace, plain_world
from cordage_tui.store.store import Store

RUNS_LAST_S = 20.0
BUDGET = 60.0
"""Triggers a minute."""


@dataclass
class Server:
    """The world behind its API, and what it was asked. Stands where `api.transport.HttpTransport` does, for every process."""

    world: SimulatedWorkspace
    triggered_at: list[float] = field(default_factory=list)
    refused: int = 0

    def __post_init__(self) -> None:
        self._origin = ApiApp(self.world)

    async def send(self, request: ApiRequest) -> ApiResponse:
        """There and back."""
        await asyncio.sleep(RTT_S / 2)
        bearer = ("authorization", f"Bearer {request.key.reveal()}")
        path = urlsplit(request.url).path
        reply = self._origin.reply(
            http_messages.HttpRequest(request.method, path, (bearer,), request.body or b"", "peer")
        )
        self.refused += reply.answer.status == 429
        if reply.exchange.call is Call.TRIGGER and reply.answer.status == 200:
            self.triggered_at.append(asyncio.get_running_loop().time())
        headers = {name.lower(): value for name, value in reply.answer.headers}
        headers["date"] = formatdate(self.world.clock(), usegmt=True)
        await asyncio.sleep(RTT_S / 2)
        return ApiResponse(request.call, reply.answer.status, headers, reply.answer.body, redactor=request.redactor)

    async def renew(self) -> None:
        """Nothing is open."""


@dataclass(frozen=True)
class Drained:
    """How it went."""

    runs: int
    refused: int
    """429s, of any kind of call."""
    seconds: float
    """From the first trigger to the last, simulated."""

    @property
    def share(self) -> float:
        """Of the trigger budget that was used."""
        return (self.runs - 1) / (self.seconds * BUDGET / 60.0)


def drain(prompts: int, clients: int, webhooks: int) -> Drained:
    """All `prompts` are queued before `clients` processes start on one database."""
    with closing(SimulatedLoop()) as loop:
        return loop.run_until_complete(_drained(prompts, clients, webhooks))


async def _drained(prompts: int, clients: int, webhooks: int) -> Drained:
    clock = LoopClock()
    server = Server(plain_world(clock.wall, webhooks=webhooks, seconds=RUNS_LAST_S))
    folder = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="cordage-bench-", dir=folder) as home:
        paths, keys = Paths.under(Path(home)), [webhook.key for webhook in server.world.webhooks]
        with closing(Store.open(paths.database, clock)) as store:
            for n in range(prompts):
                store.outbox.submit("bench", keys[n % webhooks], {"prompt": f"prompt {n}"})
        await _worked_off(server, paths, clients)
    times = server.triggered_at
    return Drained(len(times), server.refused, times[-1] - times[0])


async def _worked_off(server: Server, paths: Paths, clients: int) -> None:
    engines = [_engine(server, paths, number) for number in range(clients)]
    over, bugs = asyncio.Event(), list[BaseException]()

    def hear(event: Event) -> None:
        if isinstance(event, EngineCrashed):
            bugs.append(event.error)
        if bugs or not engines[0].queue.counts():
            over.set()

    for engine in engines:
        engine.events.subscribe(hear)
        await engine.start()
    await over.wait()
    for engine in engines:
        await engine.stop()
        engine.store.close()
    if bugs:
        raise bugs[0]


def _engine(server: Server, paths: Paths, number: int) -> Engine:
    clock, world = LoopClock(), server.world
    key, webhooks = Secret(world.api_key), tuple(Webhook(hook.key, hook.name) for hook in world.webhooks)
    profile = Profile("bench", "http://127.0.0.1:9/api/webhooks", webhooks)
    rate_limiter = RateLimiter(clock, rng=random.Random(number), file=pacing(profile, key, paths))
    client = CordageClient(profile.base_url, key, rate_limiter=rate_limiter, clock=clock)
    client._transports[False] = client._transports[True] = server  # type: ignore[assignment]
    session = EngineContext(
        profile, client, rate_limiter, Store.open(paths.database, clock), clock, rng=random.Random(number)
    )
    return Engine(session, locks(profile, key, paths))
