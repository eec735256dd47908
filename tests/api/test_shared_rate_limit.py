"""Rate limiters of several processes on one ledger, on simulated time."""

import asyncio
import itertools
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from cordage_tui.api.rate_limiter import RateLimiter
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.rate_limit import Priority, RateLimitClass, RateLimitHeaders

USER, BACKGROUND = Priority.USER, Priority.BACKGROUND
READ, TRIGGER, KILL = RateLimitClass.READ, RateLimitClass.TRIGGER, RateLimitClass.KILL

pytestmark = pytest.mark.looptime


def now() -> float:
    return asyncio.get_running_loop().time()


@pytest.fixture
def open_limiter(tmp_path: Path) -> Callable[[], RateLimiter]:
    """`open_limiter()` is another process's."""
    return lambda: RateLimiter(SystemClock(), rng=random.Random(1), file=lambda kind: tmp_path / kind)


async def poll_for(seconds: float, rate_limiter: RateLimiter) -> list[float]:
    """Polls as much as it may and returns when."""
    times: list[float] = []
    try:
        async with asyncio.timeout(seconds):
            while True:
                await rate_limiter.acquire(READ, BACKGROUND)
                times.append(now())
    except TimeoutError:
        return times


async def test_ten_processes_that_poll_greedily_spend_what_one_would(open_limiter: Callable[[], RateLimiter]) -> None:
    """Two minutes of it: one share between them, evenly spaced; the reserve is left."""
    polls = await asyncio.gather(*(poll_for(120, open_limiter()) for _ in range(10)))
    times = sorted(at for times in polls for at in times)
    assert len(times) == len(await poll_alone(120))
    assert min(b - a for a, b in itertools.pairwise(times)) > 0.5
    assert open_limiter().views()[0].remaining >= 12


async def poll_alone(seconds: float) -> list[float]:
    return await poll_for(seconds, RateLimiter(SystemClock(), rng=random.Random(1)))


async def test_triggers_and_kills_of_all_processes_are_one_budget(open_limiter: Callable[[], RateLimiter]) -> None:
    """Triggers of all processes stay a second apart; thirty kills go immediately, and the next waits."""
    pacers = [open_limiter() for _ in range(5)]

    async def trigger(rate_limiter: RateLimiter) -> float:
        await rate_limiter.acquire(TRIGGER, USER)
        return now()

    times = sorted(await asyncio.gather(*map(trigger, pacers)))
    assert all(1.0 <= b - a < 1.1 for a, b in itertools.pairwise(times))
    start = now()
    for number in range(30):
        await pacers[number % 5].acquire(KILL, USER)
    assert now() - start < 0.05
    await pacers[0].acquire(KILL, USER)
    assert now() - start > 59.0


async def test_while_polling_is_saturated_the_user_goes_at_once(open_limiter: Callable[[], RateLimiter]) -> None:
    """Reads by hand start within 50 ms in a process that polls and in one that does not, and a burst takes all there is."""
    leader, other = open_limiter(), open_limiter()
    polling = asyncio.create_task(poll_for(100, leader))
    for rate_limiter in (leader, other) * 5:
        await asyncio.sleep(2.9)
        asked_at = now()
        await rate_limiter.acquire(READ, USER)
        assert now() - asked_at < 0.05
    left, asked_at = other.views()[0].remaining, now()
    assert left > 40
    await asyncio.gather(*(other.acquire(READ, USER) for _ in range(left)))
    assert now() - asked_at < 0.05
    await polling


async def test_a_429_to_one_stops_and_slows_all(open_limiter: Callable[[], RateLimiter]) -> None:
    """A 429 to one process stops and slows all, and all views show it."""
    first, other = open_limiter(), open_limiter()
    await first.acquire(READ, BACKGROUND)
    first.learn(READ, RateLimitHeaders(retry_after_s=30.0))
    assert [view.limited for view in other.views()] == [True, False, False]
    times = await poll_for(60, other)
    assert 30.0 <= times[0] <= 32.01
    assert times[1] - times[0] > 0.5 / 0.75


async def test_what_this_machine_spends_is_told_as_ours_in_every_process(
    open_limiter: Callable[[], RateLimiter],
) -> None:
    """The calls of the last minute of all processes, and those of others apart."""
    first, other = open_limiter(), open_limiter()
    for _ in range(3):
        await first.acquire(READ, USER)
    await other.acquire(READ, USER)
    for rate_limiter, remaining in ((first, 77), (first, 76), (first, 75), (other, 74)):
        rate_limiter.learn(READ, RateLimitHeaders(120, remaining, 30.0))
    await asyncio.sleep(0)
    reads = first.views()[0]
    assert (reads.ours, reads.remaining) == (4, 74)
    assert reads.others_a_minute == pytest.approx(2 * (120 - 74 - 4))
    assert first.views()[1].others_a_minute is None
    await asyncio.sleep(61)
    assert first.views()[0].ours == 0
