"""Rate budgets as a bar and as text. Pure functions."""

from typing import Final

from textual.content import Content

from cordage_tui.domain.rate_limit import BudgetView, RateLimitClass
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.widgets.text import coloured_bar

BAR: Final = 8
"""Cells of the bar."""


def is_short(view: BudgetView) -> bool:
    """Return True if less than half is left. Then the figure is exact."""
    return 2 * view.remaining < view.limit


def exact(view: BudgetView) -> int:
    """Return the cells to fill for the remaining calls; 0 only if none remain."""
    if view.remaining <= 0 or view.limit <= 0:
        return 0
    return min(BAR, max(1, BAR * view.remaining // view.limit))


def bar(filled: int, short: bool) -> Content:
    """Draw `filled` cells of `BAR`. If the budget is `short`, they have the colour of waiting."""
    return coloured_bar(filled / BAR, BAR, "$run-wait" if short else "$quiet")


# Waiting calls of one class, and the use by other clients, as text.

WORTH_SAYING_S: Final = 3.0
"""Shortest wait that is shown, in seconds. Pacing makes polls wait a moment all the time."""

STEP: Final = 10
"""Step of the shown figure of others, in calls per minute. The true figure changes often, and an idle screen must not."""
FEWEST: Final = 5.0
"""Least shown figure of others, in calls per minute. The count is not exact, because windows of the limit change."""
RESERVED: Final = 8
"""Part of the reads that is not for polling: about the last eighth (docs/dev/polling.md 4: background stops at m ≤ r·L)."""
SLACK: Final = 8.0
"""Most difference between the true and the shown figure before that changes. So it does not flip at the edge of a step."""


def waits(view: BudgetView) -> bool:
    """Return True if calls of this class are held back long enough for a person to notice."""
    return view.limited or (view.waiting > 0 and view.wait_s >= WORTH_SAYING_S)


def others(view: BudgetView, before: int = 0) -> int:
    """Return the calls per minute of others in steps; 0: too few to show, or not known. `before`: the figure shown last."""
    figure = view.others_a_minute
    if figure is None:
        return 0
    if before and abs(figure - before) <= SLACK and figure >= FEWEST / 2:
        return before
    return 0 if figure < FEWEST else max(STEP, STEP * round(figure / STEP))


def why(view: BudgetView, others_a_minute: int) -> SafeText:
    """Return the reason why calls of this class wait. `others_a_minute`: from `others`."""
    if view.limited:
        return SafeText("429")
    if others_a_minute:
        return SafeText(f"others use {others_a_minute}/min")
    if view.remaining <= 0:
        return SafeText("limit reached")
    if view.call_class is not RateLimitClass.READ:
        return SafeText(f"{view.limit}/min")
    is_reserved = RESERVED * view.remaining <= view.limit
    return SafeText(f"{view.remaining} reads reserved for you" if is_reserved else "spread over the minute")
