"""Connections: kept, refused, reset, malformed; and the log."""

import asyncio
from urllib.parse import urlsplit

import pytest

from cordage_tui.api.http_library import httpx
from cordage_tui.simulator.server import serve
from cordage_tui.simulator.world import Options, plain_world

pytestmark = pytest.mark.looptime


async def test_a_connection_is_kept_for_many_requests(serving, talk):
    """Two requests sent at once on one connection are both answered, in order."""
    async with serving() as rig:
        head = f"/{rig.key}/runs HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {rig.served.api_key}\r\n"
        first = f"GET /api/webhooks{head}\r\n"
        second = f"GET /api/webhooks{head}Connection: close\r\n\r\n"
        raw = await talk(urlsplit(rig.served.base_url).port, (first + second).encode())
    assert raw.count(b"HTTP/1.1 200 OK") == 2
    assert raw.index(b"X-RateLimit-Remaining: 119") < raw.index(b"X-RateLimit-Remaining: 118")


@pytest.mark.parametrize(
    "request_bytes", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost" + b"x" * 99_999]
)
async def test_what_is_no_request_is_a_400_or_431(serving, talk, request_bytes):
    """The server answers and closes instead of hanging or dying."""
    async with serving() as rig:
        raw = await talk(urlsplit(rig.served.base_url).port, request_bytes)
        assert raw[9:12] in (b"400", b"431")
        assert (await rig.list()).status_code == 200


async def test_a_body_too_large_is_a_413(serving):
    """A body that is too large is refused with a 413 before its end is read."""
    async with serving() as rig:
        answer = await rig.client.post(f"{rig.key}/trigger", content=b" " * (9 << 20))
    assert answer.status_code == 413


async def test_a_client_that_asks_before_its_body_is_told_to_go_on(serving, talk):
    """Expect: 100-continue is answered with 100 and then with the answer (curl does so for long prompts)."""
    async with serving() as rig:
        port = urlsplit(rig.served.base_url).port
        head = f"POST /api/webhooks/{rig.key}/trigger HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {rig.served.api_key}\r\n"
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"{head}Content-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n".encode())
        assert (await reader.readline()).startswith(b"HTTP/1.1 100 ")
        writer.write(b"{}")
        assert b"HTTP/1.1 200 OK" in await reader.read()
        writer.close()
        await writer.wait_closed()


async def test_offline_and_back_on_the_same_port(serving):
    """Offline, kept connections die and new ones are refused; back, the same URL works and runs have gone on."""
    async with serving(seconds=10.0) as rig:
        run_id = (await rig.trigger()).json()["run_id"]
        await rig.served.go_offline()
        for _ in range(2):
            with pytest.raises(httpx.NetworkError):
                await rig.list()
        await asyncio.sleep(20)
        await rig.served.come_back()
        assert (await rig.get(run_id)).json()["status"] == "completed"


async def test_the_log_holds_every_request(serving):
    """Method, path, call, time, status and header names, and for tests of secrets the headers themselves, unshown."""
    async with serving() as rig:
        await rig.trigger({"prompt": "fox"})
        await asyncio.sleep(3)
        await rig.list()
        trigger, listing = rig.served.log
    assert (trigger.method, trigger.path, trigger.call, trigger.status) == (
        "POST",
        f"/api/webhooks/{rig.key}/trigger",
        "trigger",
        200,
    )
    assert trigger.body == b'{"prompt":"fox"}'
    assert listing.at - trigger.at == pytest.approx(3.0)
    assert "authorization" in listing.header_names
    assert rig.served.api_key not in repr(trigger)


async def test_latency(serving):
    """Every answer takes a time between the option's bounds."""
    async with serving(options=Options(latency_s=(0.5, 1.5))) as rig:
        loop = asyncio.get_running_loop()
        took = []
        for _ in range(5):
            started = loop.time()
            await rig.list()
            took.append(loop.time() - started)
    assert all(0.5 <= seconds <= 1.6 for seconds in took)
    assert len(set(took)) > 1


async def test_a_taken_port_is_an_os_error_that_leaves_nothing_open(serving):
    """A taken port of the API or of storage raises OSError and leaves no listener open."""
    async with serving() as rig:
        port = urlsplit(rig.served.storage_url).port
        world = plain_world(rig.world.clock)
        with pytest.raises(OSError, match="address already in use"):
            await serve(world, port=port)
        with pytest.raises(OSError, match="address already in use"):
            await serve(world, storage_port=port)
        assert world.storage_url == "https://storage.trycordage.com"


async def test_closing_twice_is_closing(serving):
    """Closing resets open connections, and may be repeated."""
    async with serving() as rig:
        await rig.list()
        await rig.served.close()
        await rig.served.close()
        with pytest.raises(httpx.NetworkError):
            await rig.list()
