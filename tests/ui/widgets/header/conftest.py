"""Budgets for the header."""

from collections.abc import Callable

import pytest

from cordage_tui.domain.rate_limit import BudgetView, RateLimitClass


@pytest.fixture
def budgets() -> Callable[..., tuple[BudgetView, ...]]:
    """Return `budgets(reads=36, reset_s=32.0)`, which makes the three budgets."""

    def build(
        reads: int = 101,
        triggers: int = 58,
        kills: int = 30,
        *,
        reset_s: float | None = 32.0,
        wait_s: float = 0.0,
        limited: bool = False,
        others: float | None = None,
    ) -> tuple[BudgetView, ...]:
        waiting = 3 if wait_s and not limited else 0
        return (
            BudgetView(RateLimitClass.READ, 120, reads, reset_s, waiting, wait_s, limited, others_a_minute=others),
            BudgetView(RateLimitClass.TRIGGER, 60, triggers, reset_s),
            BudgetView(RateLimitClass.KILL, 30, kills, None),
        )

    return build
