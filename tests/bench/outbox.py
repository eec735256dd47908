"""The outbox: how near its drain comes to the trigger budget, and what ten thousand queued prompts do to a keystroke.

    python tests/bench/outbox.py [--quick] [--no-keys]

500 prompts are drained on simulated time, so these figures are the same on every machine: at 98 % of the trigger budget or
more, without one 429, by one process and by four on one database, to one webhook and to five. Exits with 1 when that does
not hold. Keys are measured as `keys.py` does, in the whole program, which sends meanwhile, or is paused; nothing is asserted
of them.
"""

import argparse
import sys
from collections.abc import Mapping
from itertools import product
from statistics import median

from home import COMMAND
from keys import Keys, single
from outbox_drain import Drained, drain
from outbox_keys import queued_home
from terminal import Terminal

PROMPTS = 500
LEAST = 0.98
"""Of the trigger budget."""
QUEUED = 10_000
HISTORY = 10_000
STARTED_S = 2.0


def main() -> int:
    """Prints; 0 when the drain is as it must be."""
    asked = _asked()
    failed = 0
    print(f"{PROMPTS} queued prompts, simulated time{'':8}{'of the budget':>16}{'429s':>8}{'seconds':>10}")
    for clients, webhooks in product((1, 4), (1, 5)):
        drained = drain(PROMPTS, clients, webhooks)
        failed += not _holds(drained)
        name = f"{clients} process{'es' if clients > 1 else ''}, {webhooks} webhook{'s' if webhooks > 1 else ''}"
        print(f"  {name:38}{drained.share:16.1%}{drained.refused:8}{drained.seconds:10.0f}", flush=True)
    if asked.keys:
        _print_keys(rounds=1 if asked.quick else 4, count=10 if asked.quick else 40)
    return 1 if failed else 0


def _holds(drained: Drained) -> bool:
    return drained.share >= LEAST and not drained.refused and drained.runs == PROMPTS


def _print_keys(rounds: int, count: int) -> None:
    """Cursor down, the programs taking turns."""
    homes = {
        "none queued": (0, False),
        f"{QUEUED:,} queued, paused": (QUEUED, True),
        f"{QUEUED:,} queued, sent": (QUEUED, False),
    }
    seen: Mapping[str, Keys] = {name: Keys() for name in homes}
    for _ in range(rounds):
        for name, (queued, paused) in homes.items():
            with queued_home(HISTORY, queued, paused=paused) as ours, Terminal(COMMAND, ours.env) as terminal:
                terminal.shown(ours.newest)
                terminal.watch(STARTED_S)
                single(terminal, "j", count, seen[name])
    base = seen["none queued"].answered_ms
    print(f"{'cursor down':38}{'ms p50':>8}{'p95':>8}{'ratio of p95':>14}")
    for name, keys in seen.items():
        ratio = _p95(keys.answered_ms) / _p95(base)
        print(f"  {name:36}{median(keys.answered_ms):8.1f}{_p95(keys.answered_ms):8.1f}{ratio:14.2f}")


def _p95(values: list[float]) -> float:
    return sorted(values)[round(len(values) * 0.95) - 1]


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--no-keys", dest="keys", action="store_false")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
