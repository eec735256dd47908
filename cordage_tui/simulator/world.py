"""Simulated workspace: runs, limits, options."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import sha256
from random import Random
from uuid import UUID

from cordage_tui.simulator.faults import FaultBoard
from cordage_tui.simulator.rate_limits import Limiter, LimitPlan
from cordage_tui.simulator.webhooks import Durations, Inputs, OutputKind, SimWebhook

# Runs. The course of a run is decided when it is created; its status is a function of time.

_NAMES = {
    OutputKind.IMAGE: "image_{:03}.png",
    OutputKind.LOOP: "loop_{:03}.gif",
    OutputKind.TEXT: "text_{:03}.txt",
    OutputKind.JSON: "data_{:03}.json",
}


class RunStatus(StrEnum):
    """Statuses of docs/dev/wire-contract.md; the last three are final."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        return self in (RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class SimRun:
    """Run and its planned course. Times are epoch seconds of the workspace's clock."""

    run_id: str
    webhook_key: str
    inputs: Inputs
    created_at: float
    starts_at: float
    """Time when it leaves `pending`."""
    ends_at: float
    """Time of its end, unless killed."""
    failure: str | None
    """Error; None if it completes."""
    files: tuple[str, ...]
    """File names of its outputs once completed."""
    killed_at: float | None = None

    def status(self, now: float) -> RunStatus:
        """Return the status at `now`."""
        if self.killed_at is not None and now >= self.killed_at:
            return RunStatus.CANCELLED
        if now >= self.ends_at:
            return RunStatus.COMPLETED if self.failure is None else RunStatus.FAILED
        return RunStatus.RUNNING if now >= self.starts_at else RunStatus.PENDING

    def ended_at(self, now: float) -> float | None:
        """Return the time of its end; None if it has not ended at `now`."""
        if not self.status(now).is_final:
            return None
        return self.ends_at if self.killed_at is None else self.killed_at


@dataclass(frozen=True, slots=True)
class PlannedOutcome:
    """Predetermined course of a run, for tests and the demo."""

    seconds: float
    """Seconds from `running` to the end."""
    failure: str | None = None
    """Error; None if it completes."""
    queue_s: float = 0.0
    outputs: int = 1


@dataclass(slots=True)
class Planner:
    """Plans the runs of one webhook. Run n of a webhook only depends on the seed."""

    webhook: SimWebhook
    seed: int
    count: int = 0
    """Number of planned runs."""
    fates: deque[PlannedOutcome] = field(default_factory=deque)
    """Predetermined courses of the next runs, in order."""

    def plan(self, inputs: Inputs, created_at: float) -> SimRun:
        """Plan the next run: predetermined if `fates` is not empty, otherwise drawn."""
        rng = Random(f"{self.seed}/{self.webhook.key}/{self.count}")
        self.count += 1
        run_id = str(UUID(int=rng.getrandbits(128), version=4))
        fate = self.fates.popleft() if self.fates else _draw(self.webhook, rng)
        starts_at = created_at + fate.queue_s
        return SimRun(
            run_id=run_id,
            webhook_key=self.webhook.key,
            inputs=inputs,
            created_at=created_at,
            starts_at=starts_at,
            ends_at=starts_at + fate.seconds,
            failure=fate.failure,
            files=_files(self.webhook, fate.outputs),
        )


def _files(webhook: SimWebhook, outputs: int) -> tuple[str, ...]:
    kinds = [webhook.output] * outputs + ([] if webhook.also is None else [webhook.also])
    return tuple(_NAMES[kind].format(number) for number, kind in enumerate(kinds, 1))


def _draw(webhook: SimWebhook, rng: Random) -> PlannedOutcome:
    seconds = webhook.durations.draw(rng)
    queue_s = rng.uniform(0.0, webhook.durations.queue_s)
    fails = rng.random() < webhook.failure_rate
    outputs = rng.randint(1, webhook.max_outputs)
    if fails:
        return PlannedOutcome(seconds * rng.uniform(0.15, 1.0), rng.choice(webhook.reasons), queue_s, outputs)
    return PlannedOutcome(seconds, None, queue_s, outputs)


