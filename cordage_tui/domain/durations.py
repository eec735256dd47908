"""What finished runs teach about how long the next one takes."""

from dataclasses import dataclass
from typing import Final, Self

from cordage_tui.domain.plan import Learned

PRIOR_S: Final = 120.0
"""How long a run is thought to take before any has been seen to end."""


@dataclass(frozen=True, slots=True)
class Durations:
    """The durations of one webhook's runs. A run is told by `waited_s`, seconds since it was created, and `running_s`,
    seconds since it began to run; None where it has not begun, or where that is not known."""

    runs: int
    """How many finished runs it rests on."""
    mean_s: float
    """Mean seconds from creation to the end."""

    @classmethod
    def memoryless(cls, mean_s: float = PRIOR_S, runs: int = 0) -> Self:
        """Any moment is as likely to be the last as any other."""
        return cls(runs, mean_s)

    def hazard(self, waited_s: float | None, running_s: float | None) -> float:
        """Expected completions a second of one such run, now; never 0. A table look-up: a schedule asks for each run."""
        return 1.0 / self.mean_s

    def left_s(self, waited_s: float | None, running_s: float | None) -> float | None:
        """Median seconds until such a run ends; None: too little history."""
        return None

    def progress(self, waited_s: float | None, running_s: float | None) -> float | None:
        """How far such a run is, from 0 up to but never 1; None: too little history."""
        return None

    def is_slow(self, running_s: float) -> bool:
        """It runs longer than 95 % of the past ones did; False with too little history."""
        return False

    def learned(self) -> Learned | None:
        """The figures, for people; None: too little history."""
        return None
