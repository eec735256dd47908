"""Which look is next, and when: every look's turn, brought up to date whenever something changes."""

import random
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from cordage_tui.engine.activity import ActiveRuns
from cordage_tui.engine.schedule.crowd import (
    EMPTY,
    ActiveDemand,
    aggregate_demand,
    demand_of_get,
    demand_of_list,
    idle_pace,
)
from cordage_tui.engine.schedule.foresight import LifetimeForecasts
from cordage_tui.engine.schedule.law import ReadRate, allocate
from cordage_tui.engine.schedule.turn import ReadSchedule, ReadTarget, first_turn, spread_s

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
        in all: many clients that come back together come not in step (FAULTS.md A5). No failure counts any more. Returns
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
