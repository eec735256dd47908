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
) -> BulkTarget:
    return BulkTarget(counts, left_out or {}, unseen, takes_s, 30, protected)


def words(about: BulkTarget) -> str:
    return "\n".join(line.plain for line in bulk_kill_lines(about))


def test_it_says_what_is_killed_in_which_order_and_how_long_it_takes() -> None:
    """A line for each status in its turn, as glyph and word, then the pace and the way out."""
    said = words(target())
    places = [said.index(part) for part in ("◌ 12 queued", "○ 5 pending", "● 183 running")]
    assert places == sorted(places)
    assert "about 6m 40s (30 kills/min)" in said
    assert "X stops it" in said


def test_it_says_what_is_left_out_and_what_cannot_be_seen() -> None:
    """Ended runs are left as they are, uncertain ones too, and marks behind a filter are told of."""
    said = words(target(left_out={Status.COMPLETED: 3, Status.UNCERTAIN: 1}, unseen=5))
    assert "Not affected: 3 completed, 1 uncertain." in said
    assert "one at a time with x" in said
    assert "5 of them are not visible" in said


@pytest.mark.parametrize(
    ("counts", "title"),
    [
        ({Status.QUEUED: 230, Status.RUNNING: 10}, "Kill 10 runs and drop 230 queued prompts?"),
        ({Status.HELD: 1}, "Drop 1 queued prompt?"),
        ({Status.RUNNING: 1}, "Kill 1 run?"),
    ],
)
def test_the_title_counts_runs_and_queued_prompts_apart(counts: Mapping[Status, int], title: str) -> None:
    """A queued prompt is dropped for free, not killed."""
    assert bulk_kill_title(counts) == title


def test_what_the_budget_allows_takes_no_time() -> None:
    """No waiting is announced where there is none."""
    assert "done at once" in words(target(FEW, takes_s=0.0))


@pytest.mark.parametrize(("keys", "answer"), [(["enter"], False), (["escape"], False), (["n"], False), (["y"], True)])
async def test_a_few_are_killed_with_a_deliberate_yes(ask, keys: list[str], answer: bool) -> None:
    """As with one run: Cancel has the focus, `y` kills."""
    async with ask(BulkKillDialog(ENGINE, lambda: target(FEW), ())) as (pilot, answers):
        await pilot.press(*keys)
        await pilot.pause()
        assert answers == [answer]


@pytest.mark.parametrize("protected", [False, True])
async def test_many_or_protected_ones_have_their_number_typed(ask, protected: bool) -> None:
    """From 11 runs on, and in a protected profile always, `y` does nothing until the number stands there."""
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
async def test_it_opens_at_any_size(ask, size: tuple[int, int]) -> None:
    """At 40×12 its buttons are on screen."""
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
