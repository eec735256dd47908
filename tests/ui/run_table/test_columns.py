"""Where the columns stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.domain.run import SortKey
from cordage_tui.ui.run_table.cells import COLUMNS, EDGE, GUTTER, SORT_ORDER, column_at, places


@given(st.integers(0, 300))
def test_columns_never_overlap_nor_overflow(table: int) -> None:
    """At any width columns stand left to right with a gap between, inside gutter and edge."""
    x = GUTTER
    for place in places(table):
        assert place.x >= x
        x = place.x + place.width + 1
    assert not places(table) or x - 1 <= table - EDGE


@pytest.mark.parametrize(
    ("table", "titles"),
    [
        (30, ["", "prompt"]),
        (40, ["", "status", "prompt"]),
        (50, ["time", "", "status", "prompt"]),
        (60, ["time", "", "status", "webhook", "prompt"]),
        (70, ["time", "left", "", "status", "webhook", "prompt", "age"]),
        (80, ["time", "done", "left", "", "status", "webhook", "prompt", "age"]),
    ],
)
def test_narrow_tables_drop_columns(table: int, titles: list[str]) -> None:
    """The narrower the table the fewer its columns; status sign and prompt are the last."""
    assert [place.column.title for place in places(table)] == titles


@given(st.integers(30, 300))
def test_prompt_stays_readable(table: int) -> None:
    """From 30 columns on the prompt has at least 19 cells, and all the growth above 140."""
    prompt = next(place.width for place in places(table) if place.column.title == "prompt")
    assert prompt >= 19
    assert table < 140 or prompt >= table - 60


def test_what_ticks_stands_first() -> None:
    """The time column ends by the tenth cell: a tick resends all that is left of it."""
    first = places(120)[0]
    assert first.column.title == "time"
    assert first.x + first.width < 10


def test_titles_are_found_under_the_mouse() -> None:
    """A click on a title, or on the gap after it, finds the column; beyond the last one there is none."""
    for place in places(100):
        if place.column.sort:
            assert column_at(100, place.x) is place.column
            assert column_at(100, place.x + place.width - 1) is place.column
    assert column_at(100, 99) is None


def test_sort_keys_are_stepped_through_once_each() -> None:
    """The sort action meets each key once."""
    assert sorted(SORT_ORDER) == sorted(SortKey)
    assert all(c.sort in SORT_ORDER for c in COLUMNS if c.sort)
