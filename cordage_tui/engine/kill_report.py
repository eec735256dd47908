"""Reports of kills, single and bulk."""

from collections.abc import Mapping
from enum import StrEnum

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.run import RowId
from cordage_tui.domain.text import SafeText


class KillOutcome(StrEnum):
    """Outcome of a kill."""

    CANCELLED = "cancelled"
    """Confirmed by a read."""
    ASKED = "asked"
    """The kill may have worked but no read has confirmed it yet; the row shows `killing` until then."""
    ENDED = "ended"
    """The run had ended before the kill arrived."""
    DROPPED = "dropped"
    """Not sent yet, and dropped from the list."""
    NOT_KILLED = "not killed"
    """The run continues, as far as is known."""


@dataclass(frozen=True, slots=True)
class KillReport:
    """Report of a kill, worded for the user."""

    row: RowId
    outcome: KillOutcome
    words: SafeText
    answered: bool = True
    """For ASKED: the server accepted the kill; False: no answer."""
    limited: bool = False
    """For NOT_KILLED: the server's rate limit refused the call, which did nothing and may be repeated."""
    hopeless: bool = False
    """For NOT_KILLED: a retry is useless, as the server knows no such run or the settings are wrong."""


@dataclass(frozen=True, slots=True)
class BulkKillReport:
    """Report of a bulk kill."""

    outcomes: Mapping[KillOutcome, int]
    left: int
    """Rows that were not tried, because it was stopped or gave up; their runs continue."""
    words: SafeText

    @property
    def is_bad(self) -> bool:
        """Return whether a kill failed."""
        return self.outcomes.get(KillOutcome.NOT_KILLED, 0) > 0
