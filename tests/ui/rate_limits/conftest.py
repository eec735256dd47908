"""A model of the page of rate limits."""

from collections.abc import Callable
from typing import Any

import pytest

from cordage_tui.domain.rate_limit import BudgetView, RateLimitClass
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.webhook import DurationStats, HealthStatus, PollPlan, WebhookHealth
from cordage_tui.ui.rate_limits.tables import LimitsModel

NOW = 1000.0
NAMES = {
    "wh_b": SafeText("Sunset [/x]"),
    "wh_a": SafeText("portrait"),
    "wh_c": SafeText("Video of a long name indeed it is"),
}


def plan_of(key: str, active: int, next_in: float | None, period_s: float | None, **more: Any) -> PollPlan:
    """Return the plan of polling for a webhook."""
    health = more.get("health") or WebhookHealth(key, HealthStatus.LIVE, None, NOW - 2)
    next_at = None if next_in is None else NOW + next_in
    return PollPlan(key, active, next_at, period_s, more.get("reads", 1), more.get("learned"), health)


PLANS = (
    plan_of("wh_b", 12, 3.2, 2.84, learned=DurationStats(1040, 4.0, 95.0, 130.9), reads=3),
    plan_of("wh_a", 0, 27.0, 30.0),
    plan_of(
        "wh_c", 1, None, None, health=WebhookHealth("wh_c", HealthStatus.GONE, SafeText("Cordage knows no such webhook."), NOW - 130)
    ),
)  # fmt: skip
BUDGETS = (
    BudgetView(RateLimitClass.READ, 120, 41, 31.4, ours=19, others_a_minute=60.4),
    BudgetView(RateLimitClass.TRIGGER, 60, 58, None, ours=2),
    BudgetView(RateLimitClass.KILL, 30, 0, 12.0, others_a_minute=0.0),
)


@pytest.fixture
def account() -> Callable[..., LimitsModel]:
    """Return `account(field=…)`, the model of three webhooks: one busy and known, one idle and unknown, one gone."""

    def build(**changed: Any) -> LimitsModel:
        fields = {
            "budgets": BUDGETS,
            "plans": PLANS,
            "names": NAMES,
            "health": WebhookHealth("", HealthStatus.LIVE, None, NOW - 2),
            "refused": None,
            "follows": False,
            "told_at": NOW,
        }
        return LimitsModel(**(fields | changed))

    return build
