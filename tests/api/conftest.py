"""Servers and clients that are closed when their test ends."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest

from cordage_tui.api.client import CordageClient
from cordage_tui.api.rate_limiter import RateLimiter
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.secrets import Secret
from tests.api.raw_server import KEY, LONG, Peer, Script, Serve, Server


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """`await serve(script)` starts a server; all are closed after the test."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(script: Script, **options: object) -> Server:
            server = Server()
            tasks: set[asyncio.Task[None]] = set()

            async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                task = asyncio.current_task()
                assert task is not None
                tasks.add(task)
                got = bytearray()
                server.got.append(got)
                with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                    await script(Peer(reader, writer, got, len(server.got) - 1))
                writer.close()

            listener = await asyncio.start_server(play, "127.0.0.1", 0, limit=2**20, **options)  # type: ignore[arg-type]
            server.port = listener.sockets[0].getsockname()[1]

            async def stop() -> None:
                listener.close()
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

            stack.push_async_callback(stop)
            return server

        yield start


@pytest.fixture
async def connect() -> AsyncIterator[Callable[..., CordageClient]]:
    """`connect(base_url)` makes a client; all are closed after the test."""
    async with contextlib.AsyncExitStack() as stack:

        def make(base_url: str, *, key: str = KEY, **options: object) -> CordageClient:
            rate_limiter = options.pop("rate_limiter", None) or RateLimiter(SystemClock())
            options.setdefault("deadlines", LONG)
            client = CordageClient(base_url, Secret(key), rate_limiter=rate_limiter, clock=SystemClock(), **options)  # type: ignore[arg-type]
            stack.push_async_callback(client.aclose)
            return client

        yield make
