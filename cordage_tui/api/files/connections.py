"""Connections to file servers, whose addresses are checked to be public."""

import asyncio
import contextlib
import dataclasses
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any, Final

from cordage_tui.api.connection import proxy_for, silence_loggers, tls_context
from cordage_tui.api.errors import FileServerError, UrlNotAllowed
from cordage_tui.api.http_library import httpcore, httpx
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.urls import OutputUrl, is_loopback, is_public, literal

# Connections go to addresses that were checked, never to names, whose addresses may change in between (docs/dev/faults.md
# 125, rule 5).

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Resolves a host to addresses, best first. Raises OSError."""
Dial = Callable[[str, int], Awaitable[httpcore.AsyncNetworkStream]]
"""Connects to an address and a port. Raises httpcore's errors."""

_NEXT_AFTER_S: Final = 0.25
"""Head start of an address over the next, in seconds (RFC 8305)."""
_TRIED: Final = 6


async def resolve_host(host: str, port: int) -> Sequence[str]:
    """Resolve a host with the system's resolver."""
    entries = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in entries]


async def connect(address: str, port: int) -> httpcore.AsyncNetworkStream:
    """Open a TCP connection."""
    return await httpcore.AnyIOBackend().connect_tcp(address, port)


@dataclass(frozen=True, slots=True)
class Resolver:
    """Name resolution, dialling and TLS; replaced in tests."""

    resolve: Resolve = resolve_host
    dial: Dial = connect
    tls: ssl.SSLContext | None = None
    """Replaces the TLS context by the machine's settings."""


