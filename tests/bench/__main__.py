"""Speed, size and silence of the whole program in one table, each figure beside its reference from the same run.

    python -m tests.bench

The quick form of `startup.py`, `ticking.py`, `keys.py` and `cli.py`: some four minutes. The aims are for a quiet machine;
on a busy one trust ratios of CPU time, bytes and memory. Nothing is asserted, and the exit code is 0. The other scripts here
have figures of their own: `outbox.py`, `pictures.py`, `processes.py`, `polling.py`, `large_answers.py`, `store.py`, `keepers.py`,
`durations.py`.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

sys.path.insert(0, str(Path(__file__).parent))  # the scripts import each other so that each can be run by its path

import cli
import keys
import reference
import startup
import ticking
from home import COMMAND, HISTORY, home

FEW_RUNS = 100
STARTS, KEY_ROUNDS, KEYS, COMMAND_ROUNDS, QUIET_S = 7, 2, 20, 10, 10.0


@dataclass(frozen=True)
class Figure:
    """A row of the table."""

    name: str
    value: float
    reference: float
    aim: float | None
    """None: only to compare with."""
    unit: str = "ms"
    by_ratio: bool = True
    """The aim is for the ratio; else for the value."""

    def line(self) -> str:
        ratio = self.value / self.reference if self.reference else 0
        aimed = ratio if self.by_ratio else self.value
        aim = "" if self.aim is None else f"{self.aim:,g}{' ×' if self.by_ratio else ''}"
        met = "" if self.aim is None else "yes" if aimed <= self.aim else "no"
        over = f"{ratio:.2f}" if self.reference else ""
        return f"{self.name:46}{self.unit:>8}{self.value:10,.1f}{self.reference:10,.1f}{over:>8}{aim:>10}{met:>6}"


def start_figures() -> list[Figure]:
    """Time and memory of the first screen."""
    with home(HISTORY) as ours:
        seen = startup.starts(ours, STARTS)
    with home(FEW_RUNS) as ours:
        few = startup.starts(ours, 2)
    (ms, cpu, mb, _), (bare_ms, bare_cpu, bare_mb, _) = seen[startup.OURS], seen[startup.BARE]
    panels_ms, panels_cpu, panels_mb, _ = seen[startup.PANELS]
    about = f"first screen, {HISTORY:,} runs, over a bare app"
    return [
        Figure(about, ms, bare_ms, 1.3),
        Figure("  of it CPU", cpu, bare_cpu, 1.3),
        Figure("  memory then", mb, bare_mb, 1.6, "MB"),
        Figure("the same panels of Textual's own widgets", panels_ms, bare_ms, None),
        Figure("  of it CPU", panels_cpu, bare_cpu, None),
        Figure("  memory then", panels_mb, bare_mb, None, "MB"),
        Figure(f"  memory over that with {FEW_RUNS} runs", mb, few[startup.OURS][2], 1.05, "MB"),
    ]


def quiet_figures() -> list[Figure]:
    """What is written and computed while nobody touches the program."""
    with home(HISTORY) as ours:
        idle = ticking.left_alone(COMMAND, ours.env, ours.newest, QUIET_S)
    bare = ticking.left_alone(reference.command("static"), {}, reference.SHOWN, QUIET_S)
    with home(HISTORY, ticking.RUNNING) as ours:
        busy = ticking.left_alone(COMMAND, ours.env, "● running", QUIET_S)
    table = ticking.left_alone(reference.command("ticking"), {}, reference.SHOWN, QUIET_S)
    return [
        Figure("idle, beside a bare app", idle[0], bare[0], 0, "bytes/s", by_ratio=False),
        Figure("  CPU", idle[1], bare[1], 0.2, "%", by_ratio=False),
        Figure("30 running rows, beside a ticking DataTable", busy[0], table[0], 1_000, "bytes/s", by_ratio=False),
        Figure("  CPU", busy[1], table[1], 1, "%", by_ratio=False),
    ]


def key_figures() -> list[Figure]:
    """What a key costs."""
    with home(HISTORY) as ours:
        seen, _, _ = keys.measured(ours, KEY_ROUNDS, KEYS)
    ours_, table = seen[keys.OURS], seen[keys.TABLE]
    slow, base = (keys.percentile(of.answered_ms, 95) for of in (ours_, table))
    return [
        Figure("cursor down p95, over a DataTable of 100 rows", slow, base, 0.6),
        Figure("  until answered", mean(ours_.answer_bytes), mean(table.answer_bytes), 600, "bytes", by_ratio=False),
        Figure(
            "  then for the details", mean(ours_.later_bytes), mean(table.later_bytes), 1_500, "bytes", by_ratio=False
        ),
        Figure("  held down, still after", mean(ours_.held_still_ms), mean(table.held_still_ms), 20, by_ratio=False),
    ]


def command_figures() -> list[Figure]:
    """What short commands take over a bare interpreter with their imports."""
    with home(cli.RUNS) as ours:
        seen = cli.fastest(ours.env, COMMAND_ROUNDS)
    return [Figure(one.name, *seen[one.name], one.bound, "CPU ms") for one in cli.SUBJECTS if one.bound is not None]


def main() -> None:
    print(f"{'':46}{'':>8}{'figure':>10}{'reference':>10}{'ratio':>8}{'aim':>10}{'met':>6}")
    for measure in (start_figures, quiet_figures, key_figures, command_figures):
        for figure in measure():
            print(figure.line(), flush=True)


if __name__ == "__main__":
    main()
