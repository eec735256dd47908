"""Reports of kills, single and bulk."""

from collections.abc import Mapping
from enum import StrEnum

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.run import RowId
from cordage_tui.domain.text import SafeText


class KillOutcome(StrEnum):
    """Outcome of a kill."""

    CANCELLED = "cancelled"
    """A read confirms it."""
    ASKED = "asked"
    """The kill may have worked and no read has confirmed it yet; the row shows `killing` until one tells."""
    ENDED = "ended"
    """It had ended by itself before the kill arrived."""
    DROPPED = "dropped"
    """It was still only ours, and is off the list."""
    NOT_KILLED = "not killed"
    """It goes on, as far as we know."""


@dataclass(frozen=True, slots=True)
class KillReport:
    """Report of a kill, worded for the user."""

    row: RowId
    outcome: KillOutcome
    words: SafeText
    answered: bool = True
    """Asked, and the server said that it took the kill; False: asked, and nobody knows."""
    limited: bool = False
    """Not killed, because the server's rate limit refused the call: it did nothing and may be repeated."""
    hopeless: bool = False
    """Not killed, and trying again is of no use: the server knows no such run, or the settings lead nowhere."""


@dataclass(frozen=True, slots=True)
class BulkKillReport:
    """Report of a bulk kill."""

    outcomes: Mapping[KillOutcome, int]
    left: int
    """Rows that were not tried, because it was stopped or gave up; they go on."""
    words: SafeText

    @property
    def is_bad(self) -> bool:
        """Return whether a kill failed."""
        return self.outcomes.get(KillOutcome.NOT_KILLED, 0) > 0
