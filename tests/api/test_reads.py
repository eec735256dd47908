"""Reads and kills over real sockets: bounds, broken answers, kept connections, learning."""

import asyncio
import gzip
from collections.abc import Callable

import pytest

from cordage_tui.api.client import CordageClient
from cordage_tui.api.errors import (
    AuthenticationFailed,
    ConnectionLost,
    CordageError,
    Delivery,
    NotFound,
    RateLimited,
    ReadOnlyError,
    RequestRejected,
    RequestTimeout,
    UnexpectedResponse,
)
from cordage_tui.api.rate_limiter import RateLimiter
from cordage_tui.api.transport import MAX_BODY
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.rate_limit import Priority, RateLimitClass
from cordage_tui.domain.webhook import HealthStatus
from tests.api.raw_server import RUN, SHORT, WEBHOOK, Peer, Serve, always, reply

Connect = Callable[..., CordageClient]


async def list_failure(client: CordageClient) -> CordageError:
    with pytest.raises(CordageError) as caught:
        await client.list_runs(WEBHOOK, Priority.USER)
    return caught.value


async def test_a_list_carries_the_runs_and_teaches_the_rate_limiter(serve: Serve, connect: Connect) -> None:
    """The budget of the headers counts in the class the call drew on."""
    headers = ("X-RateLimit-Limit: 100", "X-RateLimit-Remaining: 41", "X-RateLimit-Reset: 30")
    server = await serve(always(reply("200 OK", [RUN], *headers)))
    rate_limiter = RateLimiter(SystemClock())
    listed = await connect(server.base, rate_limiter=rate_limiter).list_runs(WEBHOOK)
    reads, triggers, kills = rate_limiter.views()
    assert [run.run_id for run in listed] == [RUN["run_id"]]
    assert (reads.limit, reads.remaining) == (100, 41)
    assert (triggers.limit, kills.limit) == (60, 30)


async def test_a_request_holds_what_the_contract_says_and_no_more(serve: Serve, connect: Connect) -> None:
    """Header names are an exact allow-list; ids are one path segment each; no query."""
    run_id = "a/../b?c#d%2f"
    server = await serve(always(reply("200 OK", RUN | {"run_id": run_id})))
    await connect(server.base).get_run(WEBHOOK, run_id)
    line, *headers = bytes(server.got[0]).decode().split("\r\n\r\n")[0].split("\r\n")
    assert line == f"GET /api/webhooks/{WEBHOOK}/runs/a%2F..%2Fb%3Fc%23d%252f HTTP/1.1"
    names = {header.split(":")[0].lower() for header in headers}
    assert names == {"host", "accept", "accept-encoding", "user-agent", "connection", "authorization"}


async def test_ids_that_would_climb_are_never_sent(serve: Serve, connect: Connect) -> None:
    """The ids `.`, `..` and an empty one are refused without a request."""
    server = await serve(always(reply("200 OK", RUN)))
    for run_id in ("", ".", "..", " "):
        with pytest.raises(CordageError) as caught:
            await connect(server.base).get_run(WEBHOOK, run_id)
        assert caught.value.delivery is Delivery.NOT_SENT
    assert server.requests == 0


async def test_read_only_refuses_every_post_in_the_client(serve: Serve, connect: Connect) -> None:
    """A read-only client refuses triggers and kills unsent, and still reads."""
    server = await serve(always(reply("200 OK", RUN)))
    client = connect(server.base, read_only=True)
    for call in (client.trigger(WEBHOOK, {}), client.kill_run(WEBHOOK, "r1")):
        with pytest.raises(ReadOnlyError) as caught:
            await call
        assert caught.value.delivery is Delivery.NOT_SENT
    await client.get_run(WEBHOOK, "r1")
    assert b"POST" not in server.got[0]


async def test_a_dripping_answer_meets_the_total_deadline(serve: Serve, connect: Connect) -> None:
    """An answer that drips byte by byte ends at the total deadline (docs/dev/faults.md 16)."""

    async def drip(peer: Peer) -> None:
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            await peer.send(b"[")
            await asyncio.sleep(0.05)

    server = await serve(drip)
    error = await list_failure(connect(server.base, deadlines=SHORT))
    assert (type(error), error.status, error.health) == (RequestTimeout, 200, HealthStatus.TIMEOUT)


async def test_an_endless_body_is_dropped_at_the_cap(serve: Serve, connect: Connect) -> None:
    """One byte over 8 MiB is refused and the connection closed, without a Content-Length too."""
    sent = 0

    async def endless(peer: Peer) -> None:
        nonlocal sent
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            await peer.send(b" " * 65536)
            sent += 65536

    server = await serve(endless)
    error = await list_failure(connect(server.base))
    assert isinstance(error, UnexpectedResponse)
    assert "larger than 8 MiB" in error.what
    assert sent < 3 * MAX_BODY


async def test_a_body_at_the_cap_is_taken(serve: Serve, connect: Connect) -> None:
    """A body of exactly 8 MiB is accepted."""
    server = await serve(always(reply("200 OK", b"[]".ljust(MAX_BODY))))
    assert await connect(server.base).list_runs(WEBHOOK) == ()


