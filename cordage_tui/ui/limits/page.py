"""The page's lines, top to bottom, as a pure function; and the same as plain text."""

from typing import Final

from textual.content import Content

from cordage_tui.domain.text import SafeText
from cordage_tui.ui.detail.layout import heading
from cordage_tui.ui.limits.account import LimitsModel, SortOrder
from cordage_tui.ui.limits.budgets import budget_lines, standing_lines
from cordage_tui.ui.limits.webhooks import webhook_lines

WIDEST: Final = 128
"""Cells that lines take at most: eyes lose the line in wider tables."""
COPIED: Final = 120
"""Cells of a line in the copy."""


def page_lines(account: LimitsModel, order: SortOrder, width: int) -> list[Content]:
    """Budgets, key and waits, webhooks, in at most `width` cells."""
    inner = max(1, min(width, WIDEST))
    return [
        *heading(SafeText("Budgets"), width)[1:],
        *budget_lines(account, inner),
        Content(""),
        *standing_lines(account, inner),
        *heading(SafeText("Webhooks"), width),
        *webhook_lines(account, order, inner),
    ]


def page_text(account: LimitsModel, order: SortOrder) -> SafeText:
    """What goes to the clipboard: all lines, whatever is in view. Webhook keys are not in it, as they are not on the page."""
    return SafeText("\n".join(line.plain.rstrip() for line in page_lines(account, order, COPIED)) + "\n")