# Variants of behaviour that docs/dev/wire-contract.md leaves open.


class ListShape(StrEnum):
    """Shapes of a list: a bare array, or an object with the array under this name."""

    BARE = "bare"
    RUNS = "runs"
    DATA = "data"
    ITEMS = "items"
    RESULTS = "results"


class ListOrder(StrEnum):
    """Orders of a list."""

    NEWEST_FIRST = "newest_first"
    UNSORTED = "unsorted"


@dataclass(frozen=True, slots=True)
class Options:
    """Undocumented behaviour of the server."""

    list_shape: ListShape = ListShape.RUNS
    list_order: ListOrder = ListOrder.NEWEST_FIRST
    rows_have_outputs: bool = True
    """List rows have `outputs`; otherwise each needs a get."""
    rows_have_metadata: bool = True
    page_size: int | None = None
    """Most runs in a list, the newest; None for all."""
    list_lag_s: float = 0.0
    """Seconds until a new run appears in lists; a get finds it at once."""
    echo_inputs: bool = False
    """`metadata.inputs` has the inputs, which no call in docs/dev/wire-contract.md returns."""
    trigger_says_running: bool = True
    """A trigger responds `running`, as documented, even if the run is still `pending`."""
    tells_node_count: bool = True
    """A trigger responds with `node_count`, which docs/dev/wire-contract.md says may be absent."""
    tells_reason: bool = True
    """A failed run has an `error` string."""
    kill_ended_status: int = 409
    """HTTP status of killing an ended run; any 4xx is possible."""
    latency_s: tuple[float, float] = (0.0, 0.0)
    """Least and greatest latency of the API, in seconds."""
    stamps_ahead_s: float = 0.0
    """Seconds that the clock which stamps `created_at` and `completed_at` is ahead of the one of the `Date` header."""
    stamps_cut_s: float = 1.0
    """Those times are cut to a multiple of this many seconds."""
    links_last_s: float | None = None
    """Seconds until an output link expires, with a new signature at every read; None: links never change or expire."""


# Workspace: webhooks, runs, API keys, limits, faults and a clock. No sockets, no tasks.

Clock = Callable[[], float]
"""Returns epoch seconds."""


class UnknownResource(LookupError):
    """Error for an unknown webhook or run, with the documented text."""


class AlreadyFinished(Exception):
    """Error for killing an ended run."""

    def __init__(self, status: RunStatus) -> None:
        super().__init__(f"Run has already ended: {status}")
        self.status = status


