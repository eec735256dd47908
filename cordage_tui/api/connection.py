"""Connections of API calls and file downloads: proxy, TLS, and plain sentences for the errors of httpx and httpcore."""

import logging
import os
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.request import getproxies, proxy_bypass

from cordage_tui.api.http_library import LOGGERS, httpcore, httpx
from cordage_tui.domain.base.environment import CERTIFICATE_VARIABLES
from cordage_tui.domain.urls import PORTS, is_loopback

_CHAIN_MAX: Final = 20
_SOCKS_PORT: Final = 1080
_UNKNOWN_AUTHORITY: Final = frozenset({2, 18, 19, 20, 21})
"""OpenSSL's codes for a certificate whose authority is not among the trusted ones."""

_PLAIN_ANSWERS: Final = frozenset(
    {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG"}
)
"""OpenSSL's reasons for an answer that is not TLS, such as one of plain HTTP."""


def describe_failure(fault: Exception, host: str, port: int, proxy: httpx.Proxy | None = None) -> str:
    """Describe in one sentence why an exchange with `host` failed, directly or through a proxy."""
    if proxy is not None and _is_before_tls(fault):
        named = proxy.url.port or PORTS.get(proxy.url.scheme, _SOCKS_PORT)
        return f"cannot connect through the proxy: {describe_connect_failure(fault, proxy.url.host, named)}"
    match fault:
        case httpx.ConnectTimeout() | httpcore.ConnectTimeout():
            return f"no connection to {host} in time"
        case httpx.PoolTimeout() | httpcore.PoolTimeout():
            return "all our connections are busy; nothing was sent"
        case httpx.WriteTimeout() | httpcore.WriteTimeout():
            return f"{host} stopped reading the request"
        case httpx.TimeoutException() | httpcore.TimeoutException() | TimeoutError():
            return f"{host} gave no whole answer in time"
        case httpx.ProxyError() | httpcore.ProxyError():
            return f"the proxy did not connect us to {host}: {fault}"
        case httpx.RemoteProtocolError() | httpcore.RemoteProtocolError():
            if "without sending a response" in str(fault):
                return f"{host} closed the connection without an answer"
            return f"{host} cut its answer short or did not speak HTTP"
        case httpx.ConnectError() | httpcore.ConnectError() | socket.gaierror() | ssl.SSLError():
            return describe_connect_failure(fault, host, port)
    return f"the connection to {host} broke"


def _is_before_tls(fault: Exception) -> bool:
    """Return whether not even the first connection was made, which is that to a proxy if there is one."""
    is_connecting = isinstance(fault, httpx.ConnectError | httpcore.ConnectError)
    return is_connecting and not any(isinstance(cause, ssl.SSLError) for cause in exception_chain(fault))


def describe_connect_failure(fault: BaseException, host: str, port: int) -> str:
    """Describe why connecting to `host` failed: the name, the certificate, TLS, or a refusal of the port."""
    for cause in exception_chain(fault):
        match cause:
            case socket.gaierror():
                return f"could not resolve {host}"
            case ssl.SSLCertVerificationError():
                hint = (
                    "; name the authority of your company as ca_file under [network] in config.toml"
                    if cause.verify_code in _UNKNOWN_AUTHORITY
                    else ""
                )
                return f"the certificate of {host} is not accepted: {cause.verify_message}{hint}"
            case ssl.SSLError() if cause.reason in _PLAIN_ANSWERS:
                place = f"{f'[{host}]' if ':' in host else host}:{port}"
                hint = f"use http://{place}" if is_loopback(host) else "name the port on which it does"
                return f"{place} does not speak TLS; {hint}"
            case ssl.SSLError():
                return f"{host} does not speak TLS as it should ({cause.reason or 'handshake failed'})"
            case ConnectionRefusedError():
                return f"{f'[{host}]' if ':' in host else host}:{port} refused the connection"
    return f"no connection to {host}"


def exception_chain(fault: BaseException) -> Iterator[BaseException]:
    """The fault and its causes, the nearest first; the connection attempts of a group one by one."""
    queue, count = [fault], 0
    while queue and count < _CHAIN_MAX:
        current, count = queue.pop(0), count + 1
        yield current
        if isinstance(current, BaseExceptionGroup):
            queue.extend(current.exceptions)
        queue.extend(c for c in (current.__cause__, current.__context__) if c is not None)


def proxy_for(scheme: str, host: str) -> httpx.Proxy | None:
    """The proxy that the environment names for a host, which is not this machine. Raises ValueError, with a sentence,
    when it cannot be used."""
    proxies = getproxies()
    address = proxies.get(scheme) or proxies.get("all")
    if not address or proxy_bypass(host):
        return None
    try:
        return httpx.Proxy(address if "://" in address else f"http://{address}")
    except (httpx.InvalidURL, ValueError):
        pass
    raise ValueError("the proxy named in the environment cannot be used")


def tls_context(scheme: str, ca_file: Path | None) -> ssl.SSLContext:
    """Build a TLS context that verifies certificates.

    It trusts certifi, or instead the authorities of `SSL_CERT_FILE` and `SSL_CERT_DIR`, and also those of `ca_file`.
    Raises ValueError, with a sentence, if those files cannot be used.

    Plain http gets a context that trusts no authority: it is never used, and loading the real one is slow.
    """
    if scheme == "http":
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    file, folder = (os.environ.get(name) or None for name in CERTIFICATE_VARIABLES)
    if not (file or folder or ca_file):
        return httpx.create_ssl_context(trust_env=False)
    source = " and ".join(CERTIFICATE_VARIABLES)
    try:
        if file or folder:
            context = ssl.create_default_context(cafile=file, capath=folder)
        else:
            context = httpx.create_ssl_context(trust_env=False)
        if ca_file is not None:
            source = "ca_file"
            context.load_verify_locations(ca_file)
    except OSError:  # that of OpenSSL too, for a file without a certificate
        raise ValueError(f"the certificate authorities of {source} cannot be read") from None
    # As curl does: Python 3.13 refuses authorities without an extension that RFC 5280 wants. Older versions refuse
    # authorities that are not roots.
    context.verify_flags = (context.verify_flags | ssl.VERIFY_X509_PARTIAL_CHAIN) & ~ssl.VERIFY_X509_STRICT
    return context


def silence_loggers() -> None:
    """Keep URLs and keys out of any log that is switched on."""
    for name in LOGGERS:
        if logging.getLogger(name).getEffectiveLevel() < logging.WARNING:
            logging.getLogger(name).setLevel(logging.WARNING)
