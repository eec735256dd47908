"""A batch of two or more axes as a table of rows and columns."""

from itertools import product

import pytest

from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.run import RowId
from cordage_tui.engine.batch.draft import draft_of
from cordage_tui.engine.batch.expand import Combine
from cordage_tui.ui.contact_sheet.layout import Axes, AxisSplit, MatrixTiles, axes_of, spans, table_of
from cordage_tui.ui.contact_sheet.tiles import Tile

FOX = "a {red|grey|white} fox in {snow|fog} at {dawn|dusk}"


def axes(text: str, combine: Combine = Combine.PRODUCT, **inputs: str) -> Axes | None:
    """Return the axes of the batch that this text makes, if there are any."""
    draft = draft_of({"prompt": text, **inputs}, lines=False, combine=combine)
    return axes_of(draft.source, len(draft.bodies))


def sure(known_axes: Axes | None) -> Axes:
    """Return the axes, which must exist."""
    assert known_axes is not None
    return known_axes


def test_the_headings_that_meet_at_a_place_are_its_prompt() -> None:
    """In every layout of the axes place n has the values of the n-th prompt."""
    bodies = draft_of({"prompt": FOX}, lines=False, combine=Combine.PRODUCT).bodies
    for split in sure(axes(FOX)).splits:
        names = [split.names(place) for place in range(12)]
        assert ["a {} fox in {} at {}".format(*name) for name in names] == [body["prompt"] for body in bodies]


def test_values_of_other_inputs_say_whose_they_are() -> None:
    """Values of inputs other than the prompt have the name of their input."""
    assert sure(axes("a {red|blue} fox", seed="1..2")).values == (("red", "blue"), ("seed 1", "seed 2"))


@pytest.mark.parametrize("text", ["a {red|blue} fox", "fox"])
def test_one_axis_is_no_table(text: str) -> None:
    """A batch with one axis is a row of pictures, and no table."""
    assert axes_of(draft_of({"prompt": text}, lines=False, combine=Combine.PRODUCT).source, 2) is None


def test_axes_that_were_paired_up_or_cut_are_no_table() -> None:
    """Axes that do not combine each value with each other value make no table."""
    assert axes("a {red|blue} fox in {snow|fog}", Combine.ZIP) is None
    assert axes_of(BatchSource("t", axes=(("a", ("1", "2")), ("b", ("3", "4")))), 6) is None


@pytest.mark.parametrize(("width", "height", "rows", "columns"), [(116, 32, 3, 4), (76, 60, 6, 2), (196, 46, 3, 4)])
def test_the_way_is_chosen_that_shows_the_pictures_largest(width: int, height: int, rows: int, columns: int) -> None:
    """The layout with the largest pictures is chosen, on one page if possible."""
    table = table_of(sure(axes(FOX)), width, height)
    assert (len(table.split.rows), len(table.split.columns)) == (rows, columns)
    assert table.page.grid(table.step).is_whole


def test_what_fits_no_page_keeps_its_columns_abreast_if_it_can() -> None:
    """A table too large for a page keeps its columns on the page if possible, and scrolls down."""
    values = (tuple(f"a{n}" for n in range(30)), tuple(f"b{n}" for n in range(10)), ("x", "y"))
    table = table_of(Axes(values), 76, 19)
    assert table.split.columns == (("x",), ("y",)) and not table.page.grid(table.step).is_whole
    wide = table_of(Axes((("a", "b"), values[0])), 76, 19)
    assert len(wide.split.columns) == 30 and wide.page.grid(wide.step).across < 30


def test_a_value_stands_once_over_all_of_its_columns() -> None:
    """A heading spans all columns of its value within the heading above."""
    columns = tuple(product(("snow", "fog"), ("dawn", "dusk")))
    assert spans(columns, 0) == [(0, 2, "snow"), (2, 2, "fog")]
    assert spans(columns, 1) == [(0, 1, "dawn"), (1, 1, "dusk"), (2, 1, "dawn"), (3, 1, "dusk")]
    assert spans((("a", "x"), ("b", "x")), 1) == [(0, 1, "x"), (1, 1, "x")]


def test_a_dropped_prompt_leaves_its_place_empty_and_a_run_shows_the_output_chosen_of_it() -> None:
    """A place is empty for a dropped prompt, and shows the chosen output of its run, by default the first."""
    board = MatrixTiles(3, {0: RowId(30), 2: RowId(28)}, {RowId(30): 4})
    assert [board.at(place) for place in range(3)] == [Tile(RowId(30), 1), None, Tile(RowId(28), 0)]
    board.choose(RowId(30), 9)
    assert board.at(0) == Tile(RowId(30), 4)
    board.choose(RowId(30), 0)
    assert board.at(0) == Tile(RowId(30), 1)
    assert board.index_of(Tile(RowId(28), 5)) == 2 and board.index_of(Tile(RowId(29), 1)) is None


def test_headings_from_outside_are_inert() -> None:
    """An escape sequence in a heading is shown as text."""
    assert "\x1b" not in str(sure(axes("a {\x1b[2J|b} {c|d}")).values)
    assert AxisSplit(((("x"),),), ((("y"),),)).names(0) == ("x", "y")
