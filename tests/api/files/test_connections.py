"""Connections: reused while they are good, never shared, and closed when their request is cancelled
(docs/dev/library-traps.md T1)."""

import asyncio
import random
from types import SimpleNamespace

import pytest

from tests.api.files.conftest import read
from tests.api.raw_server import reply

CONTENT = random.Random(3).randbytes(400_000)


async def test_a_connection_is_used_again(storage, client):
    """One after the other over the same; at once over several."""
    url, fetch = storage.put("x", CONTENT), client()
    for _ in range(3):
        await read(fetch, url)
    assert len({request.peer for request in storage.seen}) == 1
    await asyncio.gather(*(read(fetch, url) for _ in range(5)))
    assert len({request.peer for request in storage.seen}) == 5


async def test_one_that_the_server_closed_meanwhile_is_not_noticed(serve, client):
    """The request is sent once more on a fresh one, and only then."""

    async def script(peer):
        await peer.request()
        await peer.send(reply("200 OK", b"file"))
        if peer.number == 0:
            await peer.request()  # and closed without an answer

    server = await serve(script)
    fetch, url = client(), f"http://127.0.0.1:{server.port}/x"
    assert [(await read(fetch, url)).content for _ in range(2)] == [b"file", b"file"]
    assert server.requests == 3 and len(server.got) == 2


async def test_a_reader_that_leaves_early_costs_nothing(storage, client):
    """The connection is closed, and the next request has its own."""
    url, fetch = storage.put("x", CONTENT, stall_after=200_000), client()
    for _ in range(3):
        async with fetch.open(url) as incoming:
            await anext(incoming.chunks())
    storage.change("x", stall_after=None)
    assert (await read(fetch, url)).content == CONTENT


@pytest.mark.parametrize("secured", [False, True])
async def test_cancelled_at_any_moment_nothing_stays_behind(storage, secure, public, outside, client, secured):
    """Requests cancelled at any moment leave no open socket and no warning, and as many requests are possible
    afterwards."""
    server, fetch = (secure, outside) if secured else (storage, client())
    public.add("a.example", "93.184.216.34", secure)
    server.put("x", CONTENT, pace_s=0.001)
    url = "https://a.example/x" if secured else server.link("x")
    rng = random.Random(4)
    await read(fetch, url)

    async def one():
        task = asyncio.create_task(read(fetch, url))
        await asyncio.sleep(rng.random() * 0.03)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    for _ in range(4):
        await asyncio.gather(*(one() for _ in range(40)))
    server.change("x", pace_s=0.0)
    async with asyncio.timeout(20):
        assert {got.content for got in await asyncio.gather(*(read(fetch, url) for _ in range(40)))} == {CONTENT}
    await fetch.aclose()
    server.wait_until_left()


async def test_closed_it_closes_what_is_given_back_later(storage, client):
    """A closed client lets a current reader finish, and closes its connection afterwards."""
    url, fetch = storage.put("x", CONTENT), client()
    async with fetch.open(url) as incoming:
        await fetch.aclose()
        assert b"".join([chunk async for chunk in incoming.chunks()]) == CONTENT
    storage.wait_until_left()
    assert (await read(fetch, url)).content == CONTENT


async def test_a_connection_that_is_kept_for_hours_keeps_one_socket(storage, client, monkeypatch):
    """A connection that was idle for long is opened again by the next request, and the old socket is closed."""
    clock = SimpleNamespace(now=0.0, monotonic=lambda: clock.now)
    monkeypatch.setattr("httpcore._async.http11.time", clock)
    url, fetch = storage.put("x", CONTENT), client()
    for _ in range(4):
        await read(fetch, url)
        clock.now += 3_600.0
    [kept] = fetch._opened().connections._idle
    assert len({request.peer for request in storage.seen}) == 4
    assert len(kept.backend._streams) == 1
