"""Builds the picture desk of one profile."""

from collections.abc import Callable
from pathlib import Path

from cordage_tui.domain.output import OutputRef
from cordage_tui.engine.events import Event
from cordage_tui.engine.pictures.desk import PictureDesk
from cordage_tui.engine.pictures.fresh import FreshLinks
from cordage_tui.engine.pictures.source import Source, Storage
from cordage_tui.engine.reader import Reader
from cordage_tui.engine.session import Session
from cordage_tui.store.errors import StoreError


def open_desk(session: Session, storage: Storage, reader: Reader, tell: Callable[[Event], None]) -> PictureDesk:
    """What was downloaded is looked at on disk, the rest over `storage`."""

    def files(output: OutputRef) -> list[Path]:
        try:
            loads = session.store.downloads.likes(session.profile, output.key)
        except StoreError:
            return []
        return [Path(load.folder, load.path) for load in loads if load.path is not None]

    return PictureDesk(session, Source(storage, FreshLinks(session, reader), files), tell)
