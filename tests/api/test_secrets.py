"""The key goes to its own origin and into no word of ours (docs/dev/faults.md rule 1, rule 4, rule 6)."""

import contextlib
import logging
import subprocess
import sys
import traceback
from collections.abc import Callable

import pytest

from cordage_tui.api.client import CordageClient
from cordage_tui.api.errors import CordageError, UnexpectedResponse
from cordage_tui.api.http_library import httpx
from cordage_tui.api.transport import HttpPoolHolder
from cordage_tui.domain.urls import parse_base_url
from tests.api.raw_server import KEY, LONG, RUN, SHORT, WEBHOOK, Peer, Serve, always, reply

Connect = Callable[..., CordageClient]
CANARY = "CANARY"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "target", ["http://127.0.0.1:{port}/api/webhooks", "http://localhost:{port}/", "//127.0.0.1:{port}/"]
)
async def test_no_redirect_is_followed(serve: Serve, connect: Connect, status: int, target: str) -> None:
    """No redirect of any call is followed to another host or port: it receives no byte, and the user sees the
    address."""
    other = await serve(always(reply("200 OK", RUN)))
    location = target.format(port=other.port)
    server = await serve(always(reply(f"{status} Elsewhere", b"", f"Location: {location}")))
    client = connect(server.base)
    for call in (client.list_runs(WEBHOOK), client.trigger(WEBHOOK, {}), client.kill_run(WEBHOOK, "r1")):
        with pytest.raises(UnexpectedResponse) as caught:
            await call
        assert location in caught.value.what
    assert other.got == []
    assert server.requests == 3


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1:{other}/x", "http://localhost:{own}/x", "https://127.0.0.1:{own}/x"]
)
async def test_the_transport_stops_a_request_for_another_origin(serve: Serve, target: str) -> None:
    """The client with the key never sends a request to another host, port or scheme."""
    other, own = await serve(always(reply("200 OK", RUN))), await serve(always(reply("200 OK", RUN)))
    connections = HttpPoolHolder(parse_base_url(own.base), keep_alive=True)
    url = target.format(other=other.port, own=own.port)
    async with connections.transport() as transport:
        with pytest.raises(httpx.UnsupportedProtocol):
            await transport.handle_async_request(httpx.Request("GET", url, headers={"Authorization": KEY}))
        async with contextlib.aclosing(await transport.handle_async_request(httpx.Request("GET", own.base))) as answer:
            assert answer.status_code == 200
    await connections.renew()
    assert other.got == []
    assert own.requests == 1


async def test_a_cookie_is_not_kept(serve: Serve, connect: Connect) -> None:
    """`Set-Cookie` from the API is not sent back."""
    server = await serve(always(reply("200 OK", RUN, "Set-Cookie: session=1; Path=/")))
    client = connect(server.base)
    for _ in range(2):
        await client.get_run(WEBHOOK, "r1")
    assert server.requests == 2
    assert b"cookie" not in bytes(server.got[0]).lower()


async def test_a_proxy_is_never_used_for_loopback(
    serve: Serve, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loopback addresses are reached directly, even with a proxy in the environment."""
    proxy = await serve(always(reply("200 OK", RUN)))
    server = await serve(always(reply("200 OK", RUN)))
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    monkeypatch.setenv("no_proxy", "")
    await connect(server.base).get_run(WEBHOOK, "r1")
    assert (server.requests, proxy.got) == (1, [])


async def echo(peer: Peer) -> None:
    """Answer with the request's own text, as frameworks in debug mode do."""
    while True:
        request = await peer.request()
        await peer.send(reply("400 Bad", {"error": request.decode().replace("\r\n", " ")}))


@pytest.mark.parametrize(
    "script",
    [
        echo,
        always(reply("401 No", {"error": f"{KEY} is not a key for {WEBHOOK}"})),
        always(reply("302 Found", b"", f"Location: https://x.example/{WEBHOOK}/runs?key={KEY}")),
        always(reply("200 OK", {"error": f"no {WEBHOOK}"})),
        always(reply("500 Bad", f"<html><title>{KEY}</title>".encode())),
        always(b"HTTP/1.1 200 OK\r\n" + KEY.encode() + b"\r\n\r\n"),
        Peer.silence,
    ],
)
async def test_no_secret_is_in_an_error_its_traceback_or_the_log(
    serve: Serve, connect: Connect, caplog: pytest.LogCaptureFixture, script: Callable[[Peer], object]
) -> None:
    """A server that echoes our keys gets them masked, with DEBUG logging on and causes printed."""
    caplog.set_level(logging.DEBUG)
    server = await serve(script)
    client = connect(server.base, deadlines=SHORT if script is Peer.silence else LONG)
    errors: list[CordageError] = []
    for call in (client.list_runs(WEBHOOK), client.get_run(WEBHOOK, "r1"), client.trigger(WEBHOOK, {})):
        try:
            await call
        except CordageError as error:
            errors.append(error)
    assert errors
    for seen in errors:
        assert CANARY not in "".join(traceback.format_exception(seen)) + repr(seen) + seen.what
        assert seen.__cause__ is None
        assert seen.__context__ is None
    assert CANARY not in caplog.text + repr(client) + repr(vars(client))


def test_httpx_stays_unloaded_until_the_first_call() -> None:
    """The first screen does not wait for httpx, and httpx does not load its own command line (docs/dev/library-traps.md T3)."""
    code = (
        "import sys, asyncio, cordage_tui.api.client as c\n"
        "from cordage_tui.api.rate_limiter import RateLimiter\n"
        "from cordage_tui.domain.base.clock import SystemClock\n"
        "from cordage_tui.domain.secrets import Secret\n"
        "client = c.CordageClient('http://127.0.0.1:1', Secret('k'), rate_limiter=RateLimiter(SystemClock()), clock=SystemClock())\n"
        "assert 'httpx' not in sys.modules\n"
        "try: asyncio.run(client.get_run('wh', 'r'))\n"
        "except c.UnexpectedResponse.__base__ as error: print(type(error).__name__)\n"
        "assert 'httpx' in sys.modules and 'httpx._main' not in sys.modules and 'rich' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "ConnectFailed"), done.stderr


def test_no_call_searches_the_path_for_a_package_that_is_not_there() -> None:
    """A missing sniffio is looked for once, although httpcore imports it for each lock (docs/dev/library-traps.md T37)."""
    code = (
        "import sys, asyncio, cordage_tui.api.client as c\n"
        "from cordage_tui.api.rate_limiter import RateLimiter\n"
        "from cordage_tui.domain.base.clock import SystemClock\n"
        "from cordage_tui.domain.secrets import Secret\n"
        "searched = []\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None): searched.append(name)\n"
        "async def main():\n"
        "    limiter = RateLimiter(SystemClock())\n"
        "    client = c.CordageClient('http://127.0.0.1:1', Secret('k'), rate_limiter=limiter, clock=SystemClock())\n"
        "    for _ in range(2):\n"
        "        try: await client.get_run('wh', 'r')\n"
        "        except c.UnexpectedResponse.__base__ as error: print(type(error).__name__)\n"
        "        sys.meta_path.insert(0, Finder())\n"
        "asyncio.run(main())\n"
        "assert 'sniffio' not in searched, searched\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout.split()) == (0, ["ConnectFailed"] * 2), done.stderr
