"""Text layout of the pane: wrapping, headings, columns of labels, and texts cut in the middle."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from rich.cells import cell_len
from textual.content import Content

from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.widgets.text import literal

NARROWEST: Final = 2
"""Fewest cells for wrapping: the cells of one wide character."""
LABEL: Final = (10, 16)
"""Least and most cells of the label column."""
_BLANK: Final = Content("")


def wrapped(text: SafeText, width: int, style: str = "") -> list[Content]:
    """Wrap `text` to `width` cells, at spaces if possible. Its newlines stay."""
    return literal(text, style).wrap(max(NARROWEST, width)) if text else []


def folded(text: SafeText, width: int, style: str = "") -> list[Content]:
    """Break `text` every `width` cells, for texts that are copied rather than read."""
    return literal(text, style).fold(max(NARROWEST, width)) if text else []


@lru_cache(32)
def heading(title: SafeText, width: int) -> Sequence[Content]:
    """Return a blank line, and the title with a thin line to the right edge."""
    rule = SafeText("─" * max(0, width - cell_len(title) - 1))
    return _BLANK, Content.assemble(literal(title, "$quiet"), " ", literal(rule, "$edge"))


def hint(key: SafeText, effect: SafeText) -> Content:
    """Return a key and its effect in words."""
    return Content.assemble(literal(key, "$accent"), " ", literal(effect, "$quiet"))


def columns(pairs: Sequence[tuple[SafeText, SafeText]], width: int) -> list[Content]:
    """Return labels in a quiet column, aligned with other sections if possible, and wrapped values to the right of it."""
    if not pairs:
        return []
    longest = max(cell_len(label) for label, _ in pairs)
    room = min(max(LABEL[0], min(LABEL[1], longest)), max(1, width // 2))
    return [line for label, value in pairs for line in _labelled(label, value, room, width)]


@lru_cache(64)
def _labelled(label: SafeText, value: SafeText, room: int, width: int) -> Sequence[Content]:
    """Return the lines of one pair. They are cached, because most lines stay the same from tick to tick."""
    label_part = literal(label, "$quiet").truncate(room, ellipsis=True).pad_right(max(0, room - cell_len(label)) + 2)
    return [
        Content.assemble(" " * (room + 2) if index else label_part, part)
        for index, part in enumerate(wrapped(value, width - room - 2) or [_BLANK])
    ]


def middle_cut(text: SafeText, width: int) -> SafeText:
    """Cut `text` in the middle to `width` cells, because both host and file name matter."""
    if cell_len(text) <= width:
        return text
    if width <= 1:
        return SafeText("…"[: max(0, width)])
    head_cells = (width - 1) // 2
    return SafeText(f"{_head(text, head_cells)}…{_tail(text, width - 1 - head_cells)}")


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
