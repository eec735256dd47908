"""One output of a run: which it is, whose signature does not matter, and what the user thinks of it."""

from functools import lru_cache
from hashlib import sha256
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from cordage_tui.domain.run import RowId
from cordage_tui.domain.value import dataclass, field

MAX_STARS: Final = 5

_SIGNING: Final = frozenset(
    {"expires", "signature", "sig", "se", "sp", "sv", "sr", "st", "spr", "skoid", "sktid", "ske", "sks", "skt", "skv"}
    | {"key-pair-id", "policy", "token", "hdnea", "awsaccesskeyid", "googleaccessid", "response-expires"}
)
"""Query parameters, in lower case, that sign a link and change each time it is given: CloudFront's, S3's, Google's, Azure's."""
_SIGNING_PREFIXES: Final = ("x-amz-", "x-goog-")


@dataclass(frozen=True, slots=True)
class OutputRef:
    """Names one output."""

    row: RowId
    number: int
    """Its place among the outputs of the run, from 1."""
    url: str = field(repr=False)
    """As the server gave it last, made safe. Whoever sees a signed one can fetch it, so it is not shown."""

    @property
    def key(self) -> str:
        """`output_key` of the address."""
        return output_key(self.url)


@lru_cache(4_096)
def output_key(url: str) -> str:
    """The same for the same file however its link is signed: 32 hexadecimal digits, fit for a file's name."""
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
    """What the user thinks of one output."""

    kept: bool | None = None
    """True: to keep; False: rejected; None: undecided."""
    stars: int = 0
    """1 to `MAX_STARS`; 0: none given."""


UNJUDGED: Final = Rating()
"""Of an output that nobody has judged."""
