"""Image service: what the screen requests, and what there is of it."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from cordage_tui.domain.fast_dataclass import replace
from cordage_tui.domain.image import ContactSheet, ImageRequest, ImageState, ImageView
from cordage_tui.domain.output import OutputRef
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.events import Event, ImagesChanged
from cordage_tui.engine.images.decoder import ImageDecoder
from cordage_tui.engine.images.disk_cache import ThumbnailCache
from cordage_tui.engine.images.memory_cache import AGAIN_S, OutputStateCache, RenderedImageCache, sight_of
from cordage_tui.engine.images.pipeline import ImagePipeline
from cordage_tui.engine.images.preview import ImageUnavailable, Thumbnail
from cordage_tui.engine.images.source import HARD_CAP, OutputFileSource, OutputSource, TooLarge
from cordage_tui.engine.link_refresh import UrlRefresher
from cordage_tui.engine.polling.fetcher import RunFetcher
from cordage_tui.store.errors import StoreError

# What screens want to see of outputs, and what there is of it: the work behind `LazyImageService`, whose methods these
# are.

_HAIR_S: Final = 0.1
"""Timers may fire a hair early."""
_EXPORTED: Final = 1e6
"""Rank of what an export waits for: after all that is on screen."""


class ImageService:
    """Outputs of one profile, looked at and drawn."""

    def __init__(
        self,
        session: EngineContext,
        source: OutputSource,
        tell: Callable[[Event], None],
        room: ImageDecoder | None = None,
    ) -> None:
        """`room`: where pictures are decoded; None: in a child process of its own."""
        self._session = session
        self._tell = tell
        self._room = room or ImageDecoder()
        folder = None if session.paths is None else session.paths.pictures
        cache = ThumbnailCache(folder, session.settings.pictures.cache)
        self._maker = ImagePipeline(source, cache, self._room, self._rank)
        self._album = RenderedImageCache()
        self._book = OutputStateCache(session.clock.monotonic)
        self._wanted: dict[str, tuple[int, list[ImageRequest]]] = {}
        """By output, in the order of wanting: its rank, and the forms it is wanted in."""
        self._exported: Counter[str] = Counter()
        self._asked: set[str] = set()
        """The user's word is there for these, whatever their size."""
        self._underway: set[str] = set()
        self._again: set[str] = set()
        """Under way, and wanted anew since."""
        self._news: set[str] = set()
        self._stopped = False

    def sight(self, wanted: ImageRequest) -> ImageView:
        """What there is to show of it now, from memory: neither disk nor network is touched."""
        key = wanted.output.key
        entry = self._book.get(key)
        image = self._album.get(wanted)
        if image is not None:
            return replace(sight_of(entry, ImageState.READY), image=image)
        if entry is not None and entry.standing is not ImageState.READY:
            return sight_of(entry, entry.standing)
        standing = ImageState.LOADING if key in self._wanted or key in self._underway else ImageState.UNKNOWN
        return replace(sight_of(entry, standing), image=self._album.nearest_size(wanted))

    def want(self, wanted: Sequence[ImageRequest]) -> None:
        """What is being looked at now, most wanted first. What was wanted before and is under way ends unheard."""
        self._wanted = {}
        for one in wanted:
            _, forms = self._wanted.setdefault(one.output.key, (len(self._wanted), []))
            forms.append(one)
        self._begin()

    def load(self, output: OutputRef) -> None:
        """The user asks for one that has more bytes than are fetched unasked (`ImageState.TOO_LARGE`)."""
        self._asked.add(output.key)
        entry = self._book.get(output.key)
        if entry is not None and entry.standing is ImageState.TOO_LARGE:
            self._book.forget(output.key)
            self._changed(output.key)
        self._begin()

    def forget_failures(self) -> None:
        """What could not be shown is tried again once it is wanted: the user refreshes, or the network is back."""
        self._book.forget_failures()
        self._begin()

    async def preview(self, output: OutputRef) -> Thumbnail:
        """A small copy of the output as a file, fetched now if it is not here: for a sheet that is exported.

        Raises ImageUnavailable.
        """
        self._exported[output.key] += 1
        try:
            found = await self._session.calls.run_detached(self._obtained(output))
        finally:
            self._exported[output.key] -= 1
        if isinstance(found, Thumbnail):
            return found
        raise found or ImageUnavailable("It is not wanted any more.")

    async def compose(self, sheet: ContactSheet) -> bytes:
        """The sheet as a PNG file. Outputs that cannot be shown leave their places empty. Raises ImageUnavailable.

        Labels are drawn in a font of this system: letters that none of them has come out as boxes.
        """
        outputs = {cell.output.key: cell.output for cell in sheet.cells if cell.output is not None}
        found = await asyncio.gather(*map(self.preview, outputs.values()), return_exceptions=True)
        files = {
            key: copy.file
            for key, copy in zip(outputs, found, strict=True)
            if isinstance(copy, Thumbnail) and copy.file
        }
        copies = [files.get(cell.output.key) if cell.output else None for cell in sheet.cells]
        return await self._session.calls.run_detached(self._maker.compose(sheet, copies))

    def stop(self) -> None:
        """Ends the child process at once; nothing is shown any more."""
        self._stopped = True
        self._wanted = {}
        self._maker.update_wanted()
        self._room.stop()

    def _rank(self, key: str) -> float | None:
        found = self._wanted.get(key)
        if found is not None:
            return found[0]
        return _EXPORTED if self._exported[key] else None

    def _begin(self) -> None:
        """Has everything made that is wanted and not there."""
        if self._stopped:
            return
        self._maker.update_wanted()
        for key, (_, forms) in list(self._wanted.items()):
            if not self._missing(key, forms):
                continue
            if key in self._underway:
                self._again.add(key)
            else:
                self._underway.add(key)
                self._session.calls.spawn(self._load_and_render(forms[0].output))

    def _missing(self, key: str, forms: list[ImageRequest]) -> list[ImageRequest]:
        """Those that are to be made. One that failed, is too large or cannot be drawn lacks nothing."""
        entry = self._book.get(key)
        if entry is not None and entry.standing is not ImageState.READY:
            return []
        return [wanted for wanted in forms if self._album.get(wanted) is None]

    async def _load_and_render(self, output: OutputRef) -> None:
        key = output.key
        found = await self._obtained(output)
        if isinstance(found, Thumbnail):
            await self._draw(key, found)
        self._underway.discard(key)
        if key in self._again:
            self._again.discard(key)
            self._begin()

    async def _obtained(self, output: OutputRef) -> Thumbnail | ImageUnavailable | None:
        """Its small copy, or why there is none; None when it is not wanted any more."""
        key = output.key
        settings = self._session.settings.pictures
        try:
            found = await self._maker.preview(output, HARD_CAP if key in self._asked else settings.fetch_up_to)
        except TooLarge as error:
            self._book.too_large(key, error.facts)
            self._changed(key)
            return ImageUnavailable("It has more bytes than are fetched unasked.")
        except ImageUnavailable as error:
            self._failed(key, error)
            return error
        if found is not None:
            self._book.known(key, found)
            if not found.file:
                self._changed(key)
        return found

    async def _draw(self, key: str, preview: Thumbnail) -> None:
        """In every form it is wanted in now."""
        _, forms = self._wanted.get(key, (0, []))
        for wanted in self._missing(key, forms):
            try:
                image = await self._maker.render(preview, wanted)
            except ImageUnavailable as error:
                self._failed(key, error)
                return
            if image is None:
                return
            self._album.add(wanted, image)
            self._changed(key)

    def _failed(self, key: str, error: ImageUnavailable) -> None:
        if self._stopped:
            return
        self._book.failed(key, error)
        self._changed(key)
        if error.passing:
            asyncio.get_running_loop().call_later(AGAIN_S + _HAIR_S, self._begin)

    def _changed(self, key: str) -> None:
        """Tells it, with all else that changes in this turn of the loop."""
        if not self._news:
            asyncio.get_running_loop().call_soon(self._flush)
        self._news.add(key)

    def _flush(self) -> None:
        news, self._news = frozenset(self._news), set()
        if not self._stopped:
            self._tell(ImagesChanged(news))


# Builds the gallery of one profile.


def open_gallery(
    session: EngineContext, storage: OutputFileSource, reader: RunFetcher, tell: Callable[[Event], None]
) -> ImageService:
    """What was downloaded is looked at on disk, the rest over `storage`."""

    def files(output: OutputRef) -> list[Path]:
        try:
            loads = session.store.downloads.likes(session.profile, output.key)
        except StoreError:
            return []
        return [Path(load.folder, load.path) for load in loads if load.path is not None]

    return ImageService(session, OutputSource(storage, UrlRefresher(session, reader), files), tell)
