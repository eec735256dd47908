"""Responses of the API as domain values or typed errors; rate-limit headers, and the clock skew of the server."""

import re
from collections import deque
from collections.abc import Mapping
from typing import Final

from cordage_tui.api.errors import (
    AuthenticationFailed,
    CordageError,
    Delivery,
    NotFound,
    RateLimited,
    Redactor,
    RequestRejected,
    RequestTimeout,
    ServerError,
    UnexpectedResponse,
)
from cordage_tui.api.json_values import InvalidJson, Parsed, http_date, parse
from cordage_tui.api.request import ApiRequest
from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.base.fast_dataclass import dataclass, field
from cordage_tui.domain.key_refusal import UNPAID
from cordage_tui.domain.rate_limit import RateLimitClass, RateLimitHeaders
from cordage_tui.domain.secrets import Secret
from cordage_tui.domain.webhook import HealthStatus

# One answer of the server, before anything is believed of it.


@dataclass(frozen=True, slots=True)
class RequestTiming:
    """Timing of a request by the monotonic clock, in seconds."""

    asked_at: float
    """The request began to go out."""
    heard_at: float
    """Status and headers of the answer had come."""


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """A response whose status line arrived; the body may be whole, cut or refused."""

    call: str
    """The name of the call it answers, as errors carry it."""
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case; repeated headers joined with a comma."""
    body: bytes = field(default=b"", repr=False)
    cut: CordageError | None = None
    """Why the body is not whole; None: `body` is whole."""
    redactor: Redactor = field(default_factory=lambda: Redactor(Secret(""), ""))
    round_trip: RequestTiming | None = None
    sends: int = 1
    """How many times the request went out: twice if the first met a stale connection."""
    clock_ahead_s: float = 0.0
    """Seconds the server's clock is ahead of this machine's; 0 if the two may agree, or nothing is known."""

    @property
    def ok(self) -> bool:
        """2xx."""
        return 200 <= self.status < 300

    def not_the_api(self, message: str) -> UnexpectedResponse:
        """Build the error for an answer that breaks the contract; `message` may quote the server."""
        return UnexpectedResponse(
            self.call, self.redactor.line(message), delivery=Delivery.ANSWERED, status=self.status
        )


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """Outcome of a call that was to go out."""

    request: ApiRequest
    took_s: float
    """Seconds from the first byte's turn to the whole answer, connecting included."""
    answer: ApiResponse | None = None
    """None: no status line arrived."""
    seen: RateLimitHeaders = RateLimitHeaders()
    error: CordageError | None = None
    """None with no answer either: it was cut off at the end of the program."""


# The server's own words out of an error body, as one line of text; still raw: `Redactor.line` makes it safe.

_LOOKED_AT: Final = 16_384
"""Bytes of an error page that are looked at."""
_JSON_MAX: Final = 1024 * 1024
_NAMES: Final = ("error", "message", "detail", "errors", "msg", "title")
_TITLE: Final = r"(?i)<title[^>]{0,200}>([^<]{1,500})"
_MUTE: Final = r"(?i)<(?:script|style)\b[^<]*|<!--[^<]*"
_TAG: Final = r"<[^<>]*>"
_PARTS_MAX: Final = 5


def error_message(body: bytes) -> str:
    """Return the server's error message; an empty text if there is none.

    In a JSON object it is `error`, `message` or a similar field, with the field errors. In a web page it is the title
    or text, otherwise the text itself.
    """
    try:
        return _of_json(parse(body)) if len(body) <= _JSON_MAX else _of_page(body)
    except InvalidJson:
        return _of_page(body)


def retry_after_in(body: bytes) -> object:
    """Return the field of the documented limiter answer, of any type; None when there is none."""
    return (_object(body) or {}).get("retry_after")


def _object(body: bytes) -> dict[str, Parsed] | None:
    """Parse an error body as the JSON object that the API sends; None: it is not one."""
    try:
        value = parse(body) if len(body) <= _JSON_MAX else None
    except InvalidJson:
        return None
    return value if isinstance(value, dict) else None


def _of_json(value: Parsed) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "; ".join(filter(None, (_of_json(item) for item in value[:_PARTS_MAX])))
    if not isinstance(value, dict):
        return ""
    for name in _NAMES:
        message = _of_json(value.get(name))
        if message:
            return message if name != "msg" else _placed(value.get("loc"), message)
    fields = [(name, _of_json(item)) for name, item in list(value.items())[:_PARTS_MAX]]
    return "; ".join(f"{name}: {message}" for name, message in fields if message)


def _placed(place: Parsed, message: str) -> str:
    """Put the field before its error, as FastAPI and others do."""
    parts = [str(p) for p in place if isinstance(p, str | int)] if isinstance(place, list) else []
    return f"{'.'.join(parts)}: {message}" if parts else message


def _of_page(body: bytes) -> str:
    text = body[:_LOOKED_AT].decode("utf-8", "replace")
    title = re.search(_TITLE, text)
    if title and title.group(1).strip():
        return title.group(1)
    if "<" in text and ">" in text:
        text = re.sub(_TAG, " ", re.sub(_MUTE, " ", text))
    return text


