"""Connections to storage, each with a pool of its own of one place.

httpx and httpcore lose places of a shared pool for good when requests are cancelled (TRAPS.md T1). Here whoever is
cancelled closes a connection that is nobody else's, and there is nothing to lose.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import httpcore
import httpx

from cordage_tui.api.storage.errors import FileServerError, UrlNotAllowed
from cordage_tui.api.storage.network import PublicAddressBackend, Resolver
from cordage_tui.api.surroundings import proxy_for, silence_loggers, tls_context
from cordage_tui.domain.urls import OutputUrl, literal

_KEPT_S: Final = 20.0
"""How long an idle connection is used again."""
_KEPT: Final = 8
"""Idle connections, all origins together."""
_Origin = tuple[str, str, int]


@dataclass(slots=True)
class Connection:
    """One connection, for one request at a time; it is made with the first."""

    origin: _Origin
    pool: httpcore.AsyncConnectionPool
    backend: PublicAddressBackend
    proxy: str | None
    """The host of the proxy that it goes through."""
    used: bool = False
    """It has brought an answer, so the other side may have closed it since."""

    async def request(
        self, link: OutputUrl, headers: Mapping[str, str], limits: Mapping[str, float]
    ) -> httpcore.Response:
        """The head of the answer to a GET."""
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
        """Whether another request may use it."""
        return bool(self.pool.connections) and all(connection.is_idle() for connection in self.pool.connections)

    async def aclose(self) -> None:
        """Closes it, whatever it is doing."""
        await self.pool.aclose()
        await self.backend.aclose()


class ConnectionPool:
    """The connections that are idle, and how new ones are made."""

    def __init__(self, network: Resolver) -> None:
        silence_loggers()
        self._network = network
        self._idle: list[Connection] = []
        self._closed = False
        self._tls: dict[bool, ssl.SSLContext] = {}

    def acquire(self, link: OutputUrl, *, fresh: bool = False) -> Connection:
        """A line to the origin of `link`; `fresh`: one that was never used. Raises FileFetchError where a proxy stands in
        the way."""
        origin = (link.scheme, link.host, link.port)
        kept = None if fresh else next((line for line in reversed(self._idle) if line.origin == origin), None)
        if kept is None:
            return self._made(link, origin)
        self._idle.remove(kept)
        return kept

    async def release(self, line: Connection) -> None:
        """Keeps it for the next request if that is possible, else closes it."""
        surplus = [line]
        if line.is_idle and not self._closed:
            self._idle.append(line)
            surplus, self._idle = self._idle[:-_KEPT], self._idle[-_KEPT:]
        for old in surplus:
            await old.aclose()

    async def aclose(self) -> None:
        """Closes those that are idle now, and the others when they are given back."""
        self._closed = True
        idle, self._idle = self._idle, []
        for line in idle:
            await line.aclose()

    def _made(self, link: OutputUrl, origin: _Origin) -> Connection:
        proxy = None if link.loopback else _proxy(link)
        tls = None if link.scheme == "http" else self._context(proxied=proxy is not None)
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
        return Connection(origin, pool, backend, proxy.url.host)

    def _context(self, *, proxied: bool) -> ssl.SSLContext:
        if proxied not in self._tls:
            self._tls[proxied] = self._network.tls or tls_context("https", proxied=proxied)
        return self._tls[proxied]


def _proxy(link: OutputUrl) -> httpx.Proxy | None:
    """The proxy for a link. It looks the name up itself, so the address behind it cannot be checked here: the rule of
    `domain.urls` is all there is then, and a bare address is not asked for at all."""
    try:
        proxy = proxy_for(link.scheme, link.host)
    except ValueError as wrong:
        words = str(wrong)
    else:
        if proxy is None:
            return None
        if literal(link.host) is not None:
            raise UrlNotAllowed(f"{link.host} is a bare address, and those are not asked for through a proxy")
        if proxy.url.scheme in ("http", "https"):
            return proxy
        words = f"the proxy named in the environment is of a kind ({proxy.url.scheme}) that files cannot come through"
    raise FileServerError(words)
