"""Pending requests, by which a server that hangs is noticed before a deadline."""

from collections.abc import Mapping
from typing import Final

Ticket = int
"""Names one request that is on the wire."""

_NEVER: Final = float("-inf")


class PendingRequests:
    """Requests on the wire without an answer. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._started: dict[Ticket, tuple[str, float]] = {}
        self._answered: dict[str, float] = {}
        self._count = 0

    def add(self, webhook_key: str, now: float) -> Ticket:
        """Add a request for a webhook that goes out."""
        self._count += 1
        self._started[self._count] = webhook_key, now
        return self._count

    def end(self, ticket: Ticket) -> None:
        """Remove a request that was answered or given up."""
        webhook_key, started = self._started.pop(ticket)
        self._answered[webhook_key] = max(started, self._answered.get(webhook_key, _NEVER))

    def ages(self, now: float) -> Mapping[str, float]:
        """Map webhook keys to the seconds that their oldest request has waited. One that went out before another that
        has ended does not count: the server answers, and that request is lost."""
        ages: dict[str, float] = {}
        for webhook_key, started in self._started.values():
            if started >= self._answered.get(webhook_key, _NEVER):
                ages[webhook_key] = max(now - started, ages.get(webhook_key, 0.0))
        return ages
