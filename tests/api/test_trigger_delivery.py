"""docs/dev/triggering.md 3 on real sockets: the delivery of a trigger after each fault."""

import asyncio
import contextlib
import socket
import zlib
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from cordage_tui.api.client import CordageClient
from cordage_tui.api.connection import describe_failure
from cordage_tui.api.errors import (
    ConnectFailed,
    ConnectionLost,
    CordageError,
    Delivery,
    InvalidRequest,
    RequestTimeout,
)
from cordage_tui.api.http_library import httpx
from cordage_tui.api.rate_limiter import RateLimiter
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.urls import parse_base_url
from tests.api.raw_server import RUN, SHORT, WEBHOOK, Peer, Serve, always, reply
from tests.api.tls import server_context
from tests.api.triggering import failure

Connect = Callable[..., CordageClient]
Fault = Callable[[Peer], Awaitable[None]]
BIG = {"prompt": "x" * 8_000_000}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def test_a_refused_connection_was_surely_not_sent(connect: Connect) -> None:
    """A refused connection is NOT_SENT, and the intent to send was never announced."""
    error, announced = await failure(connect(f"http://127.0.0.1:{free_port()}"))
    assert type(error) is ConnectFailed
    assert (error.delivery, error.status, announced) == (Delivery.NOT_SENT, None, 0)
    assert "refused" in error.what


async def test_a_host_without_address_was_surely_not_sent(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS failure: NOT_SENT, and the words name the host."""

    def unknown(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error, announced = await failure(connect("https://nowhere.invalid/api"))
    assert type(error) is ConnectFailed
    assert (error.delivery, announced) == (Delivery.NOT_SENT, 0)
    assert error.what == "could not resolve nowhere.invalid"


async def test_tls_to_a_plain_port_was_surely_not_sent(serve: Serve, connect: Connect) -> None:
    """A server that answers plain HTTP on a TLS port got no request, and the error names the address that works."""

    async def plain(peer: Peer) -> None:
        await peer.reader.read(100)
        await peer.send(reply("400 Bad Request", b"plain http"))

    server = await serve(plain)
    error, announced = await failure(connect(f"https://127.0.0.1:{server.port}"))
    assert type(error) is ConnectFailed
    assert (error.delivery, announced) == (Delivery.NOT_SENT, 0)
    assert error.what == f"127.0.0.1:{server.port} does not speak TLS; use http://127.0.0.1:{server.port}"


async def test_an_untrusted_certificate_was_surely_not_sent(serve: Serve, connect: Connect, tmp_path: Path) -> None:
    """A self-signed certificate is refused, with its reason, before the key is shown to that server."""
    server = await serve(always(reply("200 OK", RUN)), ssl=server_context(tmp_path))
    error, announced = await failure(connect(f"https://127.0.0.1:{server.port}"))
    assert type(error) is ConnectFailed
    assert (error.delivery, announced, server.requests) == (Delivery.NOT_SENT, 0, 0)
    assert "certificate" in error.what
    assert "self-signed" in error.what


async def test_a_stalled_tls_handshake_was_surely_not_sent(serve: Serve, connect: Connect) -> None:
    """Accepted, then silence during the handshake: NOT_SENT, in time."""
    server = await serve(Peer.silence)
    error, announced = await failure(connect(f"https://127.0.0.1:{server.port}", deadlines=SHORT))
    assert type(error) is RequestTimeout
    assert (error.delivery, announced) == (Delivery.NOT_SENT, 0)


async def test_a_proxy_that_refuses_was_surely_not_sent(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """407 from the proxy: its CONNECT went out, our request did not, and the key was in neither."""
    server = await serve(always(reply("407 Proxy Authentication Required")))
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{server.port}")
    monkeypatch.setenv("no_proxy", "")
    error, announced = await failure(connect("https://api.example.com/api"))
    assert type(error) is ConnectFailed
    assert (error.delivery, announced) == (Delivery.NOT_SENT, 0)
    assert bytes(server.got[0]).startswith(b"CONNECT api.example.com:443")
    assert b"CANARY" not in server.got[0]


async def test_a_proxy_that_is_not_reached_is_named(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error for an unreachable proxy names the proxy without its user and password."""
    monkeypatch.setenv("https_proxy", "http://me:canary@127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "")
    error, announced = await failure(connect("https://api.example.com/api"))
    assert (type(error), error.delivery, announced) == (ConnectFailed, Delivery.NOT_SENT, 0)
    assert error.what == "cannot connect through the proxy: 127.0.0.1:1 refused the connection"


@pytest.mark.parametrize(
    ("base", "place"),
    [
        ("https://api.example.com/x", "api.example.com:443"),
        ("http://localhost/x", "localhost:80"),
        ("http://[::1]:4/x", "[::1]:4"),
    ],
)
def test_who_refused_is_told_with_the_port(base: str, place: str) -> None:
    """A refused connection is described with the port, by default that of the scheme."""
    url = parse_base_url(base)
    fault = httpx.ConnectError("")
    fault.__cause__ = ConnectionRefusedError()
    assert describe_failure(fault, url.host, url.port) == f"{place} refused the connection"


async def test_unsendable_settings_were_surely_not_sent(connect: Connect) -> None:
    """A base URL, key, webhook key or inputs that cannot be sent are NOT_SENT."""
    for base, options, inputs in (
        ("http://api.example.com", {}, {"prompt": "fox"}),
        ("https://127.0.0.1:1", {"key": "two words"}, {"prompt": "fox"}),
        ("https://127.0.0.1:1", {"key": "schlüssel"}, {"prompt": "fox"}),
        ("https://127.0.0.1:1", {}, {"prompt": float("nan")}),
    ):
        error, announced = await failure(connect(base, **options), inputs)
        assert type(error) is InvalidRequest
        assert (error.delivery, announced) == (Delivery.NOT_SENT, 0)


async def reset_at_once(peer: Peer) -> None:
    peer.reset()


async def reset_after_the_head(peer: Peer) -> None:
    await peer.reader.readuntil(b"\r\n\r\n")
    peer.reset()


async def close_after_the_request(peer: Peer) -> None:
    await peer.request()


async def reset_after_the_request(peer: Peer) -> None:
    await peer.request()
    peer.reset()


async def silence_after_the_request(peer: Peer) -> None:
    await peer.request()
    await peer.silence()


async def drip_a_head(peer: Peer) -> None:
    await peer.request()
    for byte in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 10_000:
        await peer.send(bytes([byte]))
        await asyncio.sleep(0.05)


def after_the_request(data: bytes) -> Fault:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.send(data)

    return script


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (reset_at_once, ConnectionLost),
        (reset_after_the_head, ConnectionLost),
        (close_after_the_request, ConnectionLost),
        (reset_after_the_request, ConnectionLost),
        (silence_after_the_request, RequestTimeout),
        (drip_a_head, RequestTimeout),
        (after_the_request(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), ConnectionLost),
        (after_the_request(b"HTTP/1.1 200 OK\r\nContent-Le"), ConnectionLost),
        (after_the_request(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000), ConnectionLost),
        (after_the_request(b"HTTP/1.1 0 Nothing\r\n\r\n"), ConnectionLost),
    ],
)
async def test_a_fault_after_sending_began_is_uncertain(
    serve: Serve, connect: Connect, fault: Fault, kind: type[CordageError]
) -> None:
    """Sent and no status line: UNCERTAIN, announced exactly once, and never sent a second time."""
    server = await serve(fault)
    error, announced = await failure(connect(server.base, **({"deadlines": SHORT} if kind is RequestTimeout else {})))
    assert type(error) is kind
    assert (error.delivery, error.status, announced) == (Delivery.UNCERTAIN, None, 1)
    assert len(server.got) == 1


