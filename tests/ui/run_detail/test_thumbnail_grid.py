"""Space for pictures on panels of all sizes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.ui.run_detail.thumbnails import (
    ABOVE,
    GAP,
    LOW,
    SMALL_ROWS,
    CellSize,
    grid,
    grid_beside,
    most_rows,
    room_for,
)


@pytest.mark.parametrize(
    ("width", "height", "shape", "room"),
    [
        (28, 33, 1.5, CellSize(28, 10)),
        (40, 34, 1.5, CellSize(40, 14)),
        (60, 47, 1.5, CellSize(60, 20)),
        (60, 47, 2 / 3, CellSize(28, 21)),
        (58, 20, 1.5, CellSize(42, 14)),
        (38, 8, 1.5, CellSize(12, 4)),
    ],
)
def test_a_picture_is_as_wide_as_the_panel_and_leaves_room_for_the_rest(
    width: int, height: int, shape: float, room: CellSize
) -> None:
    """A picture is as wide as the panel, unless its height or a low panel limits it."""
    assert room_for(CellSize(width, most_rows(height)), shape, 0.5) == room


@given(st.integers(1, 300), st.integers(1, 100), st.floats(0.01, 100), st.floats(0.3, 0.7))
def test_no_room_is_larger_than_what_there_is(width: int, height: int, shape: float, cell: float) -> None:
    """The space for any shape fits the panel."""
    most = CellSize(width, most_rows(height))
    columns, rows = room_for(most, shape, cell)
    assert 1 <= columns <= most.columns and 1 <= rows <= most.rows


@pytest.mark.parametrize(("width", "across"), [(28, 3), (40, 4), (60, 4), (8, 1), (7, 0)])
def test_small_ones_stand_side_by_side(width: int, across: int) -> None:
    """As many small pictures as are recognisable stand side by side, and a single output has none."""
    spread = grid(width, 5, 1.5, 0.5)
    assert (spread.across if spread else 0) == across
    assert grid(width, 1, 1.5, 0.5) is None


@given(st.integers(8, 200), st.integers(2, 10_000), st.floats(0.05, 20))
def test_small_ones_stay_on_the_panel_and_all_are_counted(width: int, count: int, shape: float) -> None:
    """Small pictures fill at most three rows of the panel, and the others are counted in a place."""
    spread = grid(width, count, shape, 0.5)
    assert spread is not None
    assert spread.column(spread.across - 1) + spread.space.columns <= width
    assert spread.count + spread.more == count
    assert spread.count + bool(spread.more) <= spread.across * SMALL_ROWS
    assert spread.column(1) - spread.space.columns == GAP


@given(st.integers(20, 200), st.integers(11, LOW), st.integers(2, 10_000), st.floats(0.2, 5))
def test_on_a_low_panel_none_is_cut(width: int, height: int, count: int, shape: float) -> None:
    """On a low panel the picture fits below the prompt, and the small ones next to it."""
    room = room_for(CellSize(width, most_rows(height)), shape, 0.5)
    assert room.rows + ABOVE + 1 <= height
    spread = grid_beside(width, room, count, shape, 0.5)
    if spread is not None:
        assert (
            room.columns < spread.left
            and spread.left + spread.column(spread.across - 1) + spread.space.columns <= width
        )
        down = -(-(spread.count + bool(spread.more)) // spread.across)
        assert down * (spread.space.rows + 1) <= room.rows and spread.count + spread.more == count


def test_a_picture_at_80x24_has_its_small_ones_beside_it() -> None:
    """At 80×24 the small pictures are next to the picture, if it leaves space there."""
    room = room_for(CellSize(58, most_rows(20)), 1.5, 0.5)
    spread = grid_beside(58, room, 3, 1.5, 0.5)
    assert room == CellSize(42, 14) and spread is not None and (spread.left, spread.across, spread.count) == (44, 1, 3)
    assert grid_beside(58, CellSize(50, 14), 4, 1.5, 0.5) is None and grid_beside(58, room, 1, 1.5, 0.5) is None
