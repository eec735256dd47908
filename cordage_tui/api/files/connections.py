"""Connections to file servers, whose addresses are checked to be public."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import chain, zip_longest
from typing import Final

import httpcore

from cordage_tui.api.connection import Connection, ConnectionPool, HttpUrl, TrackedBackend, proxy_for
from cordage_tui.api.errors import FileServerError, UrlNotAllowed
from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.urls import is_loopback, is_public, literal

# Connections go to addresses that were checked, never to names, whose addresses may change in between (docs/faults.md
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
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


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


class PublicAddressBackend(TrackedBackend):
    """Network backend that checks addresses.

    `checked` False: a proxy, whose address the user has chosen.
    """

    def __init__(self, network: Resolver, *, checked: bool) -> None:
        super().__init__()
        self._network = network
        self._checked = checked

    async def open(self, host: str, port: int, limit_s: float | None) -> httpcore.AsyncNetworkStream:
        """Connect to the first of the host's allowed addresses that accepts.

        Raises UrlNotAllowed if none is allowed.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                return await self._first(await self._addresses(host, port), port)
        raise httpcore.ConnectTimeout

    async def _addresses(self, host: str, port: int) -> Sequence[str]:
        found = [host] if literal(host) else list(dict.fromkeys(await self._network.resolve(host, port)))
        allowed = is_loopback if is_loopback(host) else is_public
        good = [address for address in found if not self._checked or allowed(address)]
        if found and not good:
            raise UrlNotAllowed(f"{host} has the address {found[0]}, which is not public")
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
                made = [task for task in done if task.exception() is None]
                if made:
                    trying |= set(made[1:])
                    return made[0].result()
                fault = next((task.exception() or fault for task in done), fault)
        finally:
            await _given_up(trying)
        raise fault


async def _given_up(trying: Iterable[asyncio.Task[httpcore.AsyncNetworkStream]]) -> None:
    """Cancel the losing attempts, and close what they connected all the same."""
    for task in trying:
        task.cancel()
    for made in await asyncio.gather(*trying, return_exceptions=True):
        if isinstance(made, httpcore.AsyncNetworkStream):
            with contextlib.suppress(OSError):
                await made.aclose()


def _by_turns(addresses: Sequence[str]) -> list[str]:
    """Alternate IPv6 and IPv4 addresses, so that a network without one of them costs one short wait."""
    kind = ":" in addresses[0] if addresses else False
    first = [address for address in addresses if (":" in address) is kind]
    other = [address for address in addresses if (":" in address) is not kind]
    return [address for address in chain.from_iterable(zip_longest(first, other)) if address is not None]


# Pool of connections to file servers.

_KEPT: Final = 8
"""Idle connections of all servers."""
_KEPT_S: Final = 20.0
"""Seconds for which one of them can be reused."""


class FileConnectionPool(ConnectionPool):
    """Pool of connections to file servers; TLS contexts may be the network's own."""

    def __init__(self, network: Resolver) -> None:
        super().__init__(_KEPT, _KEPT_S)
        self._network = network

    def _connect(self, url: HttpUrl) -> Connection:
        """Make a connection. Raises FileFetchError for an unusable proxy."""
        proxy = None if url.loopback else _proxy(url)
        return self._connection(url, proxy, PublicAddressBackend(self._network, checked=proxy is None))

    def _context(self, *, proxied: bool) -> ssl.SSLContext:
        return self._network.tls or super()._context(proxied=proxied)


def _proxy(link: HttpUrl) -> httpcore.Proxy | None:
    """Return the proxy for a link.

    A proxy resolves the name, so the address cannot be checked here: the rule of `domain.urls` remains, and a bare
    address is refused.
    """
    try:
        proxy = proxy_for(link.scheme, link.host)
    except ValueError as wrong:
        words = str(wrong)
    else:
        if proxy is None:
            return None
        if literal(link.host) is not None:
            raise UrlNotAllowed(f"{link.host} is a bare address, which is not requested through a proxy")
        if proxy.url.scheme in (b"http", b"https"):
            return proxy
        words = f"the proxy named in the environment has an unsupported type ({proxy.url.scheme.decode()})"
    raise FileServerError(words)