# Rate-limit headers, believed only if they are sane (docs/dev/polling.md 4, 5, docs/dev/faults.md 55–62).

RESET_MAX_S: Final = 300.0
"""Longest window that is believed while nothing was refused; a 429 waits for the whole reset."""
RETRY_MIN_S: Final = 1.0
RETRY_MAX_S: Final = 86_400.0
"""A day; a longer wait is nonsense or a quota of weeks, and counts as `RETRY_UNSURE_S`."""
RETRY_UNSURE_S: Final = 3600.0
RETRY_DEFAULT_S: Final = 60.0
"""A 429 that says nothing: one whole window."""

_HOUR_S: Final = 3600
_COUNT: Final = r"(?a)\d{1,6}"
_EPOCH: Final = r"(?a)\d{9,10}"
_BELOW_ZERO: Final = r"(?a)-\d{1,6}"


def reading(headers: Mapping[str, str]) -> RateLimitHeaders:
    """Parse the rate-limit headers (names in lower case) of any answer."""
    limit = _count(headers.get("x-ratelimit-limit")) or None  # 0 means nothing
    text = headers.get("x-ratelimit-remaining")
    remaining = 0 if text is not None and re.fullmatch(_BELOW_ZERO, text.strip()) else _count(text)
    if remaining is not None and limit is not None:
        remaining = min(remaining, limit)
    reset_s = _reset_s(headers)
    reset_s = None if reset_s is None else min(reset_s, RESET_MAX_S)
    return RateLimitHeaders(limit=limit, remaining=remaining, reset_s=reset_s)


def limited_reading(headers: Mapping[str, str], retry_after: object, now: float) -> RateLimitHeaders:
    """Parse the rate-limit headers of a 429.

    `retry_after` is the body's field, of any type. `now` is our wall clock, for an HTTP date without a `Date` header.
    `retry_after_s` is never None: the longest wait named, from 1 s to a day, or 60 s.
    """
    headers_read = reading(headers)
    wishes = [w for w in (_seconds(retry_after), retry_after_s(headers, now), _reset_s(headers)) if w is not None]
    wait = max(*wishes, RETRY_MIN_S) if wishes else RETRY_DEFAULT_S
    wait = wait if wait <= RETRY_MAX_S else RETRY_UNSURE_S
    return RateLimitHeaders(headers_read.limit, headers_read.remaining, headers_read.reset_s, wait)


def _count(text: str | None) -> int | None:
    return int(text) if text is not None and re.fullmatch(_COUNT, text := text.strip()) else None


def _reset_s(headers: Mapping[str, str]) -> float | None:
    text = headers.get("x-ratelimit-reset", "").strip()
    if re.fullmatch(_EPOCH, text):
        date = http_date(headers.get("date"))
        left = None if date is None else int(text) - date
        return left if left is not None and 0 <= left <= _HOUR_S else None
    seconds = _count(text)
    return None if seconds is None or seconds > _HOUR_S else float(seconds)


def retry_after_s(headers: Mapping[str, str], now: float) -> float | None:
    """Parse `Retry-After` as seconds from now, without bounds; None: missing, or not sane.

    `now` is our wall clock, for an HTTP date without a `Date` header.
    """
    text = headers.get("retry-after")
    seconds = _seconds(text)
    if seconds is not None:
        return seconds
    moment = http_date(text)
    if moment is None:
        return None
    date = http_date(headers.get("date"))
    return max(0.0, moment - (now if date is None else date))


def _seconds(value: object) -> float | None:
    if isinstance(value, str):
        return float(value) if re.fullmatch(r"\d{1,9}(?:\.\d{1,9})?", value := value.strip(), re.ASCII) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if value >= 0 else None


# Meaning of an HTTP status for the call it answers (docs/dev/triggering.md 3, second table).

_KINDS: Final[Mapping[int, tuple[type[CordageError], str]]] = {
    401: (AuthenticationFailed, "API key rejected (401)"),
    402: (AuthenticationFailed, UNPAID),
    403: (AuthenticationFailed, "the API key may not do this (403)"),
    404: (NotFound, "not found (404)"),
    408: (RequestTimeout, "the server says it waited too long for the request (408)"),
    413: (RequestRejected, "the inputs are too large for the server (413)"),
    425: (ServerError, "the server did not want the request yet (425)"),
}
_NO: Final = frozenset({400, 401, 402, 403, 404, 405, 410, 411, 413, 414, 415, 422, 429, 431})
"""Statuses by which a server says that it does not start the work, unless a web page came with them.

Any other status may come from a proxy, or after the work was started; no body changes that.
"""
_PORTAL: Final = "a web page answers instead of Cordage ({status}); a login page of the network (captive portal) or a proxy may be in between"


def budget_reading(answer: ApiResponse, now: float) -> RateLimitHeaders:
    """Parse the rate-limit headers of any answer; `retry_after_s` only when it is a limiter's. `now` is our wall
    clock."""
    if not _is_limiter(answer):
        return reading(answer.headers)
    return limited_reading(answer.headers, retry_after_in(answer.body), now)


