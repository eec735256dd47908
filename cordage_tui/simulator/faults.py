"""Faults that can be switched on: which there are, for which call, how often (docs/faults.md)."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from cordage_tui.simulator.webhooks import Json


class Call(StrEnum):
    """What a fault can be bound to. CONNECT is the moment of accepting, before a request is read (it knows CLOSE,
    RESET and SILENCE only); DOWNLOAD is a call on storage; ANY is every call but CONNECT."""

    TRIGGER = "trigger"
    LIST = "list"
    GET = "get"
    KILL = "kill"
    DOWNLOAD = "download"
    CONNECT = "connect"
    ANY = "any"


class FaultKind(StrEnum):
    """What goes wrong."""

    CLOSE = "close"
    """The connection is closed without an answer."""
    RESET = "reset"
    """The connection is reset (RST) without an answer."""
    SILENCE = "silence"
    """No answer ever comes; the connection stays open until the peer closes it."""
    STALL = "stall"
    """Status line and headers come, and then silence."""
    GARBAGE = "garbage"
    """Something that is not a status line."""
    HALF_HEADERS = "half_headers"
    """The connection is closed in the middle of a header."""
    HUGE_HEADER = "huge_header"
    """One header of `size` bytes (200 KB unless told)."""
    SLOW = "slow"
    """One byte every `seconds` (1 unless told)."""
    DELAY = "delay"
    """A good answer, `seconds` late (1 unless told)."""
    TRUNCATED = "truncated"
    """The connection is closed after `size` bytes of the body (half of it unless told)."""
    BAD_CHUNK = "bad_chunk"
    """A chunked body with a size that is not a number."""
    ENDLESS = "endless"
    """White space without end after the body."""
    EARLY_HINTS = "early_hints"
    """A 103 before a good answer."""
    STATUS = "status"
    """HTTP `status` with an error JSON, or with `body` as it stands (an empty one: none)."""
    REDIRECT = "redirect"
    """HTTP `status` (307 unless told) to `location`."""
    HTML = "html"
    """200 with a login page."""
    EMPTY = "empty"
    """200 without a body."""
    MALFORMED = "malformed"
    """JSON cut in the middle, with a right Content-Length."""
    DEEP = "deep"
    """JSON nested `size` deep (100,000 unless told)."""
    HUGE = "huge"
    """Good JSON with white space up to `size` bytes (16 MiB unless told)."""
    GZIP_BOMB = "gzip_bomb"
    """The same as HUGE (64 MiB unless told), compressed to a thousandth."""
    CONTENT_TYPE = "content_type"
    """A good answer that says it is `text/plain; charset=utf-16`, or what `body` says."""
    HEADERS = "headers"
    """A good answer, but for the fault's `headers` in place of its own: a `Content-Disposition`, a lying media type."""
    WRONG_RANGE = "wrong_range"
    """A 206 that begins `size` bytes (1 unless told) after what was asked for, and says so; other answers are good."""
    HOSTILE = "hostile"
    """`payload` from `fault_responses.PAYLOADS` (all of them unless told) in `field` of every run or error; `*`: in every string."""
    PATCH = "patch"
    """The fields of `patch` overwritten in every run or error; a field named in `drop` left out."""


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
"""Kinds that spoil a good answer, so that the call itself has been carried out."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. Fields that its kind does not name are ignored."""

    kind: FaultKind
    acts: bool = False
    """The call is carried out (a run starts, a run is killed) before it goes wrong. Kinds in `ALWAYS_ACT` do anyway."""
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
    """Headers set on the answer, whatever the kind."""

    @property
    def carries_out(self) -> bool:
        """Whether the call is carried out."""
        return self.acts or self.kind in ALWAYS_ACT


@dataclass(slots=True)
class ActiveFault:
    """A fault on the board."""

    call: Call
    fault: Fault
    left: int | None
    """How often it will still strike; None: without end."""
    probability: float
    webhook_key: str | None


class FaultBoard:
    """The faults switched on in a world. Later ones wait until earlier ones for the same call are used up."""

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
        """Let `fault` strike the next `count` calls (None: all), each with `probability`, of one webhook or of all.

        Raises ValueError for a call or a probability that there is not, and where CONNECT cannot show the fault.
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

    def clear(self) -> None:
        """Switch all faults off."""
        self.planned.clear()
