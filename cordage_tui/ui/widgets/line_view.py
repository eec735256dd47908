"""Widgets of lines that repaint only lines that differ."""

from collections.abc import Sequence
from functools import partial
from itertools import zip_longest
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple, Self

from rich.segment import Segment
from textual.app import RenderResult
from textual.content import Content
from textual.events import Click, MouseScrollDown, MouseScrollUp, Resize
from textual.geometry import Region
from textual.strip import Strip
from textual.style import Style
from textual.visual import Visual
from textual.widget import Widget
from textual.widgets import Static

from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.images.image_cells import ImageLine, Line, same, same_strip
from cordage_tui.ui.textual_patches.caches import forget_lines, forget_regions
from cordage_tui.ui.textual_patches.text import style_of
from cordage_tui.ui.widgets.tables import LazySequence, thumb_span

if TYPE_CHECKING:
    WidgetMixin = Widget
else:
    WidgetMixin = object
"""Base of classes that a widget inherits besides `Widget`. Only for the type checker it is a `Widget`
(docs/dev/library-traps.md T38)."""


def line_strip(widget: Widget, line: Content, width: int, style: Style) -> Strip:
    """Render a line for `widget`, padded to `width` cells.

    Textual's `to_strips` gives each piece a separate style with its position on the screen, which only selectable text
    needs. That is three times the work, and fills caches with styles that are never used again.
    """
    if line.cell_length > width or not line.plain.isprintable():
        return Visual.to_strips(widget, line, width, 1, style, pad=True)[0]
    pieces = [
        Segment(text, (style + text_style).rich_style)
        for text, text_style in line.render(style, "", partial(style_of, widget))
        if text
    ]
    return Strip(pieces, line.cell_length).extend_cell_length(width, (style + _UPRIGHT).rich_style)


_UPRIGHT: Final = Style(reverse=False)
_NO_LINE: Final = Strip([])


class PaintedLines:
    """Lines of a widget as they are on screen. The widget has this as `painted`."""

    def __init__(self, widget: Widget) -> None:
        self.widget = widget
        self.strips: Sequence[Strip] = ()
        """Painted lines, from the top."""

    def paint(self, lines: Sequence[Strip]) -> None:
        """Show these lines, from the top. Lines that are as before are not repainted."""
        before, self.strips = self.strips, lines
        width = self.widget.size.width
        pairs = enumerate(zip_longest(before, lines, fillvalue=_NO_LINE))
        regions = [Region(0, y, width, 1) for y, (old, new) in pairs if not same_strip(old, new)]
        if regions and width:
            self.widget.refresh(*regions)
            forget_regions(self.widget)

    def replace(self, lines: Sequence[Strip]) -> None:
        """Take these lines as painted, because Textual requests each line anyway."""
        self.strips = lines

    def forget(self) -> None:
        """Release the lines of an unmounted widget, megabytes with pictures: the garbage collector finds it later."""
        self.strips = ()
        forget_lines(self.widget)


class BorderPanel(WidgetMixin):
    """Widget with texts in its border. A new text paints only the border, and the same text paints nothing.

    Textual would paint the whole widget: a key that moves the cursor would take 5 ms of CPU, 0.8 ms more.
    """

    CHILDREN_PAINT: ClassVar[bool] = False
    """Whether children paint the inside, so that a full repaint is only a repaint of the border."""
    title = Content("")
    """Title without the texts before and after it."""
    _frame: tuple[SafeText, SafeText] = (SafeText(""), SafeText(""))
    _border_texts: tuple[Content | None, Content | None] = (None, None)
    _changes_border_only = False
    """True while a text in the border is being set."""

    def set_titles(self, title: Content | None = None, subtitle: Content | None = None) -> None:
        """Set the texts in the border. None: leave this text as it is."""
        if title is not None:
            self.title, title = title, _framed(title, *self._frame)
        old_title, old_subtitle = self._border_texts
        self._changes_border_only = True
        if title is not None and (old_title is None or not old_title.is_same(title)):
            self._border_texts = (title, old_subtitle)
            self.border_title = title
        if subtitle is not None and (old_subtitle is None or not old_subtitle.is_same(subtitle)):
            self._border_texts = (self._border_texts[0], subtitle)
            self.border_subtitle = subtitle
        self._changes_border_only = False

    def frame_title(self, before: SafeText, after: SafeText) -> None:
        """Set the texts before and after the title, such as the panel's key and the sign of its zoom. They stay when the title
        changes."""
        self._frame = (before, after)
        self.set_titles(self.title)

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Repaint as Textual does, but only the border if a text in it was set, or if children paint the inside."""
        border_only = self._changes_border_only or self.CHILDREN_PAINT
        if border_only and self.is_mounted and not (regions or layout or recompose):
            regions = border_sides(self)
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)


def _framed(title: Content, before: SafeText, after: SafeText) -> Content:
    return Content(" ").join([part for part in (Content(before), title, Content(after)) if part])


def border_sides(widget: Widget) -> tuple[Region, ...]:
    """Return top, left, right and bottom of the border; empty: there is no border."""
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
    """Text that is updated only if it differs. It has the class `-on` while it is not empty."""

    def __init__(self, *, id: str | None = None, classes: str | None = None, relayout: bool = True) -> None:
        """Create an empty text. `relayout`: another text may have another height, so the screen is laid out again for it."""
        super().__init__(id=id, classes=classes)
        self._relayout = relayout
        self._text = Content("")

    def show(self, text: Content | None) -> None:
        """Show `text`; None or empty: show nothing."""
        text = text or Content("")
        if not text.is_same(self._text):
            self._text = text
            self.update(text, layout=self._relayout)
            self.set_class(bool(text.plain), "-on")


# Panel of lines: base of the sidebar and the detail pane.
#
# Pure functions make the lines. This widget shows those that fit, remembers the lines on screen, and draws only lines
# that differ. It is not a Textual `ScrollView`: there another number of lines causes a new layout of the whole screen, and
# each step through the runs changes that number.

WHEEL = 3
"""Lines that one notch of the mouse wheel moves."""


class Row(NamedTuple):
    """Line on screen and its decoration."""

    content: Line
    cursor: bool
    """True for the cursor's line, which has its own background."""
    thumb: bool
    """True if the scroll thumb is in the last cell."""

    def same(self, other: "Row") -> bool:
        """Return whether painting one over the other would change nothing."""
        return self[1:] == other[1:] and same(self.content, other.content)


