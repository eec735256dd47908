"""A simulated Cordage on loopback, and windows of ours on one real database: the driver that engine tests are written with."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from cordage_tui.api.client import CordageClient
from cordage_tui.api.rate_limiter import RateLimiter
from cordage_tui.api.request import Timeouts
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import Settings
from cordage_tui.domain.run import RowId, RunDetail, RunQuery, RunRow, Status
from cordage_tui.domain.secrets import Secret
from cordage_tui.domain.webhook import HealthStatus, Profile, Webhook
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.events import EngineCrashed, Event, RunFinished
from cordage_tui.engine.kill.kill_run import KillReport
from cordage_tui.engine.processes.leadership import ProcessLocks
from cordage_tui.engine.workspace import locks, pacing
from cordage_tui.simulator.faults import Call, Fault, FaultKind
from cordage_tui.simulator.server import RunningServer, serve
from cordage_tui.simulator.world import SimulatedWorkspace, plain_world
from cordage_tui.store.store import Store

EPOCH = 1_705_314_600.0
"""2024-01-15T10:30:00Z, when every simulated clock starts."""
PATIENCE_S = 400.0
"""Simulated seconds after which a condition will not come true any more."""


class LoopClock:
    """This machine's clocks, on the event loop's simulated time."""

    def __init__(self) -> None:
        self.suspended_s = 0.0
        """For how long the machine has slept so far."""
        self.set_ahead_s = 0.0
        """By how much somebody has set the wall clock ahead."""

    def true(self) -> float:
        """What time it is, in epoch seconds: the server's clock is right."""
        return EPOCH + self.boot()

    def wall(self) -> float:
        return self.true() + self.set_ahead_s

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    def boot(self) -> float:
        return asyncio.get_running_loop().time() + self.suspended_s


def now() -> float:
    """Simulated seconds since the test began."""
    return asyncio.get_running_loop().time()


async def until(condition: Callable[[], object], within_s: float = PATIENCE_S) -> None:
    """Lets simulated time pass until `condition()` is true."""
    start = now()
    while not condition():
        passed = now() - start
        assert passed < within_s, f"it did not come true within {within_s} simulated seconds"
        await asyncio.sleep(0.05 if passed < 2.0 else 0.25)


async def passing(seconds: float) -> None:
    """Lets that much simulated time pass."""
    await asyncio.sleep(seconds)


@dataclass
class Window:
    """One process of ours: an engine and what it tells."""

    engine: Engine
    session: EngineContext
    locks: ProcessLocks
    events: list[Event] = field(default_factory=list)

    @property
    def store(self) -> Store:
        return self.engine.store

    @property
    def webhook(self) -> str:
        return self.engine.profile.webhooks[0].key

    def submit(self, prompt: str, webhook: str | None = None) -> RowId:
        return self.engine.queue.submit(webhook or self.webhook, {"prompt": prompt})

    async def dies(self) -> None:
        """As by SIGKILL: nothing more is done or written down, and the kernel frees the locks."""
        await self.session.calls.close(0.0)
        await self.session.client.aclose()
        self.locks.polling.release()
        self.locks.sending.release()
        self.locks.downloading.release()

    async def kill(self, row: RowId) -> KillReport:
        """As the command line does: the user is asked about the prompt as it stands now."""
        return await self.engine.killer.kill(self.row(row), self.engine.store.outbox.expected(row))

    def row(self, row: RowId) -> RunRow:
        found = self.store.rows.get(row)
        assert found is not None, "the row has gone"
        return found

    def detail(self, row: RowId) -> RunDetail:
        found = self.store.query.detail(row)
        assert found is not None, "the row has gone"
        return found

    def note(self, row: RowId) -> str:
        return self.detail(row).note or ""

    def status(self, row: RowId) -> Status | None:
        found = self.store.rows.get(row)
        return found.status if found else None

    def rows(self) -> list[RunRow]:
        return self.store.query.window(RunQuery(self.engine.profile.name), 0, 1_000)

    def health(self, webhook: str | None = None) -> HealthStatus:
        return self.engine.health.of(webhook or self.webhook).health

    def finished(self) -> list[RowId]:
        return [event.row.id for event in self.events if isinstance(event, RunFinished)]

    async def shows(self, row: RowId, *statuses: Status, within_s: float = PATIENCE_S) -> None:
        """Waits until the row has one of these statuses."""
        await until(lambda: self.status(row) in statuses, within_s)

    async def lives(self) -> None:
        """Waits until the first webhook has been read."""
        await until(lambda: self.health() is HealthStatus.LIVE)


