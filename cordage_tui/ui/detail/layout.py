"""How the detail pane's lines are set: wrapped, in two columns, cut in the middle, under a heading."""

from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len
from textual.content import Content

from cordage_tui.domain.text import SafeText
from cordage_tui.ui.ink import literal

NARROWEST: Final = 2
"""Cells that wrapping needs at least, for one wide character."""

LABEL: Final = (10, 16)
"""Cells of the label column, at least and at most."""

_BLANK: Final = Content("")


def wrapped(text: SafeText, width: int, style: str = "") -> list[Content]:
    """`text` in lines of at most `width` cells, broken at spaces where there are any; its own newlines stay."""
    return literal(text, style).wrap(max(NARROWEST, width)) if text else []


def folded(text: SafeText, width: int, style: str = "") -> list[Content]:
    """`text` in lines of `width` cells, broken anywhere: for what a person copies and not reads."""
    return literal(text, style).fold(max(NARROWEST, width)) if text else []


def heading(title: SafeText, width: int) -> list[Content]:
    """A blank line, then the title with a thin rule to the right edge."""
    rule = SafeText("─" * max(0, width - cell_len(title) - 1))
    return [_BLANK, Content.assemble(literal(title, "$quiet"), " ", literal(rule, "$edge"))]


def hint(key: SafeText, words: SafeText) -> Content:
    """The next key to press, and what it does."""
    return Content.assemble(literal(key, "$accent"), " ", literal(words, "$quiet"))


def columns(pairs: Sequence[tuple[SafeText, SafeText]], width: int) -> list[Content]:
    """Labels in a quiet column that stands in line with the other sections' where it can, values wrapped beside it."""
    if not pairs:
        return []
    longest = max(cell_len(label) for label, _ in pairs)
    room = min(max(LABEL[0], min(LABEL[1], longest)), max(1, width // 2))
    lines: list[Content] = []
    for label, value in pairs:
        left = literal(label, "$quiet").truncate(room, ellipsis=True).pad_right(max(0, room - cell_len(label)) + 2)
        for index, part in enumerate(wrapped(value, width - room - 2) or [_BLANK]):
            lines.append(Content.assemble(left if index == 0 else " " * (room + 2), part))
    return lines


def middle_cut(text: SafeText, width: int) -> SafeText:
    """`text` in at most `width` cells: the middle gives way to `…`, since both host and file name tell something."""
    if cell_len(text) <= width:
        return text
    if width <= 1:
        return SafeText("…"[: max(0, width)])
    left = (width - 1) // 2
    return SafeText(f"{_head(text, left)}…{_tail(text, width - 1 - left)}")


def _head(text: str, width: int) -> str:
    end = min(len(text), width)
    while cell_len(text[:end]) > width:
        end -= 1
    return text[:end]


def _tail(text: str, width: int) -> str:
    start = max(0, len(text) - width)
    while cell_len(text[start:]) > width:
        start += 1
    return text[start:]
