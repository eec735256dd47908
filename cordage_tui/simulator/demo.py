"""The demo's world: a small studio with five webhooks, three days of history and a few runs under way."""

import time
from dataclasses import replace
from random import Random

from cordage_tui.simulator.options import Options
from cordage_tui.simulator.runs import PlannedOutcome
from cordage_tui.simulator.studio import PROMPTS, STUDIO
from cordage_tui.simulator.webhooks import Inputs, SimWebhook
from cordage_tui.simulator.world import Clock, SimulatedWorkspace, token

_PAST_RUNS = 120
_PAST_S = 3 * 86_400.0
_QUIET_S = 150.0
"""No run of the history is younger, so that none of them is still running."""
_UNDER_WAY = ((3.0, 22.0), (9.0, 26.0), (1.0, 34.0), (15.0, 48.0))
"""For the runs under way at the start: seconds since they began, seconds they take in all."""

_SEED = 20_240_115


def demo_world(clock: Clock = time.time, seed: int = _SEED) -> SimulatedWorkspace:
    """A fresh demo world as of `clock()`. The same seed at the same time gives the same world."""
    webhooks = [replace(webhook, key="wh_" + token(f"{seed}/{webhook.key}", 12)) for webhook in STUDIO]
    world = SimulatedWorkspace(
        webhooks,
        clock,
        seed=seed,
        options=Options(latency_s=(0.02, 0.12)),
    )
    rng = Random(f"{seed}/history")
    now = clock()
    _add_history(world, rng, now)
    for place, (age_s, whole_s) in enumerate(_UNDER_WAY):
        webhook = webhooks[place % 4]
        world.fate(webhook.key, PlannedOutcome(whole_s, outputs=webhook.max_outputs))
        world.trigger(webhook.key, _inputs(webhook, rng), now - age_s)
    return world


def _add_history(world: SimulatedWorkspace, rng: Random, now: float) -> None:
    """Runs in bursts, as people work: somebody tries a prompt a few times, then does something else."""
    times = sorted(now - _QUIET_S - _PAST_S * rng.random() ** 1.6 for _ in range(_PAST_RUNS))
    webhook, left = world.webhooks[0], 0
    for created_at in times:
        if left == 0:
            webhook = rng.choices(world.webhooks, weights=(5, 4, 3, 2, 3))[0]
            left = rng.randint(1, 4)
        left -= 1
        run = world.trigger(webhook.key, _inputs(webhook, rng), created_at)
        if rng.random() < 0.05:
            world.kill(webhook.key, run.run_id, at=created_at + (run.ends_at - created_at) * rng.uniform(0.2, 0.9))


def _inputs(webhook: SimWebhook, rng: Random) -> Inputs:
    chosen: Inputs = {
        name: rng.choice(offered) if isinstance(offered, list) else offered
        for name, offered in webhook.inputs.items()
        if offered != "" and rng.random() < 0.7
    }
    return {"prompt": rng.choice(PROMPTS[webhook.name]), **chosen}
