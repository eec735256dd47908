"""When to read what: pure functions of what is known, the budget and now (FAULTS.md A1, A2)."""

from cordage_tui.engine.schedule.backoff import BACKOFF_CAP_S, backoff_s

__all__ = ["BACKOFF_CAP_S", "backoff_s"]
