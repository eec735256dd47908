"""Thousands of kills of the real worker, and what became of the prompts.

    python tests/crash/long.py [--kills 2000] [--jobs N] [--seed S]

At every failpoint each time it is met, then at random in foul weather; then the three controls, which must show losses or
duplicates. Prints the figures; exits with 1 when a prompt was lost, ran twice without the user's word, or a control showed
nothing.
"""

import argparse
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.crash.campaign import controlled, every_failpoint, played, random_kills, total
from tests.crash.controls import Control
from tests.crash.tally import Tally

MOST = 40
LANE_KILLS = 100
CONTROL_KILLS = 60


def main() -> int:
    """Prints; 0 when all is as it must be."""
    asked = _asked()
    began = time.monotonic()
    at_failpoints = total(played(every_failpoint(MOST), asked.jobs))
    _say("at failpoints", at_failpoints, began)
    left = max(0, asked.kills - at_failpoints.kills)
    jobs = [replace(job, seed=job.seed + asked.seed) for job in random_kills(left, -(-left // LANE_KILLS))]
    whole = total([at_failpoints, *played(jobs, asked.jobs)])
    _say("all", whole, began)
    ran_into = dict(zip(Control, played((controlled(c, CONTROL_KILLS) for c in Control), asked.jobs), strict=True))
    for control, tally in ran_into.items():
        _say(f"control: {control.value}", tally, began)
    faults = whole.lost + whole.twice + whole.misbound + whole.damaged + whole.waiting
    blind = [control for control, tally in ran_into.items() if not tally.lost + tally.twice]
    print(f"0 in {whole.kills:,} kills means fewer than {300 / max(1, whole.kills):.2f} % at 95 % confidence")
    return 1 if faults or blind else 0


def _say(name: str, tally: Tally, began: float) -> None:
    print(f"{name} ({time.monotonic() - began:,.0f} s): {tally}", flush=True)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=2_000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="cores to keep busy")
    parser.add_argument("--seed", type=int, default=0, help="of the random kills")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
