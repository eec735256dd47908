"""Export a contact sheet as an image or a page."""

import os
import time
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from html import escape
from itertools import zip_longest
from pathlib import Path, PurePath
from typing import Final, NamedTuple
from urllib.parse import quote

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.download import DownloadState
from cordage_tui.domain.image import ContactSheet
from cordage_tui.domain.media_type import GIF, JPEG, M4A, MP3, MP4, OGG, PNG, WAV, WEBM, WEBP
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.downloads.download_list import DownloadManager
from cordage_tui.engine.downloads.part_file import SafeDirectory
from cordage_tui.engine.images.service import ImageService
from cordage_tui.engine.nonblocking_waits import run_in_daemon_thread

# A contact sheet as a page of HTML: it loads nothing but the files beside it and runs nothing. Pure.
#
# Everything on it that came from outside is escaped text; file names are our own. A policy within the page says once
# more what it may do, for any viewer.

_PICTURES: Final = {media.suffix for media in (PNG, JPEG, GIF, WEBP)}
_VIDEOS: Final = {media.suffix for media in (MP4, WEBM)}
_SOUNDS: Final = {media.suffix for media in (MP3, WAV, OGG, M4A)}

_STYLE: Final = """
:root { color-scheme: light dark; --edge: light-dark(#ddd, #333); --quiet: light-dark(#666, #999); }
body { margin: 2rem; font: 15px/1.4 system-ui, sans-serif; background: light-dark(#fff, #121214); }
h1 { font-size: 1.2rem; } h1 small { font-weight: normal; color: var(--quiet); }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1.5rem; }
table { border-spacing: 1rem; } th { text-align: left; vertical-align: top; font-weight: 600; }
figure { margin: 0; } img, video { display: block; width: 100%; border-radius: 4px; background: var(--edge); }
td { width: 18rem; vertical-align: top; } figcaption { margin-top: .4rem; overflow-wrap: anywhere; }
figcaption small { display: block; color: var(--quiet); } .none { padding: 2rem; border: 1px solid var(--edge); color: var(--quiet); }
"""
_POLICY: Final = (
    "default-src 'none'; img-src 'self' file:; media-src 'self' file:; form-action 'none'; base-uri 'none'; "
    f"style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'"
)

Files = Mapping[OutputRef, str]
"""The file of each output that was brought here, as a path below the page's folder."""


@dataclass(frozen=True, slots=True)
class PageCell:
    """Cell of a sheet page."""

    output: OutputRef | None
    label: SafeText
    """The line below; empty: none."""
    detail: SafeText
    """The quieter line below that."""
    instead: SafeText
    """Message about an output that has no file."""


@dataclass(frozen=True, slots=True)
class SheetPage:
    """Contents of a sheet page."""

    title: SafeText
    made: SafeText
    """When."""
    cells: tuple[PageCell, ...]
    heads: tuple[SafeText, ...] = ()
    """Over the columns of a table, with `sides`; empty: it is none."""
    sides: tuple[SafeText, ...] = ()

    @property
    def outputs(self) -> list[OutputRef]:
        """Outputs shown on the page."""
        return [cell.output for cell in self.cells if cell.output is not None]


def html(page: SheetPage, files: Files) -> str:
    """The whole file."""
    body = _table(page, files) if page.heads else f'<div class="grid">\n{_figures(page.cells, files)}\n</div>'
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en">',
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">',
            '<meta name="referrer" content="no-referrer">',
            '<meta name="viewport" content="width=device-width">',
            f"<title>{_text(page.title)}</title>",
            f"<style>{_STYLE}</style>",
            f"<h1>{_text(page.title)} <small>{_text(page.made)}</small></h1>",
            body,
            "</html>\n",
        ]
    )


def _table(page: SheetPage, files: Files) -> str:
    across = len(page.heads)
    head = "".join(f"<th>{_text(words)}</th>" for words in page.heads)
    rows = [page.cells[at : at + across] for at in range(0, len(page.cells), across)]
    lines = [f"<tr><th></th>{head}</tr>"]
    for side, cells in zip_longest(page.sides, rows, fillvalue=()):
        figures = "".join(f"<td>{_figure(cell, files)}</td>" for cell in cells)
        lines.append(f"<tr><th>{_text(side or SafeText(''))}</th>{figures}</tr>")
    return "<table>\n" + "\n".join(lines) + "\n</table>"


def _figures(cells: Sequence[PageCell], files: Files) -> str:
    return "\n".join(_figure(cell, files) for cell in cells)


def _figure(cell: PageCell, files: Files) -> str:
    file = files.get(cell.output) if cell.output is not None else None
    shown = f'<div class="none">{_text(cell.instead)}</div>' if file is None else _shown(file, cell)
    words = _text(cell.label) + (f"<small>{_text(cell.detail)}</small>" if cell.detail else "")
    return f"<figure>{shown}<figcaption>{words}</figcaption></figure>"


def _shown(file: str, cell: PageCell) -> str:
    where, what = quote(file), PurePath(file).suffix.lower()
    if what in _PICTURES:
        return f'<a href="{where}"><img src="{where}" alt="{_text(cell.label)}" loading="lazy"></a>'
    if what in _VIDEOS:
        return f'<video src="{where}" controls preload="metadata"></video>'
    if what in _SOUNDS:
        return f'<audio src="{where}" controls preload="none"></audio>'
    return f'<div class="none"><a href="{where}">{_text(SafeText(file))}</a></div>'


def _text(words: SafeText) -> str:
    return escape(words)


# Makes files of contact sheets, in the folder for downloads; nothing there is ever overwritten.

FOLDER: Final = "contact sheets"
"""Below the folder for downloads."""
_TEMPLATE: Final = "{run}-{n}.{ext}"
_MOST_NAMES: Final = 1_000
"""How many sheets may be made within a second."""


class ExportFailed(Exception):
    """Error of an export that made no file."""

    def __init__(self, what: str) -> None:
        self.what: SafeText = one_line(what)
        super().__init__(self.what)


class ExportResult(NamedTuple):
    """File made by an export."""

    path: Path
    missing: int
    """Outputs whose files could not be downloaded."""


class ContactSheetExporter:
    """Exporter of contact sheets. Methods raise ExportFailed, InvalidDestination for an unusable folder, StoreError,
    and ImageUnavailable."""

    def __init__(self, pictures: ImageService, downloads: DownloadManager, clock: Clock) -> None:
        self._pictures = pictures
        self._downloads = downloads
        self._clock = clock

    @property
    def folder(self) -> Path:
        """Folder of contact sheets. Raises InvalidDestination."""
        return self._downloads.folder / FOLDER

    @property
    def moment(self) -> SafeText:
        """Current time, as shown on a page."""
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
    """Run blocking I/O in a thread. Raises ExportFailed for an OSError."""
    try:
        return await run_in_daemon_thread(write, "contact-sheet")
    except OSError as error:
        raise ExportFailed(f"The contact sheet could not be written: {error.strerror or error}.") from error
