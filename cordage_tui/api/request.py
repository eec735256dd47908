"""Requests of the Cordage API: one call made ready for the wire, or refused before anything is sent; timeouts."""

import re
from collections.abc import Callable
from typing import Final

from cordage_tui.api.errors import Delivery, InvalidRequest, ReadOnlyError, Redactor
from cordage_tui.domain.base.fast_dataclass import dataclass, field
from cordage_tui.domain.inputs import Inputs, canonical
from cordage_tui.domain.rate_limit import RateLimitClass
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.secrets import Secret
from cordage_tui.domain.urls import BaseUrl, parse_base_url
from cordage_tui.domain.webhook import HealthStatus


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Timeouts of API calls, in seconds. The totals bound a whole call, connection to last byte: httpx itself has only
    limits between bytes."""

    connect_s: float = 10.0
    write_s: float = 30.0
    read_s: float = 20.0
    """Silence while reading the answer to a read or a kill."""
    total_s: float = 30.0
    trigger_read_s: float = 120.0
    """A trigger is waited for long: giving up early only turns an answer into `uncertain` (docs/dev/triggering.md 4)."""
    trigger_total_s: float = 150.0


@dataclass(frozen=True, slots=True)
class FileTimeouts:
    """Timeouts of file downloads, in seconds. A file may be so large that no total fits them all."""

    connect_s: float = 10.0
    head_s: float = 30.0
    """Seconds until status and headers, for each address that is tried."""
    stall_s: float = 30.0
    """Silence while the file comes."""
    crawl_s: float = 60.0
    """Seconds in which at least `crawl_bytes` must arrive."""
    crawl_bytes: int = 1024

    @property
    def by_name(self) -> dict[str, float]:
        """Timeouts in httpcore's form."""
        return {"connect": self.connect_s, "write": self.stall_s, "read": self.stall_s}


_KEY: Final = r"(?a)[!-~]+"


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """A call that is ready for the wire."""

    call: str
    """Its name, as errors carry it."""
    call_class: RateLimitClass
    base: BaseUrl
    """The only origin it may go to."""
    url: str = field(repr=False)
    webhook_key: str = field(repr=False)
    key: Secret
    redactor: Redactor
    body: bytes | None = field(default=None, repr=False)
    on_sending: Callable[[], None] | None = None
    """Called once, right before the first byte of the request is sent."""
    segments: tuple[str, ...] = field(default=(), repr=False)
    """Path below the webhook: words of the API, and the id of a run."""

    @property
    def method(self) -> str:
        """GET for reads, POST otherwise."""
        return "GET" if self.call_class is RateLimitClass.READ else "POST"

    @property
    def paid(self) -> bool:
        """True for a trigger: waited for longer, on a connection of its own, never repeated."""
        return self.call_class is RateLimitClass.TRIGGER


class RequestBuilder:
    """Builds the requests of one key to one base URL, which is parsed once."""

    def __init__(self, base_url: str, key: Secret, *, read_only: bool) -> None:
        """Accept any base URL and key: one that breaks the rules makes every `build` raise InvalidRequest. `read_only`
        makes those of triggers and kills raise ReadOnlyError."""
        self._key = key
        self._hide_key = Redactor(key, "").hide_key
        self._read_only = read_only
        self._base: BaseUrl | None = None
        self._health: HealthStatus | None = None
        try:
            self._base = parse_base_url(base_url)
        except ValueError as wrong:
            self._problem = f"the base URL cannot be used: it {wrong}"
            return
        if not re.fullmatch(_KEY, key.reveal()):
            self._problem = "the API key cannot be sent: it is empty, or holds white space or letters beyond ASCII"
            self._base, self._health = None, HealthStatus.REFUSED

    def holds_key(self, inputs: Inputs) -> bool:
        """Return whether inputs have the API key in them; one of fewer than eight characters may be there by chance."""
        text = canonical(inputs)
        return self._hide_key(text) != text

    def build(
        self,
        call: str,
        call_class: RateLimitClass,
        webhook_key: str,
        *segments: str,
        inputs: Inputs | None = None,
        on_sending: Callable[[], None] | None = None,
    ) -> ApiRequest:
        """Build a request below the webhook, with `inputs` as its JSON. Raises ReadOnlyError, and InvalidRequest when base
        URL, key, an id or the inputs cannot be used."""
        if self._read_only and call_class is not RateLimitClass.READ:
            message = SafeText("this profile is read-only; nothing was sent")
            raise ReadOnlyError(call, message, delivery=Delivery.NOT_SENT)
        if self._base is None:
            raise _invalid(call, self._problem, self._health)
        body = None if inputs is None else _body(call, inputs)
        if inputs is not None and self.holds_key(inputs):
            raise _invalid(call, "the inputs have the API key of this profile in them; take it out")
        try:
            url = self._base.url(webhook_key, *segments)
        except ValueError as wrong:
            problem = str(wrong)
        else:
            redactor = Redactor(self._key, webhook_key)
            return ApiRequest(
                call,
                call_class,
                self._base,
                url,
                webhook_key,
                self._key,
                redactor,
                body=body,
                on_sending=on_sending,
                segments=segments,
            )
        raise _invalid(call, problem)


def _body(call: str, inputs: Inputs) -> bytes:
    """Encode the inputs; lone surrogates, which a terminal may deliver and JSON in UTF-8 cannot carry, become `?`."""
    try:
        return canonical(inputs).encode("utf-8", "replace")
    except ValueError:
        pass
    raise _invalid(call, "the inputs cannot be written as JSON: a number in them is not finite")


def _invalid(call: str, message: str, health: HealthStatus | None = None) -> InvalidRequest:
    return InvalidRequest(call, one_line(message), delivery=Delivery.NOT_SENT, health=health)
