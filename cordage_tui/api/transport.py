"""HTTP transport on httpcore: timeouts, delivery tracing, bounded bodies."""

import asyncio
import contextlib
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import httpcore

from cordage_tui.api.connection import FAULTS, STALE, Connection, ConnectionPool, describe_failure, headers_of
from cordage_tui.api.errors import (
    ConnectFailed,
    ConnectionLost,
    CordageError,
    Delivery,
    InvalidRequest,
    RequestTimeout,
    UnexpectedResponse,
)
from cordage_tui.api.request import ApiRequest, Timeouts
from cordage_tui.api.responses import ApiResponse, RequestTiming
from cordage_tui.domain.text import SafeText
from cordage_tui.domain.urls import BaseUrl

# Reading a body that may be endless, a bomb or garbage (docs/faults.md 17, 68).

MAX_BODY: Final = 8 * 1024 * 1024
"""Bytes of a body, on the wire and decoded."""


class InvalidBody(Exception):
    """The body is larger, or encoded otherwise, than we take. `str` is one sentence."""


async def read_body(response: httpcore.Response, headers: Mapping[str, str]) -> bytes:
    """Read the whole decoded body of a streamed response. We ask for `identity`; one layer of gzip is taken all the
    same.

    Raises InvalidBody, and what httpcore raises while reading.
    """
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"identity", "", "gzip", "x-gzip"}:
        raise InvalidBody(f"the answer is encoded as {encoding[:40]}, which nobody asked for")
    zipped = zlib.decompressobj(zlib.MAX_WBITS | 16) if "gzip" in encoding else None
    whole = bytearray()
    async for chunk in response.aiter_stream():
        whole += chunk if zipped is None else _inflated(zipped, chunk, MAX_BODY + 1 - len(whole))
        if len(whole) > MAX_BODY:
            raise InvalidBody(f"the answer is larger than {MAX_BODY // 1024 // 1024} MiB")
    if zipped is not None and whole and not zipped.eof:
        raise InvalidBody("the gzip of the answer is cut short")
    return bytes(whole)


def _inflated(zipped: "zlib._Decompress", chunk: bytes, room: int) -> bytes:
    if zipped.eof:
        raise InvalidBody("the answer goes on after the end of its gzip")
    try:
        return zipped.decompress(chunk, room)
    except zlib.error:
        pass
    raise InvalidBody("the gzip of the answer is damaged")


# From httpcore's exceptions to ours.


def to_cordage_error(fault: Exception, request: ApiRequest, delivery: Delivery, status: int | None) -> CordageError:
    """Map one of FAULTS, or InvalidBody, to a CordageError. It is not chained to `fault`, which holds the request and its
    key."""
    kind: type[CordageError] = ConnectionLost
    words = describe_failure(fault, request.base.host)
    match fault:
        case InvalidBody():
            kind, words = UnexpectedResponse, str(fault)
        case httpcore.TimeoutException() | TimeoutError():
            kind = RequestTimeout
        case httpcore.ProxyError() | httpcore.ConnectError() if delivery is Delivery.NOT_SENT:
            kind = ConnectFailed
        case httpcore.UnsupportedProtocol() | httpcore.LocalProtocolError():
            kind, words = InvalidRequest, "the address or the key cannot be put into a request"
    return kind(request.call, request.redactor.line(words), delivery=delivery, status=status)


# One request on the wire: traced, bounded, inside a total deadline.
#
# `api.client` imports this module, and httpcore with it, when the first call is made, because that takes longer than the
# first screen.


_KEPT: Final = 40
"""Idle connections: as many as there are reads and kills at a time."""
_KEPT_S: Final = 5.0
"""Seconds for which one of them can be reused. Short: a kill is not repeated where the server has just closed its
connection."""


@dataclass(slots=True)
class _RequestTrace:
    """Trace of one request from httpcore and the response, whichever way it ends."""

    on_sending: Callable[[], None] | None
    fresh: bool = False
    """It made a connection, so it did not find a stale one."""
    sent_at: float | None = None
    """When its headers were about to be written, in the loop's seconds; None: not one byte has left."""
    heard_at: float = 0.0
    """When status and headers were there."""
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    async def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        if event.endswith("connect_tcp.started"):
            self.fresh = True
        elif event.endswith("send_request_headers.started") and info["request"].method != b"CONNECT" and not self.sent:
            if self.on_sending is not None:
                self.on_sending()
            self.sent_at = _now()

    def heard(self, response: httpcore.Response) -> None:
        """Record that status and headers have come."""
        self.status, self.headers, self.heard_at = response.status, headers_of(response.headers), _now()

    @property
    def sent(self) -> bool:
        return self.sent_at is not None

    @property
    def round_trip(self) -> RequestTiming | None:
        """Timing of the round trip; None: nothing came back."""
        if self.sent_at is None or self.status is None:
            return None
        return RequestTiming(self.sent_at, self.heard_at)

    @property
    def delivery(self) -> Delivery:
        if self.status is not None:
            return Delivery.ANSWERED
        return Delivery.UNCERTAIN if self.sent else Delivery.NOT_SENT

    @property
    def met_stale_connection(self) -> bool:
        """True if it went out on a kept connection and nothing came back."""
        return self.sent and not self.fresh and self.status is None


