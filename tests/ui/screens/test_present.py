"""What the screen makes of what the engine knows."""

import pytest

from cordage_tui.domain.budget import BudgetView, CallClass
from cordage_tui.domain.health import Health, WebhookHealth
from cordage_tui.domain.run import Tally
from cordage_tui.ui.screens.present import is_busy, overall

NOW = 1000.0


def test_the_whole_is_tried_again_with_its_first() -> None:
    """Of the webhooks that stand worst, the oldest data and the next try; what the others do is their own."""
    whole = overall(
        [
            WebhookHealth("a", Health.LIVE, None, 990.0, NOW + 1),
            WebhookHealth("b", Health.OFFLINE, None, 980.0, NOW + 40),
            WebhookHealth("c", Health.OFFLINE, None, 985.0, NOW + 20),
        ]
    )
    assert (whole.health, whole.ok_at, whole.next_at) == (Health.OFFLINE, 980.0, NOW + 20)


@pytest.mark.parametrize(
    ("health", "next_at", "busy"),
    [
        (Health.LIVE, NOW + 5, False),
        (Health.OFFLINE, None, False),
        (Health.OFFLINE, NOW - 1, False),
        (Health.OFFLINE, NOW + 5, True),
    ],
)
def test_a_try_that_is_told_counts_down(health: Health, next_at: float | None, busy: bool) -> None:
    """By the second, and only while it is ahead."""
    views = (BudgetView(CallClass.READ, 120, 120, None),)
    assert is_busy([Tally("a", 9)], views, WebhookHealth("a", health, None, None, next_at), NOW) is busy
