"""Budgets to tell of."""

from collections.abc import Callable

import pytest

from cordage_tui.domain.budget import BudgetView, CallClass


@pytest.fixture
def budgets() -> Callable[..., tuple[BudgetView, ...]]:
    """The three budgets; `budgets(reads=36, reset_s=32.0)` sets what remains of each and the time to the reset."""

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
            BudgetView(CallClass.READ, 120, reads, reset_s, waiting, wait_s, limited, others_a_minute=others),
            BudgetView(CallClass.TRIGGER, 60, triggers, reset_s),
            BudgetView(CallClass.KILL, 30, kills, None),
        )

    return build