class HttpTransport:
    """Transport of requests to one origin, without redirects and cookies. `keep_alive` False: each request on a connection
    of its own, so none is ever stale."""

    def __init__(self, base: BaseUrl, deadlines: Timeouts, *, keep_alive: bool) -> None:
        self._base = base
        self._deadlines = deadlines
        self._keep_alive = keep_alive
        self._pool = ConnectionPool(_KEPT, _KEPT_S)

    async def renew(self) -> None:
        """Use new connections from here on; the old ones are closed as soon as their requests are done."""
        await self._pool.renew()

    async def send(self, request: ApiRequest) -> ApiResponse:
        """Send a request and return the answer as soon as a status line came; why a body is cut or refused is in
        `ApiResponse.cut`.

        Raises the CordageError of any earlier failure. A GET that met a stale connection is sent once more on a fresh
        one; nothing else is ever repeated.
        """
        trace = _RequestTrace(request.on_sending)
        total_s = self._deadlines.trigger_total_s if request.paid else self._deadlines.total_s
        try:
            async with asyncio.timeout(total_s):
                return await self._exchange(request, trace)
        except (*FAULTS, InvalidBody) as fault:
            error = to_cordage_error(fault, request, trace.delivery, trace.status)
        if trace.status is None:
            raise error
        return _answer(request, trace, cut=error)

    async def _exchange(self, request: ApiRequest, trace: _RequestTrace) -> ApiResponse:
        try:
            return await self._attempt(request, trace)
        except STALE:
            if request.method != "GET" or not trace.met_stale_connection:
                raise
        await self.renew()
        return await self._attempt(request, trace)

    async def _attempt(self, request: ApiRequest, trace: _RequestTrace) -> ApiResponse:
        connection = self._connection(request)
        extensions = {"trace": trace, "timeout": self._timeout(request)}
        try:
            response = await connection.request(
                *(self._base, self._target(request), self._headers(request), extensions),
                method=request.method,
                body=request.body,
            )
            async with contextlib.aclosing(response):
                trace.heard(response)
                return _answer(request, trace, await read_body(response, trace.headers))
        finally:
            await (self._pool.release(connection) if self._keep_alive else connection.aclose())

    def _connection(self, request: ApiRequest) -> Connection:
        """Return a connection for a request. Raises InvalidRequest when the environment names a proxy that cannot be
        used."""
        try:
            return self._pool.acquire(self._base)
        except ValueError as wrong:
            words = SafeText(str(wrong))
        raise InvalidRequest(request.call, words, delivery=Delivery.NOT_SENT)

    def _target(self, request: ApiRequest) -> str:
        """Path and query of a request. Raises UnsupportedProtocol for another origin than that of the key."""
        parts = urlsplit(request.url)
        if not self._base.is_origin_of(parts.scheme, parts.hostname or "", parts.port):
            raise httpcore.UnsupportedProtocol("a request for another origin was stopped")
        return f"{parts.path}?{parts.query}" if parts.query else parts.path

    def _timeout(self, request: ApiRequest) -> dict[str, float]:
        limits = self._deadlines
        read_s = limits.trigger_read_s if request.paid else limits.read_s
        return {"connect": limits.connect_s, "write": limits.write_s, "read": read_s}

    def _headers(self, request: ApiRequest) -> dict[str, str]:
        headers = {"Accept": "application/json", "Authorization": f"Bearer {request.key.reveal()}"}
        if not self._keep_alive:
            headers["Connection"] = "close"
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        return headers


def _answer(
    request: ApiRequest, trace: _RequestTrace, body: bytes = b"", *, cut: CordageError | None = None
) -> ApiResponse:
    assert trace.status is not None
    return ApiResponse(request.call, trace.status, trace.headers, body, cut, request.redactor, trace.round_trip)


def _now() -> float:
    return asyncio.get_running_loop().time()
