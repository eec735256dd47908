"""CPU time of short commands as whole processes, beside a Python that only imports what they cannot do without.

    python tests/bench/cli.py [--quick | --million]

`runs --offline --json` with a history of 10,000, and the same with all of them printed, beside `import sqlite3, argparse,
json`; `--help` beside `import argparse`. They take turns, and what counts is user and system time of the fastest round, so
that a busy machine changes little; trust the ratios. With `--million` the commands run with a history of a million, each
beside itself with 10,000. `cli_floor.py` is what a list cannot do without. The exit code is 1 where a ratio is above its bound.
"""

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from home import Home, home

RUNS, MANY_RUNS = 10_000, 1_000_000
PROGRAM = (str(Path(sys.executable).with_name("cordage-tui")),)
GROWTH_BOUND = 1.5
"""How many times as long a command may take with a hundred times the history."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A command, what it is measured against, and how many times as long it may take; None: it is only told."""

    name: str
    command: tuple[str, ...]
    imports: str
    bound: float | None


LIST = "sqlite3, argparse, json"
FLOOR = (sys.executable, str(Path(__file__).with_name("cli_floor.py")))
SUBJECTS = (
    Subject(f"runs --offline --json, of {RUNS:,}", (*PROGRAM, "runs", "--offline", "--json"), LIST, 1.8),
    Subject("  its floor", (*FLOOR, "list"), LIST, None),
    Subject("the same --all", (*PROGRAM, "runs", "--offline", "--json", "--all"), LIST, 3.5),
    Subject("  its rows by json_object alone", (*FLOOR, "rows"), LIST, None),
    Subject("--help", (*PROGRAM, "--help"), "argparse", 1.25),
    Subject("__complete bash show ''", (*PROGRAM, "__complete", "bash", "cordage-tui show "), LIST, 1.6),
    Subject("trigger --dry-run", (*PROGRAM, "trigger", "Webhook 0", "a fox", "--dry-run"), LIST, None),
    Subject("queue", (*PROGRAM, "queue"), LIST, None),
)
GROWING = (
    ("runs", "--offline", "--json", "--limit", "50"),
    ("runs", "--offline", "--status", "failed"),
    ("runs", "--offline", "--status", "active"),
    ("runs", "Webhook 1", "--offline", "--since", "1d"),
    ("__complete", "bash", "cordage-tui show "),
    ("doctor", "--offline"),
    ("trigger", "Webhook 0", "a fox", "--dry-run"),
    ("queue",),
)
"""Commands that answer alike however long the history is; and `show` of the newest run."""


def took_ms(command: Iterable[str], environ: Mapping[str, str]) -> float:
    """Milliseconds of CPU, user and system, from the start of the process to its end."""
    child = subprocess.Popen([*command], env=dict(environ), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, command
    return (used.ru_utime + used.ru_stime) * 1000


def fastest(environ: Mapping[str, str], rounds: int) -> dict[str, tuple[float, float]]:
    """Milliseconds of CPU of the fastest round of each subject and of its imports alone, which have as many rounds."""
    seen: dict[str, tuple[list[float], list[float]]] = {subject.name: ([], []) for subject in SUBJECTS}
    for _ in range(rounds):
        for subject in SUBJECTS:
            commands = subject.command, (sys.executable, "-c", f"import {subject.imports}")
            for command, times in zip(commands, seen[subject.name], strict=True):
                times.append(took_ms(command, environ))
    return {name: (min(ours), min(bare)) for name, (ours, bare) in seen.items()}


def newest_id(ours: Home) -> str:
    """Id of the newest run."""
    command = (*PROGRAM, "runs", "--offline", "--limit", "1")
    done = subprocess.run(command, env=dict(ours.env), capture_output=True, text=True, check=True)
    return done.stdout.split("\t")[0]


def grown(rounds: int) -> bool:
    """Print the commands with a long history beside a short one; return whether all are within the bound."""
    within = True
    print(f"{'':44}{RUNS:>10,}{MANY_RUNS:>12,}{'ratio':>8}{'bound':>8}")
    with home(RUNS) as few, home(MANY_RUNS) as many:
        commands = [(words, words) for words in GROWING]
        commands.append((("show", newest_id(few), "--offline"), ("show", newest_id(many), "--offline")))
        for pair in commands:
            times: tuple[list[float], list[float]] = [], []
            for _ in range(rounds):
                for ours, words, seen in zip((few, many), pair, times, strict=True):
                    seen.append(took_ms((*PROGRAM, *words), ours.env))
            base, ms = map(min, times)
            within &= ms / base <= GROWTH_BOUND
            name = " ".join(word if word else "''" for word in pair[0])
            print(f"{name:44}{base:10.1f}{ms:12.1f}{ms / base:8.2f}{GROWTH_BOUND:8.1f}")
    return within


def compared(rounds: int) -> bool:
    """Print the commands beside what they import; return whether all are within their bounds."""
    within = True
    with home(RUNS) as ours:
        seen = fastest(ours.env, rounds)
    print(f"{'':32}{'ms':>8}{'imports':>10}{'ratio':>8}{'bound':>8}")
    for subject in SUBJECTS:
        ms, base = seen[subject.name]
        bound = "" if subject.bound is None else f"{subject.bound:.2f}"
        within &= subject.bound is None or ms / base <= subject.bound
        print(f"{subject.name:32}{ms:8.1f}{base:10.1f}{ms / base:8.2f}{bound:>8}")
    return within


def main() -> None:
    within = grown(10) if "--million" in sys.argv else compared(5 if "--quick" in sys.argv else 40)
    sys.exit(not within)


if __name__ == "__main__":
    main()
