"""Marks in the run table, as the user sets them and as rows change below them."""

from collections.abc import Callable
from typing import Any

import pytest

from cordage_tui.domain.run import RowId, RunRow, SortKey, Status
from cordage_tui.ui.run_table.model import Selection

MakeRow = Callable[..., RunRow]


@pytest.mark.parametrize(
    ("keys", "dots", "cursor"),
    [
        (["space"], [1], 2),
        (["space", "space"], [1, 2], 3),
        (["space", "k", "space"], [], 2),
        (["j", "V", "j", "j"], [2, 3, 4], 4),
        (["j", "V", "j", "j", "k"], [2, 3], 3),
        (["G", "V", "k", "V", "g"], [8, 9], 1),
        (["V", "j", "V", "j", "j"], [1, 2], 4),
        (["V", "j", "space", "j"], [1, 2], 3),
        (["space", "j", "V", "j", "escape"], [1], 4),
        (["space", "j", "V", "j", "escape", "escape"], [], 4),
        (["asterisk"], list(range(1, 10)), 1),
        (["asterisk", "asterisk"], [], 1),
        (["space", "asterisk"], list(range(1, 10)), 2),
        (["asterisk", "k", "space"], list(range(2, 10)), 2),
        (["V", "j", "asterisk"], list(range(1, 10)), 2),
    ],
)
async def test_keys_mark_what_they_say(runs: Any, keys: list[str], dots: list[int], cursor: int) -> None:
    """`space` marks and moves on, `V` marks a range, `*` marks or unmarks all, `escape` undoes one level."""
    async with runs(9) as table:
        await table.press(*keys)
        await table.pilot.pause()
        assert table.dots() == dots
        assert table.cursor() == cursor


async def test_marked_rows_are_counted_by_status(runs: Any, row: MakeRow) -> None:
    """Marked rows are counted by status, and an open range is counted separately until it ends."""
    given = [row(1, status=Status.RUNNING), row(2, status=Status.FAILED), row(3, status=Status.RUNNING), row(4)]
    async with runs(given=given) as table:
        await table.press("space", "V", "j")
        assert table.counts() == ({"running": 1}, 2)
        await table.press("V")
        assert table.counts() == ({"running": 2, "failed": 1}, 0)


async def test_marks_stay_through_refreshes_and_their_counts_follow(runs: Any, row: MakeRow) -> None:
    """Marks stay on their runs through a refresh, and the counts follow their new status."""
    given = [row(n, status=Status.RUNNING) for n in range(1, 6)]
    async with runs(given=given) as table:
        await table.press("j", "space", "space")
        table.source.rows.insert(0, row(99, status=Status.RUNNING))
        table.source.rows[2] = row(2, status=Status.FAILED)
        await table.changed(99, 2)
        assert table.dots() == [2, 3]
        assert table.counts() == ({"running": 1, "failed": 1}, 0)


async def test_marks_stay_through_filters_and_sorts(runs: Any, row: MakeRow, rows: Any) -> None:
    """A marked run that a filter hides stays marked and counted, and has its dot when it returns."""
    async with runs(9) as table:
        await table.press("space", "space", "space")
        few = rows([row(n) for n in (3, 7)])
        few.hidden = [row(1, status=Status.FAILED), row(2)]
        table.table.show(few, SortKey.PROMPT, False)
        await table.changed(1)
        assert table.dots() == [3]
        assert table.counts() == ({"completed": 2, "failed": 1}, 0)
        table.table.show(table.source, SortKey.DURATION, True)
        await table.pilot.pause()
        assert table.dots() == [1, 2, 3]
        assert set(table.table.marked) == {1, 2, 3}


async def test_a_row_that_has_gone_is_not_marked_any_more(runs: Any) -> None:
    """A removed row loses its mark and is not counted."""
    async with runs(9) as table:
        await table.press("space", "space")
        del table.source.rows[0]
        await table.changed(1)
        assert table.table.marked == (2,)
        assert table.counts() == ({"completed": 1}, 0)


async def test_a_range_holds_its_end_by_identity(runs: Any, row: MakeRow) -> None:
    """A range keeps its rows when others are inserted, and starts at the cursor if its end is removed."""
    async with runs(9) as table:
        await table.press("j", "j", "V", "j", "j")
        table.source.rows.insert(0, row(99))
        await table.changed(99)
        assert table.dots() == [3, 4, 5]
        table.source.rows = [each for each in table.source.rows if each.id != 3]
        await table.changed(3)
        assert table.dots() == [5]


async def test_another_query_ends_a_range(runs: Any, row: MakeRow, rows: Any) -> None:
    """Another query ends a range and keeps the marks of its rows."""
    async with runs(9) as table:
        await table.press("V", "j")
        table.table.show(rows([row(n) for n in (2, 5, 6, 1)]), SortKey.PROMPT, False)
        await table.press("G")
        assert table.dots() == [2, 1]


async def test_reading_what_is_marked_changes_nothing(runs: Any) -> None:
    """The rows of an open range count as marked, and reading them does not end it."""
    async with runs(9) as table:
        await table.press("space", "j", "V", "j")
        before = table.counts()
        assert table.table.marked == table.table.marked == (1, 3, 4)
        assert table.counts() == before == ({"completed": 1}, 2)
        table.table.end_range()
        await table.pilot.pause()
        assert table.table.marked == (1, 3, 4) and table.counts() == ({"completed": 3}, 0)


async def test_a_mark_redraws_its_own_line(runs: Any) -> None:
    """A mark redraws only its line and the next line of the cursor."""
    async with runs(100) as table:
        await table.press("j", "j")
        table.redrawn.clear()
        await table.press("space")
        assert {region.y for region in table.redrawn} == {3, 4}


async def test_a_new_first_row_does_not_take_the_cursor_from_a_marked_one(runs: Any, row: MakeRow) -> None:
    """After a mark the cursor stays on its row when a new first row arrives."""
    async with runs(1) as table:
        await table.press("space")
        table.source.rows.insert(0, row(99))
        await table.changed(99)
        assert table.cursor() == 1


def test_counts_are_kept_until_something_changes() -> None:
    """The counts are computed again only after a change of a marked row."""
    marks = Selection()
    marks.add({RowId(n): Status.COMPLETED for n in range(10)})
    counts = marks.counts
    marks.changed([RowId(77)], lambda rows: {})
    assert marks.counts is counts
    marks.changed([RowId(7)], lambda rows: dict.fromkeys(rows, Status.MISSING))
    assert marks.counts == {Status.COMPLETED: 9, Status.MISSING: 1}
