"""The cells of a row."""

from collections.abc import Callable

import pytest

from cordage_tui.domain.run import RowId, RunRow, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.statistics.duration_model import RunEstimate
from cordage_tui.ui.run_table import cell_texts
from cordage_tui.ui.run_table.cell_texts import Cell, Context, StyleRole
from cordage_tui.ui.widgets.status_signs import GLYPHS, RUN_COLOURS

MakeRow = Callable[..., RunRow]
NOW = 1_700_000_000.0


@pytest.mark.parametrize("status", Status)
def test_every_status_is_sign_and_word(row: MakeRow, status: Status) -> None:
    """Each status has its sign and its word in its colour. `completed` is said only without the sign, and is dim."""
    run = row(1, status=status)
    sign, word = cell_texts.sign(run, Context()), cell_texts.status(run, Context())
    assert (sign.text, word.text) == (GLYPHS[status], "" if status is Status.COMPLETED else run.status_name)
    assert cell_texts.status(run, Context(signed=False)).text == run.status_name
    assert sign.role is StyleRole(RUN_COLOURS[status])
    assert word.role is (StyleRole.QUIET if status is Status.COMPLETED else sign.role)


def test_unknown_status_keeps_the_servers_word(row: MakeRow) -> None:
    """An unknown status is shown with the word of the server."""
    run = row(1, status=Status.OTHER)
    object.__setattr__(run, "status_name", SafeText("paused"))
    assert cell_texts.status(run, Context()).text == "paused"


def test_an_author_is_named_and_the_user_is_none(row: MakeRow) -> None:
    """The column names the author of a prompt, and is empty for the user."""
    run = row(1)
    assert cell_texts.author(run, Context()).text == ""
    object.__setattr__(run, "author", SafeText("claude"))
    assert cell_texts.author(run, Context()) == Cell("claude", StyleRole.QUIET)


def test_webhook_is_named_or_masked(row: MakeRow) -> None:
    """A webhook is shown by the user's name, or by its masked key."""
    run = row(1)
    assert cell_texts.webhook(run, Context(names={run.webhook_key: SafeText("Sunset")})).text == "Sunset"
    assert cell_texts.webhook(run, Context()).text == "wh_a…xyz"


def test_run_from_elsewhere_is_known_by_its_id(row: MakeRow) -> None:
    """A run without a prompt shows its short id, dim."""
    assert cell_texts.prompt(row(7, prompt=SafeText("")), Context()) == Cell(
        "00000007 started elsewhere", StyleRole.QUIET
    )
    assert cell_texts.prompt(row(7), Context()) == Cell("prompt 7", StyleRole.PROMPT)


@pytest.mark.parametrize(
    ("status", "now", "time_text"),
    [
        (Status.RUNNING, NOW, "1:00"),
        (Status.RUNNING, None, ""),
        (Status.RUNNING, NOW - 100, "0:00"),
        (Status.COMPLETED, NOW, "0:12"),
        (Status.COMPLETED, None, "0:12"),
        (Status.QUEUED, NOW, ""),
        (Status.UNCERTAIN, NOW, ""),
    ],
)
def test_the_time_is_that_of_the_run_and_empty_while_it_waits(
    row: MakeRow, status: Status, now: float | None, time_text: str
) -> None:
    """An active run shows its time so far, an ended one its whole time, and a waiting one none."""
    assert cell_texts.time(row(1, status=status), Context(now=now)).text == time_text


def test_time_of_an_end_nobody_knows_is_left_out(row: MakeRow) -> None:
    """A final run with an unknown or impossible end shows no time."""
    assert cell_texts.time(row(1, ended_at=None), Context(now=NOW)).text == ""
    assert cell_texts.time(row(1, ended_at=NOW - 1000), Context(now=NOW)).text == ""


def test_waiting_and_running_are_columns_of_their_own(row: MakeRow) -> None:
    """Our queue, the server's queue and the running time have a column each, and an unseen start gives a bound."""
    made = row(1).created_at
    run = row(1, sent_at=made + 150, started_at=made + 371, ended_at=made + 384)
    context = Context(now=made + 400)
    texts = [draw(run, context).text for draw in (cell_texts.own_queue, cell_texts.queued, cell_texts.time)]
    assert texts == ["2:30", "3:41", "0:13"]
    assert cell_texts.time(row(1, started_at=None), context).text == "<0:13"
    pending = row(1, status=Status.PENDING, sent_at=made + 150, started_at=None)
    assert [draw(pending, context).text for draw in (cell_texts.queued, cell_texts.time)] == ["4:10", "4:10"]
    elsewhere = row(1, started_at=None)
    assert cell_texts.own_queue(elsewhere, context).text == cell_texts.queued(elsewhere, context).text == ""


