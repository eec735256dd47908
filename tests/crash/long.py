"""Thousands of kills of real windows, workers and commands, and what became of the prompts.

    python tests/crash/long.py [--kills 10000] [--jobs N] [--seed S] [--minutes M]

At every failpoint of the worker each time it is met, then at random in foul weather; then the controls, whose faults the judge
must see. With `--minutes` at random only, until that time is over. Prints the figures; exits with 1 when a prompt was lost, ran
twice without the user's word, was shown with another's run unmarked, or a control showed nothing.
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
LANE_KILLS = 50
BATCH = 400
"""Kills after which the figures are printed."""
CONTROL_KILLS = 200


def main() -> int:
    """Print the figures, and return 0 if all is as it must be."""
    asked = _asked()
    began = time.monotonic()
    whole = Tally() if asked.minutes else total(played(every_failpoint(MOST), asked.jobs))
    if not asked.minutes:
        _say("at failpoints", whole, began)
    seed = asked.seed
    while whole.kills < asked.kills and not (asked.minutes and time.monotonic() - began > asked.minutes * 60):
        count = min(asked.kills - whole.kills, BATCH)
        jobs = random_kills(count, -(-count // LANE_KILLS))
        whole = total([whole, *played([replace(job, seed=job.seed + seed) for job in jobs], asked.jobs)])
        seed += len(jobs)
        _say(f"until seed {seed}", whole, began)
    ran_into = dict(zip(Control, played((controlled(c, CONTROL_KILLS) for c in Control), asked.jobs), strict=True))
    for control, tally in ran_into.items():
        _say(f"control: {control.value}", tally, began)
    blind = [control for control, tally in ran_into.items() if not control.shows(tally)]
    print(f"0 in {whole.kills:,} kills means fewer than {300 / max(1, whole.kills):.2f} % at 95 % confidence")
    return 1 if whole.faults or blind else 0


def _say(name: str, tally: Tally, began: float) -> None:
    print(f"{name} ({time.monotonic() - began:,.0f} s): {tally}", flush=True)


def _asked() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=2_000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="cores to keep busy")
    parser.add_argument("--minutes", type=float, default=0.0, help="at random only, for about so long")
    parser.add_argument("--seed", type=int, default=0, help="of the random kills")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
