"""Cursor and scroll position as numbers."""

from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.ui.run_table.model import Viewport

viewports = st.builds(
    Viewport, count=st.integers(0, 60), height=st.integers(0, 20), top=st.integers(-9, 70), cursor=st.integers(-9, 70)
).map(Viewport.bounded)


def within(view: Viewport) -> bool:
    """Return whether the view is inside the list."""
    return (
        0 <= view.top <= max(0, view.count - view.height)
        and 0 <= view.cursor <= max(0, view.count - 1)
        and view.bounded() == view
    )


@given(viewports, st.integers(-100, 100))
def test_moves_stay_within_the_list(view: Viewport, by: int) -> None:
    """No move leaves the list, or shows blank lines while rows are hidden above."""
    for moved in (view.to(by), view.scrolled(by), view.paged(by), view.resized(abs(by))):
        assert within(moved)


@given(viewports, st.integers(0, 100))
def test_the_cursor_is_followed(view: Viewport, to: int) -> None:
    """After the cursor moves its row is visible, if there is any line."""
    assert view.to(to).sees_cursor or not view.count or not view.height


def test_scrolling_is_the_least_needed() -> None:
    """A move of the cursor scrolls by as few lines as possible."""
    view = Viewport(count=100, height=10, top=20, cursor=29)
    assert view.to(30).top == 21
    assert view.to(25).top == 20
    assert view.to(19).top == 19


def test_wheel_leaves_the_cursor() -> None:
    """Scrolling moves the view and not the cursor."""
    assert Viewport(100, 10, 0, 3).scrolled(20) == Viewport(100, 10, 20, 3)


def test_a_page_keeps_the_cursors_line() -> None:
    """A page moves view and cursor by the same number, until the end."""
    assert Viewport(100, 10, 20, 25).paged(10) == Viewport(100, 10, 30, 35)
    assert Viewport(100, 10, 85, 90).paged(10) == Viewport(100, 10, 90, 99)


def test_rows_inserted_above_leave_the_cursors_line() -> None:
    """The row of the cursor keeps its line when rows come or go above it."""
    assert Viewport(100, 10, 20, 25).refilled(103, cursor=28, first=None) == Viewport(103, 10, 23, 28)
    assert Viewport(100, 10, 20, 25).refilled(97, cursor=22, first=None) == Viewport(97, 10, 17, 22)


def test_new_rows_show_at_the_very_top() -> None:
    """At the top of the list new rows become visible, unless they would push the cursor out."""
    assert Viewport(100, 10, 0, 4).refilled(102, cursor=6, first=None) == Viewport(102, 10, 0, 6)
    assert Viewport(100, 10, 0, 4).refilled(120, cursor=24, first=None) == Viewport(120, 10, 20, 24)


def test_a_cursor_out_of_sight_does_not_scroll() -> None:
    """If the cursor is outside the view, the first visible row keeps its line."""
    assert Viewport(100, 10, 50, 2).refilled(103, cursor=5, first=53) == Viewport(103, 10, 53, 5)


def test_the_place_of_a_lost_row_is_kept() -> None:
    """When the row of the cursor is removed, the next one gets the cursor, or the last at the end."""
    assert Viewport(100, 10, 20, 25).refilled(99, cursor=None, first=None).cursor == 25
    assert Viewport(100, 10, 90, 99).refilled(99, cursor=None, first=None).cursor == 98


@given(viewports)
def test_the_thumb_shows_the_scroll_position(view: Viewport) -> None:
    """The thumb is within the track, touches its ends with the list, and is absent if all rows are visible."""
    thumb = view.thumb()
    assert bool(thumb) == (view.count > view.height > 0)
    if thumb:
        assert 0 <= thumb.start < thumb.stop <= view.height
        assert view.top or thumb.start == 0
        assert view.top < view.count - view.height or thumb.stop == view.height


@given(viewports, st.integers(-5, 30))
def test_a_click_beside_the_rows_is_within_the_list(view: Viewport, line: int) -> None:
    """A click anywhere on the track gives a first row within the list."""
    if view.thumb():
        assert 0 <= view.top_for_thumb(line) <= view.count - view.height
