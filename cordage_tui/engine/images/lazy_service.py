"""The front door: what screens want to see of outputs, and what there is of it."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cordage_tui.api.files.client import FileClient
from cordage_tui.domain.image import ImageRequest, ImageState, ImageView
from cordage_tui.domain.output import OutputRef
from cordage_tui.engine.concurrency import run_in_daemon_thread
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.events import Event
from cordage_tui.engine.polling.fetcher import RunFetcher

if TYPE_CHECKING:
    from cordage_tui.domain.image import ContactSheet
    from cordage_tui.engine.images.service import ImageService


class LazyImageService:
    """Shows outputs of one profile. All methods are called on the event loop; `ImagesChanged` tells of anything new.

    It costs nothing until something is wanted: what does the work is imported then, beside the event loop.
    """

    def __init__(
        self, session: EngineContext, storage: FileClient, reader: RunFetcher, tell: Callable[[Event], None]
    ) -> None:
        self._session = session
        self._parts = session, storage, reader, tell
        self._gallery: ImageService | None = None
        self._opening = False
        self._stopped = False
        self._wanted: Sequence[ImageRequest] = ()
        self._asked: list[OutputRef] = []

    def sight(self, wanted: ImageRequest) -> ImageView:
        """What there is to show of it now, from memory: neither disk nor network is touched."""
        if self._gallery is not None:
            return self._gallery.sight(wanted)
        return ImageView(ImageState.LOADING if wanted in self._wanted else ImageState.UNKNOWN)

    def want(self, wanted: Sequence[ImageRequest]) -> None:
        """What is being looked at now, most wanted first. What was wanted before and is under way ends unheard."""
        self._wanted = wanted
        if self._gallery is not None:
            self._gallery.want(wanted)
        elif wanted:
            self._open()

    def load(self, output: OutputRef) -> None:
        """The user asks for one that has more bytes than are fetched unasked (`ImageState.TOO_LARGE`)."""
        if self._gallery is not None:
            self._gallery.load(output)
        else:
            self._asked.append(output)
            self._open()

    def forget_failures(self) -> None:
        """What could not be shown is tried again once it is wanted: the user refreshes, or the network is back."""
        if self._gallery is not None:
            self._gallery.forget_failures()

    async def compose(self, sheet: "ContactSheet") -> bytes:
        """The sheet as a PNG file. Outputs that cannot be shown leave their places empty. Raises ImageUnavailable.

        Labels are drawn in a font of this system: letters that none of them has come out as boxes.
        """
        return await (await self._opened()).compose(sheet)

    def stop(self) -> None:
        """Ends the child process at once; nothing is shown any more."""
        self._stopped = True
        if self._gallery is not None:
            self._gallery.stop()

    def _open(self) -> None:
        if not self._opening and not self._stopped:
            self._opening = True
            self._session.calls.spawn(self._opened())

    async def _opened(self) -> "ImageService":
        build = await run_in_daemon_thread(_opener, "pictures-import")
        if self._gallery is None:
            self._gallery = build(*self._parts)
            if self._stopped:
                self._gallery.stop()
            for output in self._asked:
                self._gallery.load(output)
            self._gallery.want(self._wanted)
        return self._gallery


def _opener() -> "Callable[..., ImageService]":
    from cordage_tui.engine.images.service import open_gallery

    return open_gallery
