"""Keys of the palette with a history of 100,000, beside cursor down in the table of the same program.

    python tests/bench/palette.py [--quick]

Milliseconds and milliseconds of CPU from a key to the last byte of the frame that answers it, and bytes. Both keys take
turns in one program; trust the ratios. `opened` is the frame after `:` (the first time its modules are imported), `typed`
each letter of words that find commands, runs and nothing, `moved` the cursor in the list. Nothing is asserted.
"""

import sys
from statistics import mean

from home import COMMAND, HISTORY, home
from keys import percentile
from terminal import Terminal

STARTED_S = 2.0
RESTED_S = 0.4
WORDS = ("queue pause", "dl", "sort", "beautiful", "zzzz")
Seen = dict[str, list[tuple[float, float, int]]]


def measured(terminal: Terminal, seen: Seen) -> None:
    def note(name: str, key: str) -> None:
        cpu = terminal.cpu_ms()
        ms, size = terminal.press(key, 1.0)
        seen.setdefault(name, []).append((ms, terminal.cpu_ms() - cpu, size))
        terminal.frame(RESTED_S)

    for word in WORDS:
        for _ in range(3):
            note("cursor down in the table", "j")
        note("opened" if "opened the first time" in seen else "opened the first time", ":")
        for _ in range(5):
            note("moved", "\x1b[B")
        for letter in word:
            note("typed", letter)
        note("left", "\x1b")


def main() -> None:
    rounds, rows = (1, 1_000) if "--quick" in sys.argv else (3, HISTORY)
    seen: Seen = {}
    with home(rows) as ours:
        for _ in range(rounds):
            with Terminal(COMMAND, dict(ours.env)) as terminal:
                terminal.shown(ours.newest)
                terminal.watch(STARTED_S)
                measured(terminal, seen)
    print(f"{rows:,} runs in the history")
    print(f"{'':32}{'ms p50':>8}{'p95':>8}{'ratio':>8}{'cpu ms':>8}{'bytes':>8}")
    base = percentile([ms for ms, _, _ in seen["cursor down in the table"]], 50)
    for name, figures in seen.items():
        times = [ms for ms, _, _ in figures]
        p50, p95 = (percentile(times, percent) if len(times) > 1 else times[0] for percent in (50, 95))
        cpu, size = mean(cpu for _, cpu, _ in figures), mean(size for _, _, size in figures)
        print(f"  {name:30}{p50:8.1f}{p95:8.1f}{p50 / base:8.2f}{cpu:8.1f}{size:8.0f}")


if __name__ == "__main__":
    main()
