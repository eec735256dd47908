"""HTTP transport on httpx: pool, timeouts, delivery tracing, bounded bodies."""

import asyncio
import contextlib
import ssl
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from cordage_tui import __version__
from cordage_tui.api.connection import describe_failure, proxy_for, silence_loggers, tls_context
from cordage_tui.api.errors import (
    ConnectFailed,
    ConnectionLost,
    CordageError,
    Delivery,
    InvalidRequest,
    RequestTimeout,
    UnexpectedResponse,
)
from cordage_tui.api.http_library import close_if_unasked, httpx
from cordage_tui.api.request import ApiRequest, Timeouts
from cordage_tui.api.responses import ApiResponse, RequestTiming
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.urls import BaseUrl

# The httpx transport we trust with a key: own origin only, replaceable. Without httpx's client around it there are no
# redirects and no cookies, and a request takes a fifth less CPU.

_MAX_CONNECTIONS: Final = 100
"""More connections than we ever open: a call must never wait for the pool (docs/dev/library-traps.md T1)."""


class _SameOriginTransport(httpx.AsyncHTTPTransport):
    """Transport that stops any request for another scheme, host or port than its own."""

    base: BaseUrl

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not self.base.is_origin_of(request.url.scheme, request.url.host, request.url.port):
            raise httpx.UnsupportedProtocol("a request for another origin was stopped", request=request)
        return await super().handle_async_request(request)


@dataclass(slots=True)
class _HttpxPool:
    """An httpx transport and the number of its users."""

    transport: _SameOriginTransport
    users: int = 0
    retired: bool = False


