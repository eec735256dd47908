"""Status, range, size and bounded body of a file response."""

import re
import time
import zlib
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Final

from cordage_tui.api.errors import (
    BodyTooLarge,
    FileConnectionLost,
    FileFetchError,
    FileServerError,
    FileServerRateLimited,
    UrlExpired,
)
from cordage_tui.api.request import FileTimeouts
from cordage_tui.api.responses import retry_after_s
from cordage_tui.domain.base.fast_dataclass import dataclass, field

# Head of a response: which part of the file follows, and whether it can be verified to be complete.

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_GONE: Final = frozenset({400, 401, 403, 404, 410})
"""Object stores answer 400 and 403 to an expired signature, and 404 for an expired file."""
_PASSING: Final = frozenset({408, 421, 425})
_RETRY_MAX_S: Final = 300.0
"""A file that the storage holds back for longer is asked for again anyway, since that costs nothing."""
_RANGE: Final = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18})", re.ASCII)
_LENGTH: Final = re.compile(r"\d{1,18}", re.ASCII)
_STRONG: Final = re.compile(r'"[\x21\x23-\x7e]{1,500}"', re.ASCII)
"""A strong entity tag (RFC 9110, 8.8.3), of ASCII only."""
_UNCODED: Final = frozenset({"", "identity", "aws-chunked"})
"""S3 may repeat `aws-chunked` from an upload; the file itself is not encoded."""
_GZIP: Final = frozenset({"gzip", "x-gzip"})


@dataclass(frozen=True, slots=True)
class RangeRequest:
    """Requested range of a file."""

    offset: int = 0
    """Bytes that are there already; 0: the whole file."""
    validator: str | None = None
    """Strong entity tag of those bytes."""

    @property
    def headers(self) -> dict[str, str]:
        """Headers of the request."""
        if not self.offset or self.validator is None:
            return {}
        return {"Range": f"bytes={self.offset}-", "If-Range": self.validator}


@dataclass(frozen=True, slots=True)
class ContentRange:
    """Range and size of the body that follows."""

    offset: int
    """Place of the first byte in the file; 0: it is the whole."""
    length: int | None
    """Bytes of the whole file; None: not said."""
    validator: str | None
    """Strong entity tag, to resume after a broken connection."""
    zipped: bool
    """The body is gzip, so length and tag would not be those of the file."""


@dataclass(frozen=True, slots=True)
class ResponseHead:
    """Status and headers of a response."""

    status: int
    headers: Mapping[str, str]
    """By name in lower case; of several of one name the first."""

    @classmethod
    def of(cls, status: int, raw: Iterable[tuple[bytes, bytes]]) -> "ResponseHead":
        """Decode the bytes on the wire."""
        headers: dict[str, str] = {}
        for name, value in raw:
            headers.setdefault(name.decode("ascii", "replace").lower(), _decoded(value).strip())
        return cls(status, headers)


def is_strong(validator: str | None) -> bool:
    """Return whether an entity tag is strong, so that equal tags mean equal bytes; a weak one (`W/`) promises less."""
    return validator is not None and _STRONG.fullmatch(validator) is not None


def part_of(head: ResponseHead, requested: RangeRequest, host: str) -> ContentRange | None:
    """Return the range that a 200 or 206 brings. None: it is not the requested range, so request the whole file.

    Raises FileFetchError for any other status, and if a cut could not be told from the file's end.
    """
    if head.status in (206, 416) and requested.headers:
        return _rest(head, requested) if head.status == 206 else None
    if head.status != 200:
        raise refusal(head, host)
    coding = _coding(head)
    if coding not in _UNCODED | _GZIP:
        raise FileServerError(f"{host} sends the file encoded as {coding[:40]}, which was not requested")
    length = _length(head)
    if length is None and "chunked" not in head.headers.get("transfer-encoding", "").lower():
        raise FileServerError(f"{host} does not say where the file ends, so an incomplete file could not be detected")
    if coding in _GZIP:
        return ContentRange(0, None, None, zipped=True)
    return ContentRange(0, length, _validator(head), zipped=False)


def refusal(head: ResponseHead, host: str) -> FileFetchError:
    """Return the error for a status."""
    status, wait_s = head.status, retry_after_s(head.headers, time.time())
    wait_s = None if wait_s is None else min(wait_s, _RETRY_MAX_S)
    message = f"{host} answered {status} ({_phrase(status)})"
    if status == 429:
        return FileServerRateLimited(f"{host} asks us to slow down (429)", retry_after_s=wait_s)
    if status in _GONE:
        return UrlExpired(f"{message}: the link has expired, or the file is gone")
    passing = status >= 500 or status in _PASSING
    return FileServerError(message, retry=passing, retry_after_s=wait_s if passing else None)


