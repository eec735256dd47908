"""Cursor down in the whole program, with a history of 100,000, beside a bare DataTable of 100 rows and a bare Static.

    python tests/bench/keys.py [--quick]

Milliseconds from a key to the last byte of the frame that answers it. The detail pane follows the cursor once that rests:
its frame comes later and is counted apart. A held key is thirty a second: what answers its last press must be drawn at
once, and the details follow when it has rested. The programs take turns; trust the ratios. Nothing is asserted; the aims
stand below the figures.
"""

import sys
import time
from dataclasses import dataclass, field
from statistics import mean, quantiles

import reference
from home import COMMAND, HISTORY, Home, home
from terminal import Terminal

OURS, TABLE = "cordage-tui", "DataTable(100)"
EARLY_S, EARLY = 0.5, 5
"""Seconds after the first screen, and keys then: the network is loaded and views are counted meanwhile."""
STARTED_S = 4.0
"""Until what a start leaves for later is done."""
RESTED_S = 0.4
TO_THE_EDGE = 40
HELD_S, HELD_GAP_S = 2.0, 1 / 30
AIMS = "aims: cursor down below 0.6 of DataTable(100), 600 bytes, 1,500 later for the details; held: still within 20 ms"


@dataclass
class Keys:
    """What keys cost one program."""

    answered_ms: list[float] = field(default_factory=list)
    answer_bytes: list[int] = field(default_factory=list)
    later_bytes: list[int] = field(default_factory=list)
    held_bytes: list[float] = field(default_factory=list)
    """Per key, all of it."""
    held_still_ms: list[float] = field(default_factory=list)
    """From the last key of a held one to the last byte of the frame that answers it."""
    held_details_ms: list[float] = field(default_factory=list)
    """From there to the last byte of all, once the cursor rests; 0: nothing came."""
    held_cpu_ms: list[float] = field(default_factory=list)
    """Per key."""


def single(terminal: Terminal, key: str, count: int, keys: Keys) -> None:
    """Keys that a person presses one by one."""
    for _ in range(count):
        ms, size = terminal.press(key)
        keys.answered_ms.append(ms)
        keys.answer_bytes.append(size)
        keys.later_bytes.append(terminal.frame(RESTED_S)[1])


def held(terminal: Terminal, key: str, keys: Keys) -> None:
    """A key held down."""
    size, cpu, count = 0, terminal.cpu_s(), round(HELD_S / HELD_GAP_S)
    start = time.perf_counter()
    for n in range(count - 1):
        terminal.type(key)
        while (left := start + (n + 1) * HELD_GAP_S - time.perf_counter()) > 0:
            size += terminal.read(left)
    still_ms, came = terminal.press(key)
    seconds, rest = terminal.frame(RESTED_S)
    size += came
    keys.held_still_ms.append(still_ms)
    keys.held_details_ms.append(seconds * 1000 if rest else 0)
    keys.held_bytes.append((size + rest) / count)
    keys.held_cpu_ms.append((terminal.cpu_s() - cpu) / count * 1000)


def measured(ours: Home, rounds: int, count: int) -> tuple[dict[str, Keys], dict[str, Keys], dict[str, Keys]]:
    """What keys cost each program: in the middle of its table, in its first seconds, and at the edge, where all lines move."""
    programs = {
        OURS: (COMMAND, ours.env, ours.newest, "j"),
        TABLE: (reference.command("table"), {}, reference.SHOWN, "\x1b[B"),
        "Static": (reference.command("static"), {}, reference.SHOWN, "j"),
    }
    seen, early, edge = ({name: Keys() for name in programs} for _ in range(3))
    for _ in range(rounds):
        for name, (command, env, text, key) in programs.items():
            with Terminal(command, env) as terminal:
                terminal.shown(text)
                terminal.watch(EARLY_S)
                single(terminal, key, EARLY, early[name])
                terminal.watch(STARTED_S)
                single(terminal, key, count, seen[name])
                for _ in range(TO_THE_EDGE):
                    terminal.press(key)
                single(terminal, key, count, edge[name])
                held(terminal, key, seen[name])
    return seen, early, edge


def main() -> None:
    rounds, count, rows = (1, 10, 1_000) if "--quick" in sys.argv else (6, 20, HISTORY)
    with home(rows) as ours:
        seen, early, edge = measured(ours, rounds, count)
    print(f"{rows:,} runs in the history")
    report("cursor down", seen)
    report("cursor down in the first seconds", early)
    report("cursor down at the edge: all lines move", edge)
    report_held(seen)


def report(title: str, seen: dict[str, Keys]) -> None:
    print(f"{title:44}{'ms p50':>8}{'p95':>8}{'ratio':>8}{'bytes':>8}{'later':>8}")
    base = percentile(seen[TABLE].answered_ms, 95)
    for name, keys in seen.items():
        p50, p95 = percentile(keys.answered_ms, 50), percentile(keys.answered_ms, 95)
        sizes = f"{mean(keys.answer_bytes):8.0f}{mean(keys.later_bytes):8.0f}"
        print(f"  {name:42}{p50:8.1f}{p95:8.1f}{p95 / base:8.2f}{sizes}")


def report_held(seen: dict[str, Keys]) -> None:
    print(f"{'held down, thirty a second':44}{'cpu ms':>8}{'still':>8}{'details':>8}{'bytes':>8}")
    for name, keys in seen.items():
        figures = (keys.held_cpu_ms, keys.held_still_ms, keys.held_details_ms, keys.held_bytes)
        print(f"  {name:42}{mean(figures[0]):8.1f}{''.join(f'{mean(values):8.0f}' for values in figures[1:])}")
    print(AIMS)


def percentile(values: list[float], percent: int) -> float:
    """The value that `percent` of all do not exceed."""
    return quantiles(values, n=100)[percent - 1]


if __name__ == "__main__":
    main()
