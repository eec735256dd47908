"""Raw servers on loopback sockets that follow a test's script exactly, and record every byte received."""

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from cordage_tui.api.request import Timeouts

KEY = "cordage_CANARYKEY0123456789"
WEBHOOK = "wh_CANARYHOOK0123456789"
RUN = {"run_id": "r1", "status": "running"}
LONG = Timeouts(connect_s=10, write_s=10, read_s=10, total_s=20, trigger_read_s=10, trigger_total_s=20)
"""Never reached, unless something hangs."""
SHORT = Timeouts(connect_s=0.3, write_s=0.3, read_s=0.3, total_s=0.8, trigger_read_s=0.3, trigger_total_s=0.8)
"""For servers that say nothing more: silence then costs a test little."""


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
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0
        )
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
