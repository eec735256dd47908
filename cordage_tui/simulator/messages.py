"""A request as it was read, an answer as it will be written, and the line in the log that both leave."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote

from cordage_tui.simulator.faults import Call, Fault

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request, read to its end."""

    method: str
    target: str
    """Path and query as sent."""
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    """Names in lower case. They hold the API key, so they are not shown."""
    body: bytes
    peer: str
    """Address of the client, without its port."""

    @property
    def path(self) -> str:
        """The path as sent, still percent-encoded."""
        return self.target.partition("?")[0]

    @property
    def segments(self) -> tuple[str, ...]:
        """The path's segments, decoded after splitting, so that `%2F` stays inside its segment."""
        return tuple(unquote(part) for part in self.path.lstrip("/").split("/"))

    @property
    def query(self) -> dict[str, str]:
        """The query's last value for each name."""
        return {name: values[-1] for name, values in parse_qs(self.target.partition("?")[2]).items()}

    def header(self, name: str) -> str | None:
        """The first header of that name (in lower case)."""
        return next((value for known, value in self.headers if known == name), None)


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """One answer. Content-Length, Date and Connection are added when it is written."""

    status: int
    body: bytes = b""
    headers: Headers = ()

    @classmethod
    def of_json(cls, status: int, value: object, headers: Headers = ()) -> "HttpResponse":
        """An answer with `value` as JSON, in ASCII, so that lone surrogates and controls can be sent too."""
        return cls(status, json.dumps(value).encode(), (("Content-Type", "application/json"), *headers))

    def with_headers(self, headers: Headers) -> "HttpResponse":
        """The same answer with `headers` set; earlier ones of the same name are replaced."""
        names = {name.lower() for name, _ in headers}
        kept = [pair for pair in self.headers if pair[0].lower() not in names]
        return HttpResponse(self.status, self.body, (*kept, *headers))


@dataclass(slots=True)
class LogEntry:
    """A line of the log: what came, and what was answered."""

    method: str
    path: str
    """Without the query."""
    at: float
    """When the request had been read: epoch seconds of the world's clock."""
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False, default=b"")
    call: Call | None = None
    """Which call of the API it was; None when it was none."""
    status: int | None = None
    """Status that was answered; None while there is none, or when no status line was sent."""

    @property
    def header_names(self) -> tuple[str, ...]:
        """In lower case, in the order they came."""
        return tuple(name for name, _ in self.headers)


@dataclass(frozen=True, slots=True)
class PlannedResponse:
    """What a connection is to do: write `answer`, spoilt by `fault` if there is one, and fill in `exchange`."""

    answer: HttpResponse
    exchange: LogEntry
    fault: Fault | None = None
    wait_s: float = 0.0
    """Seconds to let pass first."""
