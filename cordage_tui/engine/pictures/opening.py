"""Builds the gallery of one profile."""

from collections.abc import Callable
from pathlib import Path

from cordage_tui.domain.output import OutputRef
from cordage_tui.engine.events import Event
from cordage_tui.engine.pictures.fresh import ImageUrlRefresher
from cordage_tui.engine.pictures.gallery import ImageService
from cordage_tui.engine.pictures.source import OutputFileSource, OutputSource
from cordage_tui.engine.reader import RunFetcher
from cordage_tui.engine.session import EngineContext
from cordage_tui.store.errors import StoreError


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

    return ImageService(session, OutputSource(storage, ImageUrlRefresher(session, reader), files), tell)
