"""What a bulk kill is expected to take, when it gives up, and the words of its report."""

import pytest

from cordage_tui.domain.rate_limit import BudgetView, RateLimitClass
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.engine.events import KillOutcome
from cordage_tui.engine.kill.bulk_kill import BulkKillState, KillPlan, kills_take_s

WHY = SafeText("The server refused it.")


def budget(remaining: int, reset_s: float | None = None, *, waiting: int = 0, limited: bool = False) -> BudgetView:
    return BudgetView(RateLimitClass.KILL, 30, remaining, reset_s, waiting, 12.0 if waiting else 0.0, limited)


def state(drops: int = 0, kills: int = 10) -> BulkKillState:
    rows = [RowId(n) for n in range(drops + kills)]
    return BulkKillState(KillPlan(tuple(rows[:drops]), tuple(rows[drops:]), {}, {}))


@pytest.mark.parametrize(
    ("kills", "view", "seconds"),
    [
        (0, budget(30), 0.0),
        (30, budget(30), 0.0),
        (31, budget(30), 60.0),  # no header told when the window ends: a whole one
        (31, budget(30, 20.0), 20.0),
        (60, budget(30, 20.0), 20.0),
        (61, budget(30, 20.0), 80.0),  # the 31st of those that wait goes in the window after
        (1, budget(0, 20.0, waiting=1), 12.0),  # others wait already, and when the first of them goes is known
        (1, budget(30, 20.0, limited=True), 20.0),  # after a 429 what is left does not count
    ],
)
def test_kills_beyond_the_budget_go_when_a_window_ends(kills: int, view: BudgetView, seconds: float) -> None:
    """As many at once as the budget has, then thirty with each window."""
    assert kills_take_s(kills, view) == seconds


def test_the_report_counts_each_outcome_in_words() -> None:
    """In the order of the best first; outcomes that did not happen are left out."""
    work = state()
    for outcome in (KillOutcome.DROPPED, KillOutcome.CANCELLED, KillOutcome.CANCELLED, KillOutcome.ENDED):
        work.record(outcome)
    work.record(KillOutcome.ASKED)
    work.record(KillOutcome.NOT_KILLED, WHY)
    work.waiting.clear()
    report = work.report()
    assert report.words == (
        "Kills done: 2 cancelled, 1 dropped before being sent, 1 kill requested, not confirmed yet, 1 had ended, "
        "1 not killed. The server refused it."
    )
    assert (work.done, report.left, report.is_bad) == (6, 0, True)


@pytest.mark.parametrize(("left", "words"), [(1, "1 not affected."), (2, "2 not affected.")])
def test_a_report_of_a_stopped_one_says_what_is_left(left: int, words: str) -> None:
    """Prompts that were to be dropped count as well; nothing went wrong with them."""
    work = state(drops=1, kills=2)
    for _ in range(3 - left):
        work.waiting.popleft()
        work.record(KillOutcome.CANCELLED)
    work.stop()
    report = work.report()
    assert report.words == f"Kills stopped: {3 - left} cancelled, {words}"
    assert (report.left, report.is_bad) == (left, False)


def test_it_gives_up_after_five_failures_in_a_row() -> None:
    """Four are not enough, and one kill that worked makes the count begin again; the first reason is the one that is told."""
    work = state()
    for _ in range(4):
        work.record(KillOutcome.NOT_KILLED, WHY)
    work.record(KillOutcome.CANCELLED)
    for _ in range(4):
        work.record(KillOutcome.NOT_KILLED, SafeText("Another."))
    assert not work.stopped
    work.record(KillOutcome.NOT_KILLED, SafeText("Another."))
    assert work.stopped
    assert work.report().words.endswith("The server refused it.")


def test_a_kill_that_the_rate_limit_refuses_is_tried_three_times() -> None:
    """It goes before all others again; each row has tries of its own."""
    work = state(kills=2)
    row = work.waiting.popleft()
    assert work.put_back(row) and work.waiting[0] == row
    work.waiting.popleft()
    assert work.put_back(row)
    work.waiting.popleft()
    assert not work.put_back(row)
    assert work.put_back(work.waiting.popleft())
