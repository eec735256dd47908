"""The rate limiter on simulated time: queues, classes, cancelling, and its views."""

import asyncio
import itertools
import random

import pytest

from cordage_tui.api.rate_limiter import RateLimiter
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.rate_limit import Priority, RateLimitClass, RateLimitHeaders

USER, BACKGROUND = Priority.USER, Priority.BACKGROUND
READ, TRIGGER, KILL = RateLimitClass.READ, RateLimitClass.TRIGGER, RateLimitClass.KILL

pytestmark = pytest.mark.looptime


@pytest.fixture
def rate_limiter() -> RateLimiter:
    return RateLimiter(SystemClock(), rng=random.Random(1))


def now() -> float:
    return asyncio.get_running_loop().time()


async def when(rate_limiter: RateLimiter, kind: RateLimitClass, priority: Priority) -> float:
    await rate_limiter.acquire(kind, priority)
    return now()


async def test_waiting_calls_go_one_by_one_in_the_order_they_came(rate_limiter: RateLimiter) -> None:
    """Waits instead of failing; first come, first served; evenly."""
    order: list[int] = []

    async def call(number: int) -> float:
        await rate_limiter.acquire(READ, BACKGROUND)
        order.append(number)
        return now()

    times = await asyncio.gather(*(call(n) for n in range(10)))
    assert order == list(range(10))
    assert times[0] == 0
    assert all(0.5 < b - a < 0.65 for a, b in itertools.pairwise(times))


async def test_the_user_goes_before_background_work_that_waits(rate_limiter: RateLimiter) -> None:
    """A user's call that comes last goes first, and at once."""
    polls = [asyncio.create_task(when(rate_limiter, READ, BACKGROUND)) for _ in range(50)]
    await asyncio.sleep(3)
    asked_at = now()
    assert await when(rate_limiter, READ, USER) - asked_at < 0.05
    assert sum(not poll.done() for poll in polls) > 40
    await asyncio.gather(*polls)


async def test_the_user_goes_first_when_the_window_turns(rate_limiter: RateLimiter) -> None:
    """When the window turns, the user's call goes first, even if it came later."""
    await rate_limiter.acquire(READ, USER)
    rate_limiter.learn(READ, RateLimitHeaders(120, 0, 20.0))
    poll = asyncio.create_task(when(rate_limiter, READ, BACKGROUND))
    await asyncio.sleep(1)
    user = asyncio.create_task(when(rate_limiter, READ, USER))
    assert await user == pytest.approx(20.0, abs=0.01)
    assert await poll >= await user


async def test_triggers_go_once_a_second_and_the_first_at_once(rate_limiter: RateLimiter) -> None:
    """Sixty a minute, never in a heap."""
    times = await asyncio.gather(*(when(rate_limiter, TRIGGER, USER) for _ in range(5)))
    assert times[0] == 0
    assert all(1.0 <= b - a < 1.1 for a, b in itertools.pairwise(times))


async def test_a_429_cools_its_own_class_and_no_other(rate_limiter: RateLimiter) -> None:
    """A 429 stops reads for the given time, while kills and triggers continue."""
    await rate_limiter.acquire(READ, BACKGROUND)
    rate_limiter.learn(READ, RateLimitHeaders(retry_after_s=30.0))
    read = asyncio.create_task(when(rate_limiter, READ, USER))
    assert await when(rate_limiter, KILL, USER) == 0
    assert await when(rate_limiter, TRIGGER, USER) == 0
    assert [view.limited for view in rate_limiter.views()] == [True, False, False]
    assert 30.0 <= await read <= 32.01
    assert not any(view.limited for view in rate_limiter.views())


async def test_who_gives_up_leaves_the_line(rate_limiter: RateLimiter) -> None:
    """A cancelled wait costs no budget and delays no other call."""
    await rate_limiter.acquire(READ, BACKGROUND)
    quitter = asyncio.create_task(when(rate_limiter, READ, BACKGROUND))
    waiter = asyncio.create_task(when(rate_limiter, READ, BACKGROUND))
    await asyncio.sleep(0.1)
    assert rate_limiter.views()[0].waiting == 2
    quitter.cancel()
    await asyncio.sleep(0)
    assert rate_limiter.views()[0].waiting == 1
    assert await waiter < 0.65
    assert rate_limiter.views()[0].remaining == 118


async def test_who_gives_up_in_the_moment_of_the_grant_spends_nothing(rate_limiter: RateLimiter) -> None:
    """A call that was let go and never made is given back."""
    await rate_limiter.acquire(READ, USER)
    rate_limiter.learn(READ, RateLimitHeaders(120, 0, 60.0))
    waiter = asyncio.create_task(rate_limiter.acquire(READ, USER))
    await asyncio.sleep(1)
    rate_limiter.forget()
    assert rate_limiter.view(READ).remaining == 118
    waiter.cancel()
    await asyncio.wait({waiter})
    assert waiter.cancelled()
    assert rate_limiter.view(READ).remaining == 119


async def test_the_view_says_how_long_the_first_waits(rate_limiter: RateLimiter) -> None:
    """The view shows how many calls wait, how long the first waits, how many are left, and until when."""
    await rate_limiter.acquire(READ, USER)
    rate_limiter.learn(READ, RateLimitHeaders(120, 0, 45.0))
    waiter = asyncio.create_task(rate_limiter.acquire(READ, USER))
    await asyncio.sleep(5)
    view = rate_limiter.views()[0]
    assert (view.call_class, view.limit, view.remaining, view.waiting) == (READ, 120, 0, 1)
    assert view.reset_s == pytest.approx(40.0)
    assert view.wait_s == pytest.approx(40.0)
    waiter.cancel()


async def test_listeners_hear_of_changes_until_they_unsubscribe(rate_limiter: RateLimiter) -> None:
    """Listeners are notified of grants, readings, waits and the end of a 429, until they unsubscribe."""
    notified_at: list[float] = []
    stop = rate_limiter.subscribe(lambda: notified_at.append(now()))
    await rate_limiter.acquire(READ, USER)
    assert notified_at == [0.0]
    rate_limiter.learn(READ, RateLimitHeaders(retry_after_s=10.0))
    assert len(notified_at) == 2
    await asyncio.sleep(20)
    assert 10.0 <= notified_at[-1] <= 12.01
    stop()
    count = len(notified_at)
    await rate_limiter.acquire(READ, USER)
    assert len(notified_at) == count


async def test_forgetting_lets_those_go_who_waited_for_a_header(rate_limiter: RateLimiter) -> None:
    """After suspend, calls that waited because of a header go on."""
    await rate_limiter.acquire(READ, USER)
    rate_limiter.learn(READ, RateLimitHeaders(120, 0, 300.0))
    waiter = asyncio.create_task(when(rate_limiter, READ, USER))
    await asyncio.sleep(1)
    rate_limiter.forget()
    assert await waiter == pytest.approx(1.0)


async def test_forgetting_does_not_shorten_the_time_of_a_429(rate_limiter: RateLimiter) -> None:
    """A window that was stopped for a moment does not make all of them run into the limit again."""
    await rate_limiter.acquire(READ, USER)
    rate_limiter.learn(READ, RateLimitHeaders(retry_after_s=3600.0))
    waiter = asyncio.create_task(when(rate_limiter, READ, USER))
    await asyncio.sleep(10)
    rate_limiter.forget()
    assert 3600 <= await waiter <= 3602.1