def test_the_age_counts_from_creation(row: MakeRow) -> None:
    """The age counts from the creation of the run, and is empty before the clock is known."""
    assert cell_texts.age(row(5), Context(now=NOW)).text == "5m"
    assert cell_texts.age(row(5), Context()).text == ""


def test_what_may_have_ended_unseen_stands_still(row: MakeRow) -> None:
    """While its webhook cannot be read, an active run shows its time of the last read without colour."""
    run = row(1, status=Status.RUNNING)
    known = run.created_at + 5
    context = Context(now=run.created_at + 500, stale={run.webhook_key: known})
    assert cell_texts.time(run, context).text == "0:05"
    assert cell_texts.sign(run, context).role is cell_texts.status(run, context).role is StyleRole.QUIET
    assert cell_texts.time(run, Context(now=run.created_at + 500)).text == "8:20"


@pytest.mark.parametrize("status", Status)
def test_only_what_goes_on_has_an_expectation(row: MakeRow, status: Status) -> None:
    """Only an active run whose webhook can be read shows a bar and a remaining time."""
    run = row(1, status=status)
    known = {run.id: RunEstimate(left_s=42.0, progress=0.6, slow=False, slow_s=80.0)}
    context = Context(now=NOW, outlooks=known)
    texts = (cell_texts.progress(run, context).text, cell_texts.time_left(run, context).text)
    assert texts == (("▰▰▱▱", "~40s") if status.is_active else ("", ""))
    for blind in (Context(now=NOW), Context(now=NOW, outlooks=known, stale={run.webhook_key: NOW - 5})):
        assert cell_texts.progress(run, blind).text == cell_texts.time_left(run, blind).text == ""


def test_slow_is_said_in_words(row: MakeRow) -> None:
    """A run slower than 95 % of the past shows "slow" instead of a time, and its bar is not full."""
    run = row(1, status=Status.RUNNING)
    context = Context(now=NOW, outlooks={run.id: RunEstimate(left_s=9.0, progress=0.99, slow=True, slow_s=50.0)})
    assert cell_texts.time_left(run, context) == Cell("slow", StyleRole.WAIT)
    assert cell_texts.progress(run, context).text == "▰▰▰▱"


@pytest.mark.parametrize("size", [0, 4])
def test_what_the_filter_leaves_out_says_so(row: MakeRow, size: int) -> None:
    """A row outside the filter has a mark after its prompt, in a narrow column only the sign."""
    run = row(7, size=size)
    draw = cell_texts.batch_prompt if size else cell_texts.prompt
    assert draw(run, Context(besides=frozenset({run.id}))).tails == ("≠ filter", "≠")
    assert draw(run, Context()).tails == ()


def test_what_was_decided_stands_in_columns(row: MakeRow) -> None:
    """Decision, stars and number of outputs of a run; nothing for what was not decided."""
    kept, rejected, open_run = row(1, kept=True, stars=4, output_count=3), row(2, kept=False), row(3)
    cells = [cell_texts.decision, cell_texts.stars, cell_texts.outputs]
    assert [cell(kept, Context()).text for cell in cells] == ["kept", "★★★★", "3"]
    assert [cell(rejected, Context()).text for cell in cells] == ["rejected", "", ""]
    assert [cell(open_run, Context()).text for cell in cells] == ["", "", ""]


def test_a_row_taken_out_of_its_batch_names_the_batch(row: MakeRow) -> None:
    """Without the line of the batch, its title stands at the end of the prompt, cut if there is no room."""
    one, title = row(1, batch=RowId(9)), SafeText("A cat {a|b} " * 6)
    cell = cell_texts.prompt(one, Context(without_lines=True, titles={RowId(9): title}))
    assert cell.tails[0] == f"▸ {title}" and cell.tails[-1].endswith("…") and len(cell.tails[-1]) < 30
    assert cell_texts.prompt(one, Context()).tails == ()


def test_varying_inputs_stand_in_their_column_or_before_the_prompt(row: MakeRow) -> None:
    """They are said once."""
    one = row(1, batch=RowId(9))
    varying = {one.id: SafeText("seed 3")}
    assert cell_texts.prompt(one, Context(varying=varying)).text.strip() == "seed 3 · prompt 1"
    beside = Context(varying=varying, varied=varying)
    assert cell_texts.prompt(one, beside).text.strip() == "prompt 1"
    assert cell_texts.varied_inputs(one, beside).text == "seed 3"
