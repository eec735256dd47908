"""Connections to addresses that were checked, never to names: what a name leads to may change between two looks
(FAULTS.md C 125, D 5)."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import chain, zip_longest
from typing import Any, Final

import httpcore

from cordage_tui.api.storage.errors import UrlNotAllowed
from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.urls import is_loopback, is_public, literal

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host, best first. Raises OSError."""
Dial = Callable[[str, int], Awaitable[httpcore.AsyncNetworkStream]]
"""A connection to an address and a port. Raises what httpcore raises."""

_NEXT_AFTER_S: Final = 0.25
"""How long one address is tried alone before the next is tried beside it (RFC 8305)."""
_TRIED: Final = 6


async def resolve_host(host: str, port: int) -> Sequence[str]:
    """What the system's resolver says."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


async def connect(address: str, port: int) -> httpcore.AsyncNetworkStream:
    """A TCP connection."""
    return await httpcore.AnyIOBackend().connect_tcp(address, port)


@dataclass(frozen=True, slots=True)
class Resolver:
    """How names become connections."""

    resolve: Resolve = resolve_host
    dial: Dial = connect
    tls: ssl.SSLContext | None = None
    """Used in place of the one that the machine's settings ask for."""


class PublicAddressBackend(httpcore.AsyncNetworkBackend):
    """What httpcore connects with, for one line. `checked` False: to a proxy, whose address is the user's own choice."""

    def __init__(self, network: Resolver, *, checked: bool) -> None:
        self._network = network
        self._checked = checked
        self._made: list[httpcore.AsyncNetworkStream] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (httpcore's own signature)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the first of the host's checked addresses that takes one. Raises UrlNotAllowed where none of
        them may be connected to."""
        try:
            async with asyncio.timeout(timeout):
                stream = await self._first(await self._addresses(host, port), port)
        except TimeoutError:
            stream = None
        if stream is None:
            raise httpcore.ConnectTimeout
        self._made.append(stream)
        return stream

    async def aclose(self) -> None:
        """Closes what was connected; httpcore forgets a connection that is cancelled before its TLS stands."""
        for stream in self._made:
            await stream.aclose()

    async def _addresses(self, host: str, port: int) -> Sequence[str]:
        found = [host] if literal(host) else list(dict.fromkeys(await self._network.resolve(host, port)))
        allowed = is_loopback if is_loopback(host) else is_public
        good = [address for address in found if not self._checked or allowed(address)]
        if found and not good:
            raise UrlNotAllowed(f"{host} has the address {found[0]}, which is not one of the public network")
        return _by_turns(good)[:_TRIED]

    async def _first(self, addresses: Sequence[str], port: int) -> httpcore.AsyncNetworkStream:
        """The connection that is made first; each address gets a little time before the next is tried too."""
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
    """Ends the attempts that nobody needs, and closes what they made all the same."""
    for task in trying:
        task.cancel()
    for made in await asyncio.gather(*trying, return_exceptions=True):
        if isinstance(made, httpcore.AsyncNetworkStream):
            with contextlib.suppress(OSError):
                await made.aclose()


def _by_turns(addresses: Sequence[str]) -> list[str]:
    """Both kinds of addresses by turns, so that a network without one of them costs one short wait."""
    kind = ":" in addresses[0] if addresses else False
    first = [address for address in addresses if (":" in address) is kind]
    other = [address for address in addresses if (":" in address) is not kind]
    return [address for address in chain.from_iterable(zip_longest(first, other)) if address is not None]
