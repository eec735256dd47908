"""The budget line among programs that share a key and know nothing of each other, on explicit time (docs/dev/polling.md 4)."""

import itertools
import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from cordage_tui.api.budget_state import RateBudget
from cordage_tui.domain.rate_limit import RateLimitHeaders
from tests.api.limiters import Crowd, Fixed, Opening, Sliding

MINUTES = 12
LIMITERS: dict[str, Callable[[random.Random], Fixed | Sliding | Opening]] = {
    "fixed": lambda rng: Fixed(120, rng.uniform(0, 60)),
    "opening": lambda _: Opening(120),
    "sliding": lambda _: Sliding(120),
}
limiters = pytest.mark.parametrize("kind", LIMITERS)


def crowd(kind: str, clients: int, foreign: float = 0.0, seed: int = 1) -> Crowd:
    rng = random.Random(seed)
    budgets = [RateBudget(120, share=0.9, even=False, rng=random.Random(seed + 10 * n)) for n in range(clients)]
    return Crowd(budgets, LIMITERS[kind](rng), rng, foreign)


def played(world: Crowd) -> Crowd:
    world.run(60.0 * MINUTES)
    return world


def longest_gap_s(world: Crowd) -> float:
    return max(b - a for polls in world.polls for a, b in itertools.pairwise([0.0, *polls, 60.0 * MINUTES]))


@limiters
@pytest.mark.parametrize(("clients", "foreign"), [(1, 0), (2, 0), (4, 0), (1, 60), (2, 60)])
def test_nobody_ever_meets_a_429(kind: str, clients: int, foreign: float) -> None:
    """Neither we nor other clients of the key meet a 429 while there is room for all."""
    world = played(crowd(kind, clients, foreign))
    assert (world.refused, world.foreign_refused) == (0, 0)
    assert sum(map(len, world.polls)) / MINUTES > 0.93 * (108 - foreign)


@limiters
@pytest.mark.parametrize("clients", [2, 4])
def test_clients_share_nearly_equally(kind: str, clients: int) -> None:
    """Within 10 % of each other, and none waits longer than some seconds."""
    world = played(crowd(kind, clients))
    assert max(map(len, world.polls)) < 1.1 * min(map(len, world.polls))
    assert longest_gap_s(world) < 8.0


@limiters
def test_beside_a_program_that_takes_nearly_all_we_keep_a_small_share(kind: str) -> None:
    """With 110 foreign reads per minute we keep a small share: a 429 is rare, and there is never half a minute
    without a read.

    On a sliding window, where freed calls are used again immediately, there is less than one 429 in two minutes.
    """
    worlds = [played(crowd(kind, 1, 110, seed)) for seed in range(3)]
    assert sum(world.refused for world in worlds) / (3 * MINUTES) < (0.5 if kind == "sliding" else 0.15)
    assert min(len(world.polls[0]) / MINUTES for world in worlds) > 8
    assert max(map(longest_gap_s, worlds)) < 30.0


@limiters
@pytest.mark.parametrize("foreign", [0, 30, 60])
def test_what_others_spend_is_known(kind: str, foreign: int) -> None:
    """Calls of others are estimated from the second window on, within a few per minute; alone the estimate is zero."""
    (estimates,) = played(crowd(kind, 1, foreign)).others
    later = [value for value in estimates[len(estimates) // 6 :] if value is not None]
    assert len(later) > 5 * MINUTES
    assert all(abs(value - foreign) <= (8 if foreign else 0.0) for value in later)


LIES: dict[str, Callable[[RateLimitHeaders], RateLimitHeaders]] = {
    "missing": lambda headers: RateLimitHeaders(retry_after_s=headers.retry_after_s),
    "always full, no reset": lambda headers: replace(headers, remaining=120, reset_s=None),
    "always full": lambda headers: replace(headers, remaining=120),
    "always turning": lambda headers: replace(headers, remaining=120, reset_s=0.0),
    "turns in five minutes": lambda headers: replace(headers, remaining=100, reset_s=300.0),
    "none left, no reset": lambda headers: replace(headers, remaining=0, reset_s=None),
}


@limiters
@pytest.mark.parametrize("lie", LIES)
def test_headers_that_lie_make_neither_429s_nor_silence(kind: str, lie: str) -> None:
    """Alone with the key no header brings us over the limit, and a read goes at least every few seconds."""
    world = crowd(kind, 1)
    world.lies = LIES[lie]
    played(world)
    assert world.refused == 0
    assert longest_gap_s(world) < 8.0
    assert world.others[0][-1] in {None, 0.0}


@limiters
def test_unseen_others_cost_a_429_now_and_then_and_never_a_storm(kind: str) -> None:
    """Without headers, 60 foreign reads per minute cost occasional 429s, each of which stops us and slows us for
    longer."""
    world = crowd(kind, 1, 60)
    world.lies = LIES["missing"]
    played(world)
    assert 0 < world.refused <= 1.2 * MINUTES
    assert len(world.polls[0]) / MINUTES > 20
