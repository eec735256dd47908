"""Schedule of reads: which one is due next."""

import random
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from cordage_tui.domain.fast_dataclass import dataclass, replace
from cordage_tui.domain.run import RowId
from cordage_tui.engine.concurrency import BACKOFF_CAP_S, backoff_s
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
from cordage_tui.engine.polling.fetcher import ActiveRuns

# Where one look stands between its last time and its next.

JITTER: Final = 0.1
"""±10 % costs 0.3 % of the mean delay (docs/polling.md 1) and keeps clients from marching in step."""
SPREAD_S: Final = 30.0
"""A start has looked at everything once within this, if the budget allows."""
OVERDUE_S: Final = 50.0
"""Active runs not seen for so long go first, however slowly others let us read: none is out of sight for a minute."""


@dataclass(frozen=True, slots=True)
class ReadTarget:
    """One call that tells how runs stand: the list of a webhook, or one run that its list does not show."""

    webhook_key: str
    run: RowId | None = None
    """None: the list."""


@dataclass(frozen=True, slots=True)
class ReadSchedule:
    """Its next time has come when its pace, summed up since its last time, has reached the goal.

    So a pace that changes on the way counts as long as it held, and whoever's claim is furthest beyond its goal gains most
    by being looked at: with a constant claim √Λ that is the largest Λ·(seconds since)². Times are monotonic seconds.
    """

    looked_at: float
    """When its last look went out."""
    goal: float
    """1 ± `JITTER`."""
    pace: float = 0.0
    """Looks a second since `since`."""
    since: float = 0.0
    reached: float = 0.0
    """The sum up to `since`."""
    claim: float = 0.0
    """The pace that it would have but for its upper bound (`law.Share`)."""
    claimed: float = 0.0
    """Its sum up to `since`."""
    by: float = float("inf")
    """Wanted at that time at the latest."""
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
        """There is nothing to show of it yet, or it shows runs that go on."""
        return self.active or not self.answered

    @property
    def due_at(self) -> float:
        """When it is due, if the pace stays."""
        left = self.goal - self.reached
        at = self.since + left / self.pace if self.pace else float("inf")
        return max(min(at, self.by), self.not_before)

    def urgency(self, now: float) -> tuple[bool, float]:
        """The greater, the sooner it is to go among those that are due."""
        age = now - self.looked_at
        if self.active and age >= OVERDUE_S:
            return True, age
        return False, (self.claimed + self.claim * (now - self.since)) / self.goal

    def paced(self, share: ReadRate, now: float, *, active: bool) -> "ReadSchedule":
        """From `now` on it has this pace."""
        passed = now - self.since
        reached, claimed = self.reached + self.pace * passed, self.claimed + self.claim * passed
        return replace(
            self, pace=share.pace, claim=share.claim, since=now, reached=reached, claimed=claimed, active=active
        )

    def looked(self, now: float, rng: random.Random) -> "ReadSchedule":
        """Its look goes out now."""
        fresh = ReadSchedule(now, goal_of(rng), self.pace, now, claim=self.claim)
        return replace(fresh, failures=self.failures, active=self.active, answered=self.answered)

    def well(self) -> "ReadSchedule":
        """The look was answered well."""
        return replace(self, failures=0, answered=True)

    def forgiven(self) -> "ReadSchedule":
        """No failure counts any more."""
        return replace(self, failures=0)

    def wanted(self, by: float) -> "ReadSchedule":
        """It shall not wait longer than until then."""
        return replace(self, by=min(self.by, by))

    def failed(self, now: float, rng: random.Random) -> "ReadSchedule":
        """The look went wrong: it waits a random part of 2, 4, 8 … seconds, and where it is not urgent its period before
        that, `BACKOFF_CAP_S` in all at most."""
        failures = self.failures + 1
        period = min(self.goal / self.pace if self.pace and not self.is_urgent else 0.0, BACKOFF_CAP_S)
        wait = period + backoff_s(failures, BACKOFF_CAP_S - period, rng)
        return replace(self, failures=failures, not_before=now + wait, reached=self.goal, claimed=self.goal, since=now)


def goal_of(rng: random.Random) -> float:
    """Fixed periods with a small jitter, never random gaps: those would double the delay (docs/polling.md 1)."""
    return rng.uniform(1 - JITTER, 1 + JITTER)


def first_turn(now: float, rng: random.Random, not_before: float = float("-inf")) -> ReadSchedule:
    """Of what has never been looked at: due at once, or at `not_before`."""
    goal = goal_of(rng)
    return ReadSchedule(now, goal, since=now, reached=goal, claimed=goal, by=now, not_before=not_before)


def spread_s(count: int, rate: float) -> float:
    """Seconds between the first looks at `count` webhooks, so that a start is never a burst: `rate` a second at most, all of
    them within `SPREAD_S`."""
    return min(1.0, SPREAD_S / max(count, 1), 1.0 / rate)


# Which look is next, and when: every look's turn, brought up to date whenever something changes.

SLACK_S: Final = 1e-3
"""What is due within this is due: event loops round their timers."""
EAGER: Final = 1.25
"""Looks are due so much before there is budget for all of them, so that none of it is left unused; whoever is furthest beyond
its goal goes first, so the proportions stay. At 1.0 a look that waits its turn comes late for ever: 9 % of the budget."""


