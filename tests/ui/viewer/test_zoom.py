"""The visible part of a picture at each zoom."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.domain.image import WHOLE
from cordage_tui.ui.run_detail.thumbnails import CellSize
from cordage_tui.ui.viewer.panel import STEPS, Zoom

ROOM = CellSize(120, 30)
"""Of square pixels twice as wide as high."""


def test_at_first_all_of_it_is_seen() -> None:
    """At first, and after zooming back, the whole picture is visible."""
    zoom = Zoom().nearer(2).moved(3, 3, 1.0, ROOM, 0.5)
    assert Zoom().part(1.0, ROOM, 0.5) == WHOLE == zoom.nearer(-9).part(1.0, ROOM, 0.5)
    assert zoom.nearer(-9) == Zoom()


def test_the_whole_room_is_used_before_anything_is_cut_off() -> None:
    """A zoomed picture fills the screen before any of it is cut off."""
    assert Zoom().nearer(2).part(1.0, ROOM, 0.5) == (0, 250, 1000, 750)
    assert Zoom().nearer(2).part(2.0, ROOM, 0.5) == (250, 250, 750, 750)


@pytest.mark.parametrize(("across", "down", "edges"), [(9, 9, (500, 500, 1000, 1000)), (-9, -9, (0, 0, 500, 500))])
def test_no_look_goes_beyond_an_edge(across: int, down: int, edges: tuple[int, ...]) -> None:
    """Moving stops at the edge, and one move back has an effect at once."""
    zoom = Zoom().nearer(2)
    for _ in range(9):
        zoom = zoom.moved(across, down, 2.0, ROOM, 0.5)
    assert zoom.part(2.0, ROOM, 0.5) == edges
    assert zoom.moved(-across // 9, 0, 2.0, ROOM, 0.5).part(2.0, ROOM, 0.5) != edges


@given(
    st.integers(0, len(STEPS)),
    st.lists(st.tuples(st.integers(-2, 2), st.integers(-2, 2)), max_size=8),
    st.floats(0.02, 50),
    st.tuples(st.integers(1, 300), st.integers(1, 100)),
    st.floats(0.3, 0.7),
)
def test_a_part_lies_within_the_picture(
    nearer: int, moves: list[tuple[int, int]], shape: float, size: tuple[int, int], cell: float
) -> None:
    """The visible part is within the picture for any shape and any moves."""
    room, zoom = CellSize(*size), Zoom().nearer(nearer)
    for across, down in moves:
        zoom = zoom.moved(across, down, shape, room, cell)
    left, top, right, bottom = zoom.part(shape, room, cell)
    assert 0 <= left < right <= 1000 and 0 <= top < bottom <= 1000
