"""docs/dev/library-traps.md T1 replayed: callers that give up and deadlines that strike leave no place in the pool taken."""

import asyncio
import random
from collections.abc import Callable

import pytest

from cordage_tui.api.client import CordageClient
from cordage_tui.api.errors import Delivery, RequestTimeout
from cordage_tui.api.rate_limiter import RateLimiter
from cordage_tui.api.request import Timeouts
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.rate_limit import Priority, RateLimitClass, RateLimitHeaders
from tests.api.raw_server import RUN, WEBHOOK, Peer, Serve, reply

Connect = Callable[..., CordageClient]
AMPLE = "X-RateLimit-Limit: 900000"


def unpaced() -> RateLimiter:
    """A rate_limiter with more budget than a test can spend."""
    rate_limiter = RateLimiter(SystemClock())
    rate_limiter.learn(RateLimitClass.READ, RateLimitHeaders(900_000))
    return rate_limiter


async def test_cancelled_callers_leave_the_pool_whole(serve: Serve, connect: Connect) -> None:
    """Cancelling more than half of 400 reads at any await loses no connection and leaves none occupied."""
    rng = random.Random(1)

    async def script(peer: Peer) -> None:
        while True:
            await peer.request()
            for _ in range(rng.randrange(4)):
                await asyncio.sleep(0)
            await peer.send(reply("200 OK", RUN, AMPLE))

    server = await serve(script)
    client = connect(server.base, rate_limiter=unpaced())
    for _ in range(20):
        reads = [asyncio.create_task(client.get_run(WEBHOOK, "r1")) for _ in range(20)]
        for read in rng.sample(reads, 12):
            for _ in range(rng.randrange(5)):
                await asyncio.sleep(0)
            read.cancel()
        await asyncio.gather(*reads, return_exceptions=True)
    assert await asyncio.gather(*(client.get_run(WEBHOOK, "r1") for _ in range(120)))
    assert len(server.got) <= 32


async def test_deadlines_that_strike_leave_room_for_later_calls(serve: Serve, connect: Connect) -> None:
    """150 reads that all end by our deadline, more than the pool holds; the next one is answered."""
    answering = False

    async def script(peer: Peer) -> None:
        await peer.request()
        if not answering:
            await peer.silence()
        await peer.send(reply("200 OK", RUN, AMPLE))

    server = await serve(script)
    client = connect(server.base, rate_limiter=unpaced(), deadlines=Timeouts(total_s=0.3))
    outcomes = await asyncio.gather(*(client.get_run(WEBHOOK, "r1") for _ in range(150)), return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} == {RequestTimeout}
    answering = True
    assert (await client.get_run(WEBHOOK, "r1")).run_id == RUN["run_id"]