async def test_a_gzip_bomb_is_bounded_and_honest_gzip_is_read(serve: Serve, connect: Connect) -> None:
    """A thousandfold ratio ends at the cap; a server that zips unasked is understood."""
    bomb = await serve(always(reply("200 OK", gzip.compress(b" " * (64 * 2**20)), "Content-Encoding: gzip")))
    honest = await serve(always(reply("200 OK", gzip.compress(b"[]"), "Content-Encoding: gzip")))
    error = await list_failure(connect(bomb.base))
    assert isinstance(error, UnexpectedResponse)
    assert await connect(honest.base).list_runs(WEBHOOK) == ()


@pytest.mark.parametrize(
    ("data", "kind", "word"),
    [
        (reply("200 OK", b"<html><title>Hotel</title>", "Content-Type: text/html"), UnexpectedResponse, "web page"),
        (reply("200 OK", b""), UnexpectedResponse, "empty"),
        (reply("200 OK", b"{"), UnexpectedResponse, "not JSON"),
        (reply("200 OK", {"error": "Webhook paused"}), UnexpectedResponse, "Webhook paused"),
        (reply("206 Partial Content", []), UnexpectedResponse, "206"),
        (reply("200 OK", b"[]", "Content-Encoding: gzip, gzip"), UnexpectedResponse, "encoded"),
        (reply("302 Found", b"", "Location: https://login.example/"), UnexpectedResponse, "https://login.example/"),
        (reply("401 No", {"error": "Invalid API key"}), AuthenticationFailed, "Invalid API key"),
        (reply("404 No", {"error": "Webhook not found"}), NotFound, "Webhook not found"),
        (reply("409 No", {"detail": [{"loc": ["body", "x"], "msg": "bad"}]}), RequestRejected, "body.x: bad"),
        (reply("429 No", {"error": "Rate limit exceeded.", "retry_after": 30}), RateLimited, "Rate limit exceeded."),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[", ConnectionLost, "cut"),
    ],
)
async def test_each_bad_answer_is_one_typed_error_naming_the_call(
    serve: Serve, connect: Connect, data: bytes, kind: type[CordageError], word: str
) -> None:
    """Kind, call, status and the server's own words, on one line."""

    async def once(peer: Peer) -> None:
        await peer.request()
        await peer.send(data)

    server = await serve(once)
    error = await list_failure(connect(server.base))
    assert type(error) is kind
    assert word in error.what
    assert (error.call, error.delivery) == ("list runs", Delivery.ANSWERED)
    assert error.status == int(data.split()[1])
    assert "\n" not in str(error)


async def test_a_get_on_a_stale_connection_is_sent_once_more(serve: Serve, connect: Connect) -> None:
    """A kept connection that dies under a GET costs the caller nothing; a fresh one that dies is not tried again."""

    async def dies_on_the_second_request(peer: Peer) -> None:
        await peer.request()
        if peer.number < 2:
            await peer.send(reply("200 OK", RUN))
            await peer.request()
        peer.reset()

    server = await serve(dies_on_the_second_request)
    client = connect(server.base)
    await client.get_run(WEBHOOK, "r1")
    assert (await client.get_run(WEBHOOK, "r1")).run_id == RUN["run_id"]
    assert len(server.got) == 2
    with pytest.raises(ConnectionLost):
        await client.get_run(WEBHOOK, "r1")
    assert len(server.got) == 3


async def test_a_kill_on_a_stale_connection_is_not_repeated(serve: Serve, connect: Connect) -> None:
    """The client repeats only GETs on a stale connection; the engine examines a doubtful kill."""

    async def dies_under_a_post(peer: Peer) -> None:
        while (await peer.request()).startswith(b"GET"):
            await peer.send(reply("200 OK", RUN))
        peer.reset()

    server = await serve(dies_under_a_post)
    client = connect(server.base)
    await client.get_run(WEBHOOK, "r1")
    with pytest.raises(ConnectionLost) as caught:
        await client.kill_run(WEBHOOK, "r1")
    assert caught.value.delivery is Delivery.UNCERTAIN
    assert sum(bytes(got).count(b"POST") for got in server.got) == 1


async def test_triggers_never_share_a_connection(serve: Serve, connect: Connect) -> None:
    """Each trigger has a fresh connection, so none can meet a stale one; reads share theirs."""
    server = await serve(always(reply("200 OK", RUN, "X-RateLimit-Limit: 100000")))
    client = connect(server.base)
    for _ in range(2):
        await client.trigger(WEBHOOK, {})
    assert [bytes(got).count(b"POST") for got in server.got] == [1, 1]
    for _ in range(2):
        await client.get_run(WEBHOOK, "r1")
    assert [bytes(got).count(b"GET") for got in server.got] == [0, 0, 2]


async def test_a_large_list_is_decoded_whole(serve: Serve, connect: Connect) -> None:
    """A large list, decoded in a thread, gives the same runs as a small one."""
    many = [RUN | {"run_id": f"r{n}", "metadata": {"note": "x" * 200}} for n in range(2_000)]
    server = await serve(always(reply("200 OK", {"runs": many})))
    runs = await connect(server.base).list_runs(WEBHOOK)
    assert [run.run_id for run in runs] == [f"r{n}" for n in range(2_000)]


async def test_a_429_stops_its_own_class_only(serve: Serve, connect: Connect) -> None:
    """After a 429 on a read, a kill goes immediately, and the next read waits (docs/dev/faults.md 49)."""

    async def script(peer: Peer) -> None:
        while True:
            get = (await peer.request()).startswith(b"GET")
            await peer.send(reply("429 No", {"error": "no", "retry_after": 30}) if get else reply("200 OK", RUN))

    server = await serve(script)
    rate_limiter = RateLimiter(SystemClock())
    client = connect(server.base, rate_limiter=rate_limiter)
    with pytest.raises(RateLimited) as caught:
        await client.list_runs(WEBHOOK)
    await asyncio.wait_for(client.kill_run(WEBHOOK, "r1"), 5)
    assert caught.value.retry_after_s == 30.0
    assert [view.limited for view in rate_limiter.views()] == [True, False, False]
    assert {view.call_class for view in rate_limiter.views()} == set(RateLimitClass)


async def test_a_get_that_is_answered_with_another_run_is_an_error(serve: Serve, connect: Connect) -> None:
    """A cache or a mixed-up connection may send it; believed, it would change the row of that other run."""
    server = await serve(always(reply("200 OK", RUN | {"run_id": "another"})))
    with pytest.raises(UnexpectedResponse, match="another run") as caught:
        await connect(server.base).get_run(WEBHOOK, RUN["run_id"])
    assert caught.value.delivery is Delivery.ANSWERED


@pytest.mark.parametrize(
    "answer",
    [
        reply("200 OK", RUN | {"run_id": "another", "status": "cancelled"}),
        reply("200 OK", {"status": "cancelled"}),
        reply("204 No Content", b""),
        reply("302 Found", b"", "Location: http://127.0.0.1:1/login"),
        reply("403 Forbidden", b"<html>Blocked</html>"),
        reply("502 Bad Gateway", {"error": "bad gateway"}),
        reply("503 Unavailable", {"error": "Rate limit exceeded.", "retry_after": 3}),
        reply("200 OK", RUN)[:-20],
    ],
    ids=["another run", "no id", "204", "302", "403 page", "502", "503", "cut"],
)
async def test_a_kill_without_a_usable_answer_is_uncertain(serve: Serve, connect: Connect, answer: bytes) -> None:
    """A kill without a usable answer is uncertain: the caller must read the run."""
    server = await serve(always(answer))
    with pytest.raises(CordageError) as caught:
        await connect(server.base, deadlines=SHORT).kill_run(WEBHOOK, RUN["run_id"])
    assert caught.value.delivery is Delivery.UNCERTAIN


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429])
async def test_a_kill_that_the_api_refuses_did_nothing(serve: Serve, connect: Connect, status: int) -> None:
    """A refusal in the API's own words is an answer; a 409 says that the run has ended."""
    server = await serve(always(reply(f"{status} No", {"error": "no"})))
    with pytest.raises(CordageError) as caught:
        await connect(server.base).kill_run(WEBHOOK, RUN["run_id"])
    assert caught.value.delivery is Delivery.ANSWERED


