"""One call made ready for the wire, or refused before anything is sent."""

import re
from collections.abc import Callable
from typing import Final

from cordage_tui.api.errors import Delivery, InvalidRequest, ReadOnlyError
from cordage_tui.api.origin import checked_base_url
from cordage_tui.api.redact import Redactor
from cordage_tui.domain.fast_dataclass import dataclass, field
from cordage_tui.domain.inputs import Inputs, canonical
from cordage_tui.domain.rate_limit import RateLimitClass
from cordage_tui.domain.secret import Secret
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.urls import BaseUrl
from cordage_tui.domain.webhook import HealthStatus

_KEY: Final = re.compile(r"[!-~]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """One call, ready for the wire."""

    call: str
    """Its name, as errors carry it."""
    call_class: RateLimitClass
    method: str
    url: str = field(repr=False)
    webhook_key: str = field(repr=False)
    key: Secret
    redactor: Redactor
    body: bytes | None = field(default=None, repr=False)
    on_sending: Callable[[], None] | None = None
    """Called once, right before the first byte of the request goes out."""

    @property
    def paid(self) -> bool:
        """A trigger: waited for longer, on a connection of its own, never repeated."""
        return self.call_class is RateLimitClass.TRIGGER


@dataclass(frozen=True, slots=True)
class RequestBuilder:
    """Whose calls they are."""

    base_url: str
    key: Secret
    read_only: bool = False

    def base(self, call: str) -> BaseUrl:
        """The base URL by the rules; raises InvalidRequest."""
        return checked_base_url(self.base_url, call)

    def build_get(self, call: str, webhook_key: str, *segments: str) -> ApiRequest:
        """A GET below the webhook. Raises InvalidRequest when URL, key or an id cannot be used."""
        return self._request(call, RateLimitClass.READ, "GET", webhook_key, segments)

    def build_post(
        self,
        call: str,
        call_class: RateLimitClass,
        webhook_key: str,
        *segments: str,
        inputs: Inputs | None = None,
        on_sending: Callable[[], None] | None = None,
    ) -> ApiRequest:
        """A POST below the webhook, with `inputs` as its JSON. Raises ReadOnlyError, and InvalidRequest as `read` does."""
        if self.read_only:
            words = SafeText("this profile is read-only; nothing was sent")
            raise ReadOnlyError(call, words, delivery=Delivery.NOT_SENT)
        body = None if inputs is None else _body(call, inputs)
        return self._request(call, call_class, "POST", webhook_key, segments, body, on_sending)

    def _request(
        self,
        call: str,
        call_class: RateLimitClass,
        method: str,
        webhook_key: str,
        segments: tuple[str, ...],
        body: bytes | None = None,
        on_sending: Callable[[], None] | None = None,
    ) -> ApiRequest:
        base = self.base(call)
        if not _KEY.fullmatch(self.key.reveal()):
            words = "the API key cannot be sent: it is empty, or holds white space or letters beyond ASCII"
            raise _unusable(call, words, HealthStatus.REFUSED)
        try:
            url = base.url(webhook_key, *segments)
        except ValueError as wrong:
            problem = str(wrong)
        else:
            redactor = Redactor(self.key, webhook_key)
            return ApiRequest(call, call_class, method, url, webhook_key, self.key, redactor, body, on_sending)
        raise _unusable(call, problem)


def _body(call: str, inputs: Inputs) -> bytes:
    """Lone surrogates, which a terminal may deliver and JSON in UTF-8 cannot carry, become `?`."""
    try:
        return canonical(inputs).encode("utf-8", "replace")
    except ValueError:
        pass
    raise _unusable(call, "the inputs cannot be written as JSON: a number in them is not finite")


def _unusable(call: str, words: str, health: HealthStatus | None = None) -> InvalidRequest:
    return InvalidRequest(call, one_line(words), delivery=Delivery.NOT_SENT, health=health)
