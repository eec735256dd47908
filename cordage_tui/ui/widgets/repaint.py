"""Widgets that repaint only what differs."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import ClassVar, Generic, Self, TypeVar

from textual.content import Content
from textual.geometry import Region
from textual.widget import Widget
from textual.widgets import Static

LineT = TypeVar("LineT")


class LineDiffWidget(Widget, Generic[LineT]):
    """Widget of lines that repaints, of each line, only the part that differs from what is on screen.

    Textual resends a line from the widget's left edge, so the part that differs is a number of cells from the left.
    """

    ALLOW_SELECT = False
    _painted: Sequence[LineT] = ()

    def changed_cells(self, old: LineT | None, new: LineT | None) -> int:
        """Return how many cells from the left differ between two states of a line; None is a line that is not there."""
        raise NotImplementedError

    def paint(self, lines: Sequence[LineT]) -> None:
        """Show these lines, from the top; those that are as before are not repainted."""
        before, self._painted = self._painted, lines
        ends = [self.changed_cells(old, new) for old, new in zip_longest(before, lines)]
        regions = [Region(0, y, end, 1) for y, end in enumerate(ends) if end]
        if regions and self.size.width:
            self.refresh(*regions)


class BorderPanel(Widget):
    """Widget whose border texts cost one line when they differ, and nothing when they do not.

    Textual repaints all of a widget when its title is set, the same title too.
    """

    CHILDREN_PAINT: ClassVar[bool] = False
    """Children paint the inside, so that a repaint of the whole is one of the border."""
    _border_texts: tuple[Content | None, Content | None] = (None, None)
    _changed_side: int | None = None

    def set_titles(self, title: Content | None = None, subtitle: Content | None = None) -> None:
        """Set the texts in the border; None leaves one unchanged."""
        old_title, old_subtitle = self._border_texts
        if title is not None and (old_title is None or not old_title.is_same(title)):
            self._border_texts = (title, old_subtitle)
            self._changed_side = 0
            self.border_title = title
        if subtitle is not None and (old_subtitle is None or not old_subtitle.is_same(subtitle)):
            self._border_texts = (self._border_texts[0], subtitle)
            self._changed_side = -1
            self.border_subtitle = subtitle
        self._changed_side = None

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Repaint as Textual does, but for a border text only its side, and only the border where children paint."""
        if not (regions or layout or recompose) and self.is_mounted:
            sides = border_sides(self)
            if self._changed_side is not None:
                regions = sides[self._changed_side :][:1]
            elif self.CHILDREN_PAINT:
                regions = sides
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)


def border_sides(widget: Widget) -> tuple[Region, ...]:
    """Return top, left, right and bottom of the border; none when there is no border."""
    top, right, bottom, left = widget.styles.gutter
    width, height = widget.content_size
    across, x = left + width + right, -left
    sides = (
        Region(x, -top, across, top),
        Region(x, 0, left, height),
        Region(width, 0, right, height),
        Region(x, height, across, bottom),
    )
    return tuple(side for side in sides if side)


class DiffStatic(Static):
    """Text that is updated only when it differs; it has the class `-on` while it says something."""

    def __init__(self, *, classes: str | None = None, relayout: bool = True) -> None:
        """Create an empty text. With `relayout`, another text may take another height; without, the screen is not
        laid out again."""
        super().__init__(classes=classes)
        self._relayout = relayout
        self._words = Content("")

    def show(self, words: Content | None) -> None:
        """Show `words`; None or empty: nothing."""
        words = words or Content("")
        if not words.is_same(self._words):
            self._words = words
            self.update(words, layout=self._relayout)
            self.set_class(bool(words.plain), "-on")
