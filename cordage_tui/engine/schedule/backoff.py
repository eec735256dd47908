"""How much longer to wait after something failed."""

import random
from typing import Final

BACKOFF_CAP_S: Final = 60.0
"""Nothing that fails is tried less often than this."""


def longest_s(failures: int, most: int, cap_s: float) -> float:
    """Seconds that `backoff_s` comes to at most after that many failures, until there have been `most`."""
    return sum(min(cap_s, 2.0 ** min(count, 16)) for count in range(failures, most))


def backoff_s(failures: int, cap_s: float, rng: random.Random) -> float:
    """Full jitter (FAULTS.md A5): seconds between nothing and 2, 4, 8 … `cap_s` after that many failures in a row."""
    return rng.uniform(0.0, min(cap_s, 2.0 ** min(failures, 16))) if failures else 0.0