_BLANK: Final = Content.empty()


class LineView(BorderPanel, Widget, can_focus=True):
    """Panel of lines that scrolls, and repaints only lines that differ."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {"line--cursor", "line--bar", "line--thumb"}

    def __init__(self, *, id: str | None = None, classes: str = "panel") -> None:
        super().__init__(id=id, classes=classes)
        self.painted = PaintedLines(self)
        self._lines: Sequence[Line] = ()
        self._cursor: int | None = None
        self._top = 0
        self._drawn_rows: Sequence[Row] = ()
        """Rows that `painted` has drawn."""
        self._thumb: Strip | None = None

    @property
    def text_width(self) -> int:
        """Cells that a line may fill. The last column belongs to the scroll thumb."""
        return max(0, self.size.width - 1)

    @property
    def height(self) -> int:
        """Number of screen lines for the lines that scroll."""
        return self.size.height

    @property
    def top(self) -> int:
        """Index of the first line on screen."""
        return self._top

    @property
    def line_count(self) -> int:
        """Number of all lines, on screen or not."""
        return len(self._lines)

    def draw(self, lines: Sequence[Line], cursor: int | None = None, top: int | None = None) -> None:
        """Replace the lines. The scroll position stays, unless `top` is given: the first line to show.

        Afterwards the cursor's line is brought into view.
        """
        self._lines, self._cursor = lines, cursor
        self._top = self._top if top is None else top
        self.jump(self._top if cursor is None else self._with_in_view(cursor))

    def jump(self, top: int) -> None:
        """Scroll line `top` to the top of the screen, as far as there are enough lines below to fill the screen."""
        self._top = max(0, min(top, len(self._lines) - self.height))
        width = self.size.width
        before = dict(enumerate(zip(self._drawn_rows, self.painted.strips, strict=False)))
        self._drawn_rows = self._on_screen()
        if width and not before:
            self.refresh(self.size.region)  # no previous frame to compare with, so draw everything with `render_line`
        else:
            self.painted.paint(
                [self._strip(row, width, before.get(y)) for y, row in enumerate(self._drawn_rows)] if width else ()
            )

    def redraw(self) -> None:
        """Lay the lines out again for a new size. Widgets that wrap or cut lines to the width override this."""
        self.jump(self._top)

    def line_at(self, y: int) -> int | None:
        """Return the index of the line on screen line `y` of the content; None: it is below the last line."""
        index = y + self._top
        return index if 0 <= index < len(self._lines) else None

    def render(self) -> RenderResult:
        """Return an empty text, because `render_line` draws."""
        return Content.empty()

    def notify_style_update(self) -> None:
        """Forget the strips, because their colours have changed."""
        super().notify_style_update()
        self.painted.replace(())
        self._thumb = None

    def on_unmount(self) -> None:
        self._lines = self._drawn_rows = ()
        self.painted.forget()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y >= len(self._drawn_rows) or width <= 0:
            return Strip.blank(width, self.visual_style.rich_style)
        strips = self.painted.strips
        if y >= len(strips) or strips[y].cell_length != width:
            self.painted.replace([self._strip(row, width) for row in self._drawn_rows])
        return self.painted.strips[y]

    def on_resize(self, event: Resize) -> None:
        self.redraw()

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        event.stop()
        self.jump(self._top + WHEEL)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        event.stop()
        self.jump(self._top - WHEEL)

    def _with_in_view(self, index: int) -> int:
        """Return the first line on screen after the least scrolling that brings line `index` into view."""
        return min(index, max(self._top, index - self.height + 1))

    def _strip(self, row: Row, width: int, before: tuple[Row, Strip] | None = None) -> Strip:
        """Render a row in `width` cells. `before`: a row and its strip, which is returned if both rows are the same."""
        if before is not None and before[1].cell_length == width and before[0].same(row):
            return before[1]
        style = self.get_visual_style("line--cursor") if row.cursor else self.visual_style
        line = row.content
        text = line.text if isinstance(line, ImageLine) else line
        strip = line_strip(self, text, width, style) if text else Strip.blank(width, style.rich_style)
        strip = line.over(strip) if isinstance(line, ImageLine) else strip
        return self._with_thumb(strip) if row.thumb else strip

    def _with_thumb(self, strip: Strip) -> Strip:
        if self._thumb is None:
            self._thumb = Visual.to_strips(self, Content.styled("▐", ".line--thumb"), 1, 1, self.visual_style)[0]
        return Strip.join([strip.crop(0, self.text_width), self._thumb])

    def _on_screen(self) -> list[Row]:
        """Return a row for each line of the screen. Rows below the last line are blank."""
        height = self.height
        first, last = thumb_span(len(self._lines), height, self._top)
        visible = [*self._lines[self._top : self._top + height]]
        visible += [_BLANK] * (height - len(visible))
        return [Row(line, self._top + y == self._cursor, first <= y < last) for y, line in enumerate(visible)]


class ScrollView(LineView):
    """Panel without a cursor, whose keys scroll: each room lists `reading_actions` of its own scope."""

    def move_lines(self, lines: int) -> None:
        """Scroll down that many lines."""
        self.jump(self.top + lines)

    def move_halves(self, halves: int) -> None:
        """Scroll down that many half screens."""
        self.jump(self.top + halves * max(1, self.height // 2))

    def move_to_first(self) -> None:
        """Scroll to the first line."""
        self.jump(0)

    def move_to_last(self) -> None:
        """Scroll to the last line."""
        self.jump(self.line_count)


class ListView(LineView):
    """Panel of any number of lines. Keys, clicks and the wheel move its cursor, and only visible lines are drawn.

    Each room lists `picking_actions` of its own scope, and draws the lines.
    """

    index = 0
    """Index of the cursor's line."""

    def __init__(self, *, id: str | None = None, classes: str = "panel") -> None:
        super().__init__(id=id, classes=classes)
        self._kept: dict[tuple[int, bool, int], Content] = {}
        """Cache of lines by index, cursor and width: a step of the cursor changes two of them."""

    @property
    def count(self) -> int:
        """Number of lines."""
        raise NotImplementedError

    def moved(self) -> None:
        """Handle a move of the cursor to another line."""
        raise NotImplementedError

    def draw_line(self, index: int, cursor: bool, width: int) -> Content:
        """Draw line `index` for `draw_lines`. `cursor`: whether the cursor is on it."""
        raise NotImplementedError

    def draw_lines(self) -> None:
        """Draw the lines on screen. Lines that were drawn before are cached until `_kept` is cleared."""
        self.draw(LazySequence(self.count, lambda first, end: map(self._line_of, range(first, end))), self.index)

    def _line_of(self, index: int) -> Content:
        key = (index, index == self.index, self.text_width)
        if key not in self._kept:
            self._kept[key] = self.draw_line(*key)
        return self._kept[key]

    def move_to(self, index: int) -> None:
        """Move the cursor to line `index`, or to the nearest line."""
        index = max(0, min(index, self.count - 1))
        if index != self.index:
            self.index = index
            self.moved()

    def move_lines(self, lines: int) -> None:
        """Move the cursor down that many lines."""
        self.move_to(self.index + lines)

    def move_halves(self, halves: int) -> None:
        """Move the cursor down that many half pages."""
        self.move_to(self.index + halves * max(1, self.height // 2))

    def move_to_first(self) -> None:
        """Move the cursor to the first line."""
        self.move_to(0)

    def move_to_last(self) -> None:
        """Move the cursor to the last line."""
        self.move_to(self.count)

    def on_click(self, event: Click) -> None:
        index = self.line_at(event.get_content_offset_capture(self).y)
        if index is not None:
            self.move_to(index)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Move the cursor together with the lines, so that it keeps its position on screen."""
        event.stop().prevent_default()
        self.move_to(self.index + WHEEL)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        event.stop().prevent_default()
        self.move_to(self.index - WHEEL)
