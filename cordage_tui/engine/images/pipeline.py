"""Fetch, decode and render images by priority."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from cordage_tui.domain.fast_dataclass import replace
from cordage_tui.domain.image import ContactSheet, Image, ImageRequest
from cordage_tui.domain.media_type import PNG, MediaKind
from cordage_tui.domain.output import OutputRef
from cordage_tui.engine.concurrency import run_in_daemon_thread
from cordage_tui.engine.images.decoder import ImageDecoder
from cordage_tui.engine.images.disk_cache import ThumbnailCache
from cordage_tui.engine.images.preview import ImageUnavailable, OutputMetadata, Thumbnail, beginning
from cordage_tui.engine.images.source import FetchedFile, OutputSource
from cordage_tui.engine.images.video_probe import probe

# So many at once, the most wanted first, and whoever is not wanted any more goes without.

LAST: Final = 1e9
"""Rank of what nobody wants any more and is done all the same."""


class PrioritySemaphore:
    """A semaphore whose queue is in the order of what is wanted at the moment a place becomes free."""

    def __init__(self, at_once: int, rank: Callable[[str], float | None]) -> None:
        """`rank(key)`: the smaller, the sooner; None: not at all."""
        self._free = at_once
        self._rank = rank
        self._waiting: list[_Waiting] = []

    async def acquire(self, key: str, *, in_any_case: bool = False) -> bool:
        """True when it is its turn, which `leave` ends; False when it is not wanted any more. `in_any_case`: what is not
        wanted is done too, though last."""
        turn = _Waiting(key, in_any_case, asyncio.get_running_loop().create_future())
        self._waiting.append(turn)
        self.recheck()
        try:
            return await turn.granted
        except asyncio.CancelledError:
            if turn.granted.done() and not turn.granted.cancelled() and turn.granted.result():
                self.leave()
            raise

    def leave(self) -> None:
        """A place is free again."""
        self._free += 1
        self.recheck()

    def recheck(self) -> None:
        """What is wanted may have changed."""
        ranked = []
        for turn in self._waiting:
            rank = self._rank(turn.key)
            if rank is None and not turn.in_any_case and not turn.granted.done():
                turn.granted.set_result(False)
            if not turn.granted.done():
                ranked.append((LAST if rank is None else rank, turn))
        ranked.sort(key=lambda entry: entry[0])
        for _, turn in ranked[: self._free]:
            turn.granted.set_result(True)
        self._free -= min(self._free, len(ranked))
        self._waiting = [turn for turn in self._waiting if not turn.granted.done()]


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    key: str
    in_any_case: bool
    granted: asyncio.Future[bool]


# From an output to its small copy: out of memory, off the disk, or fetched and decoded; whichever is first.

T = TypeVar("T")

FETCHES: Final = 3
"""At once."""
COPIES: Final = 4 << 20
"""Bytes of small copies that are kept in memory, to be drawn in another size."""
COPIES_BESIDE_DISK: Final = 1 << 20
"""The same where the disk keeps them too, from where each comes back in a moment."""


class ImagePipeline:
    """Whatever takes time waits for its turn, the most wanted first; what is not wanted any more does not begin."""

    def __init__(
        self, source: OutputSource, cache: ThumbnailCache, room: ImageDecoder, rank: Callable[[str], float | None]
    ) -> None:
        """`rank(key)`: how much that output is wanted, the smaller the more; None: not at all."""
        self._source = source
        self._cache = cache
        self._room = room
        self._copies: OrderedDict[str, Thumbnail] = OrderedDict()
        self._looks, self._fetches = PrioritySemaphore(1, rank), PrioritySemaphore(FETCHES, rank)
        self._jobs, self._clips = PrioritySemaphore(1, rank), PrioritySemaphore(1, rank)

    def update_wanted(self) -> None:
        """What is wanted has changed."""
        for turns in (self._looks, self._fetches, self._jobs, self._clips):
            turns.recheck()

    async def preview(self, output: OutputRef, limit: int) -> Thumbnail | None:
        """None when it is not wanted any more. Raises TooLarge and ImageUnavailable."""
        key = output.key
        found = self._copies.get(key)
        if found is not None:
            self._copies.move_to_end(key)
            return found
        if self._cache.is_kept:
            if not await self._looks.acquire(key):
                return None
            found = await _run_and_release(
                self._looks, run_in_daemon_thread(lambda: self._cache.load(key), "pictures-load")
            )
        if found is None:
            if not await self._fetches.acquire(key):
                return None
            found = await _run_and_release(
                self._fetches, self._made(output, limit)
            )  # the bytes it brings are made use of
        self._keep(key, found)
        return found

    async def render(self, preview: Thumbnail, wanted: ImageRequest) -> Image | None:
        """None when it is not wanted any more. Raises ImageUnavailable."""
        if not await self._jobs.acquire(wanted.output.key):
            return None
        return await _run_and_release(self._jobs, self._room.render(preview.file, wanted))

    async def compose(self, sheet: ContactSheet, copies: list[bytes | None]) -> bytes:
        """Raises ImageUnavailable."""
        await self._jobs.acquire("", in_any_case=True)
        return await _run_and_release(self._jobs, self._room.compose(sheet, copies))

    async def _made(self, output: OutputRef, limit: int) -> Thumbnail:
        fetched = await self._source.fetch(output, limit)
        preview = await self._from(output.key, fetched)
        if self._cache.is_kept:
            await run_in_daemon_thread(lambda: self._cache.save(output.key, preview), "pictures-save")
        return preview

    async def _from(self, key: str, fetched: FetchedFile) -> Thumbnail:
        facts = OutputMetadata(fetched.media, fetched.size)
        match fetched.media.kind:
            case MediaKind.PICTURE:
                await self._jobs.acquire(key, in_any_case=True)
                pixels, file = await _run_and_release(self._jobs, self._room.reduce(fetched.data, fetched.media))
                return Thumbnail(replace(facts, pixels=pixels), file)
            case MediaKind.VIDEO | MediaKind.AUDIO:
                return await self._clip(key, fetched, facts)
            case MediaKind.TEXT | MediaKind.JSON:
                text = beginning(fetched.data, fetched.media.kind, whole=fetched.whole)
                return Thumbnail(replace(facts, text=text))
            case _:
                return Thumbnail(facts)

    async def _clip(self, key: str, fetched: FetchedFile, facts: OutputMetadata) -> Thumbnail:
        """A frame that cannot be decoded is no failure: the clip is described."""
        await self._clips.acquire(key, in_any_case=True)
        work = run_in_daemon_thread(lambda: probe(fetched.data, fetched.media, whole=fetched.whole), "pictures-probe")
        duration_s, pixels, frame = await _run_and_release(self._clips, work)
        facts = replace(facts, duration_s=duration_s, pixels=pixels)
        if frame is None:
            return Thumbnail(facts)
        await self._jobs.acquire(key, in_any_case=True)
        try:
            _, file = await _run_and_release(self._jobs, self._room.reduce(frame, PNG))
        except ImageUnavailable:
            return Thumbnail(facts)
        return Thumbnail(facts, file)

    def _keep(self, key: str, preview: Thumbnail) -> None:
        self._copies[key] = preview
        self._copies.move_to_end(key)
        most = COPIES_BESIDE_DISK if self._cache.is_kept else COPIES
        while sum(len(copy.file) for copy in self._copies.values()) > most and len(self._copies) > 1:
            self._copies.popitem(last=False)


async def _run_and_release(turns: PrioritySemaphore, work: Coroutine[Any, Any, T]) -> T:
    """`work`, then the turn is over."""
    try:
        return await work
    finally:
        turns.leave()
