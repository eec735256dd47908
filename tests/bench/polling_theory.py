"""The shortest mean delay that a read budget allows (docs/dev/polling.md 2).

A webhook polled n times a second shows an end 1/(2n) s late on average. With Λ expected ends a second, now, the best
density is n ∝ sqrt(Λ); so over time, reading a webhook at a mean pace of n̄,

    mean delay of its ends = E[sqrt Λ]² / (2 n̄ E[Λ]),

and the paces that share the budget best are n̄ ∝ E[sqrt Λ], none above the polite floor's. Without memory Λ is constant and
this is the square-root law; with durations known Λ is the sum of the hazards of the runs at their ages, drawn here.
"""

import bisect
import math
import random
from collections.abc import Sequence

from polling_load import RTT_S, Cell, Exponential, Law

READS_PER_S = 0.9 * 120 / 60
"""The background's share of the published budget."""
FLOOR_S = 2.0
"""The pace of the vendor's own example, which is polite: without memory no webhook is read more often. With durations known it
bounds the mean pace for each run, as in that example, so that ten runs of one webhook may be looked at ten times as often."""
_DRAWS = 60_000


def optimum(cell: Cell, law: Law) -> float:
    """Mean delay in seconds with the durations known; the answer's way back is in it. For an exponential law: the memoryless optimum."""
    roots = [_mean_root(law, count) for count in cell.active]
    rates = [count / cell.mean_s for count in cell.active]
    paces = _paces(roots, _caps(cell, law))
    late = sum(root * root / (2 * pace) for root, pace in zip(roots, paces, strict=True))
    return late / sum(rates) + RTT_S / 2


def optimum_p95(cell: Cell, law: Law) -> float:
    """Of the memoryless optimum, 95 % of the ends show within this many seconds: delays are uniform in each period."""
    rates = [count / cell.mean_s for count in cell.active]
    periods = [1 / pace for pace in _paces([math.sqrt(rate) for rate in rates], [1 / FLOOR_S] * cell.webhooks)]

    def shown(delay: float) -> float:
        return sum(r * min(1.0, delay / t) for r, t in zip(rates, periods, strict=True)) / sum(rates)

    steps = [n * max(periods) / 20_000 for n in range(20_001)]
    return steps[bisect.bisect_left(steps, 0.95, key=shown)] + RTT_S / 2


def round_robin_period(cell: Cell) -> float:
    """Seconds between two reads of a webhook when all take turns at the full pace."""
    return max(FLOOR_S, cell.webhooks / READS_PER_S)


def _caps(cell: Cell, law: Law) -> list[float]:
    """The most looks a second that are polite, by webhook."""
    return [(1 if isinstance(law, Exponential) else count) / FLOOR_S for count in cell.active]


def _paces(roots: Sequence[float], caps: Sequence[float]) -> list[float]:
    """Reads a second by webhook: in proportion to the roots, with what the caps cut off given to the others."""
    paces, free, left = list(caps), set(range(len(roots))), READS_PER_S
    while free:
        scale = left / sum(roots[n] for n in free)
        capped = {n for n in free if roots[n] * scale > caps[n]}
        if not capped:
            break
        free -= capped
        left -= sum(caps[n] for n in capped)
    for n in free:
        paces[n] = roots[n] * scale
    return paces


def _mean_root(law: Law, count: int) -> float:
    """E[sqrt Λ] of `count` runs that are each followed by another, by drawing their ages."""
    rng = random.Random(count)
    draws = max(200, _DRAWS // count)

    def hazards() -> float:
        return sum(law.hazard(law.met(rng)[0]) for _ in range(count))

    return sum(math.sqrt(hazards()) for _ in range(draws)) / draws
