"""Simulated faults: kinds, calls they apply to, and how often (docs/dev/faults.md)."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from cordage_tui.simulator.webhooks import Json


class Call(StrEnum):
    """Calls that a fault can be bound to.

    CONNECT comes before a request is read, and only allows CLOSE, RESET and SILENCE. DOWNLOAD is a call on storage.
    ANY is every call except CONNECT.
    """

    TRIGGER = "trigger"
    LIST = "list"
    GET = "get"
    KILL = "kill"
    DOWNLOAD = "download"
    CONNECT = "connect"
    ANY = "any"


class FaultKind(StrEnum):
    """Kinds of faults."""

    CLOSE = "close"
    """The connection is closed without a response."""
    RESET = "reset"
    """The connection is reset (RST) without a response."""
    SILENCE = "silence"
    """No response; the connection stays open until the peer closes it."""
    STALL = "stall"
    """Status line and headers, then silence."""
    GARBAGE = "garbage"
    """Bytes that are not a status line."""
    HALF_HEADERS = "half_headers"
    """The connection is closed within a header."""
    HUGE_HEADER = "huge_header"
    """A header of `size` bytes (default 200 KB)."""
    SLOW = "slow"
    """A byte every `seconds` (default 1)."""
    DELAY = "delay"
    """A good response, `seconds` late (default 1)."""
    TRUNCATED = "truncated"
    """The connection is closed after `size` bytes of the body (default half)."""
    BAD_CHUNK = "bad_chunk"
    """A chunked body with a size that is not a number."""
    ENDLESS = "endless"
    """Endless white space after the body."""
    EARLY_HINTS = "early_hints"
    """A 103 before a good response."""
    STATUS = "status"
    """HTTP `status` with an error JSON, or with `body` verbatim."""
    REDIRECT = "redirect"
    """HTTP `status` (default 307) to `location`."""
    HTML = "html"
    """200 with a login page."""
    EMPTY = "empty"
    """200 without a body."""
    MALFORMED = "malformed"
    """JSON cut in half, with a matching Content-Length."""
    DEEP = "deep"
    """JSON nested `size` deep (default 100,000)."""
    HUGE = "huge"
    """Good JSON padded with white space to `size` bytes (default 16 MiB)."""
    GZIP_BOMB = "gzip_bomb"
    """HUGE (default 64 MiB), compressed to a thousandth."""
    CONTENT_TYPE = "content_type"
    """A good response labelled `text/plain; charset=utf-16`, or as `body`."""
    HEADERS = "headers"
    """A good response with `headers` in place of its own, e.g. a wrong media type."""
    WRONG_RANGE = "wrong_range"
    """A 206 that begins `size` bytes (default 1) after the requested start, and says so; other responses are good."""
    HOSTILE = "hostile"
    """`payload` from `fault_responses.PAYLOADS` (default all) in `field` of every run or error; `*`: in every string."""
    PATCH = "patch"
    """The fields of `patch` replaced in every run or error; fields in `drop` removed."""


ALWAYS_ACT = frozenset(
    {
        FaultKind.SLOW,
        FaultKind.DELAY,
        FaultKind.TRUNCATED,
        FaultKind.BAD_CHUNK,
        FaultKind.ENDLESS,
        FaultKind.EARLY_HINTS,
        FaultKind.MALFORMED,
        FaultKind.HUGE,
        FaultKind.HUGE_HEADER,
        FaultKind.GZIP_BOMB,
        FaultKind.CONTENT_TYPE,
        FaultKind.HEADERS,
        FaultKind.WRONG_RANGE,
        FaultKind.HOSTILE,
        FaultKind.PATCH,
    }
)
"""Kinds that spoil a good response, so that the call itself is carried out."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault with its parameters. Fields that its kind does not use are ignored."""

    kind: FaultKind
    acts: bool = False
    """Carry out the call before the fault; kinds in `ALWAYS_ACT` always do."""
    status: int | None = None
    seconds: float | None = None
    size: int | None = None
    body: str | None = None
    location: str = "https://login.example/"
    field: str = "*"
    payload: str | None = None
    patch: Mapping[str, Json] = dataclasses.field(default_factory=dict)
    drop: tuple[str, ...] = ()
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Headers set on the response, for every kind."""

    @property
    def carries_out(self) -> bool:
        """True if the call is carried out."""
        return self.acts or self.kind in ALWAYS_ACT


@dataclass(slots=True)
class ActiveFault:
    """Fault that is switched on."""

    call: Call
    fault: Fault
    left: int | None
    """Remaining applications; None for no limit."""
    probability: float
    webhook_key: str | None


class FaultBoard:
    """Active faults of a workspace. Later ones wait until earlier ones for the same call are used up."""

    def __init__(self, seed: int) -> None:
        self._rng = Random(f"{seed}/faults")
        self.planned: list[ActiveFault] = []

    def add(
        self,
        call: Call | str,
        fault: Fault,
        *,
        count: int | None = 1,
        probability: float = 1.0,
        webhook_key: str | None = None,
    ) -> None:
        """Apply `fault` to the next `count` calls (None: all) with `probability`, on one webhook or on all.

        Raises ValueError for an unknown call, a bad probability or count, and for a fault that CONNECT does not allow.
        """
        call = Call(call)
        if not 0.0 < probability <= 1.0 or (count is not None and count < 1):
            raise ValueError("probability is above 0 and at most 1, count at least 1")
        if call is Call.CONNECT and fault.kind not in (FaultKind.CLOSE, FaultKind.RESET, FaultKind.SILENCE):
            raise ValueError("on connect there are only close, reset and silence")
        self.planned.append(ActiveFault(call, fault, count, probability, webhook_key))

    def next_fault(self, call: Call, webhook_key: str | None = None) -> Fault | None:
        """The fault that strikes this call, if one does."""
        for planned in self.planned:
            bound = (call,) if call is Call.CONNECT else (call, Call.ANY)
            if planned.call not in bound or planned.webhook_key not in (None, webhook_key):
                continue
            if planned.probability < 1.0 and self._rng.random() >= planned.probability:
                continue
            if planned.left is not None:
                planned.left -= 1
                if planned.left == 0:
                    self.planned.remove(planned)
            return planned.fault
        return None
