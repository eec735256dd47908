"""Makes files of contact sheets, in the folder for downloads; nothing there is ever overwritten."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

from cordage_tui.domain.clock import Clock
from cordage_tui.domain.download import DownloadState
from cordage_tui.domain.image import ContactSheet
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.aside import run_in_daemon_thread
from cordage_tui.engine.downloads.desk import DownloadManager
from cordage_tui.engine.downloads.disk import SafeDirectory
from cordage_tui.engine.exports.page import SheetPage, html
from cordage_tui.engine.pictures.desk import LazyImageService

FOLDER: Final = "contact sheets"
"""Below the folder for downloads."""
_TEMPLATE: Final = "{run}-{n}.{ext}"
_MOST_NAMES: Final = 1_000
"""How many sheets may be made within a second."""


class ExportFailed(Exception):
    """No file was made."""

    def __init__(self, what: str) -> None:
        self.what: SafeText = one_line(what)
        super().__init__(self.what)


class ExportResult(NamedTuple):
    """What was made."""

    path: Path
    missing: int
    """Outputs whose files could not be had."""


class ContactSheetExporter:
    """Methods raise ExportFailed, InvalidDestination for a folder that is none, StoreError, and ImageUnavailable."""

    def __init__(self, pictures: LazyImageService, downloads: DownloadManager, clock: Clock) -> None:
        self._pictures = pictures
        self._downloads = downloads
        self._clock = clock

    @property
    def folder(self) -> Path:
        """Where contact sheets go. Raises InvalidDestination."""
        return self._downloads.folder / FOLDER

    @property
    def moment(self) -> SafeText:
        """Now, as a page tells when it was made."""
        return SafeText(time.strftime("%Y-%m-%d %H:%M", time.localtime(self._clock.wall())))

    async def picture(self, sheet: ContactSheet) -> ExportResult:
        """The sheet as one PNG."""
        folder, stem = self._downloads.folder, self._stem()
        data = await self._pictures.compose(sheet)
        return ExportResult(await _told(lambda: write_new(folder, (FOLDER,), stem, ".png", data)), 0)

    async def page(self, page: SheetPage) -> ExportResult:
        """The sheet as a folder of its own: the outputs' files, whole, and a page that shows them."""
        folder, stem = self._downloads.folder, self._stem()
        own = await _told(lambda: new_folder(folder, (FOLDER,), stem))
        asked = self._downloads.enqueue(page.outputs, own, _TEMPLATE)
        done = [d for d in await self._downloads.settled(asked.ids) if d.state is DownloadState.DONE and d.path]
        names = {(d.row, d.number): str(d.path.relative_to(own)) for d in done if d.path and d.path.is_relative_to(own)}
        files = {o: names[o.row, o.number] for o in page.outputs if (o.row, o.number) in names}
        text = html(page, files).encode()
        path = await _told(lambda: write_new(own, (), "index", ".html", text))
        return ExportResult(path, len(page.outputs) - len(files))

    def _stem(self) -> str:
        return time.strftime("sheet %Y-%m-%d %H.%M.%S", time.localtime(self._clock.wall()))


def write_new(folder: Path, parts: tuple[str, ...], stem: str, suffix: str, data: bytes) -> Path:
    """A new file with that content, 0600, under a name that nothing had; returns where it is. It is whole or not there."""
    with SafeDirectory.below(folder, parts) as place:
        part = f".{stem}{suffix}.part"
        place.remove(part)
        with os.fdopen(place.create(part), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        for number in range(1, _MOST_NAMES):
            name = _numbered(stem, number) + suffix
            try:
                place.rename(part, name)
            except FileExistsError:
                continue
            return folder.joinpath(*parts, name)
    raise FileExistsError(stem)


def new_folder(folder: Path, parts: tuple[str, ...], stem: str) -> Path:
    """A name for a folder that nothing had, and the folder, 0700."""
    with SafeDirectory.below(folder, parts) as place:
        name = next(n for number in range(1, _MOST_NAMES) if not place.has(n := _numbered(stem, number)))
    with SafeDirectory.below(folder, (*parts, name)):
        return folder.joinpath(*parts, name)


def _numbered(stem: str, number: int) -> str:
    return stem if number == 1 else f"{stem} ({number})"


async def _told(write: Callable[[], Path]) -> Path:
    """A disk may take its time, and say no."""
    try:
        return await run_in_daemon_thread(write, "contact-sheet")
    except OSError as error:
        raise ExportFailed(f"The contact sheet could not be written: {error.strerror or error}.") from error
