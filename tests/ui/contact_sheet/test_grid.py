"""Places of the cells, and movement of the cursor among them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.ui.contact_sheet.layout import BELOW, BESIDE, MIDDLE, STEPS, GridInput, GridViewport

pages = st.builds(
    GridInput,
    width=st.integers(1, 250),
    height=st.integers(1, 70),
    count=st.integers(1, 500),
    columns=st.none() | st.integers(1, 12),
    gutter=st.integers(0, 10),
    head=st.integers(0, 3),
)
steps = st.integers(0, len(STEPS) - 1)


@given(pages, steps)
def test_cells_stand_beside_and_below_each_other_within_the_page(page: GridInput, step: int) -> None:
    """No cell overlaps another or the edge of the page, and the mouse finds each cell again."""
    grid = page.grid(step)
    view = GridViewport()
    spots = {index: grid.spot(index, view) for index in grid.on_page(view)}
    assert len(set(spots.values())) == len(spots) <= grid.across * grid.down
    for index, spot in spots.items():
        assert spot is not None
        assert grid.index_at(spot.x, spot.y, view) == index
        if page.width - page.gutter > BESIDE + 1:
            assert spot.x + grid.width < page.width + 1
        if page.height - page.head >= STEPS[step] + BELOW:
            assert spot.y + grid.height < page.height


@pytest.mark.parametrize(("width", "height"), [(77, 19), (117, 32), (197, 46)])
def test_a_page_is_filled(width: int, height: int) -> None:
    """At usual sizes the cells fill the page, and there are at least six."""
    grid = GridInput(width, height, 100).grid(MIDDLE)
    assert width - grid.across * (grid.width + BESIDE) < grid.across
    assert height + 1 - grid.down * (grid.height + BELOW) < grid.down + 2
    assert grid.across * grid.down >= 6


@given(pages, steps, st.lists(st.tuples(st.sampled_from("adpe"), st.integers(-3, 3)), max_size=20))
def test_the_cursor_is_always_on_the_page_and_on_a_tile(
    page: GridInput, step: int, moves: list[tuple[str, int]]
) -> None:
    """After any keys the cursor is on a tile of the page."""
    grid, view = page.grid(step), GridViewport()
    for key, by in moves:
        view = {
            "a": lambda v, by: v.to(v.cursor + by, grid),
            "d": lambda v, by: v.stepped(by, grid),
            "p": lambda v, by: v.paged(by, grid),
            "e": lambda v, by: v.to(page.count if by > 0 else 0, grid),
        }[key](view, by)
        assert 0 <= view.cursor < page.count
        assert grid.spot(view.cursor, view) is not None


def test_down_and_up_keep_the_column_as_far_as_there_are_tiles() -> None:
    """Down and up keep the column; in a shorter last row the cursor goes to the last tile."""
    grid = GridInput(77, 40, 8, columns=3).grid(0)
    at = GridViewport().to(2, grid)
    assert at.stepped(1, grid).cursor == 5
    assert at.stepped(2, grid).cursor == at.stepped(9, grid).cursor == 7
    assert at.stepped(-1, grid).cursor == 2


def test_a_wide_table_is_moved_under_its_cursor() -> None:
    """Columns that do not fit scroll one by one with the cursor."""
    grid = GridInput(60, 20, 40, columns=10).grid(MIDDLE)
    assert grid.across < 10
    view = GridViewport().to(9, grid)
    assert view.left == 10 - grid.across and view.to(10, grid).left == 0


def test_the_best_size_shows_everything_and_the_next_would_not() -> None:
    """The best size is the largest that shows all cells, or None if even the smallest does not."""
    page = GridInput(116, 30, 12, columns=4, gutter=8, head=2)
    best = page.best_step()
    assert best is not None and page.grid(best).is_whole and not page.grid(best + 1).is_whole
    assert GridInput(20, 10, 400).best_step() is None
