"""Proxy and TLS settings of this machine, and the loggers of httpx."""

import logging
import ssl
from typing import Final
from urllib.request import getproxies, proxy_bypass

import httpx

_QUIET: Final = ("httpx", "httpcore")
"""These log whole URLs at INFO and headers at DEBUG."""


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


def tls_context(scheme: str, *, proxied: bool) -> ssl.SSLContext:
    """Build a TLS context that verifies against certifi; behind a proxy, which may have its own authority,
    `SSL_CERT_FILE` and its like count.

    Plain http gets one that trusts nobody: it is not used, and loading the real one takes a while.
    """
    if scheme == "http":
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx.create_ssl_context(trust_env=proxied)


def silence_loggers() -> None:
    """Keep URLs and keys out of any log that is switched on."""
    for name in _QUIET:
        if logging.getLogger(name).getEffectiveLevel() < logging.WARNING:
            logging.getLogger(name).setLevel(logging.WARNING)
