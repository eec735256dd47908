"""Safe content, and the fitting of text into cells."""

import os
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from rich.cells import cell_len, split_text
from textual.content import Content
from textual.style import Style
from textual.widgets import Input

from cordage_tui.domain.formatting import bar
from cordage_tui.domain.safe_text import SafeText, one_line

# Only this module turns strings into content of widgets. Textual reads markup in a `str`, so never pass it one.


def literal(text: SafeText, style: str | Style = "") -> Content:
    """Return `text` as literal content in one style. Markup in it is not interpreted."""
    return Content.styled(text, style)


# Fitting of text into cells, which every panel uses.

_UNSTEADY: Final = "[\u200d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]"


def steady(text: str) -> str:
    """Remove emoji joiners, variation selectors and skin tones.

    Terminals disagree about their width by whole cells. Everything to the right of one, with the border, would be shifted.
    """
    return text if text.isascii() else re.sub(_UNSTEADY, "", text)


@lru_cache(512)
def fit(text: str, width: int, right: bool = False) -> str:
    """Pad or cut `text` to exactly `width` cells; `right` aligns it right. A cut text ends with `…`, never with half a wide
    character."""
    if width <= 0:
        return ""
    text = steady(text)
    size = cell_len(text)
    if size > width:
        text = split_text(text, width - 1)[0].rstrip() + "…"
        size = cell_len(text)
    blank = " " * (width - size)
    return blank + text if right else text + blank


def centred(lines: Sequence[Content], width: int, height: int) -> list[Content]:
    """Return the lines centred in `width` × `height` cells, with blank lines above them."""
    above = [Content("")] * (max(0, height - len(lines)) // 2)
    return above + [line.pad_left(max(0, width - line.cell_length) // 2) for line in lines]


def with_place(subtitle: Content, index: int, count: int) -> Content:
    """Format the subtitle of a list with the position of its cursor: `2 uncertain · 3 of 12`."""
    place = Content(f"{index + 1:,} of {count:,}" if count else "")
    return Content(" · ").join([part for part in (subtitle, place) if part.plain])


def coloured_bar(share: float, cells: int, colour: str) -> Content:
    """Draw a progress bar in a colour. A cell is full when its whole share is reached."""
    cells_text = bar(min(1.0, share), cells)
    full = cells_text.count("▰")
    return Content.assemble(literal(SafeText(cells_text[:full]), colour), literal(SafeText(cells_text[full:]), "$edge"))


# Display of paths.


def short_path(path: Path) -> SafeText:
    """Return `path` as people write it: `~/Downloads/cordage/…`."""
    text, home = str(path), os.path.expanduser("~").rstrip("/")  # noqa: PTH111  Path.home() raises if this returns "~"
    inside = home.startswith("/") and text.startswith(f"{home}/")
    return one_line(f"~{text[len(home) :]}" if inside else text, 1_000)


# Input that all forms use.


class SteadyInput(Input):
    """Input whose cursor does not blink, because an idle screen must write nothing."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.cursor_blink = False