def error_for_status(answer: ApiResponse, seen: RateLimitHeaders, call_class: RateLimitClass) -> CordageError | None:
    """Build the error for an answer; None for 2xx.

    If the status does not rule out that a run was started or killed, the delivery of a trigger or a kill is
    uncertain. Only a 429 is the rate limit of a trigger.
    """
    if answer.ok:
        return None
    is_no = _is_no(answer, call_class)
    is_limited = _is_limiter(answer) and (is_no or call_class is not RateLimitClass.TRIGGER)
    kind, meaning = _kind(answer, is_limited=is_limited)
    server_message = error_message(answer.body).strip()
    message = answer.redactor.line(f"{meaning}: {server_message}" if server_message else meaning)
    delivery = Delivery.ANSWERED if is_no or call_class is RateLimitClass.READ else Delivery.UNCERTAIN
    if kind is RateLimited:
        wait_s = seen.retry_after_s or 60.0
        return RateLimited(answer.call, message, retry_after_s=wait_s, delivery=delivery, status=answer.status)
    health = HealthStatus.OFFLINE if _is_portal(answer) else None
    error = kind(answer.call, message, delivery=delivery, status=answer.status, health=health)
    error.is_from_api = _object(answer.body) is not None
    return error


def _is_no(answer: ApiResponse, call_class: RateLimitClass) -> bool:
    """Return whether the answer says that the call did nothing. A 409 to a kill says that the run has ended."""
    is_conflict = answer.status == 409 and call_class is RateLimitClass.KILL
    return (answer.status in _NO or is_conflict) and not _is_portal(answer)


def _is_portal(answer: ApiResponse) -> bool:
    """Return whether a refusal is a web page: then a proxy or portal refuses, which says nothing about the key."""
    kind, _ = _KINDS.get(answer.status, (CordageError, ""))
    if kind is not AuthenticationFailed or _object(answer.body) is not None:
        return False
    return "html" in answer.headers.get("content-type", "").lower() or answer.body.lstrip()[:1] == b"<"


def _kind(answer: ApiResponse, *, is_limited: bool) -> tuple[type[CordageError], str]:
    status = answer.status
    if is_limited:
        return RateLimited, f"the rate limit is reached ({status})"
    if _is_portal(answer):
        return UnexpectedResponse, _PORTAL.format(status=status)
    if status in _KINDS:
        return _KINDS[status]
    if 300 <= status < 400:
        target = answer.headers.get("location", "")[:2000]
        return (
            UnexpectedResponse,
            f"the server answers {status} and points to {target or 'no address'}; redirects are not followed",
        )
    if 400 <= status < 500:
        return RequestRejected, f"the server refused it ({status})"
    return ServerError, f"the server is in trouble ({status})"


def _is_limiter(answer: ApiResponse) -> bool:
    return answer.status == 429 or (answer.status == 503 and _seconds(retry_after_in(answer.body)) is not None)


# Clock skew of the server, estimated from its `Date` headers (docs/dev/polling.md 5, docs/dev/faults.md 70).

SAMPLES: Final = 9
"""Number of answers whose median counts: four answers from a cache or with a wrong `Date` do no harm."""
_HALF_S: Final = 0.5
"""A `Date` names the second that has begun: its middle is at most this far off."""


@dataclass(frozen=True, slots=True)
class ClockSkew:
    """Offset of the server's clock from this machine's wall clock."""

    ahead_s: float
    """Seconds the server's clock is ahead; negative: it is late."""
    within_s: float
    """How many seconds that may be off, either way: half a second and half a round trip."""

    @property
    def sure_ahead_s(self) -> float:
        """Return `ahead_s`, but 0 if the coarseness of a `Date` explains all of it."""
        return self.ahead_s if abs(self.ahead_s) > self.within_s else 0.0


class ClockSkewEstimator:
    """Learns the clock skew from answers.

    It compares the server's time with the boot clock, which cannot be set and which includes sleep. So a step of our
    wall clock shows in the skew at once, and old answers stay true.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: deque[tuple[float, float]] = deque(maxlen=SAMPLES)
        """(seconds the server's clock is ahead of `Clock.boot`, how many that may be off)."""

    def learn(self, answer: ApiResponse) -> None:
        """Learn from an answer that came just now; one without a readable `Date` is ignored."""
        date, trip = http_date(answer.headers.get("date")), answer.round_trip
        if date is None or trip is None:
            return
        half_way = (trip.asked_at + trip.heard_at) / 2 - self._clock.monotonic() + self._clock.boot()
        self._seen.append((date + _HALF_S - half_way, _HALF_S + (trip.heard_at - trip.asked_at) / 2))

    def estimate(self) -> ClockSkew | None:
        """Estimate the skew as of now; None: no answer has had a readable `Date`."""
        if not self._seen:
            return None
        from statistics import median, median_high  # a millisecond, which a start can do without

        ahead = median(offset for offset, _ in self._seen) + self._clock.boot() - self._clock.wall()
        return ClockSkew(ahead, median_high(off for _, off in self._seen))
