"""Schedule of reads: which one is due next."""

import random
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from cordage_tui.domain.base.fast_dataclass import dataclass, replace
from cordage_tui.domain.run import RowId
from cordage_tui.engine.nonblocking_waits import BACKOFF_CAP_S, backoff_s
from cordage_tui.engine.polling.active_runs import ActiveRuns
from cordage_tui.engine.polling.allocation import (
    EMPTY,
    ActiveDemand,
    LifetimeForecasts,
    ReadRate,
    aggregate_demand,
    allocate,
    demand_of_get,
    demand_of_list,
    idle_pace,
)

# State of one target between its last read and its next.

JITTER: Final = 0.1
"""±10 % costs 0.3 % of the mean delay (docs/dev/polling.md 1) and keeps clients from marching in step."""
SPREAD_S: Final = 30.0
"""Seconds in which a start reads everything once, if the budget allows."""
OVERDUE_S: Final = 50.0
"""Active runs not seen for so long go first, however slowly others let us read: none is out of sight for a minute."""


@dataclass(frozen=True, slots=True)
class ReadTarget:
    """Target of one read: the list of a webhook, or one run that its list does not show."""

    webhook_key: str
    run: RowId | None = None
    """None: the list."""


@dataclass(frozen=True, slots=True)
class ReadSchedule:
    """Schedule of one target: the next read is due once its pace, integrated since the last read, reaches `goal`.

    So a changing pace counts for as long as it lasted. The target whose claim is furthest beyond its goal gains most
    by being read: with a constant claim √Λ that is the largest Λ·(seconds since)². Times are monotonic seconds.
    """

    read_at: float
    """Time of its last read."""
    goal: float
    """1 ± `JITTER`."""
    pace: float = 0.0
    """Looks a second since `since`."""
    since: float = 0.0
    reached: float = 0.0
    """The sum up to `since`."""
    claim: float = 0.0
    """The pace that it would have without its upper bound (`allocation.ReadRate`)."""
    claimed: float = 0.0
    """Its sum up to `since`."""
    by: float = float("inf")
    """Deadline of the next read."""
    not_before: float = float("-inf")
    """After failures, or at the start, which is spread."""
    failures: int = 0
    """Looks that went wrong in a row."""
    active: bool = False
    """It shows active runs."""
    answered: bool = False
    """It has been answered well since the start, or since the last outage."""

    @property
    def is_urgent(self) -> bool:
        """Return whether there is nothing to show yet, or runs are active."""
        return self.active or not self.answered

    @property
    def is_first(self) -> bool:
        """Return whether it is a first read that has not failed yet: nothing is known of its target since the start."""
        return not self.answered and not self.failures

    @property
    def due_at(self) -> float:
        """Time when it is due, if the pace stays."""
        left = self.goal - self.reached
        at = self.since + left / self.pace if self.pace else float("inf")
        return max(min(at, self.by), self.not_before)

    def urgency(self, now: float) -> tuple[bool, float]:
        """Sort key among due targets: the greater, the sooner it is read."""
        age = now - self.read_at
        if self.active and age >= OVERDUE_S:
            return True, age
        return False, (self.claimed + self.claim * (now - self.since)) / self.goal

    def with_pace(self, share: ReadRate, now: float, *, active: bool) -> "ReadSchedule":
        """Schedule with this pace from `now` on."""
        passed = now - self.since
        reached, claimed = self.reached + self.pace * passed, self.claimed + self.claim * passed
        return replace(
            self, pace=share.pace, claim=share.claim, since=now, reached=reached, claimed=claimed, active=active
        )

    def sent(self, now: float, rng: random.Random) -> "ReadSchedule":
        """Schedule after a read was sent."""
        fresh = ReadSchedule(now, goal_of(rng), self.pace, now, claim=self.claim)
        return replace(fresh, failures=self.failures, active=self.active, answered=self.answered)

    def succeeded(self) -> "ReadSchedule":
        """Schedule after a good answer."""
        return replace(self, failures=0, answered=True)

    def due_by(self, by: float) -> "ReadSchedule":
        """Schedule that is due at `by` at the latest."""
        return replace(self, by=min(self.by, by))

    def failed(self, now: float, rng: random.Random) -> "ReadSchedule":
        """Return the schedule after a failed read: it waits a random part of 2, 4, 8 … seconds.

        If it is not urgent, it also waits its period before that, but at most `BACKOFF_CAP_S` in all.
        """
        failures = self.failures + 1
        period = min(self.goal / self.pace if self.pace and not self.is_urgent else 0.0, BACKOFF_CAP_S)
        wait = period + backoff_s(failures, BACKOFF_CAP_S - period, rng)
        return replace(self, failures=failures, not_before=now + wait, reached=self.goal, claimed=self.goal, since=now)


