"""What stands in the cells of a row."""

from collections.abc import Callable

import pytest

from cordage_tui.domain.run import RunRow, Status
from cordage_tui.domain.statistics.duration_model import RunEstimate
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.run_table import cells
from cordage_tui.ui.run_table.cells import Cell, Context, StyleRole
from cordage_tui.ui.widgets.text import GLYPHS, RUN_COLOURS

MakeRow = Callable[..., RunRow]
NOW = 1_700_000_000.0


@pytest.mark.parametrize("status", Status)
def test_every_status_is_sign_and_word(row: MakeRow, status: Status) -> None:
    """Each status shows its glyph and its word in its colour; only the word of what went well is quiet."""
    one = row(1, status=status)
    sign, word = cells.sign(one, Context()), cells.status(one, Context())
    assert (sign.text, word.text) == (GLYPHS[status], status.value)
    assert sign.role is StyleRole(RUN_COLOURS[status])
    assert word.role is (StyleRole.QUIET if status is Status.COMPLETED else sign.role)


def test_unknown_status_keeps_the_servers_word(row: MakeRow) -> None:
    """A status that we do not know is named as the server names it."""
    one = row(1, status=Status.OTHER)
    object.__setattr__(one, "status_name", SafeText("paused"))
    assert cells.status(one, Context()).text == "paused"


def test_an_author_is_named_and_the_user_is_none(row: MakeRow) -> None:
    one = row(1)
    assert cells.author(one, Context()).text == ""
    object.__setattr__(one, "author", SafeText("claude"))
    assert cells.author(one, Context()) == Cell("claude", StyleRole.QUIET)


def test_webhook_is_named_or_masked(row: MakeRow) -> None:
    """A webhook shows the user's name for it, and without one its key masked, never whole."""
    one = row(1)
    assert cells.webhook(one, Context(names={one.webhook_key: SafeText("Sunset")})).text == "Sunset"
    assert cells.webhook(one, Context()).text == "wh_a…xyz"


def test_run_from_elsewhere_is_known_by_its_id(row: MakeRow) -> None:
    """Without a prompt the short id stands there, quiet."""
    assert cells.prompt(row(7, prompt=SafeText("")), Context()) == Cell("00000007 started elsewhere", StyleRole.QUIET)
    assert cells.prompt(row(7), Context()) == Cell("prompt 7", StyleRole.PROMPT)


@pytest.mark.parametrize(
    ("status", "now", "shown"),
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
def test_time(row: MakeRow, status: Status, now: float | None, shown: str) -> None:
    """What runs has its time so far (none before the clock is known), what ended its whole time, what waits none."""
    assert cells.time(row(1, status=status), Context(now=now)).text == shown


def test_time_of_an_end_nobody_knows_is_left_out(row: MakeRow) -> None:
    """A final run whose end is unknown, or lies before its start, shows no time rather than a wrong one."""
    assert cells.time(row(1, ended_at=None), Context(now=NOW)).text == ""
    assert cells.time(row(1, ended_at=NOW - 1000), Context(now=NOW)).text == ""


def test_waiting_and_running_are_columns_of_their_own(row: MakeRow) -> None:
    """The time is how long it ran, of what waits at the server how long it waits, of what was not seen to begin a bound."""
    made = row(1).created_at
    one = row(1, sent_at=made + 150, started_at=made + 371, ended_at=made + 384)
    context = Context(now=made + 400)
    drawn = [draw(one, context).text for draw in (cells.own_queue, cells.queued, cells.time)]
    assert drawn == ["2:30", "3:41", "0:13"]
    assert cells.time(row(1, started_at=None), context).text == "<0:13"
    pending = row(1, status=Status.PENDING, sent_at=made + 150, started_at=None)
    assert [draw(pending, context).text for draw in (cells.queued, cells.time)] == ["4:10", "4:10"]
    elsewhere = row(1, started_at=None)
    assert cells.own_queue(elsewhere, context).text == cells.queued(elsewhere, context).text == ""


def test_age(row: MakeRow) -> None:
    """The age counts from creation, and is left out before the clock is known."""
    assert cells.age(row(5), Context(now=NOW)).text == "5m"
    assert cells.age(row(5), Context()).text == ""


def test_what_may_have_ended_unseen_stands_still(row: MakeRow) -> None:
    """While its webhook cannot be read, an active run shows its time as of the last read, and no status colour."""
    one = row(1, status=Status.RUNNING)
    known = one.created_at + 5
    context = Context(now=one.created_at + 500, stale={one.webhook_key: known})
    assert cells.time(one, context).text == "0:05"
    assert cells.sign(one, context).role is cells.status(one, context).role is StyleRole.QUIET
    assert cells.time(one, Context(now=one.created_at + 500)).text == "8:20"


@pytest.mark.parametrize("status", Status)
def test_only_what_goes_on_has_an_expectation(row: MakeRow, status: Status) -> None:
    """A bar and a time left on active rows; nothing on others, on those of which nothing is known, or that may have ended
    unseen."""
    one = row(1, status=status)
    known = {one.id: RunEstimate(left_s=42.0, progress=0.6, slow=False, slow_s=80.0)}
    context = Context(now=NOW, outlooks=known)
    shown = (cells.progress(one, context).text, cells.time_left(one, context).text)
    assert shown == (("▰▰▱▱", "~40s") if status.is_active else ("", ""))
    for blind in (Context(now=NOW), Context(now=NOW, outlooks=known, stale={one.webhook_key: NOW - 5})):
        assert cells.progress(one, blind).text == cells.time_left(one, blind).text == ""


def test_slow_is_said_in_words(row: MakeRow) -> None:
    """A run slower than 95 % of its past is called so instead of being promised an end, and its bar is not full."""
    one = row(1, status=Status.RUNNING)
    context = Context(now=NOW, outlooks={one.id: RunEstimate(left_s=9.0, progress=0.99, slow=True, slow_s=50.0)})
    assert cells.time_left(one, context) == Cell("slow", StyleRole.WAIT)
    assert cells.progress(one, context).text == "▰▰▰▱"


@pytest.mark.parametrize("size", [0, 4])
def test_what_the_filter_leaves_out_says_so(row: MakeRow, size: int) -> None:
    """At the right of the prompt, of a run and of the line of a batch; in a narrow column by its sign."""
    one = row(7, size=size)
    draw = cells.batch_prompt if size else cells.prompt
    assert draw(one, Context(besides=frozenset({one.id}))).tails == ("≠ filter", "≠")
    assert draw(one, Context()).tails == ()
