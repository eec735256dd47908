"""Columns of the table at any width."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cordage_tui.domain.run import ColumnName, SortKey
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.run_table.columns import (
    COLUMNS,
    EDGE,
    GUTTER,
    SORT_ORDER,
    column_of,
    columns_text,
    stored_columns,
    table_layout,
    widest_name,
)

chosen = st.lists(st.sampled_from(ColumnName), unique=True).map(lambda names: (*names, ColumnName.PROMPT))
chosen = chosen.map(lambda names: tuple(dict.fromkeys(names)))


def titles(*about: object, **named: object) -> list[str]:
    """Return the titles of the columns."""
    return [place.column.title for place in table_layout(*about, **named).positions]  # type: ignore[arg-type]


def prompt_cells(*about: object, **named: object) -> int:
    """Return the width of the prompt column."""
    layout = table_layout(*about, **named)  # type: ignore[arg-type]
    return next(place.width for place in layout.positions if place.column.title == "prompt")


@given(st.integers(0, 300), st.integers(0, 40), st.one_of(st.just(()), chosen), st.booleans())
def test_columns_never_overlap_nor_overflow(table: int, names: int, chosen: tuple[ColumnName, ...], one: bool) -> None:
    """Columns fill the table from gutter to edge with one blank between, and batch rows end in the same cell."""
    layout = table_layout(table, names, chosen, one_webhook=one)
    for places in (layout.positions, layout.of_batch):
        x = GUTTER
        for place in places:
            assert place.width > 0
            assert place.x == x or (places is layout.of_batch and place.x > x)
            x = place.x + place.width + 1
    if layout.positions:
        last = layout.positions[-1]
        assert last.x + last.width <= max(table - EDGE, GUTTER + 1)
        assert table < 40 or last.x + last.width == table - EDGE


@pytest.mark.parametrize(
    ("table", "column_titles"),
    [
        (20, ["", "prompt"]),
        (28, ["time", "", "prompt"]),
        (36, ["time", "age", "", "prompt"]),
        (60, ["time", "age", "", "prompt", "webhook"]),
        (78, ["time", "age", "", "prompt", "webhook"]),
        (100, ["time", "age", "", "status", "prompt", "webhook"]),
    ],
)
def test_narrow_tables_drop_columns(table: int, column_titles: list[str]) -> None:
    """The narrower the table, the fewer its columns; sign and prompt are the last."""
    assert titles(table, 13) == column_titles


def test_the_prompt_has_most_of_the_cells() -> None:
    """The prompt has 38 cells on a screen of 120 columns, and 28 on one of 80."""
    assert prompt_cells(67, len("Product shots")) >= 38
    assert prompt_cells(60, len("Product shots")) >= 28


@given(st.integers(12, 300), st.integers(0, 40))
@example(58, 14)
def test_the_prompt_stays_readable(table: int, names: int) -> None:
    """The prompt keeps half of the table, or everything next to a sign."""
    assert prompt_cells(table, names) >= min(table // 2, table - 5)


@given(st.integers(0, 40))
def test_the_webhook_column_fits_its_longest_name(names: int) -> None:
    """The webhook column is as wide as its longest name, from its title up to 14 cells."""
    webhook = next(place for place in table_layout(120, names).positions if place.column.title == "webhook")
    assert webhook.width == max(len("webhook▾"), min(names, 14))


def test_names_are_measured_in_cells() -> None:
    """The width of a name counts a wide character as two cells."""
    assert widest_name([SafeText("Sunset"), SafeText("日本の庭園")]) == 10
    assert widest_name([]) == 0


def test_one_webhook_is_not_named_on_each_row() -> None:
    """With one webhook the prompt gets the cells of its column."""
    assert "webhook" not in titles(80, 13, one_webhook=True)
    assert prompt_cells(80, 13, one_webhook=True) == prompt_cells(80, 13) + 14


def test_rows_of_a_batch_have_the_webhooks_cells() -> None:
    """Rows of a batch use the cells of the webhook column, if it is next to the prompt."""
    layout = table_layout(80, 13)
    whole, row = layout.positions, layout.of_batch
    assert row[-1].column.title == "prompt"
    assert row[-1].x + row[-1].width == whole[-1].x + whole[-1].width
    apart = (ColumnName.WEBHOOK, ColumnName.TIME, ColumnName.PROMPT)
    layout = table_layout(80, 13, apart)
    assert layout.of_batch == layout.positions[1:]


def test_columns_are_the_users_in_the_users_order() -> None:
    """The user's columns are shown in the user's order, and the prompt is the last to be left out."""
    mine = (ColumnName.STATUS, ColumnName.PROMPT, ColumnName.DONE, ColumnName.AGE)
    assert titles(60, 13, mine) == ["status", "prompt", "done", "age"]
    assert titles(12, 13, mine) == ["prompt"]


def test_what_ticks_is_first() -> None:
    """The time column ends by the tenth cell, because a tick resends the cells up to it."""
    first = table_layout(120).positions[0]
    assert first.column.title == "time"
    assert first.x + first.width < 10


def test_titles_are_found_under_the_mouse() -> None:
    """A click on a title, or on the gap after it, gives its column."""
    layout = table_layout(100)
    for place in layout.positions:
        if place.column.sort:
            assert layout.column_at(place.x) is place.column
            assert layout.column_at(place.x + place.width - 1) is place.column
    assert layout.column_at(100) is None


def test_every_title_has_room_for_its_arrow() -> None:
    """Every column has room for its title and an arrow."""
    for place in table_layout(200).positions:
        assert place.width >= len(place.column.title) + bool(place.column.sort)


def test_sort_keys_are_stepped_through_once_each() -> None:
    """The sort action visits each key once."""
    assert sorted(SORT_ORDER) == sorted(SortKey)
    assert all(c.sort in SORT_ORDER for c in COLUMNS.values() if c.sort)


def test_an_input_has_a_column_of_its_own() -> None:
    """`input.seed` is a column with the name of the input as its title; it goes before the prompt gets too narrow."""
    chosen = (ColumnName.SIGN, "input.seed", ColumnName.PROMPT, "input.a long name of an input")
    assert titles(90, 13, chosen) == ["", "seed", "prompt", "a long name of …"]
    assert titles(24, 13, chosen) == ["", "prompt"]
    assert column_of("input.seed") is column_of("input.seed")


@given(st.integers(0, 300), st.integers(0, 40))
def test_inputs_that_vary_stand_beside_a_wide_prompt_only(table: int, names: int) -> None:
    """The column is between prompt and webhook if the prompt keeps half of the table, and is left out if nothing varies."""
    listed = titles(table, names)
    assert "inputs" in listed or table < 150
    if "inputs" in listed:
        assert listed[listed.index("inputs") - 1 : listed.index("inputs") + 2] == ["prompt", "inputs", "webhook"]
        assert prompt_cells(table, names) >= max(64, table // 2)
    assert "inputs" not in titles(table, names, inputs_vary=False)


def test_the_line_of_a_batch_has_no_inputs() -> None:
    """Its title takes their cells."""
    layout = table_layout(200, 14)
    widths = {place.column.title: place.width for place in layout.positions}
    line = {place.column.title: place.width for place in layout.of_line}
    assert "inputs" not in line and line["prompt"] == widths["prompt"] + 1 + widths["inputs"]


def test_stored_columns_are_read_again() -> None:
    """The name of an input may have blanks; columns of earlier versions are read too."""
    chosen = ("sign", "input.lora strength", "prompt")
    assert stored_columns(columns_text(chosen)) == chosen
    assert stored_columns("sign prompt") == ("sign", "prompt")
    assert stored_columns("sign prompt colour") == ()
