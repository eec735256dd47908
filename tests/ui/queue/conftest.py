"""Waiting prompts, and a queue of any length in memory."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import QueueItem
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText

NOW = 1_000_000.0


def waiting(row: int, state: OutboxState = OutboxState.QUEUED, **fields: Any) -> QueueItem:
    """Return a prompt that has waited for 130 s at `NOW`."""
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
    return QueueItem(RowId(row), state=state, **(values | fields))


@dataclass
class Line:
    """Queue in memory, which records the number of rows that are requested."""

    rows: list[QueueItem]
    requested: list[int] = field(default_factory=list)

    def waiting(self, offset: int = 0, limit: int = 1_000) -> list[QueueItem]:
        self.requested.append(limit)
        return self.rows[offset : offset + limit]

    def ahead(self, row: RowId) -> int | None:
        return next((i for i, w in enumerate(self.rows) if w.row == row), None)


@pytest.fixture
def prompt() -> Callable[..., QueueItem]:
    """Return `prompt(row, state, field=…)`, which makes a prompt that has waited since 130 s before `NOW`."""
    return waiting


@pytest.fixture
def line() -> Callable[[int], Line]:
    """Return `line(n)`, which makes a queue of n prompts with the rows 1 to n."""
    return lambda count: Line([waiting(row) for row in range(1, count + 1)])
