"""Builds the gallery of one profile."""

from collections.abc import Callable
from pathlib import Path

from cordage_tui.domain.output import OutputRef
from cordage_tui.engine.events import Event
from cordage_tui.engine.pictures.fresh import FreshLinks
from cordage_tui.engine.pictures.gallery import Gallery
from cordage_tui.engine.pictures.source import Source, Storage
from cordage_tui.engine.reader import Reader
from cordage_tui.engine.session import Session
from cordage_tui.store.errors import StoreError


def open_gallery(session: Session, storage: Storage, reader: Reader, tell: Callable[[Event], None]) -> Gallery:
    """What was downloaded is looked at on disk, the rest over `storage`."""

    def files(output: OutputRef) -> list[Path]:
        try:
            loads = session.store.downloads.likes(session.profile, output.key)
        except StoreError:
            return []
        return [Path(load.folder, load.path) for load in loads if load.path is not None]

    return Gallery(session, Source(storage, FreshLinks(session, reader), files), tell)