async def test_a_server_that_never_reads_leaves_it_uncertain(serve: Serve, connect: Connect) -> None:
    """The head and a part of a large body are out: UNCERTAIN, in time."""

    async def deaf(peer: Peer) -> None:
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.Event().wait()

    server = await serve(deaf)
    error, announced = await failure(connect(server.base, deadlines=SHORT), BIG)
    assert type(error) is RequestTimeout
    assert (error.delivery, announced) == (Delivery.UNCERTAIN, 1)


def gzipped(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        reply("200 OK", b"\x1f\x8bgarbage", "Content-Encoding: gzip"),
        reply("200 OK", gzipped(b"{}")[:-9], "Content-Encoding: gzip"),
        reply("200 OK", b"{}", "Content-Encoding: zstd"),
        reply("204 No Content"),
        reply("200 OK", b"<html>log in to the hotel's network</html>", "Content-Type: text/html"),
        reply("200 OK", {"status": "running"}),
        reply("200 OK", {"run_id": 7}),
        reply("200 OK", {"run_id": ".."}),
        reply("200 OK", b'{"run_id": "a", "run_id": "b"}'),
        reply("200 OK", {"error": "Rate limit exceeded."}),
        reply("202 Accepted", []),
        reply("206 Partial Content", RUN),
    ],
)
async def test_a_2xx_without_a_usable_id_is_uncertain(serve: Serve, connect: Connect, data: bytes) -> None:
    """Something answered with success and named no run: that is nothing to repeat, and nothing that is known."""
    server = await serve(after_the_request(data))
    error, _ = await failure(connect(server.base))
    assert error.delivery is Delivery.UNCERTAIN and error.what
    assert server.requests == 1


async def test_a_2xx_then_a_stalled_body_is_uncertain(serve: Serve, connect: Connect) -> None:
    """A status line, then silence: the id of the run, if there is one, is not known."""

    async def stall(peer: Peer) -> None:
        await peer.request()
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{")
        await peer.silence()

    server = await serve(stall)
    error, _ = await failure(connect(server.base, deadlines=SHORT))
    assert (type(error), error.delivery, error.status) == (RequestTimeout, Delivery.UNCERTAIN, 200)


async def test_early_hints_and_continue_are_skipped(serve: Serve, connect: Connect) -> None:
    """The interim answers 100 and 103 are skipped."""
    hints = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    server = await serve(after_the_request(hints + reply("200 OK", RUN)))
    run = await connect(server.base).trigger(WEBHOOK, {})
    assert run is not None
    assert run.run_id == RUN["run_id"]


async def test_a_cancelled_caller_does_not_cancel_the_request(serve: Serve, connect: Connect) -> None:
    """A cancelled caller leaves the request alone, and its answer still reaches the rate limiter
    (docs/dev/library-traps.md T1)."""
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def slow(peer: Peer) -> None:
        await peer.request()
        arrived.set()
        await go_on.wait()
        await peer.send(reply("200 OK", RUN, "X-RateLimit-Limit: 60", "X-RateLimit-Remaining: 7"))

    server = await serve(slow)
    rate_limiter = RateLimiter(SystemClock())
    client = connect(server.base, rate_limiter=rate_limiter)
    changed = asyncio.Event()
    waiting = asyncio.create_task(client.trigger(WEBHOOK, {}))
    await arrived.wait()
    waiting.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await waiting
    rate_limiter.subscribe(changed.set)
    go_on.set()
    await asyncio.wait_for(changed.wait(), 5)
    assert rate_limiter.views()[1].remaining == 7
