"""Ours, whole: engine, poller, rate_limiter, client and a SQLite file, on simulated time; only httpx and the sockets are left out.

The simulator answers each request in this process, half a round trip after it was sent.
"""

import asyncio
import random
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from email.utils import formatdate
from pathlib import Path
from urllib.parse import urlsplit

from polling_clock import SimulatedLoop
from polling_figures import WARM_S, Figures, Shown, Trial, counted
from polling_load import EPOCH, RTT_S, Foreign, Load

from cordage_tui.api.client import CordageClient
from cordage_tui.api.rate_limiter import RateLimiter
from cordage_tui.api.request import ApiRequest
from cordage_tui.api.responses import ApiResponse
from cordage_tui.config.paths import Paths
from cordage_tui.domain.secrets import Secret
from cordage_tui.domain.webhook import Profile, Webhook
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.events import EngineCrashed, Event, RunsChanged
from cordage_tui.engine.workspace import locks
from cordage_tui.simulator import http_messages
from cordage_tui.simulator.api import ApiApp
from cordage_tui.simulator.faults import Call
from cordage_tui.store.store import Store

MEMORY = Path("/dev/shm")
"""Where there is one, the database's file lies here: a simulated day makes no disk wait."""


class LoopClock:
    """The loop's simulated time."""

    def wall(self) -> float:
        return EPOCH + self.monotonic()

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    def boot(self) -> float:
        return self.monotonic()


class Server:
    """The world behind its API, and a count of what all clients were answered."""

    def __init__(self, trial: Trial) -> None:
        self.load = Load(trial.cell, trial.law, trial.seed, trial.plan)
        self.foreign = Foreign(self.load, trial.foreign)
        self._origin = ApiApp(self.load.world)

    def reply(self, request: http_messages.HttpRequest) -> http_messages.PlannedResponse:
        """The answer as of now."""
        now = asyncio.get_running_loop().time()
        self.load.advance(now)
        self.foreign.advance(now)
        return self._origin.reply(request)


class Line:
    """One client's way to the server; stands where `api.transport.HttpTransport` does."""

    def __init__(self, server: Server) -> None:
        self.reads = self.refused = 0
        self.listed_at: dict[str, float] = {}
        self.longest_gap_s = 0.0
        self._server = server

    async def send(self, request: ApiRequest) -> ApiResponse:
        """There and back."""
        await asyncio.sleep(RTT_S / 2)
        bearer = ("authorization", f"Bearer {request.key.reveal()}")
        reply = self._server.reply(
            http_messages.HttpRequest(request.method, urlsplit(request.url).path, (bearer,), b"", "peer")
        )
        self._count(reply)
        headers = {name.lower(): value for name, value in reply.answer.headers}
        headers["date"] = formatdate(self._server.load.world.clock(), usegmt=True)
        await asyncio.sleep(RTT_S / 2)
        return ApiResponse(request.call, reply.answer.status, headers, reply.answer.body, redactor=request.redactor)

    async def renew(self) -> None:
        """Nothing is open."""

    def _count(self, reply: http_messages.PlannedResponse) -> None:
        self.reads += 1
        self.refused += reply.answer.status == 429
        if reply.exchange.call is Call.LIST and reply.answer.status == 200:
            self.gap(reply.exchange.path)

    def gap(self, path: str) -> None:
        """A webhook is read now, or the trial is over."""
        now = asyncio.get_running_loop().time()
        if now > WARM_S:
            self.longest_gap_s = max(self.longest_gap_s, now - self.listed_at.get(path, 0.0))
        self.listed_at[path] = now


class Watcher:
    """Notes when an engine shows the end of each run: when its store has it, which is when the screen is told."""

    def __init__(self, engine: Engine, ended: Mapping[str, object]) -> None:
        self.seen: dict[str, float] = {}
        self._engine = engine
        self._ended = ended
        engine.events.subscribe(self._told)

    def _told(self, event: Event) -> None:
        if isinstance(event, EngineCrashed):
            raise event.error
        if isinstance(event, RunsChanged):
            now = asyncio.get_running_loop().time()
            for row in map(self._engine.store.rows.get, event.rows):
                if row is not None and row.run_id in self._ended and row.status.is_final:
                    self.seen.setdefault(row.run_id, now)


def ours(trial: Trial) -> Figures:
    """Plays the trial with `trial.clients` instances of ours."""
    with closing(SimulatedLoop()) as loop:
        return loop.run_until_complete(_played(trial))


async def _played(trial: Trial) -> Figures:
    server, over_at = Server(trial), trial.hours * 3600
    with ExitStack() as stack:
        instances = [stack.enter_context(_instance(server, trial, number)) for number in range(trial.clients)]
        for engine, _, _ in instances:
            await engine.start()
        await asyncio.sleep(over_at)
        for engine, _, _ in instances:
            await engine.stop()
        return _summed(server, [(line, watcher) for _, line, watcher in instances], over_at)


@contextmanager
def _instance(server: Server, trial: Trial, number: int) -> Iterator[tuple[Engine, Line, Watcher]]:
    """One of ours with a home of its own."""
    clock, line, world = LoopClock(), Line(server), server.load.world
    key, webhooks = Secret(world.api_key), tuple(Webhook(hook.key, hook.name) for hook in world.webhooks)
    profile = Profile("bench", "http://127.0.0.1:9/api/webhooks", webhooks)
    folder = MEMORY if MEMORY.is_dir() else None
    with (
        tempfile.TemporaryDirectory(prefix="cordage-bench-", dir=folder) as home,
        closing(Store.open(Paths.under(Path(home)).database, clock)) as store,
    ):
        rate_limiter = RateLimiter(clock, rng=random.Random(f"{trial.seed}/{number}/rate_limiter"))
        client = CordageClient(profile.base_url, key, rate_limiter=rate_limiter, clock=clock)
        client._transports[False] = line
        rng = random.Random(f"{trial.seed}/{number}/engine")
        session = EngineContext(profile, client, rate_limiter, store, clock, rng=rng)
        engine = Engine(session, locks(profile, key, Paths.under(Path(home))))
        yield engine, line, Watcher(engine, server.load.ended)


def _summed(server: Server, instances: list[tuple[Line, Watcher]], over_at: float) -> Figures:
    server.load.advance(over_at)
    shown: list[Shown] = []
    unseen = 0
    for line, watcher in instances:
        late, dark = counted(server.load.ended, watcher.seen, over_at)
        shown, unseen = shown + late, unseen + dark
        for path in list(line.listed_at):
            line.gap(path)
    minutes = over_at / 60
    return Figures(
        shown,
        unseen,
        sum(line.refused for line, _ in instances) / minutes,
        server.foreign.refused / minutes,
        sum(line.reads for line, _ in instances) / minutes,
        max(line.longest_gap_s for line, _ in instances),
    )
