"""The bar that tells how much of a budget is left."""

from typing import Final

from textual.content import Content

from cordage_tui.domain.rate_limit import BudgetView
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.ink import literal

BAR: Final = 8
"""Cells of the bar."""


def is_short(view: BudgetView) -> bool:
    """Less than half is left: it is told to the call from there on."""
    return 2 * view.remaining < view.limit


def exact(view: BudgetView) -> int:
    """Cells to fill for what is left; none only when nothing is."""
    if view.remaining <= 0 or view.limit <= 0:
        return 0
    return min(BAR, max(1, BAR * view.remaining // view.limit))


def bar(filled: int, short: bool) -> Content:
    """`filled` cells of `BAR`; of a budget that is `short`, in the colour of waiting."""
    left = literal(SafeText("▰" * filled), "$run-wait" if short else "$quiet")
    return Content.assemble(left, literal(SafeText("▱" * (BAR - filled)), "$edge"))
