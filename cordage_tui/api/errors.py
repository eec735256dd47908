"""What can go wrong on the wire, as one tree: callers catch `CordageError`.

CordageError
├── Unreachable        DNS, refused, TLS: no connection
├── RequestTimeout           no whole answer in time
├── ConnectionLost   reset, cut short, no HTTP
├── UnexpectedResponse          an answer that breaks the contract
├── AuthenticationFailed         401, 402, 403
├── NotFound           404
├── Rejected           any other 4xx
├── RateLimited        429, or 503 with the limiter's JSON
├── ServerError      5xx and statuses nobody has defined
├── ReadOnlyError           refused here: the profile is read-only
└── InvalidRequest         refused here: base URL, key or inputs cannot be used
"""

from enum import StrEnum

from cordage_tui.domain.text import SafeText
from cordage_tui.domain.webhook import HealthStatus


class Delivery(StrEnum):
    """What the server may have done with the request. For a trigger this alone decides whether it may be repeated
    (FAULTS.md B3); look at it before the error's class."""

    NOT_SENT = "not sent"
    """Not one byte of the request left this machine."""
    UNCERTAIN = "uncertain"
    """It was sent, and no answer tells what became of it; a 5xx on a trigger tells nothing either."""
    ANSWERED = "answered"
    """The server answered, and the answer says what became of it."""


class CordageError(Exception):
    """A call that did not go well. `str` of it is fit for a person and holds no secret."""

    health: HealthStatus = HealthStatus.TROUBLE
    """The kind of standing the screen shows for it."""

    def __init__(
        self,
        call: str,
        what: SafeText,
        *,
        delivery: Delivery,
        status: int | None = None,
        health: HealthStatus | None = None,
    ) -> None:
        """`call` is "trigger", "list runs", "get run" or "kill run"; `what` one sentence; `status` the HTTP status, when
        a status line arrived; `health` replaces the class's own."""
        super().__init__(f"{call}: {what}")
        self.call = call
        self.what = what
        self.delivery = delivery
        self.status = status
        if health is not None:
            self.health = health


class ConnectFailed(CordageError):
    """No connection: name not found, refused, no TLS, proxy in the way."""

    health = HealthStatus.OFFLINE


class RequestTimeout(CordageError):
    """No connection, or no whole answer, in time."""

    health = HealthStatus.TIMEOUT


class ConnectionLost(CordageError):
    """The connection ended early, or what came was not HTTP."""

    health = HealthStatus.OFFLINE


class UnexpectedResponse(CordageError):
    """An answer that breaks the contract: HTML, no JSON, wrong type, a redirect, too large, too deep."""

    health = HealthStatus.NOT_THE_API


class AuthenticationFailed(CordageError):
    """401, 402 or 403: the key or the account stands in the way."""

    health = HealthStatus.REFUSED


class NotFound(CordageError):
    """404: the webhook or the run."""

    health = HealthStatus.GONE


class RequestRejected(CordageError):
    """Any other 4xx; `what` holds the server's own words."""


class RateLimited(CordageError):
    """429, or 503 with the documented limiter JSON. The request did nothing."""

    health = HealthStatus.LIMITED

    def __init__(
        self,
        call: str,
        what: SafeText,
        *,
        retry_after_s: float = 60.0,
        delivery: Delivery = Delivery.ANSWERED,
        status: int | None = 429,
    ) -> None:
        """`retry_after_s`: seconds to wait before this class of calls goes on."""
        super().__init__(call, what, delivery=delivery, status=status)
        self.retry_after_s = retry_after_s


class ServerError(CordageError):
    """5xx, and any status nobody has defined."""


class ReadOnlyError(CordageError):
    """The profile is read-only; refused before anything was sent."""

    health = HealthStatus.LIVE


class InvalidRequest(CordageError):
    """The base URL, the key, an id or the inputs cannot be put on the wire; nothing was sent."""

    health = HealthStatus.NOT_THE_API
