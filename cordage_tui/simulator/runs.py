"""One simulated run. Its whole life is decided when it is created; what it looks like is a function of the time."""

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random
from uuid import UUID

from cordage_tui.simulator.webhooks import Inputs, OutputKind, SimWebhook

_NAMES = {
    OutputKind.IMAGE: "image_{:03}.png",
    OutputKind.LOOP: "loop_{:03}.gif",
    OutputKind.TEXT: "text_{:03}.txt",
    OutputKind.JSON: "data_{:03}.json",
}


class RunStatus(StrEnum):
    """The five statuses of API.md; the last three are final."""

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
    """A run and its plan. Times are epoch seconds of the world's clock."""

    run_id: str
    webhook_key: str
    inputs: Inputs
    created_at: float
    starts_at: float
    """When it leaves `pending`."""
    ends_at: float
    """When it ends by itself."""
    failure: str | None
    """Why it will fail; None: it will complete."""
    files: tuple[str, ...]
    """File names of the outputs it has once completed."""
    killed_at: float | None = None

    def status(self, now: float) -> RunStatus:
        """What it is at `now`."""
        if self.killed_at is not None and now >= self.killed_at:
            return RunStatus.CANCELLED
        if now >= self.ends_at:
            return RunStatus.COMPLETED if self.failure is None else RunStatus.FAILED
        return RunStatus.RUNNING if now >= self.starts_at else RunStatus.PENDING

    def ended_at(self, now: float) -> float | None:
        """When it ended, None while it has not by `now`."""
        if not self.status(now).is_final:
            return None
        return self.ends_at if self.killed_at is None else self.killed_at


@dataclass(frozen=True, slots=True)
class PlannedOutcome:
    """How a run is to go, where a test or a demo wants to know beforehand."""

    seconds: float
    """From `running` to the end."""
    failure: str | None = None
    """None: it completes."""
    queue_s: float = 0.0
    outputs: int = 1


@dataclass(slots=True)
class Planner:
    """Decides the runs of one webhook. The n-th run of a webhook is the same for the same seed, whatever others do."""

    webhook: SimWebhook
    seed: int
    count: int = 0
    """How many were planned so far."""
    fates: deque[PlannedOutcome] = field(default_factory=deque)
    """How the next runs go, first one first."""

    def plan(self, inputs: Inputs, created_at: float) -> SimRun:
        """The next run: from the fates set beforehand if any are left, else drawn."""
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
