"""Image pipeline: from an output to its thumbnail and the images a screen draws."""

import asyncio
import ctypes
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from cordage_tui.api.files.client import FileClient
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.base.lru_cache import LruCache
from cordage_tui.domain.image import (
    ContactSheet,
    Image,
    ImageRequest,
    ImageUnavailable,
    OutputMetadata,
    Thumbnail,
    beginning,
)
from cordage_tui.domain.media_type import PNG, MediaKind
from cordage_tui.domain.output import OutputRef
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.images.decoder import ImageDecoder
from cordage_tui.engine.images.disk_cache import ThumbnailCache
from cordage_tui.engine.images.output_source import FetchedFile, OutputSource
from cordage_tui.engine.images.video_frame import probe
from cordage_tui.engine.nonblocking_waits import run_in_daemon_thread
from cordage_tui.engine.polling.run_fetcher import RunFetcher
from cordage_tui.engine.polling.url_refresher import UrlRefresher
from cordage_tui.store.errors import StoreError

Rank = Callable[[str], float | None]
"""Returns the rank of an output key: the smaller, the sooner; None: it is not wanted (any more)."""
LAST: Final = 1e9
"""Rank of work that is done although its output is not wanted any more."""


class PrioritySemaphore:
    """Semaphore whose waiters are served by their rank at the moment a place becomes free."""

    def __init__(self, at_once: int, rank: Rank) -> None:
        self._free = at_once
        self._rank = rank
        self._waiting: list[tuple[str, bool, asyncio.Future[bool]]] = []

    async def acquire(self, key: str, *, in_any_case: bool = False) -> bool:
        """Wait for a place, to be given back by `leave`. False once the key is not wanted any more, unless `in_any_case`."""
        granted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, in_any_case, granted))
        self.recheck()
        try:
            return await granted
        except asyncio.CancelledError:
            if granted.done() and not granted.cancelled() and granted.result():
                self.leave()
            raise

    @asynccontextmanager
    async def turn(self, key: str, *, in_any_case: bool = False) -> AsyncIterator[bool]:
        """Acquire a place for the body of a `with`; yields the result of `acquire`."""
        granted = await self.acquire(key, in_any_case=in_any_case)
        try:
            yield granted
        finally:
            if granted:
                self.leave()

    def leave(self) -> None:
        """Release a place."""
        self._free += 1
        self.recheck()

    def recheck(self) -> None:
        """Serve or dismiss waiters after ranks have changed."""
        ranked = []
        for key, in_any_case, granted in self._waiting:
            rank = self._rank(key)
            if rank is None and not in_any_case and not granted.done():
                granted.set_result(False)
            if not granted.done():
                ranked.append((LAST if rank is None else rank, granted))
        ranked.sort(key=lambda entry: entry[0])
        for _, granted in ranked[: self._free]:
            granted.set_result(True)
        self._free -= min(self._free, len(ranked))
        self._waiting = [waiter for waiter in self._waiting if not waiter[2].done()]


FETCHES: Final = 3
"""Files that are fetched at a time."""
COPIES: Final = 4 << 20
"""Bytes of thumbnails that are kept in memory, to be rendered in another size."""
COPIES_BESIDE_DISK: Final = 1 << 20
"""The same with a disk cache, which brings each back in a moment."""

_METADATA: Final = 2_000
"""Bytes that a thumbnail without a file counts for: it may hold the beginning of a text."""

Missing = Callable[[], Sequence[ImageRequest]]
"""Returns the images of an output that are wanted at that moment and not rendered yet."""
Rendered = Sequence[tuple[ImageRequest, Image]]


