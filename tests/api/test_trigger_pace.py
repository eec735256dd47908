"""Triggers of machines that share a key and know nothing of each other, on explicit time (docs/dev/polling.md 4)."""

import random
from collections.abc import Callable

import pytest

from cordage_tui.api.budget_state import RateBudget
from tests.api.limiters import Fixed, Opening, Senders, Sliding

SEEDS = 12
LIMITERS: dict[str, Callable[[random.Random], Fixed | Sliding | Opening]] = {
    "fixed": lambda rng: Fixed(60, rng.uniform(0, 60)),
    "opening": lambda _: Opening(60),
    "sliding": lambda _: Sliding(60),
}
limiters = pytest.mark.parametrize("kind", LIMITERS)


def played(kind: str, machines: int, prompts: int, seed: int, foreign: float = 0.0) -> Senders:
    rng = random.Random(seed)
    budgets = [RateBudget(60, share=1.0, even=True, rng=random.Random(10 * seed + n)) for n in range(machines)]
    world = Senders(budgets, LIMITERS[kind](rng), rng, foreign, prompts=prompts)
    world.run(1200.0)
    assert world.is_done
    return world


@limiters
def test_two_machines_with_one_key_share_the_trigger_budget(kind: str) -> None:
    """Seventy prompts each, twelve times: hardly a 429, and all is sent little later than the limit allows."""
    worlds = [played(kind, 2, 70, seed) for seed in range(SEEDS)]
    assert sum(world.refused for world in worlds) <= 1
    assert max(world.ended for world in worlds) < 160


@limiters
def test_two_machines_with_long_queues_go_on_sharing_it(kind: str) -> None:
    """Two machines with two hundred prompts each share the budget evenly to the end."""
    worlds = [played(kind, 2, 200, seed) for seed in range(4)]
    assert sum(world.refused for world in worlds) <= 1
    assert max(world.ended for world in worlds) < 460
    assert all(abs(world.polls[0][-1] - world.polls[1][-1]) < 60 for world in worlds)


@limiters
def test_a_machine_alone_is_not_slowed(kind: str) -> None:
    """A machine alone makes one call in slightly over a second with any limiter, because no others are assumed."""
    for seed in range(SEEDS):
        world = played(kind, 1, 130, seed)
        assert world.refused == 0
        assert world.ended < 3 + 130 * 61 / 60 + 1.5  # it begins within three seconds


@limiters
def test_beside_strangers_who_take_half_a_machine_sends_the_other_half(kind: str) -> None:
    """Thirty foreign calls a minute: our queue goes at the pace that is left, and both meet hardly a 429."""
    worlds = [played(kind, 1, 70, seed, foreign=30.0) for seed in range(4)]
    assert sum(world.refused for world in worlds) <= 2
    assert max(world.ended for world in worlds) < 200