class PublicAddressBackend(httpcore.AsyncNetworkBackend):
    """Network backend of httpcore that checks addresses.

    `checked` False: a proxy, whose address the user has chosen.
    """

    def __init__(self, network: Resolver, *, checked: bool) -> None:
        self._network = network
        self._checked = checked
        self._streams: list[httpcore.AsyncNetworkStream] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (httpcore's own signature)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first of the host's allowed addresses that accepts.

        Raises UrlNotAllowed if none is allowed.
        """
        try:
            async with asyncio.timeout(timeout):
                stream = await self._first(await self._addresses(host, port), port)
        except TimeoutError:
            stream = None
        if stream is None:
            raise httpcore.ConnectTimeout
        replaced, self._streams = self._streams, [stream]  # those of a connection that is kept for hours are many
        for old in replaced:
            await old.aclose()
        return stream

    async def aclose(self) -> None:
        """Close all streams; httpcore forgets a connection that is cancelled before its TLS handshake is done."""
        for stream in self._streams:
            await stream.aclose()

    async def _addresses(self, host: str, port: int) -> Sequence[str]:
        addresses = [host] if literal(host) else list(dict.fromkeys(await self._network.resolve(host, port)))
        allowed = is_loopback if is_loopback(host) else is_public
        good = [address for address in addresses if not self._checked or allowed(address)]
        if addresses and not good:
            raise UrlNotAllowed(f"{host} has the address {addresses[0]}, which is not public")
        return _by_turns(good)[:_TRIED]

    async def _first(self, addresses: Sequence[str], port: int) -> httpcore.AsyncNetworkStream:
        """Return the first connection that succeeds; each address gets a head start over the next."""
        left = list(addresses)
        trying: set[asyncio.Task[httpcore.AsyncNetworkStream]] = set()
        fault: BaseException = httpcore.ConnectError("no address")
        try:
            while left or trying:
                if left:
                    trying.add(asyncio.ensure_future(self._network.dial(left.pop(0), port)))
                wait_s = _NEXT_AFTER_S if left else None
                done, trying = await asyncio.wait(trying, timeout=wait_s, return_when=asyncio.FIRST_COMPLETED)
                connected = [task for task in done if task.exception() is None]
                if connected:
                    trying |= set(connected[1:])
                    return connected[0].result()
                fault = next((task.exception() or fault for task in done), fault)
        finally:
            await _given_up(trying)
        raise fault


async def _given_up(trying: Iterable[asyncio.Task[httpcore.AsyncNetworkStream]]) -> None:
    """Cancel the losing attempts, and close the connections they made anyway."""
    for task in trying:
        task.cancel()
    for stream in await asyncio.gather(*trying, return_exceptions=True):
        if isinstance(stream, httpcore.AsyncNetworkStream):
            with contextlib.suppress(OSError):
                await stream.aclose()


def _by_turns(addresses: Sequence[str]) -> list[str]:
    """Alternate IPv6 and IPv4 addresses, so that a network without one of them costs one short wait."""
    kind = ":" in addresses[0] if addresses else False
    first = [address for address in addresses if (":" in address) is kind]
    other = [address for address in addresses if (":" in address) is not kind]
    return [address for address in chain.from_iterable(zip_longest(first, other)) if address is not None]


# Each connection has its own httpcore pool with one place. A shared pool loses a place forever when a request is
# cancelled (docs/dev/library-traps.md T1). A cancelled request closes only its own connection.

_KEPT_S: Final = 20.0
"""Seconds until an idle connection is discarded."""
_KEPT: Final = 8
"""Idle connections of all origins."""
_Origin = tuple[str, str, int]


@dataclasses.dataclass(slots=True)
class Connection:
    """Connection to one origin, for one request at a time; connected by the first."""

    origin: _Origin
    pool: httpcore.AsyncConnectionPool
    backend: PublicAddressBackend
    proxy: httpx.Proxy | None
    used: bool = False
    """It has brought a response, so the server may have closed it since."""

    async def request(
        self, link: OutputUrl, headers: Mapping[str, str], limits: Mapping[str, float]
    ) -> httpcore.Response:
        """Send a GET and return the response's head."""
        request = httpcore.Request(
            b"GET",
            httpcore.URL(scheme=link.scheme, host=link.host, port=link.port, target=link.target),
            headers=[(name.encode(), value.encode()) for name, value in headers.items()],
            extensions={"timeout": dict(limits)},
        )
        response = await self.pool.handle_async_request(request)
        self.used = True
        return response

    @property
    def is_idle(self) -> bool:
        """True if another request may use it."""
        return bool(self.pool.connections) and all(connection.is_idle() for connection in self.pool.connections)

    async def aclose(self) -> None:
        """Close the connection, also during a request."""
        await self.pool.aclose()
        await self.backend.aclose()


class ConnectionPool:
    """Pool of idle connections."""

    def __init__(self, network: Resolver, ca_file: Path | None) -> None:
        silence_loggers()
        self._network = network
        self._ca_file = ca_file
        self._idle: list[Connection] = []
        self._closed = False
        self._tls = network.tls

    def acquire(self, link: OutputUrl, *, fresh: bool = False) -> Connection:
        """Return a connection to the origin of `link`. `fresh`: an unused one. Raises FileFetchError for a proxy and
        for certificate authorities that cannot be used."""
        origin = (link.scheme, link.host, link.port)
        kept = (
            None
            if fresh
            else next((connection for connection in reversed(self._idle) if connection.origin == origin), None)
        )
        if kept is None:
            return self._new(link, origin)
        self._idle.remove(kept)
        return kept

    async def release(self, connection: Connection) -> None:
        """Return a connection to the pool, or close it if it cannot be reused."""
        surplus = [connection]
        if connection.is_idle and not self._closed:
            self._idle.append(connection)
            surplus, self._idle = self._idle[:-_KEPT], self._idle[-_KEPT:]
        for old in surplus:
            await old.aclose()

    async def aclose(self) -> None:
        """Close the idle connections, and the others when they are released."""
        self._closed = True
        idle, self._idle = self._idle, []
        for connection in idle:
            await connection.aclose()

    def _new(self, link: OutputUrl, origin: _Origin) -> Connection:
        proxy = None if link.loopback else _proxy(link)
        tls = None if link.scheme == "http" else self._context()
        backend = PublicAddressBackend(self._network, checked=proxy is None)
        if proxy is None:
            pool = httpcore.AsyncConnectionPool(
                ssl_context=tls, max_connections=1, keepalive_expiry=_KEPT_S, network_backend=backend
            )
            return Connection(origin, pool, backend, None)
        pool = httpcore.AsyncHTTPProxy(
            httpcore.URL(scheme=proxy.url.scheme, host=proxy.url.host, port=proxy.url.port, target="/"),
            proxy_auth=proxy.raw_auth,
            proxy_headers=proxy.headers.raw,
            ssl_context=tls,
            proxy_ssl_context=proxy.ssl_context,
            max_connections=1,
            keepalive_expiry=_KEPT_S,
            network_backend=backend,
        )
        return Connection(origin, pool, backend, proxy)

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            try:
                self._tls = tls_context("https", self._ca_file)
            except ValueError as wrong:
                raise FileServerError(str(wrong)) from None
        return self._tls


def _proxy(link: OutputUrl) -> httpx.Proxy | None:
    """Return the proxy for a link.

    A proxy resolves the name, so the address cannot be checked here: the rule of `domain.urls` remains, and a bare
    address is refused.
    """
    try:
        proxy = proxy_for(link.scheme, link.host)
    except ValueError as wrong:
        message = str(wrong)
    else:
        if proxy is None:
            return None
        if literal(link.host) is not None:
            raise UrlNotAllowed(f"{link.host} is a bare address, which is not requested through a proxy")
        if proxy.url.scheme in ("http", "https"):
            return proxy
        message = f"the proxy named in the environment has an unsupported type ({proxy.url.scheme})"
    raise FileServerError(message)
