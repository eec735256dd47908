"""The bytes of an output: from a file that was downloaded, else from its storage, no more of them than are needed."""

import os
import stat
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path
from typing import Final, Protocol

from cordage_tui.api.errors import CordageError, FileFetchError, UrlExpired
from cordage_tui.domain.fast_dataclass import dataclass, field
from cordage_tui.domain.media_type import HEAD, MediaKind, MediaType, sniff
from cordage_tui.domain.output import OutputRef
from cordage_tui.engine.concurrency import run_in_daemon_thread
from cordage_tui.engine.errors import join_sentences
from cordage_tui.engine.images.preview import TEXT_BYTES, ImageUnavailable, OutputMetadata
from cordage_tui.engine.images.video_probe import can_probe
from cordage_tui.engine.link_refresh import UrlRefresher
from cordage_tui.store.errors import StoreError

HARD_CAP: Final = 64 << 20
"""Bytes of one picture that are fetched on the user's word."""
CLIP_BYTES: Final = 8 << 20
"""Bytes from the beginning of a clip that are fetched at most: enough for its first frame."""


class ByteStream(Protocol):
    """A file on its way, as `api.storage` tells it."""

    @property
    def length(self) -> int | None: ...

    def chunks(self) -> AsyncIterator[bytes]: ...


class OutputFileSource(Protocol):
    """Whoever fetches files."""

    def open(self, url: str, /) -> AbstractAsyncContextManager[ByteStream]: ...


class TooLarge(Exception):
    """More bytes than may be fetched."""

    def __init__(self, facts: OutputMetadata | None) -> None:
        self.facts = facts
        super().__init__()


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """What was fetched of a file."""

    media: MediaType
    size: int | None
    """Bytes of the whole file; None: not known."""
    data: bytes = field(repr=False)
    """From its beginning, as much as its kind calls for."""

    @property
    def whole(self) -> bool:
        """Whether it is all of the file."""
        return self.size == len(self.data)


class OutputSource:
    """Raises TooLarge and ImageUnavailable."""

    def __init__(
        self, storage: OutputFileSource, refresher: UrlRefresher, files: Callable[[OutputRef], list[Path]]
    ) -> None:
        """`files`: where the output was downloaded to, if it was."""
        self._storage = storage
        self._refresher = refresher
        self._files = files

    async def fetch(self, output: OutputRef, limit: int) -> FetchedFile:
        """`limit`: bytes over the network; what is on disk is read in any case."""
        for path in self._files(output):
            found = await run_in_daemon_thread(lambda path=path: _from_disk(path), "pictures-read")  # type: ignore[misc]
            if found is not None:
                return found
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
            if len(data) <= needed:  # it ended by itself
                media, size = media or sniff(bytes(data)), len(data)
        assert media is not None
        if media.kind is MediaKind.PICTURE and len(data) > limit:
            raise TooLarge(OutputMetadata(media, size))
        return FetchedFile(media, size, bytes(data))


def _needed(media: MediaType, length: int | None, limit: int) -> int:
    """Bytes after which no more are read. Raises TooLarge where all would be needed and are too many."""
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
    """None when it is not there any more, or is no plain file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                return None
            head = file.read(HEAD)
            media = sniff(head)
            needed = HARD_CAP if media.kind is MediaKind.PICTURE else _needed(media, status.st_size, CLIP_BYTES)
            return FetchedFile(media, status.st_size, head + file.read(max(0, needed - len(head))))
        except OSError:
            return None