class HttpPoolHolder:
    """A replaceable httpx transport of one origin. `keep_alive` False: each request on a connection of its own."""

    def __init__(self, base: BaseUrl, *, keep_alive: bool, ca_file: Path | None = None) -> None:
        """Look up proxy and TLS settings. Raises InvalidRequest when the environment names a proxy that cannot be used, and
        ConnectFailed for certificate authorities that cannot be read."""
        self.base = base
        self._keep_alive = keep_alive
        self._proxy = _proxy_for(base)
        self._tls = _tls_context(base, ca_file)
        self._pool: _HttpxPool | None = None
        silence_loggers()

    @contextlib.asynccontextmanager
    async def transport(self) -> AsyncIterator[httpx.AsyncBaseTransport]:
        """Borrow the transport for one request."""
        pool = self._pool = self._pool or _HttpxPool(self._built())
        pool.users += 1
        try:
            yield pool.transport
        finally:
            pool.users -= 1
            if pool.retired and not pool.users:
                await pool.transport.aclose()

    async def renew(self) -> None:
        """Use a new transport from here on; close the old one when its last request is done. A cancelled request may hold
        a place in the pool for good (docs/dev/library-traps.md T1), and our deadline cancels."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.retired = True
            if not pool.users:
                await pool.transport.aclose()

    def _built(self) -> _SameOriginTransport:
        kept = _MAX_CONNECTIONS if self._keep_alive else 0
        limits = httpx.Limits(max_connections=_MAX_CONNECTIONS, max_keepalive_connections=kept)
        transport = _SameOriginTransport(verify=self._tls, trust_env=False, limits=limits, proxy=self._proxy)
        transport.base = self.base
        return transport


def _proxy_for(base: BaseUrl) -> httpx.Proxy | None:
    if base.loopback:
        return None
    try:
        return proxy_for(base.scheme, base.host)
    except ValueError as wrong:
        message = SafeText(str(wrong))
    raise InvalidRequest("connect", message, delivery=Delivery.NOT_SENT)


def _tls_context(base: BaseUrl, ca_file: Path | None) -> ssl.SSLContext:
    try:
        return tls_context(base.scheme, ca_file)
    except ValueError as wrong:
        message = SafeText(str(wrong))
    raise ConnectFailed("connect", message, delivery=Delivery.NOT_SENT)


# Reading a body that may be endless, a bomb or garbage (docs/dev/faults.md 17, 68).

MAX_BODY: Final = 8 * 1024 * 1024
"""Bytes of a body, on the wire and decoded."""


class InvalidBody(Exception):
    """The body is larger, or encoded otherwise, than we take. `str` is one sentence."""


async def read_body(response: httpx.Response) -> bytes:
    """Read the whole decoded body of a streamed response. We ask for `identity`; one layer of gzip is accepted
    anyway.

    Raises InvalidBody, and the errors that httpx raises while reading.
    """
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"identity", "", "gzip", "x-gzip"}:
        raise InvalidBody(f"the answer is encoded as {encoding[:40]}, which nobody asked for")
    zipped = zlib.decompressobj(zlib.MAX_WBITS | 16) if "gzip" in encoding else None
    whole = bytearray()
    async for chunk in response.aiter_raw():
        whole += chunk if zipped is None else _inflated(zipped, chunk, MAX_BODY + 1 - len(whole))
        if len(whole) > MAX_BODY:
            raise InvalidBody(f"the answer is larger than {MAX_BODY // 1024 // 1024} MiB")
    if zipped is not None and whole and not zipped.eof:
        raise InvalidBody("the gzip of the answer is cut short")
    return bytes(whole)


def _inflated(zipped: "zlib._Decompress", chunk: bytes, room: int) -> bytes:
    if zipped.eof:
        raise InvalidBody("the answer continues after the end of its gzip")
    try:
        return zipped.decompress(chunk, room)
    except zlib.error:
        pass
    raise InvalidBody("the gzip of the answer is damaged")


# From httpx's exceptions to ours. The trace decides whether a request left, not the class (docs/dev/triggering.md 3).

WIRE_FAULTS: Final = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, InvalidBody)
"""All errors that an exchange may raise for outside reasons; OSError includes TimeoutError and ssl.SSLError."""


def to_cordage_error(
    fault: Exception, request: ApiRequest, proxy: httpx.Proxy | None, delivery: Delivery, status: int | None
) -> CordageError:
    """Map one of WIRE_FAULTS to a CordageError. It is not chained to `fault`, which holds the request and its key."""
    kind: type[CordageError] = ConnectionLost
    message = describe_failure(fault, request.base.host, request.base.port, proxy)
    match fault:
        case InvalidBody():
            kind, message = UnexpectedResponse, str(fault)
        case httpx.TimeoutException() | TimeoutError():
            kind = RequestTimeout
        case httpx.ProxyError() | httpx.ConnectError() if delivery is Delivery.NOT_SENT:
            kind = ConnectFailed
        case httpx.UnsupportedProtocol() | httpx.LocalProtocolError() | httpx.InvalidURL():
            kind, message = InvalidRequest, "the address or the key cannot be put into a request"
    return kind(request.call, request.redactor.line(message), delivery=delivery, status=status)


# One request on the wire: traced, bounded, inside a total deadline.
#
# `api.client` imports this module, and httpx with it, when the first call is made, because that takes longer than the first
# screen.

_POOL_S: Final = 5.0


@dataclass(slots=True)
class _RequestTrace:
    """Trace of one request from httpcore and the response, whichever way it ends."""

    on_sending: Callable[[], None] | None
    sends: int = 0
    """How many times it was begun to be sent."""
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

    def heard(self, response: httpx.Response) -> None:
        """Record that status and headers have come."""
        self.status, self.headers, self.heard_at = response.status_code, dict(response.headers), _now()

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


class HttpTransport(HttpPoolHolder):
    """Transport of requests to one origin. `keep_alive` False: each on a connection of its own, so none is ever
    stale."""

    def __init__(self, base: BaseUrl, deadlines: Timeouts, *, keep_alive: bool, ca_file: Path | None = None) -> None:
        """Look up proxy and TLS settings. Raises the errors of its parent."""
        super().__init__(base, keep_alive=keep_alive, ca_file=ca_file)
        self._deadlines = deadlines

    async def send(self, request: ApiRequest) -> ApiResponse:
        """Send a request and return the answer once a status line came; `ApiResponse.cut` says why a body is cut or
        refused.

        Raises the CordageError of any earlier failure. A GET that met a stale connection is sent once more on a fresh
        one; nothing else is ever repeated.
        """
        trace = _RequestTrace(request.on_sending)
        total_s = self._deadlines.trigger_total_s if request.paid else self._deadlines.total_s
        try:
            async with asyncio.timeout(total_s):
                return await self._exchange(request, trace)
        except WIRE_FAULTS as fault:
            error = to_cordage_error(fault, request, self._proxy, trace.delivery, trace.status)
            suspect = isinstance(fault, TimeoutError | httpx.PoolTimeout)
        if suspect:
            await self.renew()
        if trace.status is None:
            raise error
        return _answer(request, trace, cut=error)

    async def _exchange(self, request: ApiRequest, trace: _RequestTrace) -> ApiResponse:
        try:
            return await self._attempt(request, trace)
        except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
            if request.method != "GET" or not trace.met_stale_connection:
                raise
        await self.renew()
        return await self._attempt(request, trace)

    async def _attempt(self, request: ApiRequest, trace: _RequestTrace) -> ApiResponse:
        trace.sends += 1
        sent = httpx.Request(
            request.method,
            request.url,
            content=request.body,
            headers=self._headers(request),
            extensions={"trace": trace, "timeout": self._timeout(request)},
        )
        async with (
            self.transport() as transport,
            contextlib.aclosing(await transport.handle_async_request(sent)) as response,
        ):
            trace.heard(response)
            body = await read_body(response)
            await close_if_unasked(response)
            return _answer(request, trace, body)

    def _timeout(self, request: ApiRequest) -> dict[str, float]:
        limits = self._deadlines
        read_s = limits.trigger_read_s if request.paid else limits.read_s
        return {"connect": limits.connect_s, "write": limits.write_s, "read": read_s, "pool": _POOL_S}

    def _headers(self, request: ApiRequest) -> dict[str, str]:
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": f"cordage-tui/{__version__}",
            "Connection": "keep-alive" if self._keep_alive else "close",
            "Authorization": f"Bearer {request.key.reveal()}",
        }
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        return headers


def _answer(
    request: ApiRequest, trace: _RequestTrace, body: bytes = b"", *, cut: CordageError | None = None
) -> ApiResponse:
    assert trace.status is not None
    return ApiResponse(
        request.call, trace.status, trace.headers, body, cut, request.redactor, trace.round_trip, trace.sends
    )


def _now() -> float:
    return asyncio.get_running_loop().time()
