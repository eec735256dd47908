"""From httpx's exceptions to ours. Whether a request left is told by the trace, not by the class (FAULTS.md B3)."""

import socket
import ssl
from collections.abc import Iterator
from typing import Final

import httpx

from cordage_tui.api.body import InvalidBody
from cordage_tui.api.errors import (
    ConnectFailed,
    ConnectionLost,
    CordageError,
    Delivery,
    InvalidRequest,
    RequestTimeout,
    UnexpectedResponse,
)
from cordage_tui.api.redact import Redactor

WIRE_FAULTS: Final = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, InvalidBody)
"""All that an exchange may raise because of the world; OSError holds TimeoutError and ssl.SSLError."""

_CHAIN_MAX: Final = 20


def to_cordage_error(
    fault: Exception, *, call: str, host: str, delivery: Delivery, status: int | None, redactor: Redactor
) -> CordageError:
    """The error to raise for one of WIRE_FAULTS. It is not chained to `fault`, which holds the request and its key."""
    kind, words = _kind(fault, host)
    if kind is ConnectFailed and delivery is not Delivery.NOT_SENT:
        kind = ConnectionLost
    return kind(call, redactor.line(words), delivery=delivery, status=status)


def _kind(fault: Exception, host: str) -> tuple[type[CordageError], str]:
    match fault:
        case InvalidBody():
            return UnexpectedResponse, str(fault)
        case httpx.ConnectTimeout():
            return RequestTimeout, f"no connection to {host} in time"
        case httpx.PoolTimeout():
            return RequestTimeout, "all our connections are busy; nothing was sent"
        case httpx.WriteTimeout():
            return RequestTimeout, f"{host} stopped reading the request"
        case httpx.TimeoutException() | TimeoutError():
            return RequestTimeout, f"{host} gave no whole answer in time"
        case httpx.ProxyError():
            return ConnectFailed, f"the proxy did not connect us to {host}: {fault}"
        case httpx.ConnectError():
            return ConnectFailed, connect_words(fault, host)
        case httpx.UnsupportedProtocol() | httpx.LocalProtocolError() | httpx.InvalidURL():
            return InvalidRequest, "the address or the key cannot be put into a request"
        case httpx.RemoteProtocolError() if "without sending a response" in str(fault):
            return ConnectionLost, f"{host} closed the connection without an answer"
        case httpx.RemoteProtocolError():
            return ConnectionLost, f"{host} cut its answer short or did not speak HTTP"
    return ConnectionLost, f"the connection to {host} broke"


def connect_words(fault: BaseException, host: str) -> str:
    """Why there is no connection to `host`: the name, the certificate, TLS, or a refusal."""
    for cause in exception_chain(fault):
        match cause:
            case socket.gaierror():
                return f"the host {host} is not found"
            case ssl.SSLCertVerificationError():
                return f"the certificate of {host} is not accepted: {cause.verify_message}"
            case ssl.SSLError():
                return f"{host} does not speak TLS as it should ({cause.reason or 'handshake failed'})"
            case ConnectionRefusedError():
                return f"{host} refused the connection"
    return f"no connection to {host}"


def exception_chain(fault: BaseException) -> Iterator[BaseException]:
    """The fault and what led to it, the nearest first; the connection attempts of a group one by one."""
    queue, seen = [fault], 0
    while queue and seen < _CHAIN_MAX:
        current, seen = queue.pop(0), seen + 1
        yield current
        if isinstance(current, BaseExceptionGroup):
            queue.extend(current.exceptions)
        queue.extend(c for c in (current.__cause__, current.__context__) if c is not None)
