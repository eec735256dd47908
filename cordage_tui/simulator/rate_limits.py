"""Rate limits: three budgets for each API key, and their headers (docs/dev/wire-contract.md, rate limits)."""

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from math import ceil

Headers = list[tuple[str, str]]
_MALFORMED = ("nan", "inf", "1e9", "1_0", "١٢", "0x10", "", "60, 59", "-5", "9" * 30)


class Budget(StrEnum):
    """Rate budgets."""

    TRIGGER = "trigger"
    READ = "read"
    KILL = "kill"


class RateWindow(StrEnum):
    """Kinds of windows. FIXED: opens with the first call, and resets as a whole. SLIDING: each call expires on its own."""

    FIXED = "fixed"
    SLIDING = "sliding"


class HeaderMode(StrEnum):
    """Variants of the `X-RateLimit-*` headers."""

    DOCUMENTED = "documented"
    MISSING = "missing"
    MALFORMED = "malformed"
    """Invalid values, different in each response."""
    LYING = "lying"
    """Always a full budget, and a reset in an hour and a half."""
    EPOCH = "epoch"
    """`Reset` is the epoch second of the reset."""


class RetryHint(StrEnum):
    """Places of `retry_after` in a 429."""

    BODY = "body"
    HEADER = "header"
    BOTH = "both"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class LimitPlan:
    """Limits of a workspace, the same for each API key."""

    trigger: int = 60
    read: int = 120
    kill: int = 30
    window_s: float = 60.0
    window: RateWindow = RateWindow.FIXED
    headers: HeaderMode = HeaderMode.DOCUMENTED
    retry: RetryHint = RetryHint.BODY

    def limit(self, budget: Budget) -> int:
        """Return the calls allowed in one window."""
        return {Budget.TRIGGER: self.trigger, Budget.READ: self.read, Budget.KILL: self.kill}[budget]


@dataclass(frozen=True, slots=True)
class BudgetState:
    """State of a rate budget after a call."""

    allowed: bool
    limit: int
    remaining: int
    reset_s: int
    """Whole seconds, rounded up, until the window resets (sliding: until the oldest call expires)."""


class Limiter:
    """Counts the calls of every API key. Refused calls are not counted."""

    def __init__(self, plan: LimitPlan) -> None:
        self.plan = plan
        """May be replaced at any time."""
        self._calls: dict[tuple[str, Budget], deque[float]] = {}
        self._answers = 0

    def draw(self, api_key: str, budget: Budget, now: float) -> BudgetState:
        """Count one call at `now` if the budget has room for it."""
        calls = self._calls_in_window(api_key, budget, now)
        allowed = len(calls) < self.plan.limit(budget)
        if allowed:
            calls.append(now)
        return self._state(calls, budget, now, allowed)

    def budget_state(self, api_key: str, budget: Budget, now: float) -> BudgetState:
        """Return the state of a budget without a call."""
        return self._state(self._calls_in_window(api_key, budget, now), budget, now, allowed=True)

    def spend(self, api_key: str, budget: Budget, calls: int, now: float) -> None:
        """Count calls of another program with the same key."""
        self._calls_in_window(api_key, budget, now).extend([now] * calls)

    def headers(self, reading: BudgetState, now: float) -> Headers:
        """Return the `X-RateLimit-*` headers of a response sent at `now`."""
        names = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
        self._answers += 1
        match self.plan.headers:
            case HeaderMode.MISSING:
                return []
            case HeaderMode.MALFORMED:
                texts = [_MALFORMED[(self._answers + place) % len(_MALFORMED)] for place in range(3)]
            case HeaderMode.LYING:
                texts = [str(reading.limit), str(reading.limit), "5400"]
            case HeaderMode.EPOCH:
                texts = [str(reading.limit), str(reading.remaining), str(ceil(now) + reading.reset_s)]
            case HeaderMode.DOCUMENTED:
                texts = [str(reading.limit), str(reading.remaining), str(reading.reset_s)]
        return list(zip(names, texts, strict=True))

    def _calls_in_window(self, api_key: str, budget: Budget, now: float) -> deque[float]:
        calls = self._calls.setdefault((api_key, budget), deque())
        if self.plan.window is RateWindow.FIXED:
            if calls and now >= calls[0] + self.plan.window_s:
                calls.clear()
        else:
            while calls and now >= calls[0] + self.plan.window_s:
                calls.popleft()
        return calls

    def _state(self, calls: deque[float], budget: Budget, now: float, allowed: bool) -> BudgetState:
        limit = self.plan.limit(budget)
        reset_s = calls[0] + self.plan.window_s - now if calls else self.plan.window_s
        return BudgetState(allowed, limit, max(0, limit - len(calls)), ceil(reset_s))