def _rest(head: ResponseHead, requested: RangeRequest) -> ContentRange | None:
    """Return the range from where we stopped to the end of the very same file, or None (docs/dev/faults.md 137, 138)."""
    match = _RANGE.fullmatch(head.headers.get("content-range", ""))
    if match is None or _coding(head) not in _UNCODED:
        return None
    first, last, whole = map(int, match.groups())
    if first != requested.offset or last != whole - 1 or _length(head) not in (None, whole - first):
        return None
    if head.headers.get("etag", requested.validator) != requested.validator:
        return None
    return ContentRange(first, whole, requested.validator, zipped=False)


def _coding(head: ResponseHead) -> str:
    codings = [coding.strip() for coding in head.headers.get("content-encoding", "").lower().split(",")]
    return ", ".join(coding for coding in codings if coding not in _UNCODED)


def _length(head: ResponseHead) -> int | None:
    text = head.headers.get("content-length", "")
    return int(text) if _LENGTH.fullmatch(text) else None


def _validator(head: ResponseHead) -> str | None:
    tag = head.headers.get("etag")
    return tag if is_strong(tag) else None


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "unknown status"


def _decoded(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


# Body of a response: bounded, watched for stalls, and decoded if it is gzip, although that was not requested.

CHUNK: Final = 65_536
"""Largest number of bytes handed on at a time."""
UNZIPPED_MAX: Final = 64 << 20
"""Largest decoded size of a gzip: a bomb is a thousand times larger than its download."""


@dataclass(frozen=True, slots=True)
class FileStream:
    """Stream of a file or the rest of one, which can be read once."""

    offset: int
    """Position of the first byte in the file. 0: the whole file, also if a range was requested; discard earlier bytes
    then."""
    length: int | None
    """Bytes of the whole file; None: unknown. FileConnectionLost is raised if fewer or more come."""
    validator: str | None
    """Strong entity tag to resume with; None: the file cannot be resumed."""
    _chunks: AsyncIterator[bytes] = field(repr=False)

    def chunks(self) -> AsyncIterator[bytes]:
        """Iterate over the bytes, at most `CHUNK` at a time. Raises FileFetchError unless the file is complete."""
        return self._chunks


class StallDetector:
    """Minimum throughput of a stream. Only time spent waiting counts, not processing."""

    def __init__(self, limits: FileTimeouts, host: str) -> None:
        self._limits = limits
        self._host = host
        self._got, self._waited_s = 0, 0.0

    def note(self, size: int, waited_s: float) -> None:
        """Count `size` bytes after `waited_s` seconds. Raises FileConnectionLost below the minimum."""
        self._got += size
        self._waited_s += waited_s
        if self._waited_s > self._limits.crawl_s:
            if self._got < self._limits.crawl_bytes:
                raise FileConnectionLost(f"{self._host} is too slow: {self._got} bytes in {self._waited_s:.0f} s")
            self._got, self._waited_s = 0, 0.0


class GzipDecoder:
    """Decoder of a gzip body, bounded by `UNZIPPED_MAX` bytes."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._unzip = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._room = UNZIPPED_MAX

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        """Decode bytes, at most `CHUNK` at a time. Raises FileFetchError."""
        while packed:
            if self._unzip.eof:
                raise FileServerError(f"the gzip from {self._host} is damaged")
            piece = self._piece(packed)
            packed = self._unzip.unconsumed_tail or self._unzip.unused_data
            self._room -= len(piece)
            if self._room < 0:
                raise BodyTooLarge(
                    f"{self._host} sends the file as gzip, which decodes to more than {UNZIPPED_MAX >> 20} MiB"
                )
            if piece:
                yield piece

    def end(self) -> None:
        """Check that the body is complete. Raises FileConnectionLost if it is not."""
        if not self._unzip.eof:
            raise FileConnectionLost(f"the gzip from {self._host} is truncated")

    def _piece(self, packed: bytes) -> bytes:
        try:
            return self._unzip.decompress(packed, CHUNK)
        except zlib.error:
            pass
        raise FileServerError(f"the gzip from {self._host} is damaged")


def pieces(piece: bytes) -> Iterator[bytes]:
    """Split bytes into at most `CHUNK` at a time."""
    return (piece[start : start + CHUNK] for start in range(0, len(piece), CHUNK))
