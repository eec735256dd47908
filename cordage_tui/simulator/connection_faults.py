"""Faults of the connection: bytes written in place of a good response."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from http import HTTPStatus

from cordage_tui.simulator.faults import Fault, FaultKind
from cordage_tui.simulator.http_messages import HttpResponse

_LINGER_0 = struct.pack("ii", 1, 0)
_MANY_SPACES = b" " * 65_536


class Socket:
    """Accepted connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.peer: str = writer.get_extra_info("peername")[0]
        """Address of the client, without its port."""

    async def read(self) -> bytes:
        """Read at most 64 KiB; empty when the peer has closed its side. Raises OSError."""
        return await self._reader.read(65_536)

    async def send(self, data: bytes) -> None:
        """Write and drain. Raises OSError when the peer is gone."""
        if self._writer.is_closing():
            raise ConnectionResetError
        self._writer.write(data)
        await self._writer.drain()

    async def wait_closed(self) -> None:
        """Wait until the peer closes its side."""
        while await self.read():
            pass

    @property
    def is_gone(self) -> bool:
        """True if the peer has closed its side and all its data was read."""
        return self._reader.at_eof() or self._writer.is_closing()

    async def close(self) -> None:
        """Flush and close. May be called twice."""
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()

    def reset(self) -> None:
        """Close with RST, discarding unsent data. May be called twice."""
        with suppress(OSError):
            self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_0)
        self._writer.transport.abort()


def reason_phrase(status: int) -> str:
    """Return the reason phrase of a status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def encode_head(answer: HttpResponse, *more: tuple[str, str]) -> bytes:
    """Encode status line and headers."""
    lines = [f"HTTP/1.1 {answer.status} {reason_phrase(answer.status)}"]
    lines += [f"{name}: {value}" for name, value in (*answer.headers, *more, ("Connection", "close"))]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")


def encode_response(answer: HttpResponse) -> bytes:
    """Encode a complete response with its length."""
    return encode_head(answer, _length(answer)) + answer.body


def _length(answer: HttpResponse) -> tuple[str, str]:
    return "Content-Length", str(len(answer.body))


async def _close(wire: Socket, answer: HttpResponse, fault: Fault) -> None:
    """Write nothing: the connection is closed afterwards."""


async def _reset(wire: Socket, answer: HttpResponse, fault: Fault) -> None:
    wire.reset()


async def _silence(wire: Socket, answer: HttpResponse, fault: Fault) -> None:
    await wire.wait_closed()


async def _stall(wire: Socket, answer: HttpResponse, fault: Fault) -> None:
    await wire.send(encode_head(answer, ("Content-Length", str(len(answer.body) or 1))))
    await wire.wait_closed()


async def _garbage(wire: Socket, answer: HttpResponse, fault: Fault) -> None:
    await wire.send((fault.body or "\x16\x03\x01 this is no HTTP \x1b[31m").encode() + b"\r\n\r\n")


async def _half_headers(wire: Socket, answer: HttpResponse, fault: Fault) -> None:
    await wire.send(encode_head(answer)[:-20])


async def _huge_header(wire: Socket, answer: HttpResponse, fault: Fault) -> None:
    await wire.send(encode_response(answer.with_headers((("X-Padding", "x" * (fault.size or 200_000)),))))


async def _slow(wire: Socket, answer: HttpResponse, fault: Fault) -> None:
    for byte in encode_response(answer):
        if wire.is_gone:
            return
        await wire.send(bytes((byte,)))
        await asyncio.sleep(1.0 if fault.seconds is None else fault.seconds)


async def _truncated(wire: Socket, answer: HttpResponse, fault: Fault) -> None:
    kept = len(answer.body) // 2 if fault.size is None else fault.size
    await wire.send(encode_head(answer, _length(answer)) + answer.body[:kept])


async def _bad_chunk(wire: Socket, answer: HttpResponse, fault: Fault) -> None:
    half = len(answer.body) // 2
    chunk = b"%x\r\n%s\r\n" % (half, answer.body[:half])
    await wire.send(encode_head(answer, ("Transfer-Encoding", "chunked")) + chunk + b"zz\r\n" + answer.body[half:])


async def _endless(wire: Socket, answer: HttpResponse, fault: Fault) -> None:
    await wire.send(encode_head(answer) + answer.body)
    while not wire.is_gone:
        await wire.send(_MANY_SPACES)
        await asyncio.sleep(fault.seconds or 0.0)


async def _early_hints(wire: Socket, answer: HttpResponse, fault: Fault) -> None:
    await wire.send(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n" + encode_response(answer))


Act = Callable[[Socket, HttpResponse, Fault], Awaitable[None]]
ACTS: dict[FaultKind, Act] = {
    FaultKind.CLOSE: _close,
    FaultKind.RESET: _reset,
    FaultKind.SILENCE: _silence,
    FaultKind.STALL: _stall,
    FaultKind.GARBAGE: _garbage,
    FaultKind.HALF_HEADERS: _half_headers,
    FaultKind.HUGE_HEADER: _huge_header,
    FaultKind.SLOW: _slow,
    FaultKind.TRUNCATED: _truncated,
    FaultKind.BAD_CHUNK: _bad_chunk,
    FaultKind.ENDLESS: _endless,
    FaultKind.EARLY_HINTS: _early_hints,
}
"""Functions that play the faults. The connection is closed afterwards."""

WITHOUT_STATUS = frozenset({FaultKind.CLOSE, FaultKind.RESET, FaultKind.SILENCE, FaultKind.GARBAGE})
"""Kinds that send no status line."""
