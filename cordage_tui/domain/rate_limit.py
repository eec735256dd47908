"""Rate budgets: three a key, each turning once a minute."""

from enum import StrEnum

from cordage_tui.domain.base.fast_dataclass import dataclass


class RateLimitClass(StrEnum):
    """The three separate budgets of a key (docs/dev/wire-contract.md, Facts)."""

    READ = "reads"
    TRIGGER = "triggers"
    KILL = "kills"


class Priority(StrEnum):
    """Priority of a call. Background work leaves a reserve of the budget untouched for the user's own keys."""

    USER = "user"
    BACKGROUND = "background"


PUBLISHED_LIMITS = {RateLimitClass.READ: 120, RateLimitClass.TRIGGER: 60, RateLimitClass.KILL: 30}
"""Calls a minute, as published; believed only until a response says otherwise."""


@dataclass(frozen=True, slots=True)
class RateLimitHeaders:
    """Rate-limit headers of one response. Each is None when missing or not to be believed."""

    limit: int | None = None
    remaining: int | None = None
    reset_s: float | None = None
    """Seconds until the window turns."""
    retry_after_s: float | None = None
    """Only on a 429: the longest wait that the body and the headers ask for."""


@dataclass(frozen=True, slots=True)
class BudgetView:
    """Rate budget of one class of calls at one moment, as screens show it."""

    call_class: RateLimitClass
    limit: int
    """Calls a window."""
    remaining: int
    """Calls left in this window, by the server's count if known, otherwise by ours."""
    reset_s: float | None
    """Seconds until the window turns; None: not known."""
    waiting: int = 0
    """Calls that wait for budget now."""
    wait_s: float = 0.0
    """Seconds until the first of them may go."""
    limited: bool = False
    """A 429 was answered, and its time is not over."""
    ours: int = 0
    """Calls of the last minute that this machine made with this key, in all its processes."""
    others_a_minute: float | None = None
    """Calls a minute that others make with this key, by the server's count less our own; None: not known."""