def goal_of(rng: random.Random) -> float:
    """Goal with a small jitter. Random gaps would double the delay (docs/dev/polling.md 1)."""
    return rng.uniform(1 - JITTER, 1 + JITTER)


def first_turn(now: float, rng: random.Random, not_before: float = float("-inf")) -> ReadSchedule:
    """Schedule of a target that was never read: due at once, or at `not_before`."""
    goal = goal_of(rng)
    return ReadSchedule(now, goal, since=now, reached=goal, claimed=goal, by=now, not_before=not_before)


def spread_s(count: int, rate: float) -> float:
    """Return the seconds between the first reads of `count` webhooks, so that a start is never a burst.

    It makes at most `rate` reads per second, and all of them within `SPREAD_S`.
    """
    return min(1.0, SPREAD_S / max(count, 1), 1.0 / rate)


# Schedules of all targets, updated whenever something changes.

SLACK_S: Final = 1e-3
"""A target due within these seconds is due: event loops round their timers."""
FIRSTS_IN_A_ROW: Final = 3
"""First reads before a repeated one that is due, at a start and after an outage."""
EAGER: Final = 1.25
"""Factor by which reads are due earlier than the budget allows, so that none of it stays unused.

The target furthest beyond its goal goes first, so the proportions stay. At 1.0 a read that waits its turn stays late:
9 % of the budget.
"""


