"""Bytes of an output, from its downloaded file or its server, no more than needed."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from cordage_tui.api.errors import CordageError, FileFetchError, UrlExpired
from cordage_tui.api.files.client import FileClient
from cordage_tui.domain.base.fast_dataclass import dataclass, field
from cordage_tui.domain.base.file_system import open_regular
from cordage_tui.domain.image import HARD_CAP, TEXT_BYTES, ImageUnavailable, OutputMetadata, TooLarge
from cordage_tui.domain.media_type import (
    HEAD,
    MediaKind,
    MediaType,
    sniff,
)
from cordage_tui.domain.output import OutputRef
from cordage_tui.engine.errors import join_sentences
from cordage_tui.engine.images.video_frame import can_probe
from cordage_tui.engine.nonblocking_waits import run_in_daemon_thread
from cordage_tui.engine.polling.url_refresher import UrlRefresher
from cordage_tui.store.errors import StoreError

CLIP_BYTES: Final = 8 << 20
"""Bytes that are fetched of a clip: enough for its first frame."""


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """Fetched beginning of a file."""

    media: MediaType
    size: int | None
    """Bytes of the whole file; None: not known."""
    data: bytes = field(repr=False)
    """The beginning, as much as its media type needs."""

    @property
    def whole(self) -> bool:
        """True if `data` is the whole file."""
        return self.size == len(self.data)


class OutputSource:
    """Source of output files. Methods raise TooLarge and ImageUnavailable."""

    def __init__(self, storage: FileClient, refresher: UrlRefresher, files: Callable[[OutputRef], list[Path]]) -> None:
        """Create a source. `files` returns the downloaded files of an output."""
        self._storage = storage
        self._refresher = refresher
        self._files = files

    async def fetch(self, output: OutputRef, limit: int) -> FetchedFile:
        """Fetch an output. `limit`: bytes over the network; a downloaded file is read at any size."""
        for path in self._files(output):
            file = await run_in_daemon_thread(lambda path=path: _from_disk(path), "pictures-read")  # type: ignore[misc]
            if file is not None:
                return file
        if limit <= 0:
            raise TooLarge(None)
        try:
            return await self._over_network(output, limit)
        except FileFetchError as error:
            raise ImageUnavailable(join_sentences(str(error)), passing=error.retry) from None

    async def _over_network(self, output: OutputRef, limit: int) -> FetchedFile:
        try:
            return await self._read(output.url, limit)
        except UrlExpired:
            url = None
            with suppress(CordageError, StoreError):
                url = await self._refresher.refresh(output)
            if url is None:
                raise
            return await self._read(url, limit)

    async def _read(self, url: str, limit: int) -> FetchedFile:
        data, needed, media = bytearray(), HEAD, None
        async with self._storage.open(url) as coming:
            async for chunk in coming.chunks():
                data += chunk
                if media is None and len(data) >= HEAD:
                    media = sniff(bytes(data[:HEAD]))
                    needed = _needed(media, coming.length, limit)
                if len(data) > needed:
                    break
            size = coming.length
            if len(data) <= needed:  # the whole file
                media, size = media or sniff(bytes(data)), len(data)
        assert media is not None
        if media.kind is MediaKind.PICTURE and len(data) > limit:
            raise TooLarge(OutputMetadata(media, size))
        return FetchedFile(media, size, bytes(data))


def _needed(media: MediaType, length: int | None, limit: int) -> int:
    """Return how many bytes to read of a file. Raises TooLarge for a picture above the limit."""
    match media.kind:
        case MediaKind.PICTURE:
            if length is not None and length > limit:
                raise TooLarge(OutputMetadata(media, length))
            return limit
        case MediaKind.VIDEO | MediaKind.AUDIO if can_probe():
            return min(limit, CLIP_BYTES)
        case MediaKind.TEXT | MediaKind.JSON:
            return min(limit, TEXT_BYTES)
        case _:
            return HEAD


def _from_disk(path: Path) -> FetchedFile | None:
    """Read a downloaded file. None if it is gone or not a regular file."""
    with suppress(OSError), open_regular(path) as file:
        size, head = os.fstat(file.fileno()).st_size, file.read(HEAD)
        media = sniff(head)
        needed = HARD_CAP if media.kind is MediaKind.PICTURE else _needed(media, size, CLIP_BYTES)
        return FetchedFile(media, size, head + file.read(max(0, needed - len(head))))
    return None
