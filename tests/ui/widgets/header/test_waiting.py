"""Reasons for waiting, and what others spend, as pure functions."""

import pytest

from cordage_tui.domain.rate_limit import BudgetView, RateLimitClass
from cordage_tui.ui.widgets.rate_budget import others, waits, why


def view(kind: RateLimitClass = RateLimitClass.READ, remaining: int = 50, **more: object) -> BudgetView:
    """Return the budget of a class."""
    return BudgetView(kind, 120, remaining, 30.0, **more)


@pytest.mark.parametrize(
    ("now", "before", "shown_rate"),
    [
        (None, 60, 0),
        (0.0, 0, 0),
        (4.9, 0, 0),
        (5.0, 0, 10),
        (4.9, 10, 10),
        (2.0, 10, 0),
        (95.4, 0, 100),
        (68.1, 60, 70),
    ],
)
def test_the_rate_of_others_is_rounded_and_steady(now: float | None, before: int, shown_rate: int) -> None:
    """The rate is shown in tens, a small one as zero, and stays while it is nearly right."""
    assert others(view(others_a_minute=now), before) == shown_rate


@pytest.mark.parametrize(
    ("budget", "spent", "reason"),
    [
        (view(remaining=0, limited=True), 90, "429"),
        (view(remaining=4), 90, "others use 90/min"),
        (view(remaining=0), 0, "limit reached"),
        (view(remaining=12), 0, "12 reads reserved for you"),
        (view(remaining=40), 0, "spread over the minute"),
        (view(RateLimitClass.TRIGGER, remaining=40), 0, "120/min"),
    ],
)
def test_there_is_always_a_reason(budget: BudgetView, spent: int, reason: str) -> None:
    """Every wait has a reason, first the one that the user can change most."""
    assert why(budget, spent) == reason


def test_only_a_long_wait_is_one() -> None:
    """Only a wait of three seconds or more, or a 429, counts as waiting."""
    assert waits(view(waiting=1, wait_s=3.0)) and waits(view(limited=True))
    assert not waits(view(waiting=1, wait_s=2.9)) and not waits(view(waiting=0, wait_s=9.0))
