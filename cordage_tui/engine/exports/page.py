"""A contact sheet as a page of HTML: it loads nothing but the files beside it and runs nothing. Pure.

Everything on it that came from outside is escaped text; file names are our own. A policy within the page says once more
what it may do, for whoever opens it.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from html import escape
from itertools import zip_longest
from pathlib import PurePath
from typing import Final
from urllib.parse import quote

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.media_type import GIF, JPEG, M4A, MP3, MP4, OGG, PNG, WAV, WEBM, WEBP
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.text import SafeText

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
    """One place."""

    output: OutputRef | None
    label: SafeText
    """The line below; empty: none."""
    detail: SafeText
    """The quieter line below that."""
    instead: SafeText
    """What is said where there is no file."""


@dataclass(frozen=True, slots=True)
class SheetPage:
    """What is on a page."""

    title: SafeText
    made: SafeText
    """When."""
    cells: tuple[PageCell, ...]
    heads: tuple[SafeText, ...] = ()
    """Over the columns of a table, with `sides`; empty: it is none."""
    sides: tuple[SafeText, ...] = ()

    @property
    def outputs(self) -> list[OutputRef]:
        """Whose files it shows."""
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
