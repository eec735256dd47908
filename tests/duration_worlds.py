"""Simulated batches whose durations are known, watched until some of their runs have ended."""

import math
import random
from collections.abc import Callable, Sequence

from cordage_tui.domain.run import RowId
from cordage_tui.domain.statistics.duration_model import DurationSample
from cordage_tui.store.runs.past_durations import PastRun, RunUnderWay, in_order_of_start

Lasts = Callable[[random.Random], float]


def log_normal(typical_s: float, sigma: float = 0.3) -> Lasts:
    return lambda rng: typical_s * math.exp(rng.gauss(0.0, sigma))


TWO_MINUTES = log_normal(120.0)


def mixed(rng: random.Random) -> float:
    """A mixed webhook: 70 % last about 20 s, 30 % about 300 s."""
    return log_normal(20.0, 0.1)(rng) if rng.random() < 0.7 else log_normal(300.0, 0.1)(rng)


class Batch:
    """Runs that began every `gap_s` seconds from the time 0 on."""

    def __init__(self, seed: object, count: int, lasts: Lasts = TWO_MINUTES, gap_s: float = 1.0) -> None:
        rng = random.Random(f"{seed}")
        self.runs = [(place * gap_s, lasts(rng)) for place in range(count)]

    def time_of(self, share: float) -> float:
        """When this share of them has ended."""
        ends = sorted(begun + lasted for begun, lasted in self.runs)
        return ends[max(0, round(share * len(ends)) - 1)]

    def at(self, now: float, start: float = 0.0) -> tuple[list[PastRun], list[RunUnderWay]]:
        """Return what is known at `now`: runs that are over, in the order of their ends, and those that go on. `start`: epoch seconds
        of the time 0."""
        past, under_way = [], []
        for place, (begun, lasted) in enumerate(self.runs):
            if begun + lasted <= now:
                sample = DurationSample(lasted)
                past.append(PastRun(RowId(place), "wh_a", start + begun + lasted, sample))
            elif begun <= now:
                sample = DurationSample(now - begun, ended=False)
                under_way.append(RunUnderWay(RowId(place), "wh_a", start + begun, sample))
        return sorted(past, key=lambda run: run.ended_at), under_way


def samples(past: Sequence[PastRun], under_way: Sequence[RunUnderWay]) -> list[DurationSample]:
    """Return what a model is fitted to."""
    return [run.duration for run in in_order_of_start(past, under_way)]
