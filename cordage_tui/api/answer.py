"""One answer of the server, before anything is believed of it."""

from collections.abc import Mapping

from cordage_tui.api.errors import CordageError, Delivery, UnexpectedResponse
from cordage_tui.api.redact import Redactor
from cordage_tui.domain.fast_dataclass import dataclass, field
from cordage_tui.domain.secret import Secret


@dataclass(frozen=True, slots=True)
class RequestTiming:
    """Two moments by the monotonic clock, in seconds."""

    asked_at: float
    """The request began to go out."""
    heard_at: float
    """Status and headers of the answer had come."""


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """A status line arrived; the body may be whole, cut or refused."""

    call: str
    """The name of the call it answers, as errors carry it."""
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case; repeated headers joined with a comma."""
    body: bytes = field(default=b"", repr=False)
    cut: CordageError | None = None
    """Why there is no whole body; None: `body` is whole."""
    redactor: Redactor = field(default_factory=lambda: Redactor(Secret(""), ""))
    round_trip: RequestTiming | None = None
    clock_ahead_s: float = 0.0
    """How far the server's clock is ahead of this machine's; 0 where the two may well agree, or nothing is known."""

    @property
    def ok(self) -> bool:
        """2xx."""
        return 200 <= self.status < 300

    def not_the_api(self, words: str) -> UnexpectedResponse:
        """The error that says this answer breaks the contract; `words` may quote the server."""
        return UnexpectedResponse(self.call, self.redactor.line(words), delivery=Delivery.ANSWERED, status=self.status)
