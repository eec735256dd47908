"""Connections of API calls and file downloads: pool, proxy, TLS, and in words what httpcore raises."""

import logging
import os
import socket
import ssl
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import certifi
import httpcore

from cordage_tui import __version__
from cordage_tui.domain.urls import BaseUrl, OutputUrl

# Failures. Whether a request left is told by the trace of a call, not by these classes (docs/triggering.md 3).

FAULTS: Final = (
    *(httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError),
    *(httpcore.UnsupportedProtocol, httpcore.ConnectionNotAvailable, OSError),
)
"""All that an exchange may raise because of the world; OSError includes TimeoutError, gaierror and ssl.SSLError."""
STALE: Final = (httpcore.ReadError, httpcore.WriteError, httpcore.RemoteProtocolError)
"""Faults of a kept connection that the server has closed meanwhile."""
_CHAIN_MAX: Final = 20


def describe_failure(fault: Exception, host: str) -> str:
    """Describe in one sentence why an exchange with `host` failed."""
    match fault:
        case httpcore.ConnectTimeout():
            return f"no connection to {host} in time"
        case httpcore.WriteTimeout():
            return f"{host} stopped reading the request"
        case httpcore.TimeoutException() | TimeoutError():
            return f"{host} gave no whole answer in time"
        case httpcore.ProxyError():
            return f"the proxy did not connect us to {host}: {fault}"
        case httpcore.RemoteProtocolError():
            if "without sending a response" in str(fault):
                return f"{host} closed the connection without an answer"
            return f"{host} cut its answer short or did not speak HTTP"
        case httpcore.ConnectError() | socket.gaierror() | ssl.SSLError():
            return describe_connect_failure(fault, host)
    return f"the connection to {host} broke"


def describe_connect_failure(fault: BaseException, host: str) -> str:
    """Describe why there is no connection to `host`: the name, the certificate, TLS, or a refusal."""
    for cause in exception_chain(fault):
        match cause:
            case socket.gaierror():
                return f"could not resolve {host}"
            case ssl.SSLCertVerificationError():
                return f"the certificate of {host} is not accepted: {cause.verify_message}"
            case ssl.SSLError():
                return f"{host} does not speak TLS as it should ({cause.reason or 'handshake failed'})"
            case ConnectionRefusedError():
                return f"{host} refused the connection"
    return f"no connection to {host}"


def exception_chain(fault: BaseException) -> Iterator[BaseException]:
    """The fault and its causes, the nearest first; the connection attempts of a group one by one."""
    queue, seen = [fault], 0
    while queue and seen < _CHAIN_MAX:
        current, seen = queue.pop(0), seen + 1
        yield current
        if isinstance(current, BaseExceptionGroup):
            queue.extend(current.exceptions)
        queue.extend(c for c in (current.__cause__, current.__context__) if c is not None)


# Proxy and TLS, as the environment says.

_PROXIES: Final = ("http", "https", "socks5", "socks5h")


def proxy_for(scheme: str, host: str) -> httpcore.Proxy | None:
    """The proxy that the environment names for a host, which is not this machine. Raises ValueError, with a sentence,
    when it cannot be used."""
    proxies = getproxies()
    address = proxies.get(scheme) or proxies.get("all")
    if not address or proxy_bypass(host):
        return None
    try:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        if parts.scheme in _PROXIES and parts.hostname:
            url = httpcore.URL(scheme=parts.scheme, host=parts.hostname, port=parts.port, target="/")
            names = [unquote(part or "").encode() for part in (parts.username, parts.password)]
            return httpcore.Proxy(url, auth=(names[0], names[1]) if any(names) else None)
    except ValueError:
        pass
    raise ValueError("the proxy named in the environment cannot be used")


