"""Errors of API calls and of file downloads, without secrets in their texts."""

import json
from enum import StrEnum
from typing import Final
from urllib.parse import quote

from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.secrets import Secret, masked
from cordage_tui.domain.webhook import HealthStatus

# Errors of calls, as one tree: callers catch `CordageError`.
#
# CordageError
# ├── ConnectFailed          DNS, refused, TLS: no connection
# ├── RequestTimeout         no whole answer in time
# ├── ConnectionLost         reset, cut short, no HTTP
# ├── UnexpectedResponse     an answer that breaks the contract
# ├── AuthenticationFailed   401, 402, 403, unless it is a web page
# ├── NotFound               404
# ├── RequestRejected        any other 4xx
# ├── RateLimited            429; to a read or a kill also 503 with the limiter's JSON
# ├── ServerError            5xx and undefined statuses
# ├── ReadOnlyError          refused here: the profile is read-only
# └── InvalidRequest         refused here: base URL, key or inputs cannot be used


class Delivery(StrEnum):
    """Knowledge about the delivery of a request.

    For a trigger, only this decides whether it may be repeated (docs/dev/triggering.md 3). Check it before the error's
    class.
    """

    NOT_SENT = "not sent"
    """Not one byte of the request left this machine."""
    UNCERTAIN = "uncertain"
    """It was sent, and no answer shows whether it took effect.

    A trigger is uncertain after a 3xx, a 409, a 5xx, a web page or a 2xx without a run id. A kill is uncertain after a 409.
    """
    ANSWERED = "answered"
    """The server answered, and the answer shows the effect."""


class CordageError(Exception):
    """A call that failed. `str` of it is fit for a person and holds no secret."""

    health: HealthStatus = HealthStatus.TROUBLE
    """The kind of standing the screen shows for it."""
    is_from_api: bool = True
    """False: the answer lacks the JSON that the API sends with an error, so a proxy or portal may have sent it."""

    def __init__(
        self,
        call: str,
        what: SafeText,
        *,
        delivery: Delivery,
        status: int | None = None,
        health: HealthStatus | None = None,
    ) -> None:
        """Create an error.

        `call` is "trigger", "list runs", "get run" or "kill run". `what` is one sentence. `status` is the HTTP
        status, None without a status line. `health` replaces the default of the class.
        """
        super().__init__(f"{call}: {what}")
        self.call = call
        self.what = what
        self.delivery = delivery
        self.status = status
        if health is not None:
            self.health = health


class ConnectFailed(CordageError):
    """Connecting failed: name not found, refused, no TLS, proxy in the way."""

    health = HealthStatus.OFFLINE


class RequestTimeout(CordageError):
    """Timeout of the connection or of the whole answer."""

    health = HealthStatus.TIMEOUT


class ConnectionLost(CordageError):
    """The connection ended early, or the answer was not HTTP."""

    health = HealthStatus.OFFLINE


class UnexpectedResponse(CordageError):
    """An answer that breaks the contract: HTML, no JSON, wrong type, a redirect, too large, too deep, another run than asked
    for."""

    health = HealthStatus.NOT_THE_API


class AuthenticationFailed(CordageError):
    """401, 402 or 403: the key or the account is refused."""

    health = HealthStatus.REFUSED


class NotFound(CordageError):
    """404: the webhook or the run."""

    health = HealthStatus.GONE


class RequestRejected(CordageError):
    """4xx without a class of its own; `what` holds the server's message."""


class RateLimited(CordageError):
    """429: the request did nothing.

    A read or a kill may be repeated, so for them a 503 with the limiter's JSON counts too. For a trigger that is a
    `ServerError`, because the run may have started.
    """

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
        """`retry_after_s`: seconds to wait before the next call of this class."""
        super().__init__(call, what, delivery=delivery, status=status)
        self.retry_after_s = retry_after_s


class ServerError(CordageError):
    """5xx, and any status without a definition."""


class ReadOnlyError(CordageError):
    """The profile is read-only; refused before anything was sent."""

    health = HealthStatus.LIVE


class InvalidRequest(CordageError):
    """The base URL, the key, an id or the inputs cannot be put on the wire; nothing was sent."""

    health = HealthStatus.NOT_THE_API


# Keys do not leave in words: servers and proxies like to echo the URL or the header they did not like.

_SHORTEST: Final = 4
"""Shorter values are words, not keys; replacing them would only garble the text."""
_SHORTEST_IN_DATA: Final = 8
"""The shortest key that is looked for in data. More words of data are kept that way."""


class Redactor:
    """Removes the secrets of one call from any text; its own repr shows none."""

    __slots__ = ("_key_swaps", "_swaps")

    def __init__(self, key: Secret, webhook_key: str) -> None:
        self._key_swaps = _swaps(key.reveal(), str(key), _SHORTEST_IN_DATA)
        self._swaps = (*_swaps(key.reveal(), str(key)), *_swaps(webhook_key, masked(webhook_key)))

    def __repr__(self) -> str:
        return f"Redactor({len(self._swaps)} forms)"

    def line(self, text: str, limit: int = 300) -> SafeText:
        """`text` on one safe line of at most `limit` characters, with no secret in it."""
        for form, shown in self._swaps:
            text = text.replace(form, shown)
        return one_line(text, limit)

    def hide_key(self, text: str) -> str:
        """Return `text` without the API key, otherwise unchanged, because users need the exact text of a run."""
        for form, shown in self._key_swaps:
            text = text.replace(form, shown)
        return text


def _swaps(value: str, shown: str, shortest: int = _SHORTEST) -> tuple[tuple[str, str], ...]:
    """Return the forms that a secret can take, each with its replacement: plain, in a URL, in a JSON text."""
    if len(value) < shortest:
        return ()
    forms = (value, quote(value, safe="", errors="replace"), json.dumps(value)[1:-1])
    return tuple((form, shown) for form in dict.fromkeys(forms))


# Errors of file downloads, as one tree: callers catch `FileFetchError`.
#
# FileFetchError
# ├── UrlNotAllowed           it breaks the rule of `domain.urls`, or leads to an address that is not public
# ├── UrlExpired              400, 401, 403, 404, 410: a fresh link may help
# ├── FileServerRateLimited   429: the storage wants us to wait
# ├── FileServerError         5xx, and answers that cannot be used
# ├── FileConnectionLost      no connection, silence, a body that ends too soon
# └── BodyTooLarge            more bytes than the caller takes


class FileFetchError(Exception):
    """A file that could not be fetched. `str` of it is one line fit for a person, without the link and its
    signature."""

    retry: bool = False
    """Whether trying the same link again later may help."""

    def __init__(self, what: str, *, retry: bool | None = None, retry_after_s: float | None = None) -> None:
        """`retry` replaces the class's own; `retry_after_s`: seconds that the storage asks us to wait."""
        self.what = one_line(what, 300)
        super().__init__(self.what)
        if retry is not None:
            self.retry = retry
        self.retry_after_s = retry_after_s


class UrlNotAllowed(FileFetchError):
    """The link or its target breaks our rules; nothing was sent to it."""


class UrlExpired(FileFetchError):
    """The storage does not know the link, or no longer does. The run may have a fresh one."""


class FileServerRateLimited(FileFetchError):
    """429: too many requests."""

    retry = True


class FileServerError(FileFetchError):
    """The storage is in trouble, or its answer cannot be used."""


class FileConnectionLost(FileFetchError):
    """The connection was not made, or broke, or nothing more came."""

    retry = True


class BodyTooLarge(FileFetchError):
    """The file is larger than the caller takes, or turned out to be."""
