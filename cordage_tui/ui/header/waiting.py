"""Whether calls of one class wait, why, and what others spend: the words, and how steady their figures are held."""

from typing import Final

from cordage_tui.domain.rate_limit import BudgetView, RateLimitClass
from cordage_tui.domain.text import SafeText

WORTH_SAYING_S: Final = 3.0
"""Pacing makes polls wait a moment all day long; only a longer wait is news."""

STEP: Final = 10
"""What others spend is told in steps of this many calls a minute: it wobbles, and an idle screen does not."""
FEWEST: Final = 5.0
"""Fewer calls a minute than this are not told: windows turn, and the count is not that good."""
RESERVED: Final = 8
"""Of the reads, about the last eighth is not for polling (FAULTS.md A4: background stops at m ≤ r·L)."""
SLACK: Final = 8.0
"""A figure stays while the true one is no further off than this, so that it does not go to and fro at the edge of a step."""


def waits(view: BudgetView) -> bool:
    """Calls of this class are held back long enough for a person to notice."""
    return view.limited or (view.waiting > 0 and view.wait_s >= WORTH_SAYING_S)


def others(view: BudgetView, before: int = 0) -> int:
    """What others spend, in calls a minute, coarsely; 0: nothing worth telling, or not known. `before` is what was told last."""
    now = view.others_a_minute
    if now is None:
        return 0
    if before and abs(now - before) <= SLACK and now >= FEWEST / 2:
        return before
    return 0 if now < FEWEST else max(STEP, STEP * round(now / STEP))


def why(view: BudgetView, others_a_minute: int) -> SafeText:
    """Why calls of this class wait. `others_a_minute` as `others` tells it."""
    if view.limited:
        return SafeText("429")
    if others_a_minute:
        return SafeText(f"others use {others_a_minute}/min")
    if view.remaining <= 0:
        return SafeText(f"all {view.limit} are spent")
    if view.call_class is not RateLimitClass.READ:
        return SafeText(f"{view.limit} a minute")
    kept = RESERVED * view.remaining <= view.limit
    return SafeText(f"the last {view.remaining} are for your own keys" if kept else "spread over the minute")
