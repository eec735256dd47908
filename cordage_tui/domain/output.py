"""Outputs of runs and the user's ratings of them."""

from enum import StrEnum
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from cordage_tui.domain.fast_dataclass import dataclass, field
from cordage_tui.domain.run import RowId

# One output of a run: which it is, whose signature does not matter, and what the user thinks of it.

MAX_STARS: Final = 5

_SIGNING: Final = frozenset(
    {"expires", "signature", "sig", "se", "sp", "sv", "sr", "st", "spr", "skoid", "sktid", "ske", "sks", "skt", "skv"}
    | {"key-pair-id", "policy", "token", "hdnea", "awsaccesskeyid", "googleaccessid", "response-expires"}
)
"""Query parameters, in lower case, that sign a link and change each time it is given: CloudFront's, S3's, Google's, Azure's."""
_SIGNING_PREFIXES: Final = ("x-amz-", "x-goog-")


@dataclass(frozen=True, slots=True)
class OutputRef:
    """Reference to one output."""

    row: RowId
    number: int
    """Its place among the outputs of the run, from 1."""
    url: str = field(repr=False)
    """As the server gave it last, made safe. Whoever sees a signed one can fetch it, so it is not shown."""

    @property
    def key(self) -> str:
        """`output_key` of the address."""
        return output_key(self.url)


@lru_cache(512)
def output_key(url: str) -> str:
    """Key of a file, equal however its link is signed: 32 hexadecimal digits, fit for a file's name."""
    from hashlib import sha256  # loads OpenSSL, 2 ms: a command without outputs does not

    try:
        parts = urlsplit(url)
        query = urlencode([pair for pair in parse_qsl(parts.query, keep_blank_values=True) if not _signs(pair[0])])
        bare = urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))
    except ValueError:  # no address at all; it names itself
        bare = url
    return sha256(bare.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _signs(name: str) -> bool:
    name = name.lower()
    return name in _SIGNING or name.startswith(_SIGNING_PREFIXES)


@dataclass(frozen=True, slots=True)
class Rating:
    """A user's rating of one output."""

    kept: bool | None = None
    """True: to keep; False: rejected; None: undecided."""
    stars: int = 0
    """1 to `MAX_STARS`; 0: none given."""


UNJUDGED: Final = Rating()
"""Of an output that nobody has judged."""


class Decision(StrEnum):
    """A user's decision about an output."""

    KEPT = "kept"
    REJECTED = "rejected"
    UNDECIDED = "undecided"

    @classmethod
    def of(cls, verdict: Rating) -> "Decision":
        if verdict.kept is None:
            return cls.UNDECIDED
        return cls.KEPT if verdict.kept else cls.REJECTED


def decided(verdict: Rating) -> str:
    """Word for the decision; empty: nothing yet."""
    return "" if verdict.kept is None else Decision.of(verdict).value


@dataclass(frozen=True, slots=True)
class RatingFilter:
    """A condition on one output: all of it at once."""

    opinion: Decision | None = None
    """None: whichever."""
    stars: int = 0
    """At least so many."""

    def __bool__(self) -> bool:
        """Return whether the filter leaves any output out."""
        return self != RatingFilter()

    def allows(self, verdict: Rating) -> bool:
        """Return whether an output with that rating passes the filter."""
        return verdict.stars >= self.stars and self.opinion in (None, Decision.of(verdict))
