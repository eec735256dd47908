"""HTTP requests, responses and log entries."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote

from cordage_tui.simulator.faults import Call, Fault

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """HTTP request with its body."""

    method: str
    target: str
    """Path and query as sent."""
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    """Headers with names in lower case. Not shown in repr, since they hold the API key."""
    body: bytes
    peer: str
    """Address of the client, without its port."""

    @property
    def path(self) -> str:
        """Path as sent, percent-encoded."""
        return self.target.partition("?")[0]

    @property
    def segments(self) -> tuple[str, ...]:
        """Segments of the path, decoded after splitting, so that `%2F` does not split."""
        return tuple(unquote(part) for part in self.path.lstrip("/").split("/"))

    @property
    def query(self) -> dict[str, str]:
        """Query parameters; the last value of each name."""
        return {name: values[-1] for name, values in parse_qs(self.target.partition("?")[2]).items()}

    def header(self, name: str) -> str | None:
        """Return the first header with `name`, given in lower case."""
        return next((value for header, value in self.headers if header == name), None)


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """HTTP response. Content-Length, Date and Connection are added when it is written."""

    status: int
    body: bytes = b""
    headers: Headers = ()

    @classmethod
    def of_json(cls, status: int, value: object, headers: Headers = ()) -> "HttpResponse":
        """Create a JSON response in ASCII, so that lone surrogates and control characters can be sent."""
        return cls(status, json.dumps(value).encode(), (("Content-Type", "application/json"), *headers))

    def with_headers(self, headers: Headers) -> "HttpResponse":
        """Return a copy with `headers` set, replacing those of the same name."""
        names = {name.lower() for name, _ in headers}
        kept = [pair for pair in self.headers if pair[0].lower() not in names]
        return HttpResponse(self.status, self.body, (*kept, *headers))


@dataclass(slots=True)
class LogEntry:
    """Logged request and its status."""

    method: str
    path: str
    """Path without the query."""
    at: float
    """Epoch seconds of the workspace's clock when the request was read."""
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False, default=b"")
    call: Call | None = None
    """Call of the API; None for other requests."""
    status: int | None = None
    """Status of the response; None before it, or without a status line."""

    @property
    def header_names(self) -> tuple[str, ...]:
        """Names of the headers in order, in lower case."""
        return tuple(name for name, _ in self.headers)


@dataclass(frozen=True, slots=True)
class PlannedResponse:
    """Response to be written, the fault to apply, and the log entry to complete."""

    answer: HttpResponse
    exchange: LogEntry
    fault: Fault | None = None
    wait_s: float = 0.0
    """Latency in seconds."""
