"""A call that surely was not sent costs no budget (docs/dev/triggering.md 3), so nothing is lost while offline."""

import random

import pytest

from cordage_tui.api.budget_state import RateBudget
from cordage_tui.api.client import CordageClient
from cordage_tui.api.errors import CordageError, Delivery
from cordage_tui.api.rate_limiter import RateLimiter
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.rate_limit import Priority, RateLimitClass, RateLimitHeaders
from tests.api.raw_server import SHORT, WEBHOOK, Peer, Serve

READ, TRIGGER = RateLimitClass.READ, RateLimitClass.TRIGGER


def budget(limit: int = 10) -> RateBudget:
    return RateBudget(limit, share=0.9, even=False, rng=random.Random(1))


def test_what_is_given_back_counts_neither_as_ours_nor_against_the_headers() -> None:
    """Own count and believed remainder are as before the call."""
    spent = budget()
    spent.grant(Priority.USER, 0.0)
    spent.update_from_headers(RateLimitHeaders(limit=10, remaining=4, reset_s=30.0), 0.5)
    spent.grant(Priority.USER, 1.0)
    assert spent.remaining(1.0) == 3
    spent.give_back(1.0)
    assert spent.remaining(1.0) == 4
    assert spent.state.count_since(-1.0) == 1


def test_only_what_has_no_answer_can_be_given_back() -> None:
    """An answered call stays spent, and a budget never grows above its limit."""
    spent = budget()
    spent.grant(Priority.USER, 0.0)
    spent.update_from_headers(RateLimitHeaders(limit=10, remaining=10, reset_s=30.0), 0.5)
    spent.give_back(1.0)
    assert spent.state.count_since(-1.0) == 1
    spent.grant(Priority.USER, 2.0)
    spent.give_back(100.0)
    assert spent.remaining(100.0) == 10


async def test_calls_that_never_left_cost_nothing(serve: Serve, connect: type[CordageClient]) -> None:
    """Reads and a trigger that fail before their first byte return their budget."""
    server = await serve(None)
    rate_limiter = RateLimiter(SystemClock())
    client = connect(server.base.replace(str(server.port), "1"), rate_limiter=rate_limiter)
    await rate_limiter.acquire(TRIGGER, Priority.USER)
    for call in (client.get_run(WEBHOOK, "r1"), client.list_runs(WEBHOOK), client.trigger(WEBHOOK, {})):
        with pytest.raises(CordageError) as raised:
            await call
        assert raised.value.delivery is Delivery.NOT_SENT
    reads, triggers, _ = rate_limiter.views()
    assert (reads.remaining, triggers.remaining, reads.ours, triggers.ours) == (120, 60, 0, 0)


async def test_calls_that_may_have_arrived_stay_spent(serve: Serve, connect: type[CordageClient]) -> None:
    """The server got it and said nothing: it will have counted it."""

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.silence()

    server = await serve(script)
    rate_limiter = RateLimiter(SystemClock())
    client = connect(server.base, rate_limiter=rate_limiter, deadlines=SHORT)
    with pytest.raises(CordageError):
        await client.get_run(WEBHOOK, "r1")
    assert rate_limiter.views()[0].remaining == 119
