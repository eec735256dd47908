"""How soon an end is shown, and at what cost in 429s: ours, the vendor's loop, taking turns, and what theory allows.

    python tests/bench/polling.py [--quick] [--cells 5,50 …] [--hours H] [--seeds 1 2 3] [--rules NAME …] [--no-table]

Everything is played on simulated time, so the figures of a seed are the same on every machine. Prints the table and then each
rule's figures; exits with 1 when one does not hold. The whole is a long computation: with `--kept FOLDER` what was played is
kept there, and taken from there by a later call. `--clients K` and `--foreign N` play the table with K of ours on one key, and
N reads a minute by another program.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

from polling_figures import Figures, Trial
from polling_load import CELLS, Cell, Exponential, LogNormal
from polling_others import round_robin, vendors_loop
from polling_ours import ours
from polling_rules import RULES, Scale
from polling_theory import optimum, optimum_p95

QUICK_CELLS = (Cell(5, 50),)
_HEAD = "mean / p95 s, 429s a minute"


def main() -> int:
    """Prints; 0 when every rule holds."""
    asked = _asked()
    with ProcessPoolExecutor(asked.jobs) as pool, tempfile.TemporaryDirectory() as nowhere:
        scale = Scale(asked.cells, asked.hours, asked.seeds, pool, asked.kept or Path(nowhere))
        scale.kept.mkdir(exist_ok=True)
        if asked.quick:
            scale = replace(scale, clients=(1, 4), foreign=(60,))
        if asked.table:
            _print_table(scale, asked.clients, asked.foreign)
        verdicts = []
        for name in asked.rules:
            print(f"\n{name}: {' '.join((RULES[name].__doc__ or '').split())}", flush=True)
            for verdict in RULES[name](scale):
                verdicts.append(verdict)
                print("  ", verdict, flush=True)
    failed = sum(not verdict.holds for verdict in verdicts)
    print(f"\n{len(verdicts)} figures, {failed} outside their bound")
    return 1 if failed else 0


def _print_table(scale: Scale, clients: int, foreign: float) -> None:
    """One line for each cell. Durations are exponential, but for the column that says log-normal (0.3)."""
    names = ("ours", "ours, log-normal", "vendor's loop", "in turns", "optimum", "durations known")
    print(f"{_HEAD}; {scale.hours:g} simulated hours, {len(scale.seeds)} seeds")
    print(f"{'(W,N)':<18}" + "".join(f"{name:>24}" for name in names), flush=True)
    for cell in scale.cells:
        plain = Trial(cell, Exponential(cell.mean_s), hours=scale.hours, clients=clients, foreign=foreign)
        normal = replace(plain, law=LogNormal(cell.mean_s))
        columns = [
            scale.play([trial], player)[0]
            for player, trial in ((ours, plain), (ours, normal), (vendors_loop, plain), (round_robin, plain))
        ]
        texts = [_text(column) for column in columns]
        texts += [
            f"{optimum(cell, plain.law):.2f} / {optimum_p95(cell, plain.law):.2f}",
            f"{optimum(cell, normal.law):.2f}",
        ]
        print(f"{cell!s:<18}" + "".join(f"{text:>24}" for text in texts), flush=True)


def _text(figures: Figures) -> str:
    unseen = f" ({figures.unseen} unseen)" if figures.unseen > 0.01 * len(figures.shown) else ""
    return f"{figures.mean_s:.2f} / {figures.p95_s:.2f}, {figures.refused_a_minute:.3g}{unseen}"


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one cell, a quarter of an hour, one seed")
    parser.add_argument("--cells", nargs="+", type=_cell, help="such as 5,50 or 5,50,skewed")
    parser.add_argument("--hours", type=float, help="simulated, for each cell (2)")
    parser.add_argument("--seeds", nargs="+", type=int, help="(1 2 3)")
    parser.add_argument("--kept", type=Path, help="folder for what was played")
    parser.add_argument("--clients", type=int, default=1, help="of ours in the table")
    parser.add_argument("--foreign", type=float, default=0.0, help="reads a minute by another program, in the table")
    parser.add_argument("--rules", nargs="+", choices=RULES, default=list(RULES))
    parser.add_argument("--no-table", dest="table", action="store_false")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    asked = parser.parse_args()
    defaults: tuple[Sequence[Cell], float, Sequence[int]] = (
        (QUICK_CELLS, 0.25, (1,)) if asked.quick else (CELLS, 2.0, (1, 2, 3))
    )
    asked.cells, asked.hours, asked.seeds = (
        asked.cells or defaults[0],
        asked.hours or defaults[1],
        asked.seeds or defaults[2],
    )
    return asked


def _cell(text: str) -> Cell:
    webhooks, runs, *skewed = text.split(",")
    return Cell(int(webhooks), int(runs), skewed=bool(skewed))


if __name__ == "__main__":
    sys.exit(main())
