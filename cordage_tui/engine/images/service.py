"""Image service of one profile: the images that screens request, and their state."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from cordage_tui.api.files.client import FileClient
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.image import (
    HARD_CAP,
    ContactSheet,
    ImageRequest,
    ImageState,
    ImageUnavailable,
    ImageView,
    Thumbnail,
    TooLarge,
)
from cordage_tui.domain.output import OutputRef
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.events import ImagesChanged
from cordage_tui.engine.images.memory_cache import AGAIN_S, OutputStateCache, RenderedImageCache
from cordage_tui.engine.nonblocking_waits import run_in_daemon_thread
from cordage_tui.engine.polling.run_fetcher import RunFetcher

if TYPE_CHECKING:
    from cordage_tui.engine.images.pipeline import ImagePipeline


_HAIR_S: Final = 0.1
"""Timers may fire a hair early."""
_EXPORTED: Final = 1e6
"""Rank of an output that is exported: after all that is on screen."""


class ImageService:
    """Loads and renders outputs for the screens; `ImagesChanged` is published when there is anything new.

    All methods are called on the event loop. Modules that fetch or decode are imported at the first request.
    """

    def __init__(self, session: EngineContext, storage: FileClient, reader: RunFetcher) -> None:
        self._session = session
        self._storage = storage
        self._reader = reader
        self._pipeline: ImagePipeline | None = None
        self._opening: asyncio.Task[ImagePipeline] | None = None
        self._rendered = RenderedImageCache()
        self._states = OutputStateCache(session.clock.monotonic)
        self._shown: Sequence[ImageRequest] = ()
        self._beside: Sequence[ImageRequest] = ()
        self._wanted: dict[str, tuple[int, list[ImageRequest]]] = {}
        """By output key, the most wanted first: its rank and its requests."""
        self._exported: Counter[str] = Counter()
        self._approved: set[str] = set()
        """Outputs that the user has asked for, even if they are large."""
        self._loading: set[str] = set()
        self._again: set[str] = set()
        """Outputs being loaded for which another request came since."""
        self._changes: set[str] = set()
        self._stopped = False

    def sight(self, wanted: ImageRequest) -> ImageView:
        """Return the image from memory and its state; uses neither disk nor network."""
        key = wanted.output.key
        state = self._states.get(key)
        image = self._rendered.get(wanted)
        if image is not None:
            return replace(state or ImageView(), standing=ImageState.READY, image=image)
        if state is not None and state.standing is not ImageState.READY:
            return state
        standing = ImageState.LOADING if key in self._wanted or key in self._loading else ImageState.UNKNOWN
        return replace(state or ImageView(), standing=standing, image=self._rendered.nearest_size(wanted))

    def want(self, wanted: Sequence[ImageRequest], *, beside: bool = False) -> None:
        """Load these images, the most wanted first, in place of those wanted before.

        `beside`: they come after those that a screen wants, and replace only earlier `beside` ones.
        """
        if beside:
            self._beside = wanted
        else:
            self._shown = wanted
        self._wanted = {}
        for request in (*self._shown, *self._beside):
            _, requests = self._wanted.setdefault(request.output.key, (len(self._wanted), []))
            requests.append(request)
        self._load_missing()

    def load(self, output: OutputRef) -> None:
        """Load an output although it is `ImageState.TOO_LARGE` to be loaded unasked."""
        self._approved.add(output.key)
        state = self._states.get(output.key)
        if state is not None and state.standing is ImageState.TOO_LARGE:
            self._states.views.drop(output.key)
            self._notify(output.key)
        self._load_missing()

    def forget_failures(self) -> None:
        """Retry failed images, once they are wanted."""
        self._states.forget_failures()
        self._load_missing()

    async def preview(self, output: OutputRef) -> Thumbnail:
        """Return the thumbnail of an output, which is loaded if it is not there. Raises ImageUnavailable."""
        self._exported[output.key] += 1
        try:
            thumbnail = await self._session.calls.run_detached(self._load(output))
        finally:
            self._exported[output.key] -= 1
        if isinstance(thumbnail, Thumbnail):
            return thumbnail
        raise thumbnail or ImageUnavailable("No longer requested.")

    async def compose(self, sheet: ContactSheet) -> bytes:
        """Return a contact sheet as a PNG file; places of outputs that cannot be shown stay empty. Raises
        ImageUnavailable.

        Labels are drawn in a font of this system: letters missing in all its fonts become boxes.
        """
        outputs = {cell.output.key: cell.output for cell in sheet.cells if cell.output is not None}
        previews = await asyncio.gather(*map(self.preview, outputs.values()), return_exceptions=True)
        files = {
            key: copy.file
            for key, copy in zip(outputs, previews, strict=True)
            if isinstance(copy, Thumbnail) and copy.file
        }
        copies = [files.get(cell.output.key) if cell.output else None for cell in sheet.cells]
        pipeline = await self._opened()
        return await self._session.calls.run_detached(pipeline.compose(sheet, copies))

    def stop(self) -> None:
        """End the decoder process at once, and publish nothing more."""
        self._stopped = True
        self._wanted = {}
        if self._pipeline is not None:
            self._pipeline.recheck()
            self._pipeline.decoder.stop()

    async def _opened(self) -> "ImagePipeline":
        if self._pipeline is not None:
            return self._pipeline
        if self._opening is None:
            self._opening = self._session.calls.spawn(self._open())
        return await asyncio.shield(self._opening)

    async def _open(self) -> "ImagePipeline":
        """Import and build the pipeline, in a thread: the imports take longer than a frame."""

        def build() -> "ImagePipeline":
            from cordage_tui.engine.images.pipeline import open_pipeline

            return open_pipeline(self._session, self._storage, self._reader, self._rank)

        self._pipeline = pipeline = await run_in_daemon_thread(build, "pictures-import")
        if self._stopped:
            pipeline.decoder.stop()
        return pipeline

    def _rank(self, key: str) -> float | None:
        rank_and_requests = self._wanted.get(key)
        if rank_and_requests is not None:
            return rank_and_requests[0]
        return _EXPORTED if self._exported[key] else None

    def _load_missing(self) -> None:
        """Load wanted images that are missing."""
        if self._stopped:
            return
        if self._pipeline is not None:
            self._pipeline.recheck()
        for key, (_, requests) in list(self._wanted.items()):
            if not self._missing(key):
                continue
            if key in self._loading:
                self._again.add(key)
            else:
                self._loading.add(key)
                self._session.calls.spawn(self._load_wanted(requests[0].output))

    def _missing(self, key: str) -> list[ImageRequest]:
        """Return the requests to be rendered; empty for an output that has failed, is too large or cannot be drawn."""
        state = self._states.get(key)
        if state is not None and state.standing is not ImageState.READY:
            return []
        _, requests = self._wanted.get(key, (0, []))
        return [wanted for wanted in requests if self._rendered.get(wanted) is None]

    async def _load_wanted(self, output: OutputRef) -> None:
        key = output.key
        await self._load(output)
        self._loading.discard(key)
        if key in self._again:
            self._again.discard(key)
            self._load_missing()

    async def _load(self, output: OutputRef) -> Thumbnail | ImageUnavailable | None:
        """Load an output and render its missing images. Return its thumbnail, or the error; None: it is not wanted
        any more."""
        key = output.key
        limit = HARD_CAP if key in self._approved else self._session.settings.pictures.fetch_up_to
        try:
            pipeline = await self._opened()
            loaded = await pipeline.load(output, limit, lambda: self._missing(key))
        except TooLarge as error:
            self._states.too_large(key, error.facts)
            self._notify(key)
            return ImageUnavailable("Larger than what is fetched automatically.")
        except ImageUnavailable as error:
            self._fail(key, error)
            return error
        if loaded is None:
            return None
        thumbnail, rendered = loaded
        self._states.known(key, thumbnail)
        for wanted, image in rendered:
            self._rendered.add(wanted, image, (*self._shown, *self._beside))
        if rendered or not thumbnail.file:
            self._notify(key)
        return thumbnail

    def _fail(self, key: str, error: ImageUnavailable) -> None:
        if self._stopped:
            return
        self._states.failed(key, error)
        self._notify(key)
        if error.passing:
            asyncio.get_running_loop().call_later(AGAIN_S + _HAIR_S, self._load_missing)

    def _notify(self, key: str) -> None:
        """Publish the change, together with all others of this turn of the event loop."""
        if not self._changes:
            asyncio.get_running_loop().call_soon(self._flush)
        self._changes.add(key)

    def _flush(self) -> None:
        keys, self._changes = frozenset(self._changes), set()
        if not self._stopped:
            self._session.events.publish(ImagesChanged(keys))
