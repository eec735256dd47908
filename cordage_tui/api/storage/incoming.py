"""A file on its way: bounded, watched for silence, and unpacked where it comes as gzip though nobody asked for that."""

import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Final

from cordage_tui.api.deadlines import FileTimeouts
from cordage_tui.api.storage.errors import BodyTooLarge, FileConnectionLost, FileServerError
from cordage_tui.domain.fast_dataclass import dataclass, field

CHUNK: Final = 65_536
"""Bytes handed on at a time, at most."""
UNZIPPED_MAX: Final = 64 << 20
"""Bytes that come out of a gzip, at most: a bomb is a thousand times larger than what is sent."""


@dataclass(frozen=True, slots=True)
class FileStream:
    """A file, or the rest of one, that can be read once."""

    offset: int
    """Where its first byte stands in the file. 0: it is the whole, also where more was there already and the rest asked
    for; what was there must then be thrown away."""
    length: int | None
    """Bytes of the whole file; None: not known. When it is, exactly so many come, or FileConnectionLost."""
    validator: str | None
    """The strong entity tag to go on with after a break; None: after a break it begins anew."""
    _chunks: AsyncIterator[bytes] = field(repr=False)

    def chunks(self) -> AsyncIterator[bytes]:
        """Its bytes in order, 1 byte to `CHUNK` at a time. Raises FileFetchError; ends well only after the last one."""
        return self._chunks


class StallDetector:
    """Notices a stream that crawls. Only our waiting counts, not what is done with each piece."""

    def __init__(self, limits: FileTimeouts, host: str) -> None:
        self._limits = limits
        self._host = host
        self._got, self._waited_s = 0, 0.0

    def note(self, size: int, waited_s: float) -> None:
        """So many bytes have come after so many seconds. Raises FileConnectionLost when that is next to nothing."""
        self._got += size
        self._waited_s += waited_s
        if self._waited_s > self._limits.crawl_s:
            if self._got < self._limits.crawl_bytes:
                raise FileConnectionLost(
                    f"{self._host} sends next to nothing: {self._got} bytes in {self._waited_s:.0f} s"
                )
            self._got, self._waited_s = 0, 0.0


class GzipDecoder:
    """What a gzip holds, at most `UNZIPPED_MAX` bytes of it."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._unzip = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._room = UNZIPPED_MAX

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        """What comes out when `packed` is put in, at most `CHUNK` at a time. Raises FileFetchError."""
        while packed:
            if self._unzip.eof:
                raise FileServerError(f"the gzip that {self._host} sends is damaged")
            piece = self._piece(packed)
            packed = self._unzip.unconsumed_tail or self._unzip.unused_data
            self._room -= len(piece)
            if self._room < 0:
                raise BodyTooLarge(
                    f"{self._host} sends the file as gzip, and more than {UNZIPPED_MAX >> 20} MiB come out of it"
                )
            if piece:
                yield piece

    def end(self) -> None:
        """Nothing more will be put in. Raises FileConnectionLost when it was not all."""
        if not self._unzip.eof:
            raise FileConnectionLost(f"the gzip that {self._host} sends ends too soon")

    def _piece(self, packed: bytes) -> bytes:
        try:
            return self._unzip.decompress(packed, CHUNK)
        except zlib.error:
            pass
        raise FileServerError(f"the gzip that {self._host} sends is damaged")


def pieces(piece: bytes) -> Iterator[bytes]:
    """`piece`, at most `CHUNK` at a time."""
    return (piece[start : start + CHUNK] for start in range(0, len(piece), CHUNK))
