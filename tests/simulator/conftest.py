"""Small worlds on a simulated clock, served on loopback, and a client that knows nothing but HTTP."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from urllib.parse import urlsplit

import pytest

from cordage_tui.api.http_library import httpx
from cordage_tui.simulator.server import RunningServer, serve
from cordage_tui.simulator.world import Clock, SimulatedWorkspace, plain_world

EPOCH = 1_705_314_600.0
"""2024-01-15T10:30:00Z, when every simulated clock starts."""


class Rig:
    """A served world and a client with its key."""

    def __init__(self, served: RunningServer, client: httpx.AsyncClient) -> None:
        self.served = served
        self.world = served.world
        self.client = client
        self.key = self.world.webhooks[0].key

    async def trigger(self, inputs: object | None = None) -> httpx.Response:
        return await self.client.post(f"{self.key}/trigger", json={} if inputs is None else inputs)

    async def list(self) -> httpx.Response:
        return await self.client.get(f"{self.key}/runs")

    async def get(self, run_id: str) -> httpx.Response:
        return await self.client.get(f"{self.key}/runs/{run_id}")

    async def kill(self, run_id: str) -> httpx.Response:
        return await self.client.post(f"{self.key}/runs/{run_id}/kill")

    async def raw(self, method: str = "GET", path: str | None = None) -> bytes:
        """All bytes that the API answers to one request, to the end of the connection."""
        address = urlsplit(self.served.base_url)
        target = f"{address.path}/{self.key}/runs" if path is None else path
        head = f"{method} {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.served.api_key}\r\n"
        return await exchange(address.port, (head + "Connection: close\r\n\r\n").encode())


async def exchange(port: int | None, request: bytes) -> bytes:
    """Send bytes to a loopback port and read until the other side closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        return await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


Serving = Callable[..., AbstractAsyncContextManager[Rig]]


@pytest.fixture
def serving() -> Serving:
    """`async with serving(world) as rig`; without a world, a plain one on the loop's clock from `EPOCH`."""

    @asynccontextmanager
    async def start(world: SimulatedWorkspace | None = None, **about: object) -> AsyncIterator[Rig]:
        served = await serve(world or plain_world(loop_clock(), **about))  # type: ignore[arg-type]
        bearer = {"Authorization": f"Bearer {served.api_key}"}
        try:
            async with httpx.AsyncClient(
                base_url=served.base_url + "/", headers=bearer, trust_env=False, timeout=30.0
            ) as client:
                yield Rig(served, client)
        finally:
            await served.close()

    return start


@pytest.fixture
def clock() -> "Hand":
    """A clock fixed at `EPOCH` until it is moved."""
    return Hand()


class Hand:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.now = EPOCH

    def __call__(self) -> float:
        return self.now


def loop_clock() -> Clock:
    """Epoch seconds by the running loop's (simulated) time."""
    loop = asyncio.get_running_loop()
    return lambda: EPOCH + loop.time()


@pytest.fixture
def talk() -> Callable[[int | None, bytes], object]:
    """`await talk(port, bytes)`: all bytes that come back."""
    return exchange


@pytest.fixture
def epoch() -> float:
    return EPOCH
