"""What the viewer shows, and the lines it stands on; pure functions."""

from collections.abc import Sequence
from typing import Final

from textual.content import Content
from textual.strip import Strip

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.image import ImageView
from cordage_tui.domain.output import UNJUDGED, OutputRef, Rating
from cordage_tui.domain.run import RunRow
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.ui.detail.layout import wrapped
from cordage_tui.ui.ink import literal
from cordage_tui.ui.pictures.describe import describe
from cordage_tui.ui.pictures.line import ImageLine, ImageSlice, Line
from cordage_tui.ui.verdict import opinion_words

TEXT_WIDTH: Final = 100
"""Cells of a line of text at most: longer ones are hard to read."""
_BLANK: Final = Content("")
_DOT: Final = literal(SafeText(" · "), "$quiet")


@dataclass(frozen=True, slots=True)
class ViewerModel:
    """One output, and what is told of it below."""

    output: OutputRef
    count: int
    """Outputs of its run."""
    prompt: SafeText
    """On one line."""
    about: SafeText
    """Its webhook, and the run's short id."""
    verdict: Rating = UNJUDGED
    beside: tuple[OutputRef, ...] = ()
    """Those that will probably be looked at next."""


def whose(webhook: str, row: RunRow) -> SafeText:
    """`Sunset · 550e8400`: what an `ViewerModel` tells of its run."""
    return SafeText(f"{one_line(webhook, 40)} · {one_line(row.short_id)}")


def picture_lines(strips: Sequence[Strip], width: int, height: int) -> list[Line]:
    """In the middle of so many cells."""
    left = max(0, width - strips[0].cell_length) // 2
    above = max(0, height - len(strips)) // 2
    return [*[_BLANK] * above, *(ImageLine((ImageSlice(left, strip),)) for strip in strips)]


def text_lines(text: SafeText, width: int) -> list[Line]:
    """A column to read, in the middle where the screen is wide."""
    column = min(TEXT_WIDTH, width - 2)
    left = max(1, (width - column) // 2)
    return [_BLANK, *(line.pad_left(left) for line in wrapped(text, column))]


def word_lines(words: SafeText, width: int, height: int) -> list[Line]:
    """In the middle of the screen."""
    lines = wrapped(words, min(60, max(2, width - 2)), "$quiet")
    above = max(0, height - len(lines)) // 2
    return [*[_BLANK] * above, *(line.pad_left(max(0, width - line.cell_length) // 2) for line in lines)]


def caption(exhibit: ViewerModel, sight: ImageView, width: int) -> Content:
    """The prompt on one line; below it which output it is, what it is, and what the user thinks of it."""
    room = max(1, width - 2)
    prompt = literal(exhibit.prompt, "$foreground bold").truncate(room, ellipsis=True)
    parts = [literal(SafeText(f"{exhibit.output.number:,}/{exhibit.count:,}"), "$accent")] if exhibit.count > 1 else []
    parts += [literal(told, "$quiet")] if (told := describe(sight)) else []
    parts += [opinion_words(exhibit.verdict)] if exhibit.verdict != UNJUDGED else []
    left = _DOT.join(parts)
    right = literal(exhibit.about, "$quiet")
    gap = room - left.cell_length - right.cell_length
    told_line = Content.assemble(left, " " * gap, right) if gap > 1 else left.truncate(room, ellipsis=True)
    return Content("\n").join([prompt.pad_left(1), told_line.pad_left(1)])
