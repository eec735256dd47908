"""Sampling of a batch: which of its combinations are made, how often, and the seed by which chance makes them again."""

import os
import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import Final

from cordage_tui.domain.base.fast_dataclass import dataclass, replace

_TIMES: Final = r"(?a)\s*times\s*=\s*([0-9]{1,9})\s*"
_TAKE: Final = r"(?a)\s*take\s*=\s*([0-9]{1,9}|all)(?:@([0-9]{1,9}))?\s*"


@dataclass(frozen=True, slots=True)
class Sampling:
    """Sampling, written below a prompt: `times=8`, `take=20`, `take=20@7`, `take=all@7`."""

    times: int = 1
    """How many bodies there are of each combination."""
    take: int | None = None
    """How many of the combinations, chosen at random; None: all."""
    seed: int | None = None

    def with_line(self, line: str) -> "Sampling | None":
        """Return the sampling with the content of the line; None: the line is not about sampling."""
        if match := re.fullmatch(_TIMES, line):
            return replace(self, times=int(match[1]))
        if match := re.fullmatch(_TAKE, line):
            take, seed = None if match[1] == "all" else int(match[1]), None if match[2] is None else int(match[2])
            return replace(self, take=take, seed=seed)
        return None

    @property
    def lines(self) -> tuple[str, ...]:
        """Lines that are written for it."""
        times = (f"times={self.times}",) if self.times != 1 else ()
        seed = "" if self.seed is None else f"@{self.seed}"
        return (*times, f"take={'all' if self.take is None else self.take}{seed}") if self.take or seed else times

    def recorded_in(self, text: str) -> str:
        """Return the prompt panel's text with the seed in it: in its last line `take=`, or in a new line below."""
        lines = text.split("\n")
        last = max((place for place, line in enumerate(lines) if re.fullmatch(_TAKE, line)), default=None)
        if last is None or self.take is None:
            return "\n".join([text.rstrip(), f"take=all@{self.seed}"])
        lines[last] = f"take={self.take}@{self.seed}"
        return "\n".join(lines)

    def describe(self, total: int) -> str:
        """Describe it for a batch of `total` combinations: `20 of 1,000 combinations, random seed 7, 8 times each`."""
        taken_text = [] if self.take is None else [f"{min(self.take, total):,} of {total:,} combinations"]
        seed = [] if self.seed is None else [f"random seed {self.seed}"]
        times = [f"{self.times:,} times each"] if self.times > 1 else []
        return ", ".join([*taken_text, *seed, *times])


EVERYTHING: Final = Sampling()
"""All combinations once."""


def new_seed() -> int:
    """Return a seed of six digits at most: short enough to be typed."""
    return 1 + int.from_bytes(os.urandom(8), "big") % 999_999


class SeededDraw:
    """Random draws that a seed makes again, in any version of Python."""

    def __init__(self, seed: int, purpose: str) -> None:
        self._seed = f"{purpose} {seed}"
        self._random: Random | None = None

    @property
    def used(self) -> bool:
        """True once chance has decided anything."""
        return self._random is not None

    def below(self, limit: int) -> int:
        """Draw a whole number from 0 to below `limit`, however large that is."""
        if self._random is None:
            self._random = Random(self._seed)
        bits = limit.bit_length() + 64
        return self._random.getrandbits(bits) * limit >> bits

    def weighted(self, weights: Sequence[int]) -> int:
        """Draw a place, in proportion to its weight; at least one is not 0."""
        ends = list(accumulate(weights))
        return bisect_right(ends, self.below(ends[-1]))

    def sample(self, count: int, total: int) -> Sequence[int]:
        """Draw `count` different numbers below `total`, ascending; time and memory grow with `count` only."""
        moved: dict[int, int] = {}
        for place in range(count):  # a shuffle of the first ones, which stores only the moved numbers
            other = place + self.below(total - place)
            moved[place], moved[other] = moved.get(other, other), moved.get(place, place)
        return sorted(moved[place] for place in range(count))
