"""A panel of lines with a cursor on one of them, however many there are: only lines that are seen are drawn."""

from collections.abc import Callable, Iterator, Sequence
from typing import overload

from textual.content import Content
from textual.events import Click, MouseScrollDown, MouseScrollUp

from cordage_tui.ui.line_view import WHEEL, LineView


class ListView(LineView):
    """Keys, clicks and the wheel move the cursor; each room binds the keys under its own action ids, and draws."""

    index = 0
    """Of the line that the cursor is on."""

    @property
    def count(self) -> int:
        """Lines that the cursor can be on."""
        raise NotImplementedError

    def moved(self) -> None:
        """The cursor is on another line."""
        raise NotImplementedError

    def move_to(self, index: int) -> None:
        """Puts the cursor there, or as near as there are lines."""
        index = max(0, min(index, self.count - 1))
        if index != self.index:
            self.index = index
            self.moved()

    def action_step(self, by: int) -> None:
        self.move_to(self.index + by)

    def action_end(self, last: bool) -> None:
        self.move_to(self.count if last else 0)

    def action_half(self, by: int) -> None:
        self.move_to(self.index + by * max(1, self.size.height // 2))

    def on_click(self, event: Click) -> None:
        index = self.line_at(event.get_content_offset_capture(self).y)
        if index is not None:
            self.move_to(index)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """The cursor goes along: it is what keeps its place while the lines move."""
        event.stop().prevent_default()
        self.move_to(self.index + WHEEL)

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        event.stop().prevent_default()
        self.move_to(self.index - WHEEL)


class LazyLines(Sequence[Content]):
    """So many lines, each drawn when it is asked for."""

    def __init__(self, count: int, draw: Callable[[int, int], Iterator[Content]]) -> None:
        """`draw(first, end)`: the lines from `first` up to but without `end`."""
        self._count = count
        self._draw = draw

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, wanted: int) -> Content: ...
    @overload
    def __getitem__(self, wanted: slice) -> list[Content]: ...
    def __getitem__(self, wanted: int | slice) -> Content | list[Content]:
        if isinstance(wanted, int):
            return next(self._draw(wanted, wanted + 1))
        first, end, _ = wanted.indices(self._count)
        return list(self._draw(first, end))
