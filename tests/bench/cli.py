"""Time that short commands take as whole processes, beside a Python that only imports what they cannot do without.

    python tests/bench/cli.py [--quick]

`runs --offline --json` with a history of 10,000, and the same with all of them printed, beside `import sqlite3, argparse,
json`; `--help` beside `import argparse`. They take turns, so a busy machine slows all; trust the ratios of the fastest
rounds. The exit code is 1 where a ratio is above its bound.
"""

import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from home import home

RUNS = 10_000
PROGRAM = (str(Path(sys.executable).with_name("cordage-tui")),)


@dataclass(frozen=True, slots=True)
class Subject:
    """A command, what it is measured against, and how many times as long it may take; None: it is only told."""

    name: str
    command: tuple[str, ...]
    imports: str
    bound: float | None


SUBJECTS = (
    Subject(
        f"runs --offline --json, of {RUNS:,}", (*PROGRAM, "runs", "--offline", "--json"), "sqlite3, argparse, json", 2.0
    ),
    Subject("the same --all", (*PROGRAM, "runs", "--offline", "--json", "--all"), "sqlite3, argparse, json", None),
    Subject("--help", (*PROGRAM, "--help"), "argparse", 1.5),
    Subject("__complete bash show ''", (*PROGRAM, "__complete", "bash", "show", ""), "sqlite3, argparse, json", None),
)


def took_ms(command: tuple[str, ...], environ: Mapping[str, str]) -> float:
    """Milliseconds from the start of the process to its end."""
    begun = time.perf_counter()
    subprocess.run(command, env=dict(environ), stdout=subprocess.DEVNULL, check=True)
    return (time.perf_counter() - begun) * 1000


def fastest(environ: Mapping[str, str], rounds: int) -> dict[str, tuple[float, float]]:
    """Milliseconds of the fastest round of each subject and of its imports alone."""
    seen: dict[tuple[str, ...], list[float]] = {}
    imports = {subject: (sys.executable, "-c", f"import {subject.imports}") for subject in SUBJECTS}
    for _ in range(rounds):
        for subject in SUBJECTS:
            for command in (subject.command, imports[subject]):
                seen.setdefault(command, []).append(took_ms(command, environ))
    return {subject.name: (min(seen[subject.command]), min(seen[imports[subject]])) for subject in SUBJECTS}


def main() -> None:
    with home(RUNS) as ours:
        seen = fastest(ours.env, 5 if "--quick" in sys.argv else 40)
    print(f"{'':32}{'ms':>8}{'imports':>10}{'ratio':>8}{'bound':>8}")
    failed = False
    for subject in SUBJECTS:
        ms, base = seen[subject.name]
        bound = "" if subject.bound is None else f"{subject.bound:.1f}"
        failed |= subject.bound is not None and ms / base > subject.bound
        print(f"{subject.name:32}{ms:8.1f}{base:10.1f}{ms / base:8.2f}{bound:>8}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
