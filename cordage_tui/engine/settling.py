"""How long it takes until a list shows a run: the longest a lost answer's run may stay unseen (FAULTS.md B5, 1)."""

from collections.abc import Collection
from contextlib import suppress
from typing import Final

from cordage_tui.domain.run import RowId
from cordage_tui.engine.session import EngineContext
from cordage_tui.store.errors import StoreError

LEAST_S: Final = 120.0
"""Nobody is called unseen sooner, however fast lists have been."""
MOST_S: Final = 3600.0
MARGIN: Final = 1.5
"""Beyond the longest of the latest runs: of some hundreds that is their 99.9th percentile."""
SLEPT_S: Final = 120.0
"""Where no list was read for longer before a run was first seen, the time says how long nobody looked."""


class ListingLatency:
    """Learned from the runs that this process sent and whose lists it reads."""

    def __init__(self, session: EngineContext) -> None:
        self._session = session
        self._doubts = session.store.doubts
        self._awaited: dict[str, dict[str, tuple[RowId, float]]] = {}
        self._listed_at: dict[str, float] = {}

    def accepted(self, webhook_key: str, run_id: str, row: RowId, sent_at: float) -> None:
        """That prompt, sent at `sent_at` (monotonic seconds), is that run."""
        awaited = self._awaited.get(webhook_key, {})
        recent = {other: found for other, found in awaited.items() if sent_at - found[1] < MOST_S}
        self._awaited[webhook_key] = {**recent, run_id: (row, sent_at)}

    def listed(self, webhook_key: str, run_ids: Collection[str]) -> None:
        """A list has just named these."""
        now, before = self._session.clock.monotonic(), self._listed_at.get(webhook_key)
        self._listed_at[webhook_key] = now
        awaited = self._awaited.get(webhook_key, {})
        for run_id in [run_id for run_id in awaited if run_id in run_ids]:
            row, sent_at = awaited.pop(run_id)
            if now - (sent_at if before is None else max(before, sent_at)) <= SLEPT_S:
                with suppress(StoreError):  # one sample less
                    self._doubts.listed(row, now - sent_at)

    def settle_s(self, webhook_key: str) -> float:
        """Seconds after which a list that does not show a run speaks against it. Raises StoreError."""
        longest = max(self._doubts.settling_s(self._session.profile, webhook_key), default=0.0)
        return min(max(LEAST_S, MARGIN * longest), MOST_S)