async def test_a_pool_that_is_full_is_replaced(serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    """If places of the pool are lost, one call fails unsent, the next gets a new pool, and calls in the old one still
    end."""
    monkeypatch.setattr("cordage_tui.api.transport._MAX_CONNECTIONS", 1)
    monkeypatch.setattr("cordage_tui.api.transport._POOL_S", 0.1)
    hangs, may_answer = asyncio.Event(), asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.request()
        if peer.number == 0:
            hangs.set()
            await may_answer.wait()
        await peer.send(reply("200 OK", RUN, AMPLE))

    server = await serve(script)
    client = connect(server.base, rate_limiter=unpaced())
    first = asyncio.create_task(client.get_run(WEBHOOK, "r1"))
    await hangs.wait()
    with pytest.raises(RequestTimeout, match="all our connections are busy") as raised:
        await client.get_run(WEBHOOK, "r1")
    assert raised.value.delivery is Delivery.NOT_SENT
    assert (await client.get_run(WEBHOOK, "r1")).run_id == RUN["run_id"]
    may_answer.set()
    assert (await first).run_id == RUN["run_id"]


async def test_after_reconnecting_no_old_connection_is_used_and_no_request_lost(serve: Serve, connect: Connect) -> None:
    """After suspend the next call opens a new connection, and a call that was under way still gets its answer."""
    has_asked, may_answer = asyncio.Event(), asyncio.Event()

    async def script(peer: Peer) -> None:
        while True:
            run = RUN
            if b"slow" in await peer.request():
                run = RUN | {"run_id": "slow"}
                has_asked.set()
                await may_answer.wait()
            await peer.send(reply("200 OK", run, AMPLE))

    server = await serve(script)
    client = connect(server.base, rate_limiter=unpaced())
    await client.get_run(WEBHOOK, "r1")
    slow = asyncio.create_task(client.get_run(WEBHOOK, "slow"))
    await has_asked.wait()
    await client.reconnect()
    assert (await client.get_run(WEBHOOK, "r1")).run_id == RUN["run_id"]
    assert len(server.got) == 2
    may_answer.set()
    assert (await slow).run_id == "slow"


async def test_a_trigger_that_begins_while_old_connections_are_closed_goes_its_way(
    serve: Serve, connect: Connect
) -> None:
    """The first trigger makes a connection of another kind, also in the middle of reconnecting."""

    async def script(peer: Peer) -> None:
        while await peer.request():
            await peer.send(reply("200 OK", RUN, AMPLE))

    client = connect((await serve(script)).base, rate_limiter=unpaced())
    await client.get_run(WEBHOOK, "r1")
    trigger = asyncio.create_task(client.trigger(WEBHOOK, {"prompt": "fox"}))
    await asyncio.sleep(0)
    await client.reconnect()
    answer = await trigger
    assert answer.run_id == RUN["run_id"]


async def test_polling_that_hangs_does_not_stand_before_the_user(serve: Serve, connect: Connect) -> None:
    """A user's read is answered even if more polls hang than may be under way together."""

    async def script(peer: Peer) -> None:
        while b"/runs/" in (request := await peer.request()):
            await peer.send(reply("200 OK", RUN, AMPLE))
        assert request
        await peer.silence()

    server = await serve(script)
    rate_limiter = unpaced()
    client = connect(server.base, rate_limiter=rate_limiter)
    polls = [asyncio.create_task(client.list_runs(WEBHOOK, Priority.BACKGROUND)) for _ in range(40)]
    assert (await asyncio.wait_for(client.get_run(WEBHOOK, "r1"), 5)).run_id == RUN["run_id"]
    for poll in polls:
        poll.cancel()
    await asyncio.gather(*polls, return_exceptions=True)


async def test_cancelled_while_waiting_for_budget_nothing_is_sent(serve: Serve, connect: Connect) -> None:
    """The place in the line is given up, and so is the place among the calls under way."""

    async def script(peer: Peer) -> None:
        while True:
            await peer.request()
            await peer.send(reply("200 OK", RUN))

    server = await serve(script)
    rate_limiter = RateLimiter(SystemClock())
    rate_limiter.learn(RateLimitClass.TRIGGER, RateLimitHeaders(retry_after_s=60.0))
    client = connect(server.base, rate_limiter=rate_limiter)
    triggers = [asyncio.create_task(client.trigger(WEBHOOK, {})) for _ in range(70)]
    await asyncio.sleep(0)
    for trigger in triggers:
        trigger.cancel()
    await asyncio.gather(*triggers, return_exceptions=True)
    assert server.got == []
    rate_limiter.forget()
    assert (await asyncio.wait_for(client.trigger(WEBHOOK, {}), 5)).run_id


async def test_closing_ends_what_is_under_way(serve: Serve, connect: Connect) -> None:
    """`aclose` does not wait for a server that says nothing."""
    arrived = asyncio.Event()

    async def script(peer: Peer) -> None:
        await peer.request()
        arrived.set()
        await peer.silence()

    server = await serve(script)
    client = connect(server.base)
    read = asyncio.create_task(client.get_run(WEBHOOK, "r1"))
    await arrived.wait()
    await asyncio.wait_for(client.aclose(), 5)
    with pytest.raises(asyncio.CancelledError):
        await read