class PollSchedule:
    """Times are monotonic seconds, rates reads a second."""

    def __init__(self, activity: ActiveRuns, foresight: LifetimeForecasts, rng: random.Random) -> None:
        self._activity = activity
        self._foresight = foresight
        self._rng = rng
        self._webhooks: Sequence[str] = ()
        self._gone: set[str] = set()
        self._turns: dict[ReadTarget, ReadSchedule] = {}

    def watch(self, webhook_keys: Sequence[str], now: float, rate: float) -> None:
        """From now on these are read, and others as long as runs of theirs go on."""
        self._webhooks = webhook_keys
        new = [look for look in map(ReadTarget, self._keys()) if look not in self._turns]
        self._spread(new, now, rate)

    def sweep(self, webhook_keys: Sequence[str], now: float, rate: float) -> dict[str, float]:
        """After an outage or sleep these are read anew, each at a random moment of its own slot, in this order, W / R seconds
        in all: many clients that come back together come not in step (docs/polling.md 5). No failure counts any more. Returns
        when each is read."""
        times = {key: now + (slot + self._rng.random()) / rate for slot, key in enumerate(webhook_keys)}
        fresh = {ReadTarget(key): first_turn(now, self._rng, at) for key, at in times.items()}
        self._turns = {look: turn.forgiven() for look, turn in self._turns.items()} | fresh
        return times

    def _spread(self, looks: Sequence[ReadTarget], now: float, rate: float) -> None:
        for index, look in enumerate(looks):
            self._turns[look] = first_turn(now, self._rng, now + index * spread_s(len(looks), rate))

    def solve(self, now: float, rate: float) -> None:
        """Gives every look the pace that it is to have from now on."""
        turns = self._turns
        self._turns = {
            look: (turns.get(look) or first_turn(now, self._rng)).paced(share, now, active=runs > 0)
            for look, (share, runs) in self.outlook(self._keys(), now, rate * EAGER).items()
        }

    def outlook(self, webhook_keys: Iterable[str], now: float, rate: float) -> dict[ReadTarget, tuple[ReadRate, int]]:
        """The share of each look at these webhooks, and how many active runs it shows."""
        crowds: dict[ReadTarget, ActiveDemand] = {}
        for key in webhook_keys:
            unlisted = {underway.run.id: underway for underway in self._activity.not_in_list(key)}
            listed = (run for row, run in self._activity.of(key).items() if row not in unlisted)
            crowds[ReadTarget(key)] = aggregate_demand(listed, self._foresight, now)
            crowds |= {
                ReadTarget(key, row): aggregate_demand([run], self._foresight, now) for row, run in unlisted.items()
            }
        idle = sum(1 for seen in crowds.values() if seen is EMPTY)
        idle_low = idle_pace(idle, len(crowds) - idle, rate)
        demands = [demand_of_list(c, idle_low) if look.run is None else demand_of_get(c) for look, c in crowds.items()]
        found = zip(crowds.items(), allocate(demands, rate), strict=True)
        return {look: (share, seen.runs) for (look, seen), share in found}

    def turn(self, look: ReadTarget) -> ReadSchedule | None:
        """How it stands; None: it is not looked at."""
        return self._turns.get(look)

    def due_at(self, busy: Collection[ReadTarget]) -> float:
        """When the next look is due that is not `busy`; infinity when there is none."""
        return min((turn.due_at for look, turn in self._turns.items() if look not in busy), default=float("inf"))

    def listed(self) -> list[str]:
        """The webhooks whose lists are read by this process."""
        return [key for key in self._webhooks if key not in self._gone]

    def is_urgent(self) -> bool:
        """Whether there is a look with nothing to show yet, or with runs that go on."""
        listed = set(self.listed())
        return any(turn.is_urgent for look, turn in self._turns.items() if look.run or look.webhook_key in listed)

    def stalest(self) -> ReadTarget | None:
        """The list that was not asked for longest; None: none is read."""
        looks = [look for key in self.listed() if (look := ReadTarget(key)) in self._turns]
        return min(looks, key=lambda look: self._turns[look].looked_at, default=None)

    def best(self, now: float, busy: Collection[ReadTarget], rate: float) -> ReadTarget | None:
        """Of the looks that are due and not `busy` the one that shortens waiting most. What falls due before half of the next
        read's turn has passed counts as due: it is early now by as much as it would be late then."""
        soon = now + max(SLACK_S, 0.5 / rate)
        due = [
            (turn.urgency(now), look) for look, turn in self._turns.items() if turn.due_at <= soon and look not in busy
        ]
        return max(due, key=lambda pair: pair[0], default=(None, None))[1]

    def looked(self, look: ReadTarget, now: float) -> None:
        """It goes out now."""
        self._turns[look] = (self._turns.get(look) or first_turn(now, self._rng)).looked(now, self._rng)

    def answered(self, look: ReadTarget, sent_at: float) -> None:
        """The look that went out at `sent_at` has been answered well."""
        self._gone.discard(look.webhook_key)
        turn = self._turns.get(look) or first_turn(sent_at, self._rng).looked(sent_at, self._rng)
        self._turns[look] = turn.well()

    def failed(self, look: ReadTarget, now: float) -> None:
        """It went wrong, and may go better later."""
        if turn := self._turns.get(look):
            self._turns[look] = turn.failed(now, self._rng)

    def wanted(self, webhook_key: str, by: float) -> None:
        """Something may have begun there: its list is wanted by then, also if it was gone."""
        self._gone.discard(webhook_key)
        look = ReadTarget(webhook_key)
        if turn := self._turns.get(look):
            self._turns[look] = turn.wanted(by)

    def gone(self, webhook_key: str) -> None:
        """There is no such webhook (any more): it is not looked at."""
        self._gone.add(webhook_key)
        self._turns = {look: turn for look, turn in self._turns.items() if look.webhook_key != webhook_key}

    def _keys(self) -> list[str]:
        keys = dict.fromkeys((*self._webhooks, *self._activity.webhooks()))
        return [key for key in keys if key not in self._gone]
