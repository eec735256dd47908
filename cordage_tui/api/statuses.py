"""What an HTTP status means for the call it answers (FAULTS.md B3, second table)."""

from collections.abc import Mapping
from typing import Final

from cordage_tui.api.answer import ApiResponse
from cordage_tui.api.errors import (
    AuthenticationFailed,
    CordageError,
    Delivery,
    NotFound,
    RateLimited,
    RequestRejected,
    RequestTimeout,
    ServerError,
    UnexpectedResponse,
)
from cordage_tui.api.headers import is_seconds, limited_reading, reading
from cordage_tui.api.words import error_message, retry_after_in
from cordage_tui.domain.rate_limit import RateLimitHeaders

_KINDS: Final[Mapping[int, tuple[type[CordageError], str]]] = {
    401: (AuthenticationFailed, "the API key was refused (401)"),
    402: (AuthenticationFailed, "the account cannot pay for this (402)"),
    403: (AuthenticationFailed, "the API key may not do this (403)"),
    404: (NotFound, "not found (404)"),
    408: (RequestTimeout, "the server says it waited too long for the request (408)"),
    413: (RequestRejected, "the inputs are too large for the server (413)"),
    425: (ServerError, "the server did not want the request yet (425)"),
}
_NO: Final = frozenset({400, 401, 402, 403, 404, 405, 410, 411, 413, 414, 415, 422, 429, 431})
"""With these a server says that it does not start the work. Any other may come from something in between that knows nothing
of it; a 409 is looked up in the run list before it counts as a no."""


def budget_reading(answer: ApiResponse, now: float) -> RateLimitHeaders:
    """What any answer says of its budget; `retry_after_s` only when it is a limiter's. `now` is our wall clock."""
    if not _is_limiter(answer):
        return reading(answer.headers)
    return limited_reading(answer.headers, retry_after_in(answer.body), now)


def error_for_status(answer: ApiResponse, seen: RateLimitHeaders, *, paid: bool) -> CordageError | None:
    """The error an answer stands for; None for 2xx. `paid`: the call was a trigger, so that a status which does not
    rule out that work has started leaves the delivery uncertain."""
    if answer.ok:
        return None
    kind, words = _kind(answer)
    said = error_message(answer.body).strip()
    what = answer.redactor.line(f"{words}: {said}" if said else words)
    if kind is RateLimited:
        return RateLimited(answer.call, what, retry_after_s=seen.retry_after_s or 60.0, status=answer.status)
    delivery = Delivery.UNCERTAIN if paid and _leaves_doubt(answer.status) else Delivery.ANSWERED
    return kind(answer.call, what, delivery=delivery, status=answer.status)


def _kind(answer: ApiResponse) -> tuple[type[CordageError], str]:
    status = answer.status
    if _is_limiter(answer):
        return RateLimited, f"the rate limit is reached ({status})"
    if status in _KINDS:
        return _KINDS[status]
    if 300 <= status < 400:
        where = answer.headers.get("location", "")[:2000]
        return (
            UnexpectedResponse,
            f"the server answers {status} and points to {where or 'no address'}; redirects are not followed",
        )
    if 400 <= status < 500:
        return RequestRejected, f"the server refused it ({status})"
    return ServerError, f"the server is in trouble ({status})"


def _is_limiter(answer: ApiResponse) -> bool:
    return answer.status == 429 or (answer.status == 503 and is_seconds(retry_after_in(answer.body)))


def _leaves_doubt(status: int) -> bool:
    return status not in _NO and not 300 <= status < 400
