"""What a bulk kill has still to do, and what has come of it so far."""

import asyncio
from collections import Counter, deque
from collections.abc import Mapping
from typing import Final

from cordage_tui.domain.advice import action_of, advised
from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.run import RowId
from cordage_tui.domain.text import SafeText
from cordage_tui.engine.bulk_plan import KillPlan
from cordage_tui.engine.killer import KillOutcome
from cordage_tui.engine.words import join_sentences

GIVE_UP_AFTER: Final = 5
"""Kills that fail one after the other: the rest would most likely fail too, and each costs a call."""
TRIES: Final = 3
"""Of one kill that the server's rate limit refuses."""

_SAID: Final = {
    KillOutcome.CANCELLED: "cancelled",
    KillOutcome.DROPPED: "dropped before being sent",
    KillOutcome.ASKED: "asked to end, not confirmed yet",
    KillOutcome.ENDED: "had ended",
    KillOutcome.NOT_KILLED: "not killed",
}
"""How a report counts each outcome, in its order."""


@dataclass(frozen=True, slots=True)
class BulkKillReport:
    """What a bulk kill came to."""

    outcomes: Mapping[KillOutcome, int]
    left: int
    """Rows that were not tried, because it was stopped or gave up; they go on."""
    words: SafeText

    @property
    def is_bad(self) -> bool:
        """Something was meant to be killed and was not."""
        return self.outcomes.get(KillOutcome.NOT_KILLED, 0) > 0


class BulkKillState:
    """Of one bulk kill."""

    def __init__(self, plan: KillPlan) -> None:
        self.total = plan.total
        self.drops = deque(plan.drops)
        self.waiting = deque(plan.kills)
        """Not sent yet, next first."""
        self.asking: set[asyncio.Future[None]] = set()
        """Those that wait for budget."""
        self.stopped = False
        self._outcomes: Counter[KillOutcome] = Counter()
        self._tries: Counter[RowId] = Counter()
        self._failures = 0
        self._why: SafeText | None = None

    @property
    def done(self) -> int:
        """Rows about which there is nothing more to do."""
        return self._outcomes.total()

    def ended(self, outcome: KillOutcome, words: SafeText | None = None) -> None:
        """One row is done with; `words`: why, if it was not killed."""
        self._outcomes[outcome] += 1
        if outcome is not KillOutcome.NOT_KILLED:
            self._failures = 0
            return
        self._why = self._why or words
        self._failures += 1
        if self._failures >= GIVE_UP_AFTER:
            self.stop()

    def again(self, row: RowId) -> bool:
        """Puts a row back whose kill was refused by the limit; False when that has been tried often enough."""
        self._tries[row] += 1
        if self._tries[row] >= TRIES:
            return False
        self.waiting.appendleft(row)
        return True

    def give_up(self, why: SafeText) -> None:
        """No further kill can be sent."""
        self._why = self._why or why
        self.stop()

    def stop(self) -> None:
        """No further kill is to be sent."""
        self.stopped = True
        for asking in self.asking:
            asking.cancel()

    def report(self) -> BulkKillReport:
        """`Kills stopped: 12 cancelled, 188 left as they are.`"""
        left = len(self.drops) + len(self.waiting)
        counted = [f"{self._outcomes[kind]} {said}" for kind, said in _SAID.items() if self._outcomes[kind]]
        if left:
            counted.append(f"{left} left as {'it is' if left == 1 else 'they are'}")
        lead = "Kills stopped: " if self.stopped else "Kills done: "
        words = join_sentences(lead + ", ".join(counted), self._why or "")
        return BulkKillReport(dict(self._outcomes), left, advised(words, action_of(self._why)))