PAGES = [
    pytest.param(b"<html><title>Hotel Wi-Fi</title></html>", "text/html; charset=utf-8", id="login page"),
    pytest.param(b"\r\n<!DOCTYPE html><title>Blocked</title>", "application/json", id="page with another type"),
    pytest.param(b"Access denied by the proxy", "text/html", id="text called a page"),
]


@pytest.mark.parametrize("status", [401, 402, 403])
@pytest.mark.parametrize(("body", "kind"), PAGES)
async def test_a_refusal_that_is_a_web_page_says_nothing_of_the_key(
    serve: Serve, connect: Connect, status: int, body: bytes, kind: str
) -> None:
    """A captive portal or a proxy sent it: the server is out of reach, and other calls of the key still go out."""
    server = await serve(always(reply(f"{status} No", body, f"Content-Type: {kind}")))
    client = connect(server.base)
    error = await list_failure(client)
    assert type(error) is UnexpectedResponse
    assert (error.health, error.status) == (HealthStatus.OFFLINE, status)
    assert "captive portal" in error.what and "proxy" in error.what
    assert client.key_guard.refused is None
    await list_failure(client)
    assert server.requests == 2


@pytest.mark.parametrize(
    ("body", "kind"), [({"error": "no"}, "text/html"), (b"", "text/plain"), (b"Unauthorized", "text/plain")]
)
async def test_a_refusal_that_is_not_a_web_page_refuses_the_key(
    serve: Serve, connect: Connect, body: object, kind: str
) -> None:
    """The API's JSON refuses the key with any content type, and so does a bare 401."""
    server = await serve(always(reply("401 Unauthorized", body, f"Content-Type: {kind}")))
    client = connect(server.base)
    assert type(await list_failure(client)) is AuthenticationFailed
    assert client.key_guard.refused is not None
