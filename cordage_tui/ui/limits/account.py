"""What the page tells of, at one moment."""

from collections.abc import Mapping
from enum import StrEnum

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.rate_limit import BudgetView
from cordage_tui.domain.text import SafeText
from cordage_tui.domain.webhook import PollPlan, WebhookHealth


class SortOrder(StrEnum):
    """What the webhooks are sorted by; values are the titles of their columns."""

    NAME = "webhook"
    NEXT = "next"

    @property
    def other(self) -> "SortOrder":
        return SortOrder.NEXT if self is SortOrder.NAME else SortOrder.NAME


@dataclass(frozen=True, slots=True)
class LimitsModel:
    """The three budgets, the key, and the plan of each webhook."""

    budgets: tuple[BudgetView, ...]
    plans: tuple[PollPlan, ...]
    names: Mapping[str, SafeText]
    """Webhook key → the name to show."""
    health: WebhookHealth
    """How it goes with all of them together."""
    refused: SafeText | None
    """Why the server refuses the key; None while it does not."""
    follows: bool
    """Another process of this machine polls."""
    told_at: float
    """When all this was so, epoch seconds."""
