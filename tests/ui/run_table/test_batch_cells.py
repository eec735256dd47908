"""The line of a batch, its marks, and its folding."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from cordage_tui.domain.batch import BatchProgress, BatchSource
from cordage_tui.domain.run import RowId, Status
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.ui.run_table import cell_texts
from cordage_tui.ui.run_table import cell_texts as group
from cordage_tui.ui.run_table.cell_texts import Cell, Context, StyleRole
from cordage_tui.ui.run_table.row_strips import fitted
from cordage_tui.ui.run_table.table import RunTable

NOW = 1_700_000_000.0
GOING = {Status.COMPLETED: 12, Status.RUNNING: 3, Status.QUEUED: 33, Status.FAILED: 1}


def context(counts, *, folded=True, last_end=None, line=1):
    """Return the context with this progress of the batch."""
    return Context(now=NOW, batches={RowId(line): BatchProgress(BatchSource("t"), folded, counts, last_end)})


def line(row, **changes):
    """Return the line of a batch."""
    return row(1, status=Status.BATCH, size=49, prompt="{a|b} fox", run_id=None, **changes)


def world(row, folded=False):
    """Return the rows with a batch of three between two runs, and the rows of the batch; row 2 is its line."""
    members = [row(n, batch=RowId(2), status=Status.RUNNING) for n in (3, 4, 5)]
    ends = (row(1), row(2, status=Status.BATCH, size=3, run_id=None)), (row(6),)
    return [*ends[0], *(() if folded else members), *ends[1]], members


def test_the_line_shows_progress_and_the_count_of_each_status(row):
    """The line has figures, a bar, and each status with its number in a fixed order."""
    scene = context(GOING)
    assert group.batch_status(line(row), scene) == Cell("13/49", StyleRole.ACTIVE)
    assert group.batch_done(line(row), scene) == Cell("▰▱▱▱", StyleRole.ACTIVE)
    assert group.batch_prompt(line(row), scene).tails == ("12✔ 3● 33◌ 1✖", "1✖")
    assert group.batch_time(line(row), scene).text == "1:00"
    assert [group.batch_sign(line(row), context(GOING, folded=folded)).text for folded in (True, False)] == ["▸", "▾"]


def test_an_ended_batch_shows_how_long_it_took(row):
    """An ended batch shows the time from its submission to its last end, and no bar."""
    scene = context({Status.COMPLETED: 49}, last_end=NOW - 60 + 552)
    assert group.batch_time(line(row), scene) == Cell("9:12", StyleRole.QUIET)
    assert group.batch_done(line(row), scene).text == ""


@pytest.mark.parametrize(
    ("counts", "role"),
    [
        (GOING, StyleRole.ACTIVE),
        ({Status.QUEUED: 1, Status.FAILED: 1}, StyleRole.WAIT),
        ({Status.COMPLETED: 5, Status.FAILED: 1}, StyleRole.BAD),
        ({Status.COMPLETED: 5, Status.CANCELLED: 1}, StyleRole.DONE),
        ({Status.CANCELLED: 1}, StyleRole.PAST),
    ],
)
def test_the_colour_of_a_batch_shows_activity_before_failures(row, counts, role):
    """The colour of a batch is that of active runs, else of failed ones, else of the best outcome."""
    assert group.batch_sign(line(row), context(counts)).role is role


def test_large_figures_become_a_share(row):
    """Figures that do not fit the column are shown as a percentage."""
    assert group.batch_status(line(row), context({Status.COMPLETED: 5_000, Status.QUEUED: 5_000})).text == "50 %"


def test_a_tail_stands_whole_or_gives_way_to_a_shorter_one():
    """The title is cut first, and if it would become too short, a shorter tail or none is used."""
    cell = Cell("{red|blue} fox in the rain", StyleRole.PROMPT, ("12✔ 33◌ 1✖", "1✖"))
    assert text_of(cell, 30) == "{red|blue} fox in…  12✔ 33◌ 1✖"
    assert text_of(cell, 20) == "{red|blue} fox…   1✖"
    assert text_of(cell, 12) == "{red|blue}…".ljust(12)


def text_of(cell: Cell, width: int) -> str:
    return "".join(text for text, _ in fitted(cell, width, False))


def test_a_batch_shows_its_share_and_later_its_age(row):
    """The age column of a batch shows its percentage while it is active, then its age."""
    assert group.batch_age(line(row), context(GOING)) == Cell("26%", StyleRole.ACTIVE)
    assert group.batch_age(line(row), context({Status.COMPLETED: 49})) == Cell("1m", StyleRole.QUIET)


def test_rows_of_a_batch_are_indented_and_show_what_differs(row):
    """A row of a batch is indented and begins with its varying inputs, and other rows do not."""
    member = row(3, batch=RowId(2))
    scene = Context(varying={RowId(3): SafeText("seed 3")})
    assert cell_texts.prompt(member, scene).text == "  seed 3 · prompt 3"
    assert cell_texts.prompt(member, Context()).text == "  prompt 3"
    assert cell_texts.prompt(row(3), scene).text == "prompt 3"


COMMON = frozenset(["a", "fox", "in", "the", "at", "dawn"])


def member(row, prompt, common=COMMON):
    """Return the prompt cell of a row of the batch."""
    return cell_texts.prompt(row(3, batch=RowId(2), prompt=one_line(prompt)), Context(common={RowId(2): common}))


def drawn(cell, width):
    """Return the text of a cell, with differing words in brackets."""
    parts = fitted(cell, width, False)
    return "".join(f"[{text}]" if role is StyleRole.DIFFERS else text for text, role in parts)


def test_what_differs_in_a_batch_has_its_own_colour(row):
    """Words that differ between prompts have their own colour, and without common words none has."""
    cell = member(row, "a red fox in the snow at dawn")
    assert drawn(cell, 40) == "  a [red ]fox in the [snow ]at dawn".ljust(44)
    assert drawn(member(row, "an owl", frozenset()), 12) == "  an owl    "


def test_what_all_rows_have_gives_way_to_what_differs(row):
    """Common words are cut first, from the left, and differing words only if nothing else is left."""
    rain, snow = member(row, "a fox in the rain at dawn"), member(row, "a red fox in the snow at dawn")
    assert drawn(rain, 24) == "  a fox in the [rain ]at… "
    assert drawn(rain, 16) == "  … [rain ]at dawn"
    assert drawn(snow, 16) == "  a [red ]… [snow ]…"
    assert drawn(snow, 8) == "  a [red…]"


@given(st.lists(st.sampled_from(["a", "fox", "in", "the", "red", "snow", "日本", "é"]), max_size=9), st.integers(0, 40))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_row_of_a_batch_takes_exactly_its_cells(row, prompt_words, width):
    """The prompt of any row of a batch has exactly its width."""
    cell = member(row, " ".join(prompt_words) or "x")
    assert sum(cell_len(text) for text, _ in fitted(cell, width, False)) == width


def test_what_varies_besides_the_prompt_differs_too(row):
    """Varying inputs are shown first and count as different."""
    scene = Context(varying={RowId(3): SafeText("seed 3")}, common={RowId(2): frozenset({"prompt", "3"})})
    assert drawn(cell_texts.prompt(row(3, batch=RowId(2)), scene), 20) == "  [seed 3 · ]prompt 3 ".ljust(22)


@pytest.mark.parametrize("status", [Status.UNCERTAIN, Status.HELD, Status.COMPLETED])
def test_what_needs_the_user_is_named_where_signs_are_all(row, status):
    """Without the status column, an uncertain or held prompt has its status as a word."""
    run = row(1, status=status)
    tails = cell_texts.prompt(run, Context(words=False)).tails
    assert tails == ((status.value,) if status is not Status.COMPLETED else ())
    assert cell_texts.prompt(run, Context()).tails == ()


async def test_keys_ask_to_fold_only_where_there_is_a_batch(runs, row):
    """Keys request folding only on the line or a row of a batch, and Enter opens a single run."""
    given_rows, _ = world(row)
    async with runs(given=given_rows) as table:
        await table.press("left", "right")
        assert table.messages_of(RunTable.FoldRequested) == []
        await table.press("j", "enter", "j", "left", "right", "enter")
        assert [(e.line, e.folded) for e in table.messages_of(RunTable.FoldRequested)] == [
            (2, True),
            (2, True),
            (2, False),
        ]
        assert [e.row for e in table.messages_of(RunTable.Opened)] == [3]


async def test_a_mark_on_the_line_is_a_mark_on_its_rows(runs, row):
    """A mark on the line marks all its rows, folded or not, and the line is not counted."""
    given_rows, members = world(row, folded=True)
    async with runs(given=given_rows) as table:
        table.source.hidden = members
        await table.highlight(2)
        await table.press("space")
        assert table.counts() == ({"running": 3}, 0)
        assert table.dots() == [2]
        await table.press("asterisk")
        assert table.counts() == ({"running": 3, "completed": 2}, 0)
        await table.press("asterisk", "k", "k", "V", "j", "V")
        assert table.counts()[0] == {"running": 3, "completed": 1}


async def test_without_one_of_its_rows_the_line_is_not_marked(runs, row):
    """The line loses its dot when one of its rows is unmarked."""
    given_rows, _ = world(row)
    async with runs(given=given_rows) as table:
        await table.highlight(2)
        await table.press("space")
        assert table.dots() == [2, 3, 4, 5]
        await table.highlight(4)
        await table.press("space")
        assert table.dots() == [3, 5]