class ImagePipeline:
    """Fetches, decodes and renders outputs by rank: the most wanted first, and none that is not wanted any more.

    Two queues: one for the network, and one for the decoder, which runs one job at a time.
    """

    def __init__(self, source: OutputSource, cache: ThumbnailCache, decoder: ImageDecoder, rank: Rank) -> None:
        self.decoder = decoder
        self._source = source
        self._cache = cache
        self._copies: LruCache[str, Thumbnail] = LruCache(
            COPIES_BESIDE_DISK if cache.is_kept else COPIES, lambda thumbnail: len(thumbnail.file) + _METADATA
        )
        self._network = PrioritySemaphore(FETCHES, rank)
        self._decoding = PrioritySemaphore(1, rank)

    def recheck(self) -> None:
        """Reorder both queues after ranks have changed."""
        self._network.recheck()
        self._decoding.recheck()

    async def load(self, output: OutputRef, limit: int, missing: Missing) -> tuple[Thumbnail, Rendered] | None:
        """Return the thumbnail of an output and its missing images; None if it is not wanted any more.

        `limit`: bytes that may be fetched. Raises TooLarge and ImageUnavailable.
        """
        key = output.key
        thumbnail = self._copies.get(key)
        if thumbnail is not None or self._cache.is_kept:
            async with self._decoding.turn(key) as granted:
                if not granted:
                    return None
                thumbnail = thumbnail or await run_in_daemon_thread(lambda: self._cache.load(key), "pictures-load")
                if thumbnail is not None:
                    self._copies.put(key, thumbnail)
                    wanted = missing() if thumbnail.file else ()
                    return thumbnail, await self.decoder.render(thumbnail.file, wanted) if wanted else ()
        async with self._network.turn(key) as granted:
            if not granted:
                return None
            fetched, rendered = await self._process(key, await self._source.fetch(output, limit), missing)
            if self._cache.is_kept:
                await run_in_daemon_thread(lambda: self._cache.save(key, fetched), "pictures-save")
        self._copies.put(key, fetched)
        return fetched, rendered

    async def compose(self, sheet: ContactSheet, copies: list[bytes | None]) -> bytes:
        """Return a contact sheet as a PNG file. Raises ImageUnavailable."""
        async with self._decoding.turn("", in_any_case=True):
            return await self.decoder.compose(sheet, copies)

    async def _process(self, key: str, fetched: FetchedFile, missing: Missing) -> tuple[Thumbnail, Rendered]:
        facts, kind = OutputMetadata(fetched.media, fetched.size), fetched.media.kind
        if kind is MediaKind.PICTURE:
            async with self._decoding.turn(key, in_any_case=True):
                pixels, file, rendered = await self.decoder.reduce(fetched.data, fetched.media, missing())
            return Thumbnail(replace(facts, pixels=pixels), file), rendered
        if kind in (MediaKind.VIDEO, MediaKind.AUDIO):
            return await self._process_clip(key, fetched, facts, missing)
        if kind in (MediaKind.TEXT, MediaKind.JSON):
            facts = replace(facts, text=beginning(fetched.data, kind, whole=fetched.whole))
        return Thumbnail(facts), ()

    async def _process_clip(
        self, key: str, fetched: FetchedFile, facts: OutputMetadata, missing: Missing
    ) -> tuple[Thumbnail, Rendered]:
        """Probe a clip. One whose first frame cannot be decoded is described only."""
        duration_s, pixels, frame = await run_in_daemon_thread(
            lambda: probe(fetched.data, fetched.media, whole=fetched.whole), "pictures-probe"
        )
        facts = replace(facts, duration_s=duration_s, pixels=pixels)
        if frame is not None:
            async with self._decoding.turn(key, in_any_case=True):
                try:
                    _, file, rendered = await self.decoder.reduce(frame, PNG, missing())
                except ImageUnavailable:
                    return Thumbnail(facts), ()
            return Thumbnail(facts, file), rendered
        return Thumbnail(facts), ()


_LARGE_BLOCK: Final = 1 << 16
"""Bytes from which a block of memory is returned once it is freed: that covers most pictures, and little else."""
_M_MMAP_THRESHOLD: Final = -3


def return_large_blocks() -> None:
    """Have the C library return large blocks to the system when they are freed; no effect without such a setting.

    glibc learns to keep them, and after some hours of pictures 10 MB are unused gaps.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BLOCK)


def open_pipeline(session: EngineContext, storage: FileClient, reader: RunFetcher, rank: Rank) -> ImagePipeline:
    """Build the pipeline of one profile: downloaded outputs are read from disk, the rest over `storage`."""
    return_large_blocks()

    def files(output: OutputRef) -> list[Path]:
        try:
            jobs = session.store.downloads.likes(session.profile, output.key)
        except StoreError:
            return []
        return [Path(job.folder, job.path) for job in jobs if job.path is not None]

    folder = None if session.paths is None else session.paths.pictures
    cache = ThumbnailCache(folder, session.settings.pictures.cache)
    return ImagePipeline(OutputSource(storage, UrlRefresher(session, reader), files), cache, ImageDecoder(), rank)
