"""Budgets and waiting requests, as lines."""

from dataclasses import replace

import pytest

from cordage_tui.domain.rate_limit import BudgetView, RateLimitClass
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.webhook import HealthStatus, WebhookHealth
from cordage_tui.ui.rate_limits.tables import budget_lines, standing_lines

NOW = 1000.0


def drawn(lines) -> list[str]:
    """Return the text of the lines."""
    return [line.plain for line in lines]


def status_lines(account, **changed) -> list[str]:
    """Return the lines of the standing with single spaces."""
    return [" ".join(line.split()) for line in drawn(standing_lines(account(**changed), 90))]


def test_each_budget_has_its_line(account) -> None:
    """Each budget has a line with numbers right-aligned under their titles, and a dash for unknown ones."""
    assert drawn(budget_lines(account(), 80)) == [
        "                      remaining   limit   local  other clients  resets in",
        "reads       ▰▰▱▱▱▱▱▱         41     120  19/min         60/min        32s",
        "triggers    ▰▰▰▰▰▰▰▱         58      60   2/min              —          —",
        "kills       ▱▱▱▱▱▱▱▱          0      30   0/min          0/min        12s",
    ]


@pytest.mark.parametrize("width", [20, 40, 45, 60, 70])
def test_a_narrow_page_keeps_what_is_left_and_who_spent_it(account, width: int) -> None:
    """On a narrow page whole columns are left out: bar, limit and local share first."""
    titles, reads, *_ = drawn(budget_lines(account(), width))
    assert "remaining" in titles and "other clients" in titles
    assert "41" in reads and "60/min" in reads


@pytest.mark.parametrize(
    ("view", "waiting_line"),
    [
        (BudgetView(RateLimitClass.READ, 120, 0, 30.0, 1, 11.2, others_a_minute=95.0), "waiting 1 read, 12s (others use 100/min)"),
        (BudgetView(RateLimitClass.READ, 120, 0, 30.0, 3, 29.1, limited=True), "waiting reads limited, 30s (429)"),
        (BudgetView(RateLimitClass.KILL, 30, 0, 30.0, 188, 4.0), "waiting 188 kills, 4s (limit reached)"),
        (BudgetView(RateLimitClass.READ, 120, 90, 30.0, 1, 0.6), "waiting none"),
    ],
)  # fmt: skip
def test_what_waits_says_for_what(account, view: BudgetView, waiting_line: str) -> None:
    """A waiting request shows its kind, number, time and reason, except for a short pacing."""
    assert status_lines(account, budgets=(view,))[2:] == [waiting_line]


def test_two_waits_have_two_lines(account) -> None:
    """Two budgets with waiting requests have a line each."""
    views = [BudgetView(kind, 30, 0, 30.0, 2, 9.0) for kind in (RateLimitClass.READ, RateLimitClass.KILL)]
    assert status_lines(account, budgets=tuple(views))[2:] == [
        "waiting 2 reads, 9s (limit reached)",
        "2 kills, 9s (limit reached)",
    ]


def test_the_polling_window_is_named(account) -> None:
    """A line says whether this window or another one polls."""
    assert status_lines(account)[1] == "read by this window"
    assert status_lines(account, follows=True)[1].startswith("read by another window")


@pytest.mark.parametrize(
    ("health", "refused", "key_line"),
    [
        (HealthStatus.LIVE, None, "key accepted"),
        (HealthStatus.GONE, None, "key accepted"),
        (HealthStatus.LOADING, None, "key accepted"),
        (HealthStatus.OFFLINE, None, "key ⊘ offline, next try in 20s"),
        (HealthStatus.LIVE, SafeText("Invalid API key"), "key ✖ refused: Invalid API key"),
    ],
)
def test_the_state_of_the_key_is_shown(account, health: HealthStatus, refused: SafeText | None, key_line: str) -> None:
    """A line says whether the server accepts the key, and when the next try is."""
    whole = replace(WebhookHealth("", health), next_at=NOW + 19.5)
    assert status_lines(account, health=whole, refused=refused)[0] == key_line
