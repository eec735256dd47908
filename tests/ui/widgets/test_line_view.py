"""The screen shows what was drawn last, and only changes are repainted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import ComposeResult
from textual.content import Content
from textual.events import MouseScrollDown, MouseScrollUp
from textual.geometry import Region

from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.widgets.line_view import ListView, border_sides
from cordage_tui.ui.widgets.tables import thumb_span
from tests.ui.watched import WatchedApp, WatchedView


class Numbers(ListView):
    """List of a thousand lines that records which lines are drawn."""

    count = 1_000

    def __init__(self) -> None:
        super().__init__(classes="")
        self.drawn: list[tuple[int, bool]] = []

    def moved(self) -> None:
        self.redraw()

    def redraw(self) -> None:
        self.draw_lines()

    def draw_line(self, index: int, cursor: bool, width: int) -> Content:
        self.drawn.append((index, cursor))
        return Content(f"{index}")


class ListApp(BaseApp):
    """App with only that list."""

    def compose(self) -> ComposeResult:
        yield Numbers()


def _lines(*texts: str) -> list[Content]:
    return [Content(text) for text in texts]


@given(st.integers(0, 2000), st.integers(0, 60), st.integers(0, 2000))
def test_the_thumb_stays_on_the_track_and_shows_the_ends(lines: int, height: int, top: int) -> None:
    """The thumb exists only if lines are hidden, and touches an end only if that end is visible."""
    top = min(top, max(0, lines - height))
    first, last = thumb_span(lines, height, top)
    if lines <= height or height == 0:
        assert first == last
    else:
        assert 0 <= first < last <= height
        assert first == 0 or top > 0
        assert (last == height) or top < lines - height


async def test_a_new_title_draws_the_border_only() -> None:
    """A new title draws only the border, because it changes with each step of the cursor."""
    app = WatchedApp()
    async with app.run_test(size=(20, 8)):
        view = app.query_one(WatchedView)
        view.repainted.clear()
        drawn_regions: list[tuple[Region, ...]] = []
        view._set_dirty = lambda *regions: drawn_regions.append(regions)  # type: ignore[method-assign]
        view.set_titles(Content("Run 1"))
        (regions,) = drawn_regions
        assert regions == border_sides(view)


async def test_only_lines_that_differ_are_repainted() -> None:
    """Only lines with another text or style are repainted."""
    app = WatchedApp()
    async with app.run_test(size=(20, 8)) as pilot:
        view = app.query_one(WatchedView)
        view.draw(_lines("a", "b", "c"))
        await pilot.pause()
        view.repainted.clear()
        view.draw([Content("a"), Content("B"), Content.styled("c", "bold")])
        assert [region.y for region in view.repainted] == [1, 2]
        view.repainted.clear()
        view.draw(_lines("a"))
        assert view.text()[:3] == ["a", "", ""]
        assert [region.y for region in view.repainted] == [1, 2]


async def test_a_step_of_the_cursor_draws_two_lines() -> None:
    """A step of the cursor draws two lines, and another width or content draws all."""
    app = ListApp()
    async with app.run_test(size=(20, 8)) as pilot:
        view = app.query_one(Numbers)
        view.drawn.clear()
        view.move_to(3)
        assert view.drawn == [(0, False), (3, True)]
        view.drawn.clear()
        view.move_to(0)
        assert view.drawn == []
        await pilot.resize_terminal(15, 8)
        await pilot.pause()
        anew = [(0, True), *((n, False) for n in range(1, 8))]
        assert view.drawn == anew
        view._kept.clear()
        view.moved()
        assert view.drawn == 2 * anew


async def test_the_cursor_stays_in_view() -> None:
    """The line of the cursor is visible with the least scrolling."""
    app = WatchedApp()
    async with app.run_test(size=(20, 6)):
        view = app.query_one(WatchedView)
        lines = _lines(*(f"line {number}" for number in range(30)))
        view.draw(lines, cursor=10)
        assert view.text() == ["line 7", "line 8", "line 9", "line 10"]
        view.draw(lines, cursor=9)
        assert view.top == 7
        view.draw(lines, cursor=2)
        assert view.top == 2


async def test_fewer_lines_leave_no_gap_at_the_end() -> None:
    """When lines are removed while the end is visible, the end stays at the bottom."""
    app = WatchedApp()
    async with app.run_test(size=(20, 6)):
        view = app.query_one(WatchedView)
        view.draw(_lines(*"abcdefghij"))
        view.jump(99)
        view.draw(_lines(*"abcdef"))
        assert view.text() == ["c", "d", "e", "f"]


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (3, 3), (5, 4)])
async def test_the_view_is_drawn_at_any_size(size: tuple[int, int]) -> None:
    """The view is drawn at any size, also without a cell between its borders."""
    app = WatchedApp()
    async with app.run_test(size=size) as pilot:
        app.query_one(WatchedView).draw(_lines("日本語", "b", "c", "d"), cursor=3)
        await pilot.pause()


async def test_the_wheel_scrolls_within_the_ends() -> None:
    """A step of the wheel scrolls a few lines, and never beyond the last."""
    app = WatchedApp()
    async with app.run_test(size=(20, 6)) as pilot:
        view = app.query_one(WatchedView)
        view.draw(_lines(*"abcdefghij"))
        for kind, top in ((MouseScrollDown, 3), (MouseScrollDown, 6), (MouseScrollDown, 6), (MouseScrollUp, 3)):
            view.post_message(kind(view, 0, 0, 0, 0, 0, False, False, False))
            await pilot.pause()
            assert view.top == top
