"""Rate budgets as a bar and in words. Pure functions."""

from typing import Final

from textual.content import Content

from cordage_tui.domain.rate_limit import BudgetView, RateLimitClass
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.widgets.text import coloured_bar

BAR: Final = 8
"""Cells of the bar."""


def is_short(view: BudgetView) -> bool:
    """Return True if less than half is left: then the figure is exact."""
    return 2 * view.remaining < view.limit


def exact(view: BudgetView) -> int:
    """Cells to fill for what is left; 0 only when nothing is."""
    if view.remaining <= 0 or view.limit <= 0:
        return 0
    return min(BAR, max(1, BAR * view.remaining // view.limit))


def bar(filled: int, short: bool) -> Content:
    """Draw `filled` cells of `BAR`; of a budget that is `short`, in the colour of waiting."""
    return coloured_bar(filled / BAR, BAR, "$run-wait" if short else "$quiet")


# Waiting calls of one class, and use by other clients, in words.

WORTH_SAYING_S: Final = 3.0
"""Shortest wait that is shown, seconds: pacing makes polls wait a moment all day long."""

STEP: Final = 10
"""Step of the figure of others, calls a minute: the figure wobbles, and an idle screen does not."""
FEWEST: Final = 5.0
"""Least figure of others that is shown, calls a minute: windows turn, and the count is not that good."""
RESERVED: Final = 8
"""Share of the reads that is not for polling, about the last eighth (docs/polling.md 4: background stops at m ≤ r·L)."""
SLACK: Final = 8.0
"""Distance from the true figure up to which the shown one stays, so that it does not go to and fro at the edge of a step."""


def waits(view: BudgetView) -> bool:
    """Return True if calls of this class are held back long enough for a person to notice."""
    return view.limited or (view.waiting > 0 and view.wait_s >= WORTH_SAYING_S)


def others(view: BudgetView, before: int = 0) -> int:
    """Calls a minute of others, coarsely; 0: too few to show, or not known. `before`: the figure shown last."""
    now = view.others_a_minute
    if now is None:
        return 0
    if before and abs(now - before) <= SLACK and now >= FEWEST / 2:
        return before
    return 0 if now < FEWEST else max(STEP, STEP * round(now / STEP))


def why(view: BudgetView, others_a_minute: int) -> SafeText:
    """Reason why calls of this class wait. `others_a_minute`: from `others`."""
    if view.limited:
        return SafeText("429")
    if others_a_minute:
        return SafeText(f"others use {others_a_minute}/min")
    if view.remaining <= 0:
        return SafeText("limit reached")
    if view.call_class is not RateLimitClass.READ:
        return SafeText(f"{view.limit}/min")
    kept = RESERVED * view.remaining <= view.limit
    return SafeText(f"{view.remaining} reads reserved for you" if kept else "spread over the minute")