class SimulatedWorkspace:
    """Simulated workspace. Its behaviour only depends on `seed`, the clock and the calls."""

    def __init__(
        self,
        webhooks: Sequence[SimWebhook],
        clock: Clock,
        *,
        seed: int = 1,
        options: Options | None = None,
        limits: LimitPlan | None = None,
    ) -> None:
        self.clock = clock
        self.seed = seed
        self.options = options or Options()
        """Options; may be replaced at any time."""
        self.limiter = Limiter(limits or LimitPlan())
        self.faults = FaultBoard(seed)
        self.api_key = "cordage_" + token(f"{seed}/api key", 24)
        self.api_keys = {self.api_key}
        """Accepted keys; remove one to revoke it."""
        self.storage_url = "https://storage.trycordage.com"
        """Origin of the output links; set by the server."""
        self._planners: dict[str, Planner] = {}
        self._runs: dict[str, dict[str, SimRun]] = {}
        self._jitter = Random(f"{seed}/latency")
        for webhook in webhooks:
            self.add_webhook(webhook)

    @property
    def webhooks(self) -> tuple[SimWebhook, ...]:
        """Current webhooks in the order of creation."""
        return tuple(planner.webhook for planner in self._planners.values())

    def webhook(self, key: str) -> SimWebhook:
        """Return the webhook with `key`. Raises `UnknownResource`."""
        return self._planner(key).webhook

    def add_webhook(self, webhook: SimWebhook) -> None:
        """Create a webhook."""
        self._planners[webhook.key] = Planner(webhook, self.seed)
        self._runs[webhook.key] = {}

    def remove_webhook(self, key: str) -> None:
        """Delete a webhook: further calls on it are 404. Raises `UnknownResource`."""
        self._planner(key)
        del self._planners[key], self._runs[key]

    def trigger(self, key: str, inputs: Inputs, created_at: float | None = None) -> SimRun:
        """Start a run now, or at epoch second `created_at`, past or future. Raises `UnknownResource`."""
        run = self._planner(key).plan(inputs, self.clock() if created_at is None else created_at)
        self._runs[key][run.run_id] = run
        return run

    def fate(self, key: str, *fates: PlannedOutcome) -> None:
        """Predetermine the next runs of a webhook, in order. Raises `UnknownResource`."""
        self._planner(key).fates.extend(fates)

    def run(self, key: str, run_id: str) -> SimRun:
        """Return a run of a webhook. Raises `UnknownResource`."""
        self._planner(key)
        run = self._runs[key].get(run_id)
        if run is None:
            raise UnknownResource("Run not found")
        return run

    def find(self, run_id: str) -> SimRun:
        """Return a run of any webhook, for storage. Raises `UnknownResource`."""
        for runs in self._runs.values():
            if run_id in runs:
                return runs[run_id]
        raise UnknownResource("Run not found")

    def list_runs(self, key: str) -> list[SimRun]:
        """List runs by the options for order, page size and lag. Raises `UnknownResource`."""
        self._planner(key)
        seen_before = self.clock() - self.options.list_lag_s
        shown = [run for run in tuple(self._runs[key].values()) if run.created_at <= seen_before]
        shown.sort(key=lambda run: run.created_at, reverse=True)
        shown = shown[: self.options.page_size]
        if self.options.list_order is ListOrder.UNSORTED:
            shown.sort(key=lambda run: token(run.run_id, 8))
        return shown

    def kill(self, key: str, run_id: str, at: float | None = None) -> SimRun:
        """Cancel a run now, or at epoch second `at`. Raises `UnknownResource`, and `AlreadyFinished` if it had ended."""
        run, now = self.run(key, run_id), self.clock() if at is None else at
        if run.status(now).is_final:
            raise AlreadyFinished(run.status(now))
        killed = replace(run, killed_at=now)
        self._runs[key][run_id] = killed
        return killed

    def forget_run(self, key: str, run_id: str) -> None:
        """Delete a run, as a server does with old ones. Raises `UnknownResource`."""
        self.run(key, run_id)
        del self._runs[key][run_id]

    def past_prompts(self) -> Mapping[tuple[str, str], Inputs]:
        """Return the inputs of every run by webhook key and run id; no call of the API returns them."""
        return {(key, run.run_id): run.inputs for key, runs in self._runs.items() for run in runs.values()}

    def latency_s(self) -> float:
        """Draw the latency of the next response, in seconds."""
        return self._jitter.uniform(*self.options.latency_s)

    def _planner(self, key: str) -> Planner:
        planner = self._planners.get(key)
        if planner is None:
            raise UnknownResource("Webhook not found")
        return planner


def plain_world(
    clock: Clock,
    *,
    webhooks: int = 1,
    seconds: float = 10.0,
    seed: int = 1,
    options: Options | None = None,
    limits: LimitPlan | None = None,
) -> SimulatedWorkspace:
    """Create a workspace for tests, with webhooks `First`, `Second`, …, whose runs complete after `seconds`."""
    names = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth")
    sim_webhooks = [
        SimWebhook(
            key="wh_" + token(f"{seed}/{number}", 12),
            name=names[number] if number < len(names) else f"Webhook {number + 1}",
            durations=Durations(min_s=seconds, median_s=seconds),
        )
        for number in range(webhooks)
    ]
    return SimulatedWorkspace(sim_webhooks, clock, seed=seed, options=options, limits=limits)


def token(text: str, length: int) -> str:
    """Hash `text` to a random-looking name of `length` characters, at most 64."""
    return sha256(text.encode()).hexdigest()[:length]
