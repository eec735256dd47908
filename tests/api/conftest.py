"""Raw servers on loopback sockets that do exactly what a test says, and remember every byte they got."""

import asyncio
import contextlib
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from cordage_tui.api.client import CordageClient
from cordage_tui.api.deadlines import Deadlines
from cordage_tui.api.pacer import Pacer
from cordage_tui.domain.clock import SystemClock
from cordage_tui.domain.secret import Secret

KEY = "cordage_CANARYKEY0123456789"
WEBHOOK = "wh_CANARYHOOK0123456789"
RUN = {"run_id": "550e8400-e29b-41d4-a716-446655440000", "status": "running"}
QUICK = Deadlines(connect_s=0.3, write_s=0.3, read_s=0.3, total_s=1.0, trigger_read_s=0.3, trigger_total_s=1.0)
"""Short, so that silence costs a test little; nothing depends on how long they are."""


@dataclass
class Peer:
    """One accepted connection, as a script sees it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    got: bytearray
    number: int
    """0 for the first connection the server accepted."""

    async def request(self) -> bytes:
        """Reads one whole request, head and body."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        self.got += head
        length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0)
        body = await self.reader.readexactly(length)
        self.got += body
        return head + body

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    def reset(self) -> None:
        """Ends the connection with a RST."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def silence(self) -> None:
        """Says nothing more until the other side gives up."""
        while await self.reader.read(65536):
            pass


Script = Callable[[Peer], Awaitable[None]]


@dataclass
class Server:
    """A listening server that plays one script on every connection."""

    port: int = 0
    got: list[bytearray] = field(default_factory=list)
    """What each connection sent, in the order they were accepted."""

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/webhooks"

    @property
    def requests(self) -> int:
        return sum(bytes(got).count(b" HTTP/1.1\r\n") for got in self.got)


Serve = Callable[..., Awaitable[Server]]


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
    """`connect(base_url)` makes a client with short deadlines; all are closed after the test."""
    async with contextlib.AsyncExitStack() as stack:

        def make(base_url: str, *, key: str = KEY, **options: object) -> CordageClient:
            pacer = options.pop("pacer", None) or Pacer(SystemClock())
            options.setdefault("deadlines", QUICK)
            client = CordageClient(base_url, Secret(key), pacer=pacer, clock=SystemClock(), **options)  # type: ignore[arg-type]
            stack.push_async_callback(client.aclose)
            return client

        yield make


def reply(status: str, body: bytes | object = b"", *headers: str) -> bytes:
    """A whole HTTP/1.1 answer; a body that is not bytes is written as JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = [] if isinstance(body, bytes) else ["Content-Type: application/json"]
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(data)}", *kind, *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + data


def always(answer: bytes) -> Script:
    """A script that gives every request of a connection the same answer."""

    async def script(peer: Peer) -> None:
        while True:
            await peer.request()
            await peer.send(answer)

    return script
