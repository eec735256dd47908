"""The httpx client we trust with a key: own origin only, no redirects, no cookies, replaceable."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final

import httpx

from cordage_tui import __version__
from cordage_tui.api.errors import Delivery, InvalidRequest
from cordage_tui.api.surroundings import proxy_for, silence_loggers, tls_context
from cordage_tui.domain.text import SafeText
from cordage_tui.domain.urls import BaseUrl

_MAX_CONNECTIONS: Final = 100
"""Above any concurrency of ours: the pool must never be what a call waits for (TRAPS.md T1)."""


class _SameOriginTransport(httpx.AsyncBaseTransport):
    """Lets no request pass that is not for the configured scheme, host and port."""

    def __init__(self, inner: httpx.AsyncBaseTransport, base: BaseUrl) -> None:
        self._inner = inner
        self._base = base

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not self._base.is_origin_of(request.url.scheme, request.url.host, request.url.port):
            raise httpx.UnsupportedProtocol("a request for another origin was stopped", request=request)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self._inner.aclose()


@dataclass(slots=True)
class _Pool:
    """An httpx client and who still uses it."""

    client: httpx.AsyncClient
    users: int = 0
    retired: bool = False


class HttpClientHolder:
    """Connections to one origin. `keep_alive` False: each request on one of its own."""

    def __init__(self, base: BaseUrl, *, keep_alive: bool) -> None:
        """Raises InvalidRequest when the environment names a proxy that cannot be used."""
        self.base = base
        self._keep_alive = keep_alive
        self._proxy = _proxy_for(base)
        self._tls = tls_context(base.scheme, proxied=self._proxy is not None)
        self._pool: _Pool | None = None
        silence_loggers()

    @contextlib.asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        """The client to send one request with."""
        pool = self._pool = self._pool or _Pool(self._built())
        pool.users += 1
        try:
            yield pool.client
        finally:
            pool.users -= 1
            if pool.retired and not pool.users:
                await pool.client.aclose()

    async def renew(self) -> None:
        """Goes on with a new client; the old one is closed when its last request is done. A cancelled request may hold
        a place in the pool for good (TRAPS.md T1), and our deadline cancels."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.retired = True
            if not pool.users:
                await pool.client.aclose()

    def _built(self) -> httpx.AsyncClient:
        kept = _MAX_CONNECTIONS if self._keep_alive else 0
        limits = httpx.Limits(max_connections=_MAX_CONNECTIONS, max_keepalive_connections=kept)
        inner = httpx.AsyncHTTPTransport(verify=self._tls, trust_env=False, limits=limits, proxy=self._proxy)
        return httpx.AsyncClient(
            transport=_SameOriginTransport(inner, self.base),
            follow_redirects=False,
            trust_env=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            headers={
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                "User-Agent": f"cordage-tui/{__version__}",
                "Connection": "keep-alive" if self._keep_alive else "close",
            },
        )


def _proxy_for(base: BaseUrl) -> httpx.Proxy | None:
    if base.loopback:
        return None
    try:
        return proxy_for(base.scheme, base.host)
    except ValueError as wrong:
        words = SafeText(str(wrong))
    raise InvalidRequest("connect", words, delivery=Delivery.NOT_SENT)
