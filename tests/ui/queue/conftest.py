"""Prompts that wait, and a queue of as many as one likes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from cordage_tui.domain.outbox import QueueItem
from cordage_tui.domain.run import OutboxState, RowId
from cordage_tui.domain.text import SafeText

NOW = 1_000_000.0


def waiting(row: int, state: OutboxState = OutboxState.QUEUED, **told: Any) -> QueueItem:
    values: dict[str, Any] = {
        "webhook_key": "wh_a",
        "prompt": SafeText(f"prompt {row}"),
        "submitted_at": NOW - 130,
        "sent_at": None,
        "note": None,
        "checks": 0,
        "next_check": None,
        "batch": None,
    }
    return QueueItem(RowId(row), state=state, **(values | told))


@dataclass
class Line:
    """A queue in memory, which counts how often it is asked, and for how much."""

    rows: list[QueueItem]
    asked: list[int] = field(default_factory=list)

    def waiting(self, offset: int = 0, limit: int = 1_000) -> list[QueueItem]:
        self.asked.append(limit)
        return self.rows[offset : offset + limit]

    def ahead(self, row: RowId) -> int | None:
        return next((i for i, w in enumerate(self.rows) if w.row == row), None)


@pytest.fixture
def prompt() -> Callable[..., QueueItem]:
    """`prompt(row, state, field=…)`: one that waits since 130 s before `NOW`."""
    return waiting


@pytest.fixture
def line() -> Callable[[int], Line]:
    """`line(n)`: a queue of n prompts, rows 1 to n."""
    return lambda count: Line([waiting(row) for row in range(1, count + 1)])
