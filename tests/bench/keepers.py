"""What keepers have in common: how often the true word is named, and how often anything is without an effect.

    python tests/bench/keepers.py [WORLDS]

Each world has 200 judged runs (`keeper_worlds`). `named`: worlds in which the true word is called real; `false`: worlds in which
anything else is. Beside it a naive table, which takes every word for real whose 95 % interval does not overlap the rest's.
Nothing is asserted; the same world is the same each time.
"""

import sys
import time
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1]))

from keeper_worlds import TRUE, USUAL, WORLDS, confounded_batch, free_prompts, naive_findings, naive_shares

from cordage_tui.domain.statistics.keepers import JudgedRun, Trait, keeper_report


def called_real(runs: list[JudgedRun]) -> set[Trait]:
    return {finding.trait for finding in keeper_report(runs).findings if finding.is_real}


def main() -> None:
    worlds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    print(
        f"{'of ' + str(worlds) + ' worlds with 200 judged runs':44}{'named':>8}{'false':>8}{'naive named':>14}{'naive false':>14}"
    )
    began = time.process_time()
    for name, world in WORLDS.items():
        figures = [0, 0, 0, 0]
        for seed in range(worlds):
            runs = world.make(Random(f"{name} {seed}"))
            for at, find in ((0, called_real), (2, naive_findings)):
                found = find(runs)
                true = {trait for trait in found if trait.value == TRUE and world.has_true}
                figures[at] += bool(true)
                figures[at + 1] += any(trait.input not in world.matters for trait in found - true)
        named, false, naive_named, naive_false = (
            n if world.has_true or place % 2 else "" for place, n in enumerate(figures)
        )
        print(f"{name:44}{named:>8}{false:>8}{naive_named:>14}{naive_false:>14}")
    print(f"{(time.process_time() - began) / worlds / len(WORLDS) * 1e3:.0f} ms of CPU a world, both tables\n")
    _print_power(worlds)
    _print_example(confounded_batch(Random("example")))


def _print_power(worlds: int) -> None:
    print(f"Kept of the others {100 * USUAL:.0f} %; of those with the true word, in a third of the prompts:")
    for better in (0.5, 0.55, 0.6, 0.65, 0.7):
        made = (free_prompts(Random(f"{better} {seed}"), better) for seed in range(worlds))
        named = sum(TRUE in {trait.value for trait in called_real(runs)} for runs in made)
        print(f"  {100 * better:.0f} %: named in {named} of {worlds} worlds")
    print()


def _print_example(runs: list[JudgedRun]) -> None:
    print("An example in which the naive table is wrong: `noir` ran mostly with 40 steps, of which more is kept.")
    for value, (kept, of) in naive_shares(runs, "style").items():
        within = "; ".join(
            f"{steps} steps {k} of {n}"
            for steps in ("20", "40")
            for k, n in [naive_shares([run for run in runs if run.values["steps"] == steps], "style")[value]]
        )
        print(f"  naive table: {value:5} kept {kept} of {of}, {100 * kept / of:.0f} %   ({within})")
    for finding in keeper_report(runs).findings:
        difference = finding.test.difference or 0
        said = "real" if finding.is_real else "could be chance"
        print(
            f"  this page:   {finding.trait.input} {finding.trait.value:5} {100 * difference:+.0f} points"
            f" within {', '.join(finding.within) or 'nothing'}: {said}"
        )


if __name__ == "__main__":
    main()