class PollSchedule:
    """Schedule of all targets. Times are monotonic seconds, rates reads a second."""

    def __init__(self, activity: ActiveRuns, forecasts: LifetimeForecasts, rng: random.Random) -> None:
        self._activity = activity
        self._forecasts = forecasts
        self._rng = rng
        self._webhooks: Sequence[str] = ()
        self._gone: set[str] = set()
        self.schedules: dict[ReadTarget, ReadSchedule] = {}
        self._firsts = 0
        """First reads in a row that were sent last."""

    def reset(self) -> None:
        """Forget every read: all targets are read as at a start."""
        self.schedules = {}

    def watch(self, webhook_keys: Sequence[str], now: float, rate: float) -> None:
        """Schedule these webhooks from now on, and others as long as they have active runs."""
        self._webhooks = webhook_keys
        new = [target for target in map(ReadTarget, self._keys()) if target not in self.schedules]
        self._spread(new, now, rate)

    def sweep(self, webhook_keys: Sequence[str], now: float, rate: float) -> dict[str, float]:
        """Read these again after an outage or sleep, in this order; returns the time of each.

        Each is read at a random moment of its own slot, W / R seconds in all. So clients that come back together do
        not stay in step (docs/dev/polling.md 5). Earlier failures no longer count.
        """
        times = {key: now + (slot + self._rng.random()) / rate for slot, key in enumerate(webhook_keys)}
        fresh = {ReadTarget(key): first_turn(now, self._rng, at) for key, at in times.items()}
        self.schedules = {target: replace(turn, failures=0) for target, turn in self.schedules.items()} | fresh
        return times

    def _spread(self, targets: Sequence[ReadTarget], now: float, rate: float) -> None:
        for index, target in enumerate(targets):
            self.schedules[target] = first_turn(now, self._rng, now + index * spread_s(len(targets), rate))

    def update_paces(self, now: float, rate: float) -> None:
        """Set the pace of every target from now on."""
        schedules = self.schedules
        self.schedules = {
            target: (schedules.get(target) or first_turn(now, self._rng)).with_pace(share, now, active=runs > 0)
            for target, (share, runs) in self.rates(self._keys(), now, rate * EAGER).items()
        }

    def rates(self, webhook_keys: Iterable[str], now: float, rate: float) -> dict[ReadTarget, tuple[ReadRate, int]]:
        """Rate of each target of these webhooks, and its number of active runs."""
        demands_of: dict[ReadTarget, ActiveDemand] = {}
        for key in webhook_keys:
            unlisted = {underway.run.id: underway for underway in self._activity.not_in_list(key)}
            listed = (run for row, run in self._activity.of(key).items() if row not in unlisted)
            demands_of[ReadTarget(key)] = aggregate_demand(listed, self._forecasts, now)
            demands_of |= {
                ReadTarget(key, row): aggregate_demand([run], self._forecasts, now) for row, run in unlisted.items()
            }
        idle = sum(1 for demand in demands_of.values() if demand is EMPTY)
        idle_low = idle_pace(idle, len(demands_of) - idle, rate)
        demands = [
            demand_of_list(c, idle_low) if target.run is None else demand_of_get(c) for target, c in demands_of.items()
        ]
        shares = zip(demands_of.items(), allocate(demands, rate), strict=True)
        return {target: (share, demand.runs) for (target, demand), share in shares}

    def due_at(self, busy: Collection[ReadTarget]) -> float:
        """Time when the next target that is not `busy` is due; infinity when there is none."""
        return min((turn.due_at for target, turn in self.schedules.items() if target not in busy), default=float("inf"))

    def listed(self) -> list[str]:
        """Webhooks whose lists this process reads."""
        return [key for key in self._webhooks if key not in self._gone]

    def is_gone(self, webhook_key: str) -> bool:
        """Return whether the webhook does not exist (any more), by the last answer about it."""
        return webhook_key in self._gone

    def is_urgent(self) -> bool:
        """Return whether a target has nothing to show yet, or has active runs."""
        listed = set(self.listed())
        return any(
            turn.is_urgent for target, turn in self.schedules.items() if target.run or target.webhook_key in listed
        )

    def stalest(self) -> ReadTarget | None:
        """List that was not asked for longest; None: none is read."""
        targets = [target for key in self.listed() if (target := ReadTarget(key)) in self.schedules]
        return min(targets, key=lambda target: self.schedules[target].read_at, default=None)

    def best(self, now: float, busy: Collection[ReadTarget], rate: float) -> ReadTarget | None:
        """Return the due target, not `busy`, whose read shortens waiting most.

        A target is due up to half a read interval early, since waiting for the next slot would make it late by the
        same amount. First reads take precedence, or active webhooks would starve them. Every fourth slot goes to a
        repeated read, so that these runs stay in sight.
        """
        soon = now + max(SLACK_S, 0.5 / rate)
        due = {target: turn for target, turn in self.schedules.items() if turn.due_at <= soon and target not in busy}
        firsts = self._firsts < FIRSTS_IN_A_ROW
        wanted = {target: turn for target, turn in due.items() if turn.is_first is firsts}
        if firsts and wanted:  # in the order of their slots: those on screen first
            return min(wanted, key=lambda target: wanted[target].due_at)
        return max(wanted or due, key=lambda target: due[target].urgency(now), default=None)

    def mark_sent(self, target: ReadTarget, now: float) -> None:
        """Record that a read is sent."""
        turn = self.schedules.get(target) or first_turn(now, self._rng)
        self._firsts = self._firsts + 1 if turn.is_first else 0
        self.schedules[target] = turn.sent(now, self._rng)

    def mark_answered(self, target: ReadTarget, sent_at: float) -> None:
        """Record a good answer to the read sent at `sent_at`."""
        self._gone.discard(target.webhook_key)
        turn = self.schedules.get(target) or first_turn(sent_at, self._rng).sent(sent_at, self._rng)
        self.schedules[target] = turn.succeeded()

    def mark_failed(self, target: ReadTarget, now: float) -> None:
        """Record a failed read that may be retried."""
        if turn := self.schedules.get(target):
            self.schedules[target] = turn.failed(now, self._rng)

    def request(self, webhook_key: str, by: float) -> None:
        """Read a webhook's list before the time `by`, even if the webhook was gone: a run may have started there."""
        self._gone.discard(webhook_key)
        target = ReadTarget(webhook_key)
        if turn := self.schedules.get(target):
            self.schedules[target] = turn.due_by(by)

    def mark_gone(self, webhook_key: str) -> None:
        """Stop reading a webhook that does not exist (any more)."""
        self._gone.add(webhook_key)
        self.schedules = {target: turn for target, turn in self.schedules.items() if target.webhook_key != webhook_key}

    def _keys(self) -> list[str]:
        keys = dict.fromkeys((*self._webhooks, *self._activity.webhooks()))
        return [key for key in keys if key not in self._gone]
