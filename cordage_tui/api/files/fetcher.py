"""Requests for files: connections, redirects, errors. Imported with the first file, since it needs httpcore."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from pathlib import Path
from typing import Final

from cordage_tui import __version__
from cordage_tui.api.connection import describe_failure, exception_chain
from cordage_tui.api.errors import BodyTooLarge, FileConnectionLost, FileFetchError, FileServerError, UrlNotAllowed
from cordage_tui.api.files.connections import Connection, ConnectionPool, Resolver
from cordage_tui.api.files.response import (
    REDIRECTS,
    ContentRange,
    FileStream,
    GzipDecoder,
    RangeRequest,
    ResponseHead,
    StallDetector,
    is_strong,
    part_of,
    pieces,
)
from cordage_tui.api.http_library import httpcore, httpx
from cordage_tui.api.request import FileTimeouts
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.urls import OutputUrl

_REDIRECTS_MAX: Final = 5
_FAULTS: Final = (
    *(httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError),
    *(httpcore.UnsupportedProtocol, httpcore.ConnectionNotAvailable, OSError),
)
"""Errors of the network and the server; OSError includes TimeoutError, gaierror and ssl.SSLError."""
_STALE: Final = (httpcore.ReadError, httpcore.WriteError, httpcore.RemoteProtocolError)
_HEADERS: Final = {
    "User-Agent": f"cordage-tui/{__version__}",
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Connection": "keep-alive",
}
"""Headers in addition to host and range: no key, no cookie, no referer."""


@dataclass(frozen=True, slots=True)
class _OpenResponse:
    """Response whose body has not been read."""

    link: OutputUrl
    head: ResponseHead
    stream: AsyncIterator[bytes]


class FileFetcher:
    """Fetcher with a connection pool of its own."""

    def __init__(self, timeouts: FileTimeouts, network: Resolver | None, ca_file: Path | None) -> None:
        self._timeouts = timeouts
        self.connections = ConnectionPool(network or Resolver(), ca_file)

    @contextlib.asynccontextmanager
    async def incoming(
        self, link: OutputUrl, offset: int, validator: str | None, limit: int
    ) -> AsyncIterator[FileStream]:
        """Open a file from `offset` on, or the whole if the server does not send that range of the same file."""
        wanted_range = RangeRequest(offset, validator) if is_strong(validator) else RangeRequest()
        for range_request in (wanted_range, RangeRequest()):
            async with self._arrival(link, range_request) as arrival:
                host = arrival.link.host
                part = part_of(arrival.head, range_request, host)
                if part is None:
                    continue
                if part.length is not None and part.length > limit:
                    raise _too_large(host, limit)
                chunks = self._chunks(arrival, part, limit)
                async with contextlib.aclosing(chunks):
                    yield FileStream(part.offset, part.length, part.validator, chunks)
                return

    @contextlib.asynccontextmanager
    async def _arrival(self, link: OutputUrl, range_request: RangeRequest) -> AsyncIterator[_OpenResponse]:
        """Follow redirects to the final response."""
        for _ in range(_REDIRECTS_MAX + 1):
            connection, response = await self._answer(link, range_request.headers)
            try:
                head = ResponseHead.of(response.status, response.headers)
                if head.status not in REDIRECTS:
                    yield _OpenResponse(link, head, response.aiter_stream())
                    return
            finally:
                await response.aclose()
                await self.connections.release(connection)
            link = _next(link, head)
        raise FileServerError(f"{link.host} redirects too often: more than {_REDIRECTS_MAX} redirects")

    async def _answer(
        self, link: OutputUrl, headers: Mapping[str, str], *, fresh: bool = False
    ) -> tuple[Connection, httpcore.Response]:
        """Send a GET and return its connection and head.

        A stale connection is replaced and the request repeated once.
        """
        connection = self.connections.acquire(link, fresh=fresh)
        stale, arrived = False, None
        try:
            async with asyncio.timeout(self._timeouts.head_s):
                arrived = await connection.request(
                    link, {"Host": link.place, **_HEADERS, **headers}, self._timeouts.by_name
                )
        except _FAULTS as fault:
            stale = connection.used and not fresh and isinstance(fault, _STALE)
            error = _explained(fault, link, connection.proxy)
        finally:
            if arrived is None:
                await connection.aclose()
        if arrived is not None:
            return connection, arrived
        if stale:
            return await self._answer(link, headers, fresh=True)
        raise error

    async def _chunks(self, arrival: _OpenResponse, part: ContentRange, limit: int) -> AsyncGenerator[bytes, None]:
        host, clock = arrival.link.host, asyncio.get_running_loop().time
        pace, unzip, room = (
            StallDetector(self._timeouts, host),
            GzipDecoder(host) if part.zipped else None,
            limit - part.offset,
        )
        since = clock()
        try:
            async for piece in arrival.stream:
                pace.note(len(piece), clock() - since)
                for chunk in pieces(piece) if unzip is None else unzip.pieces(piece):
                    room -= len(chunk)
                    if room < 0:
                        raise _too_large(host, limit)
                    yield chunk
                since = clock()
            if unzip is not None:
                unzip.end()
            return
        except _FAULTS as fault:
            error = _explained(fault, arrival.link)
        raise error


def _next(link: OutputUrl, head: ResponseHead) -> OutputUrl:
    """Return the URL that a redirect leads to."""
    location = head.headers.get("location")
    if location is None:
        raise FileServerError(f"{link.host} redirects ({head.status}) without a target")
    try:
        return link.resolve_redirect(location)
    except ValueError as wrong:
        problem = str(wrong)
    raise UrlNotAllowed(f"{link.host} redirects to a URL that is not allowed: it {problem}")


def _too_large(host: str, limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"{host} sends more than the {limit:,} bytes that are accepted")


def _explained(fault: Exception, link: OutputUrl, proxy: httpx.Proxy | None = None) -> FileFetchError:
    """Return the error for one of `_FAULTS`. It is not chained: the fault may hold the whole URL."""
    if isinstance(fault, httpcore.LocalProtocolError | httpcore.UnsupportedProtocol):
        return FileServerError(f"the URL of {link.host} is not valid in a request")
    refused = any(isinstance(cause, ssl.SSLCertVerificationError) for cause in exception_chain(fault))
    return FileConnectionLost(describe_failure(fault, link.host, link.port, proxy), retry=not refused)
