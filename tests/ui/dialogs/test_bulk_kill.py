"""The dialog of a bulk kill."""

from collections.abc import Mapping

import pytest
from textual.widgets import Button

from cordage_tui.domain.run import Status
from cordage_tui.ui.dialogs.kill import BulkKillDialog, BulkTarget, bulk_kill_lines, bulk_kill_title
from tests.ui.dialogs.conftest import ENGINE

FEW = {Status.PENDING: 1, Status.RUNNING: 2}
MANY = {Status.QUEUED: 12, Status.PENDING: 5, Status.RUNNING: 183}


def target(
    counts: Mapping[Status, int] = MANY,
    left_out: Mapping[Status, int] | None = None,
    takes_s: float = 400.0,
    unseen: int = 0,
    protected: bool = False,
    guesses: int = 0,
) -> BulkTarget:
    """Return the runs that the dialog is about."""
    return BulkTarget(counts, left_out or {}, unseen, guesses, takes_s, 30, protected)


def test_guesses_among_many_may_be_somebody_elses() -> None:
    """The dialog counts the runs that were matched by their time alone."""
    assert "guess" not in dialog_text(target())
    assert "1 of them is a guess, and may be somebody else's." in dialog_text(target(guesses=1))
    assert "2 of them are guesses, and may be somebody else's." in dialog_text(target(guesses=2))


def dialog_text(about: BulkTarget) -> str:
    """Return the text of the dialog."""
    return "\n".join(line.plain for line in bulk_kill_lines(about))


def test_the_dialog_lists_the_runs_in_order_and_the_time_of_the_kill() -> None:
    """The dialog has a line for each status in the order of the kills, then the pace and the key that stops."""
    text = dialog_text(target())
    places = [text.index(part) for part in ("◌ 12 queued", "○ 5 pending", "● 183 running")]
    assert places == sorted(places)
    assert "about 6m 40s (30 kills/min)" in text
    assert "X stops it" in text


def test_the_dialog_counts_runs_that_are_left_out_or_not_visible() -> None:
    """The dialog counts ended and uncertain runs that it leaves out, and marked runs that a filter hides."""
    text = dialog_text(target(left_out={Status.COMPLETED: 3, Status.UNCERTAIN: 1}, unseen=5))
    assert "Not affected: 3 completed, 1 uncertain." in text
    assert "one at a time with x" in text
    assert "5 of them are not visible" in text


@pytest.mark.parametrize(
    ("counts", "title"),
    [
        ({Status.QUEUED: 230, Status.RUNNING: 10}, "Kill 10 runs and drop 230 queued prompts?"),
        ({Status.HELD: 1}, "Drop 1 queued prompt?"),
        ({Status.RUNNING: 1}, "Kill 1 run?"),
    ],
)
def test_the_title_counts_runs_and_queued_prompts_apart(counts: Mapping[Status, int], title: str) -> None:
    """The title counts runs and queued prompts separately, because dropping a prompt costs nothing."""
    assert bulk_kill_title(counts) == title


def test_what_the_budget_allows_takes_no_time() -> None:
    """Kills within the budget are said to be done at once."""
    assert "done at once" in dialog_text(target(FEW, takes_s=0.0))


@pytest.mark.parametrize(("keys", "answer"), [(["enter"], False), (["escape"], False), (["n"], False), (["y"], True)])
async def test_a_few_are_killed_with_a_deliberate_yes(ask, keys: list[str], answer: bool) -> None:
    """Cancel has the focus, and only `y` kills."""
    async with ask(BulkKillDialog(ENGINE, lambda: target(FEW), ())) as (pilot, answers):
        await pilot.press(*keys)
        await pilot.pause()
        assert answers == [answer]


@pytest.mark.parametrize("protected", [False, True])
async def test_many_or_protected_ones_have_their_number_typed(ask, protected: bool) -> None:
    """From 11 runs on, and in a protected profile always, the number must be typed and `y` alone does nothing."""
    counts = FEW if protected else {Status.RUNNING: 11}
    number = str(sum(counts.values()))
    async with ask(BulkKillDialog(ENGINE, lambda: target(counts, protected=protected), ())) as (pilot, answers):
        await pilot.press("y", "enter", "backspace", *number[:-1], "enter")
        assert pilot.app.screen.query_one("#yes", Button).disabled
        assert answers == []
        await pilot.press(number[-1], "enter")
        await pilot.pause()
        assert answers == [True]


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (1, 1)])
async def test_the_dialog_opens_at_any_size(ask, size: tuple[int, int]) -> None:
    """The dialog opens at any size, and at 40×12 its buttons are visible."""
    full = dict.fromkeys((Status.QUEUED, Status.HELD, Status.PENDING, Status.RUNNING, Status.SENDING), 20)
    async with ask(BulkKillDialog(ENGINE, lambda: target(full, {Status.UNCERTAIN: 2}, unseen=3), ()), size) as (
        pilot,
        answers,
    ):
        screen = pilot.app.screen
        assert size[0] < 40 or screen.region.contains_region(screen.query_one("#yes").region)
        await pilot.press("escape")
        await pilot.pause()
        assert answers == [False]
