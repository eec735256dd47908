"""A Cordage workspace: webhooks, runs, API keys, limits, faults and one clock. No sockets, no tasks, no time but the clock."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from random import Random

from cordage_tui.simulator.faults import FaultBoard
from cordage_tui.simulator.limits import Limiter, LimitPlan
from cordage_tui.simulator.options import ListOrder, Options
from cordage_tui.simulator.runs import PlannedOutcome, Planner, RunStatus, SimRun
from cordage_tui.simulator.webhooks import Durations, Inputs, SimWebhook

Clock = Callable[[], float]
"""Gives the time as epoch seconds."""


class UnknownResource(LookupError):
    """No such webhook or run; the text is the one API.md documents."""


class AlreadyFinished(Exception):
    """The run cannot be killed, it has ended."""

    def __init__(self, status: RunStatus) -> None:
        super().__init__(f"Run has already ended: {status}")
        self.status = status


class SimulatedWorkspace:
    """One workspace. Everything that happens in it follows from `seed`, the clock and the calls made."""

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
        """May be replaced at any time."""
        self.limiter = Limiter(limits or LimitPlan())
        self.faults = FaultBoard(seed)
        self.api_key = "cordage_" + token(f"{seed}/api key", 24)
        self.api_keys = {self.api_key}
        """Every key that is accepted; remove one to revoke it."""
        self.storage_url = "https://storage.trycordage.com"
        """Origin of the output links; the server puts its own here."""
        self._planners: dict[str, Planner] = {}
        self._runs: dict[str, dict[str, SimRun]] = {}
        self._jitter = Random(f"{seed}/latency")
        for webhook in webhooks:
            self.add_webhook(webhook)

    @property
    def webhooks(self) -> tuple[SimWebhook, ...]:
        """Those that exist now, in the order they were added."""
        return tuple(planner.webhook for planner in self._planners.values())

    def webhook(self, key: str) -> SimWebhook:
        """The webhook with that key. Raises `UnknownResource`."""
        return self._planner(key).webhook

    def add_webhook(self, webhook: SimWebhook) -> None:
        """From now on it can be called."""
        self._planners[webhook.key] = Planner(webhook, self.seed)
        self._runs[webhook.key] = {}

    def remove_webhook(self, key: str) -> None:
        """From now on every call on it is a 404. Raises `UnknownResource`."""
        self._planner(key)
        del self._planners[key], self._runs[key]

    def trigger(self, key: str, inputs: Inputs, created_at: float | None = None) -> SimRun:
        """Start a run now, or put one into the past or future at epoch second `created_at`. Raises `UnknownResource`."""
        run = self._planner(key).plan(inputs, self.clock() if created_at is None else created_at)
        self._runs[key][run.run_id] = run
        return run

    def fate(self, key: str, *fates: PlannedOutcome) -> None:
        """Decide how the next runs of a webhook go, first one first. Raises `UnknownResource`."""
        self._planner(key).fates.extend(fates)

    def run(self, key: str, run_id: str) -> SimRun:
        """One run of one webhook. Raises `UnknownResource`."""
        self._planner(key)
        run = self._runs[key].get(run_id)
        if run is None:
            raise UnknownResource("Run not found")
        return run

    def find(self, run_id: str) -> SimRun:
        """A run of whatever webhook: what storage goes by. Raises `UnknownResource`."""
        for runs in self._runs.values():
            if run_id in runs:
                return runs[run_id]
        raise UnknownResource("Run not found")

    def list_runs(self, key: str) -> list[SimRun]:
        """What a list shows now, by the options for order, page size and lag. Raises `UnknownResource`."""
        self._planner(key)
        seen_before = self.clock() - self.options.list_lag_s
        shown = [run for run in tuple(self._runs[key].values()) if run.created_at <= seen_before]
        shown.sort(key=lambda run: run.created_at, reverse=True)
        shown = shown[: self.options.page_size]
        if self.options.list_order is ListOrder.UNSORTED:
            shown.sort(key=lambda run: token(run.run_id, 8))
        return shown

    def kill(self, key: str, run_id: str, at: float | None = None) -> SimRun:
        """Cancel a run now, or as of epoch second `at`. Raises `UnknownResource`, or `AlreadyFinished` when it had ended by then."""
        run, now = self.run(key, run_id), self.clock() if at is None else at
        if run.status(now).is_final:
            raise AlreadyFinished(run.status(now))
        killed = replace(run, killed_at=now)
        self._runs[key][run_id] = killed
        return killed

    def forget_run(self, key: str, run_id: str) -> None:
        """Prune a run, as a server does with old ones. Raises `UnknownResource`."""
        self.run(key, run_id)
        del self._runs[key][run_id]

    def past_prompts(self) -> Mapping[tuple[str, str], Inputs]:
        """What was sent for every run there is, by webhook key and run id: what no call of the API returns."""
        return {(key, run.run_id): run.inputs for key, runs in self._runs.items() for run in runs.values()}

    def latency_s(self) -> float:
        """How long the next answer takes, in seconds."""
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
    """A world for tests: `webhooks` of them, named `First`, `Second`, …, whose runs all complete after `seconds`."""
    names = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth")
    made = [
        SimWebhook(
            key="wh_" + token(f"{seed}/{number}", 12),
            name=names[number] if number < len(names) else f"Webhook {number + 1}",
            durations=Durations(min_s=seconds, median_s=seconds),
        )
        for number in range(webhooks)
    ]
    return SimulatedWorkspace(made, clock, seed=seed, options=options, limits=limits)


def token(text: str, length: int) -> str:
    """A name that looks random and is the same for the same `text`; at most 64 characters."""
    return sha256(text.encode()).hexdigest()[:length]
