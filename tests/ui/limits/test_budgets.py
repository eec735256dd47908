"""The budgets and what waits, as lines."""

from dataclasses import replace

import pytest

from cordage_tui.domain.rate_limit import BudgetView, RateLimitClass
from cordage_tui.domain.text import SafeText
from cordage_tui.domain.webhook import HealthStatus, WebhookHealth
from cordage_tui.ui.limits.tables import budget_lines, standing_lines

NOW = 1000.0


def drawn(lines) -> list[str]:
    return [line.plain for line in lines]


def told(account, **changed) -> list[str]:
    """The standing's lines with single spaces."""
    return [" ".join(line.split()) for line in drawn(standing_lines(account(**changed), 90))]


def test_each_budget_has_its_line(account) -> None:
    """Numbers stand right-aligned under their titles; what nobody knows is a dash, not a nought."""
    assert drawn(budget_lines(account(), 80)) == [
        "                      remaining   limit   local  other clients  resets in",
        "reads       ▰▰▱▱▱▱▱▱         41     120  19/min         60/min        32s",
        "triggers    ▰▰▰▰▰▰▰▱         58      60   2/min              —          —",
        "kills       ▱▱▱▱▱▱▱▱          0      30   0/min          0/min        12s",
    ]


@pytest.mark.parametrize("width", [20, 40, 45, 60, 70])
def test_a_narrow_page_keeps_what_is_left_and_who_spent_it(account, width: int) -> None:
    """Columns give way whole; bar, limit and our own share first."""
    titles, reads, *_ = drawn(budget_lines(account(), width))
    assert "remaining" in titles and "other clients" in titles
    assert "41" in reads and "60/min" in reads


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (BudgetView(RateLimitClass.READ, 120, 0, 30.0, 1, 11.2, others_a_minute=95.0), "waiting 1 read, 12s (others use 100/min)"),
        (BudgetView(RateLimitClass.READ, 120, 0, 30.0, 3, 29.1, limited=True), "waiting reads limited, 30s (429)"),
        (BudgetView(RateLimitClass.KILL, 30, 0, 30.0, 188, 4.0), "waiting 188 kills, 4s (limit reached)"),
        (BudgetView(RateLimitClass.READ, 120, 90, 30.0, 1, 0.6), "waiting none"),
    ],
)  # fmt: skip
def test_what_waits_says_for_what(account, view: BudgetView, words: str) -> None:
    """Which calls, how many, how long and why; a moment of pacing is no waiting."""
    assert told(account, budgets=(view,))[2:] == [words]


def test_two_waits_have_two_lines(account) -> None:
    """One budget's trouble does not hide another's."""
    views = [BudgetView(kind, 30, 0, 30.0, 2, 9.0) for kind in (RateLimitClass.READ, RateLimitClass.KILL)]
    assert told(account, budgets=tuple(views))[2:] == [
        "waiting 2 reads, 9s (limit reached)",
        "2 kills, 9s (limit reached)",
    ]


def test_who_polls_is_told(account) -> None:
    """This window or another one of the same machine."""
    assert told(account)[1] == "polled by this window"
    assert told(account, follows=True)[1].startswith("polled by another window")


@pytest.mark.parametrize(
    ("health", "refused", "words"),
    [
        (HealthStatus.LIVE, None, "key accepted"),
        (HealthStatus.GONE, None, "key accepted"),
        (HealthStatus.LOADING, None, "key accepted"),
        (HealthStatus.OFFLINE, None, "key ⊘ offline, next try in 20s"),
        (HealthStatus.LIVE, SafeText("Invalid API key"), "key ✖ refused: Invalid API key"),
    ],
)
def test_the_key_is_told_of(account, health: HealthStatus, refused: SafeText | None, words: str) -> None:
    """Whether the server takes it, as far as is known, and when that is tried again."""
    whole = replace(WebhookHealth("", health), next_at=NOW + 19.5)
    assert told(account, health=whole, refused=refused)[0] == words
