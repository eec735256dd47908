"""Bytes and CPU of the keys that open and close something, at 120×36: what a slow SSH connection feels.

    python tests/bench/opening.py

Each key is pressed once the screen is quiet; all that it brings until the next quiet is counted.
The reference is a frame in which every cell is written once: the frame after `ctrl+l`, in the same run.
The CPU is that of the whole program until then. Each step is the median of some rounds.
Nothing is asserted. The bytes do not depend on how busy the machine is.
"""

import sys
from statistics import median
from typing import Final

from home import COMMAND, Home, home
from terminal import Terminal

RUNS: Final = 100
ROUNDS: Final = 3
STARTED_S: Final = 4.0
QUIET_S: Final = 0.6
"""Seconds of silence after which all of a key's frames have been written."""
STEPS: Final = (
    ("redraw all", "\x0c"),
    ("filter /", "/"),
    ("  esc", "\x1b"),
    ("prompt t", "t"),
    ("  esc", "\x1b"),
    ("help ?", "?"),
    ("  esc", "\x1b"),
    ("palette :", ":"),
    ("  esc", "\x1b"),
    ("queue w", "w"),
    ("  esc", "\x1b"),
    ("kill x", "x"),
    ("  esc", "\x1b"),
    ("next panel tab", "\t"),
    ("  back", "\x1b[Z"),
    ("zoom z", "z"),
    ("  back", "z"),
    ("contact sheet s", "s"),
    ("  esc", "\x1b"),
)


def measured(ours: Home) -> list[tuple[int, float]]:
    """Bytes and milliseconds of CPU of each step."""
    with Terminal(COMMAND, ours.env) as terminal:
        terminal.resize(columns=120, rows=36)
        terminal.shown(ours.newest)
        terminal.frame(STARTED_S, STARTED_S)
        figures = []
        for _, key in STEPS:
            before = terminal.cpu_ms()
            terminal.type(key)
            size = terminal.frame(QUIET_S, QUIET_S)[1]
            figures.append((size, terminal.cpu_ms() - before))
        return figures


def main() -> None:
    """Print a row for each step."""
    with home(RUNS) as ours:
        rounds = [measured(ours) for _ in range(ROUNDS)]
    sizes = [median(figures[at][0] for figures in rounds) for at in range(len(STEPS))]
    cpu = [median(figures[at][1] for figures in rounds) for at in range(len(STEPS))]
    print(f"{'key':24}{'bytes':>10}{'of a redraw':>14}{'CPU ms':>10}{'of a redraw':>14}")
    for at, (name, _) in enumerate(STEPS):
        print(f"{name:24}{sizes[at]:10,.0f}{sizes[at] / sizes[0]:14.2f}{cpu[at]:10.1f}{cpu[at] / cpu[0]:14.2f}")
    print(f"{'all':24}{sum(sizes):10,.0f}{'':14}{sum(cpu):10.1f}")


if __name__ == "__main__":
    sys.exit(main())
