"""Why calls wait, and what others spend, as pure functions."""

import pytest

from cordage_tui.domain.rate_limit import BudgetView, RateLimitClass
from cordage_tui.ui.widgets.budget import others, waits, why


def view(kind: RateLimitClass = RateLimitClass.READ, remaining: int = 50, **more: object) -> BudgetView:
    return BudgetView(kind, 120, remaining, 30.0, **more)


@pytest.mark.parametrize(
    ("now", "before", "told"),
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
def test_others_are_told_coarsely(now: float | None, before: int, told: int) -> None:
    """In tens; little is nothing, and what was told stays while it is nearly true."""
    assert others(view(others_a_minute=now), before) == told


@pytest.mark.parametrize(
    ("budget", "spent", "words"),
    [
        (view(remaining=0, limited=True), 90, "429"),
        (view(remaining=4), 90, "others use 90/min"),
        (view(remaining=0), 0, "limit reached"),
        (view(remaining=12), 0, "12 reads reserved for you"),
        (view(remaining=40), 0, "spread over the minute"),
        (view(RateLimitClass.TRIGGER, remaining=40), 0, "120/min"),
    ],
)
def test_there_is_always_a_reason(budget: BudgetView, spent: int, words: str) -> None:
    """The one that the user can do most about comes first."""
    assert why(budget, spent) == words


def test_only_a_long_wait_is_one() -> None:
    """Pacing alone is none; a 429 always is."""
    assert waits(view(waiting=1, wait_s=3.0)) and waits(view(limited=True))
    assert not waits(view(waiting=1, wait_s=2.9)) and not waits(view(waiting=0, wait_s=9.0))
