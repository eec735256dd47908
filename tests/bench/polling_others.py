"""What ours is compared with: the vendor's example loop, and a round robin that keeps to the budget. Discrete events, no program."""

import heapq
import random

from polling_figures import Figures, Trial, counted
from polling_load import EPOCH, RTT_S, Foreign, Load
from polling_theory import round_robin_period

from cordage_tui.simulator.rate_limits import Budget

VENDORS_PERIOD_S = 2.0


def round_robin(trial: Trial) -> Figures:
    """Lists every webhook in its turn, evenly paced, never one more often than the vendor's loop would."""
    load, over_at = Load(trial.cell, trial.law, trial.seed, trial.plan), trial.hours * 3600
    foreign, world = Foreign(load, trial.foreign), load.world
    period, webhooks = round_robin_period(trial.cell), trial.cell.webhooks
    waiting: list[set[str]] = [set() for _ in range(webhooks)]
    seen: dict[str, float] = {}
    refused = reads = 0
    while (at := reads * period / webhooks + RTT_S / 2) < over_at:
        for run_id in load.advance(at):
            waiting[load.ended[run_id].webhook].add(run_id)
        foreign.advance(at)
        if world.limiter.draw(world.api_key, Budget.READ, EPOCH + at).allowed:
            seen |= dict.fromkeys(waiting[reads % webhooks], at + RTT_S / 2)
            waiting[reads % webhooks].clear()
        else:
            refused += 1
        reads += 1
    minutes = over_at / 60
    return Figures(*counted(load.ended, seen, over_at), refused / minutes, foreign.refused / minutes, reads / minutes)


def vendors_loop(trial: Trial) -> Figures:
    """Gets each run every 2 s (and a round trip) from its start until its end is seen; a 429 is ignored.

    A run that ends is followed by another only once its end is seen, or those in the dark would add up without end.
    """
    load, over_at = Load(trial.cell, trial.law, trial.seed, trial.plan), trial.hours * 3600
    world, rng, seen = load.world, random.Random(f"{trial.seed}/loop"), dict[str, float]()
    load.follow_at_once = False
    going = [run for hook in world.webhooks for run in world.list_runs(hook.key)]
    polls = [
        (rng.uniform(0, VENDORS_PERIOD_S + RTT_S), run.run_id, run.ends_at - EPOCH, run.webhook_key) for run in going
    ]
    heapq.heapify(polls)
    refused = reads = 0
    while (poll := polls[0])[0] < over_at:
        at, run_id, ends_at, key = poll
        reads += 1
        allowed = world.limiter.draw(world.api_key, Budget.READ, EPOCH + at).allowed
        refused += not allowed
        if allowed and at >= ends_at:
            load.advance(at)
            seen[run_id] = at + RTT_S / 2
            run = load.begin(int(key[3:]), at + RTT_S / 2)
            run_id, ends_at = run.run_id, run.ends_at - EPOCH
        heapq.heapreplace(polls, (at + RTT_S + VENDORS_PERIOD_S, run_id, ends_at, key))
    load.advance(over_at)
    minutes = over_at / 60
    return Figures(*counted(load.ended, seen, over_at), refused / minutes, 0.0, reads / minutes)
