"""Share of a number of runs, with its confidence interval."""

import math
from typing import Final

from cordage_tui.domain.base.fast_dataclass import dataclass

_Z: Final = 1.959963984540054
"""Quantile of the standard normal distribution for 95 %."""


@dataclass(frozen=True, slots=True)
class Proportion:
    """Share of a number of runs."""

    count: int
    of: int

    @property
    def share(self) -> float | None:
        """Return the share, 0 to 1; None: of nothing."""
        return self.count / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % confidence interval of the share; None: of nothing.

        The score interval of Wilson (1927), which also holds for few runs and for shares near 0 and 1 (Brown, Cai and
        DasGupta 2001).
        """
        if not self.of:
            return None
        share, n = self.count / self.of, self.of
        centre = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
        reach = _Z / (1 + _Z**2 / n) * math.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
        return (
            0.0 if not self.count else max(0.0, centre - reach),
            1.0 if self.count == n else min(1.0, centre + reach),
        )