class Studio:
    """The server, and the windows on it. The methods of a window are those of the first one."""

    def __init__(self, served: RunningServer, home: Path, clock: LoopClock) -> None:
        self.served = served
        self.clock = clock
        self.world = served.world
        self.paths = Paths.under(home)
        self.windows: list[Window] = []
        self._stack = AsyncExitStack()

    @property
    def webhooks(self) -> list[str]:
        return [webhook.key for webhook in self.world.webhooks]

    def profile(
        self, name: str = "studio", *, read_only: bool = False, client_ref: bool = False, download: int = 0
    ) -> Profile:
        """The outputs of the first `download` webhooks are downloaded by themselves."""
        hooks = self.world.webhooks
        webhooks = tuple(Webhook(w.key, w.name, download=n < download) for n, w in enumerate(hooks))
        return Profile(name, self.served.base_url, webhooks, read_only=read_only, client_ref=client_ref)

    def build(
        self,
        *,
        key: str | None = None,
        profile: Profile | None = None,
        store: Store | None = None,
        deadlines: Timeouts | None = None,
        settings: Settings | None = None,
    ) -> Window:
        """A window that has not been started; it is closed at the end of the test."""
        profile, clock, secret = profile or self.profile(), self.clock, Secret(key or self.served.api_key)
        rate_limiter = RateLimiter(clock, rng=random.Random(1), file=pacing(profile, secret, self.paths))
        client = CordageClient(
            profile.base_url,
            secret,
            rate_limiter=rate_limiter,
            clock=clock,
            read_only=profile.read_only,
            deadlines=deadlines or Timeouts(),
        )
        if store is None:
            store = Store.open(self.paths.database, clock)
            self._stack.callback(store.close)
        session = EngineContext(
            *(profile, client, rate_limiter, store, clock), settings=settings, rng=random.Random(1), paths=self.paths
        )
        held = locks(profile, secret, self.paths)
        window = Window(Engine(session, held), session, held)
        window.engine.events.subscribe(window.events.append)
        self._stack.push_async_callback(window.engine.stop)
        return window

    async def open(self, **about: object) -> Window:
        """A window that polls and sends, or follows the one that does."""
        window = self.build(**about)  # type: ignore[arg-type]
        await window.engine.start()
        self.windows.append(window)
        return window

    def fault(self, call: Call, kind: FaultKind, *, count: int | None = 1, webhook: str | None = None, **about: object):
        """From now on the next `count` such calls go wrong."""
        self.world.faults.add(call, Fault(kind, **about), count=count, webhook_key=webhook)  # type: ignore[arg-type]

    def calls(self, *calls: Call) -> int:
        """How many such requests reached the server; of all kinds when none is named."""
        return sum(not calls or exchange.call in calls for exchange in self.served.log)

    def statuses(self) -> Counter[int | None]:
        """What the server has answered so far."""
        return Counter(exchange.status for exchange in self.served.log)

    def prompts(self) -> list[str]:
        """What has reached the workflows, in order of arrival."""
        runs = [run for webhook in self.webhooks for run in self.world.list_runs(webhook)]
        return [str(run.inputs["prompt"]) for run in sorted(runs, key=lambda run: run.created_at)]

    def ended(self, window: Window, rows: Iterable[RowId]) -> bool:
        return all(window.row(row).status.is_final for row in rows)

    async def close(self) -> None:
        """Stops all and insists that no bug was hit on the way."""
        await self._stack.aclose()
        await self.served.close()
        for window in self.windows:
            for event in window.events:
                if isinstance(event, EngineCrashed):
                    raise event.error


async def studio_of(home: Path, world: SimulatedWorkspace | None = None, **about: object) -> Studio:
    """A studio around `world`; without one, around a plain world on simulated time."""
    clock = LoopClock()
    served = await serve(world or plain_world(clock.true, **about))  # type: ignore[arg-type]
    return Studio(served, home, clock)