def tls_context(*, proxied: bool) -> ssl.SSLContext:
    """Build a TLS context that verifies against certifi; behind a proxy, which may have its own authority,
    `SSL_CERT_FILE` and `SSL_CERT_DIR` count."""
    file, folder = (os.environ.get(name) if proxied else None for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"))
    return ssl.create_default_context(cafile=file or (None if folder else certifi.where()), capath=folder)


# Each connection has an httpcore pool of its own, of one place: httpcore loses places of a shared pool for good when
# requests are cancelled (docs/library-traps.md T1). A cancelled request closes its own connection only.

HttpUrl = BaseUrl | OutputUrl
_Origin = tuple[str, str, int]
_LOGGER: Final = "httpcore"
"""It logs whole URLs at INFO and headers at DEBUG."""


class TrackedBackend(httpcore.AsyncNetworkBackend):
    """Network backend that knows what it has opened: httpcore forgets a connection that is cancelled before its TLS
    handshake is done."""

    def __init__(self) -> None:
        self._streams: list[httpcore.AsyncNetworkStream] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (httpcore's own signature)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        stream = await self.open(host, port, timeout)
        self._streams.append(stream)
        return stream

    async def open(self, host: str, port: int, limit_s: float | None) -> httpcore.AsyncNetworkStream:
        """Open a TCP connection. Raises httpcore's errors."""
        return await httpcore.AnyIOBackend().connect_tcp(host, port, limit_s)

    async def aclose(self) -> None:
        """Close all streams."""
        for stream in self._streams:
            await stream.aclose()


@dataclass(slots=True)
class Connection:
    """Connection to one origin, for one request at a time; connected by the first."""

    origin: _Origin
    pool: httpcore.AsyncConnectionPool
    backend: TrackedBackend
    proxy: str | None
    """Host of the proxy, if there is one."""
    generation: int
    """Number of times that its `ConnectionPool` had been renewed."""
    used: bool = False
    """It has brought a response, so the server may have closed it since."""

    async def request(
        self,
        url: HttpUrl,
        target: str,
        headers: Mapping[str, str],
        extensions: dict[str, Any],
        *,
        method: str = "GET",
        body: bytes | None = None,
    ) -> httpcore.Response:
        """Send a request and return the response's head. `target`: path and query at the origin of `url`; what the server
        sends is asked for without encoding, since it may decode to more than anybody takes."""
        lines = {
            "Host": url.place,
            "User-Agent": f"cordage-tui/{__version__}",
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            "Connection": "keep-alive",
            **headers,
        }
        if method != "GET":
            lines["Content-Length"] = str(len(body or b""))
        scheme, host, port = self.origin
        request = httpcore.Request(
            method,
            httpcore.URL(scheme=scheme, host=host, port=port, target=target),
            headers=[(name.encode(), value.encode()) for name, value in lines.items()],
            content=body,
            extensions=extensions,
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

    def __init__(self, most: int, kept_s: float) -> None:
        """Create an empty pool. `most`: idle connections that are kept, of all origins; `kept_s`: seconds for which one can be
        reused."""
        self._most = most
        self._kept_s = kept_s
        self._idle: list[Connection] = []
        self._generation = 0
        self._tls: dict[bool, ssl.SSLContext] = {}
        if logging.getLogger(_LOGGER).getEffectiveLevel() < logging.WARNING:
            logging.getLogger(_LOGGER).setLevel(logging.WARNING)

    def acquire(self, url: HttpUrl, *, fresh: bool = False) -> Connection:
        """Return a connection to the origin of `url`. `fresh`: an unused one. Raises ValueError, with a sentence, for an
        unusable proxy."""
        origin = (url.scheme, url.host, url.port)
        kept = () if fresh else (connection for connection in reversed(self._idle) if connection.origin == origin)
        for connection in kept:
            self._idle.remove(connection)
            return connection
        return self._connect(url)

    async def release(self, connection: Connection) -> None:
        """Return a connection to the pool, or close it if it cannot be reused."""
        surplus = [connection]
        if connection.is_idle and connection.generation == self._generation:
            self._idle.append(connection)
            surplus, self._idle = self._idle[: -self._most], self._idle[-self._most :]
        for old in surplus:
            await old.aclose()

    async def renew(self) -> None:
        """Make new connections from here on: close the idle ones now, and the others when they are released."""
        self._generation += 1
        idle, self._idle = self._idle, []
        for connection in idle:
            await connection.aclose()

    def _connect(self, url: HttpUrl) -> Connection:
        """Make a connection. Raises ValueError, with a sentence, for an unusable proxy."""
        return self._connection(url, None if url.loopback else proxy_for(url.scheme, url.host), TrackedBackend())

    def _connection(self, url: HttpUrl, proxy: httpcore.Proxy | None, backend: TrackedBackend) -> Connection:
        pool = httpcore.AsyncConnectionPool(
            ssl_context=None if url.scheme == "http" else self._context(proxied=proxy is not None),
            proxy=proxy,
            max_connections=1,
            keepalive_expiry=self._kept_s,
            network_backend=backend,
        )
        host = None if proxy is None else proxy.url.host.decode()
        return Connection((url.scheme, url.host, url.port), pool, backend, host, self._generation)

    def _context(self, *, proxied: bool) -> ssl.SSLContext:
        if proxied not in self._tls:
            self._tls[proxied] = tls_context(proxied=proxied)
        return self._tls[proxied]


def headers_of(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Decode the headers of a response, by name in lower case; several of one name are joined by commas."""
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("ascii", "replace").lower(), _decoded(value).strip()
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def _decoded(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
