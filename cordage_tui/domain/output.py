"""Outputs of runs and the user's ratings of them."""

import re
from collections.abc import Iterable
from enum import StrEnum
from functools import lru_cache
from typing import Final, TypeGuard
from urllib.parse import unquote, urlsplit

from cordage_tui.domain.base.fast_dataclass import dataclass, field
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.urls import unsigned

# One output of a run: its identity, which ignores signatures, and the user's rating of it.

MAX_STARS: Final = 5


@dataclass(frozen=True, slots=True)
class OutputRef:
    """Reference to one output."""

    row: RowId
    number: int
    """Its place among the outputs of the run, from 1."""
    url: str = field(repr=False)
    """Latest URL from the server, made safe. A signed one lets anyone fetch the file, so it is not shown."""

    @property
    def key(self) -> str:
        """`output_key` of the address."""
        return output_key(self.url)


@lru_cache(512)
def output_key(url: str) -> str:
    """Key of a file, equal however its link is signed: 32 hexadecimal digits, fit for a file's name."""
    from hashlib import sha256  # loads OpenSSL, 2 ms: a command without outputs does not

    return sha256(unsigned(url).encode("utf-8", "surrogatepass")).hexdigest()[:32]


class FileKind(StrEnum):
    """Kind of an output, by its file name. The filter finds it, and it decides which inputs of another workflow take it."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    TEXT = "text"
    JSON = "json"
    OTHER = "other"

    @classmethod
    def of(cls, url: str) -> "FileKind":
        """Return the kind of the file at a URL."""
        path = url.partition("#")[0].partition("?")[0].partition("://")[2].partition("/")[2]
        return _KIND_OF_SUFFIX.get(path.rstrip("/").rpartition(".")[2].lower(), cls.OTHER)

    @property
    def bit(self) -> int:
        """Return the bit of the kind in `kinds_of`. The database holds it, so it never changes."""
        return _BITS[self]


_SUFFIXES: Final = {
    FileKind.IMAGE: frozenset({"png", "jpg", "jpeg", "gif", "webp", "avif", "bmp", "tif", "tiff", "heic"}),
    FileKind.VIDEO: frozenset({"mp4", "mov", "webm", "mkv", "m4v", "avi"}),
    FileKind.AUDIO: frozenset({"mp3", "wav", "ogg", "oga", "opus", "flac", "m4a", "aac"}),
    FileKind.TEXT: frozenset({"txt", "md", "csv", "srt", "vtt"}),
    FileKind.JSON: frozenset({"json", "jsonl"}),
}
_KIND_OF_SUFFIX: Final = {suffix: kind for kind, suffixes in _SUFFIXES.items() for suffix in suffixes}
_BITS: Final = {
    FileKind.IMAGE: 1,
    FileKind.VIDEO: 2,
    FileKind.AUDIO: 4,
    FileKind.TEXT: 8,
    FileKind.JSON: 16,
    FileKind.OTHER: 32,
}


def kinds_of(urls: Iterable[str]) -> int:
    """Return the kinds of files as one number, a bit for each kind."""
    bits = 0
    for url in urls:
        bits |= FileKind.of(url).bit
    return bits


def url_file_name(url: str) -> SafeText:
    """Return the last part of a URL's path, decoded, for people; empty if it has none."""
    try:
        path = urlsplit(url).path
    except ValueError:
        return SafeText("")
    return one_line(unquote(path.rstrip("/").rpartition("/")[2]), 80)


@dataclass(frozen=True, slots=True)
class OutputReference:
    """Name of an output in the place of its URL: `@run:550e8400#2`. The URL is put there when the input is submitted."""

    run: str
    """Beginning of the run's id; or `@` and the number of its row."""
    number: int
    """Number of the output, from 1."""

    @classmethod
    def parse(cls, value: object) -> "OutputReference | None":
        """Parse the value of an input; without a number it names the first output. None: it is not a whole
        reference."""
        match = re.fullmatch(_REFERENCE, value.strip(), re.ASCII) if is_reference(value) else None
        return cls(match[1], int(match[2] or 1)) if match is not None else None

    def __str__(self) -> str:
        return f"{_MARK}{self.run}#{self.number}"


def is_reference(value: object) -> TypeGuard[str]:
    """Return whether a value is meant as the name of an output."""
    return isinstance(value, str) and value.strip().startswith(_MARK)


_MARK: Final = "@run:"
_REFERENCE: Final = rf"{_MARK}(@[0-9]{{1,15}}|[A-Za-z0-9_.-]{{1,200}})(?:#([0-9]{{1,5}}))?"
"""Compiled at its use."""


@dataclass(frozen=True, slots=True)
class Rating:
    """A user's rating of one output."""

    kept: bool | None = None
    """True: to keep; False: rejected; None: undecided."""
    stars: int = 0
    """1 to `MAX_STARS`; 0: none given."""


UNJUDGED: Final = Rating()
"""Rating of an undecided output."""


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
    """Smallest number of stars."""

    def __bool__(self) -> bool:
        """Return whether the filter leaves any output out."""
        return self != RatingFilter()

    def allows(self, verdict: Rating) -> bool:
        """Return whether an output with that rating passes the filter."""
        return verdict.stars >= self.stars and self.opinion in (None, Decision.of(verdict))
