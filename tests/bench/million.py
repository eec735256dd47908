"""A history of a million runs beside one of ten thousand: start, memory, keys, orders, filter and commands.

    python tests/bench/million.py [rows]

Both programs run in a pseudo-terminal and take turns. The first time the million is made, which takes about a minute and 1.3 GB
in the temporary folder. Times are the least of all rounds, because a virtual machine only ever adds, up to 40 ms to any key; of keys
it is the program's CPU time from the key to the last byte of the frame that answers it. A filter reads every run: it has a row for its first rows,
one for all, and one for keys that are pressed while it searches. Nothing is asserted.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from home import COMMAND, Home, home
from terminal import Terminal

FEW, MANY = 10_000, 1_000_000
ROUNDS, TURNS = 3, 3
STARTED_S = 4.0
ORDERS = ("duration", "status", "webhook", "prompt", "created")
"""What `O` sorts by, one after the other; `TURNS` times in each round."""
COMMANDS = {
    "runs --json --limit 50 --offline": ("runs", "--json", "--limit", "50", "--offline"),
    "runs --json --limit 50": ("runs", "--json", "--limit", "50"),
    "doctor": ("doctor",),
}
WORD = "fox"
SEARCHED = b"searched"

Figures = dict[str, list[float]]


def measure(ours: Home, figures: Figures) -> None:
    """Start the program once and go through it."""

    def note(name: str, value: float) -> None:
        figures.setdefault(name, []).append(value)

    with Terminal(COMMAND, dict(ours.env)) as terminal:
        note("first screen", terminal.shown(ours.newest) * 1000)
        terminal.watch(STARTED_S)
        note("memory, MB", terminal.rss_mb())
        for _ in range(15):
            note("cursor down", answered(terminal, "j"))
        note("last row", answered(terminal, "G"))
        note("first row", answered(terminal, "g"))
        for order in ORDERS * TURNS:
            note(f"next order: {order}", answered(terminal, "O"))
        filter_figures(terminal, note)
        note("memory after all that, MB", terminal.rss_mb())


def filter_figures(terminal: Terminal, note: Callable[[str, float], None]) -> None:
    """Filter by a word, and press keys until all runs are searched."""
    answered(terminal, "/")
    for letter in WORD[:-1]:
        terminal.press(letter)
    start, begun = time.perf_counter(), len(terminal.written)
    note("filter: first rows", terminal.press(WORD[-1])[0])
    terminal.type("\r")
    terminal.frame(0.1)
    while True:
        note("filter: a key meanwhile", terminal.press("j")[0])
        terminal.watch(0.05)
        if not still_searching(bytes(terminal.written[begun:])):
            break
    note("filter: all rows", (time.perf_counter() - start) * 1000)
    answered(terminal, "\x1b")


def still_searching(written: bytes) -> bool:
    """The last title that was written names a share."""
    return written.rfind(SEARCHED) > written.rfind(f"/{WORD} ".encode()) if SEARCHED in written else False


def answered(terminal: Terminal, key: str) -> float:
    """Milliseconds of CPU until a key is answered; what comes later, such as the details, is waited for."""
    before = terminal.cpu_ms()
    terminal.press(key, 5.0)
    ms = terminal.cpu_ms() - before
    terminal.frame(0.5)
    return ms


def commands(ours: Home, figures: Figures) -> None:
    """Milliseconds of CPU and waiting of each command, in a process of its own."""
    for name, arguments in COMMANDS.items():
        start = time.perf_counter()
        subprocess.run([*COMMAND, *arguments], env={**os.environ, **ours.env}, capture_output=True, check=True)
        figures.setdefault(name, []).append((time.perf_counter() - start) * 1000)


def main() -> None:
    many = int(sys.argv[1]) if len(sys.argv) > 1 else MANY
    seen: dict[int, Figures] = {FEW: {}, many: {}}
    with home(FEW) as few_home, home(many) as many_home:
        for _ in range(ROUNDS):
            for rows, ours in ((FEW, few_home), (many, many_home)):
                measure(ours, seen[rows])
                commands(ours, seen[rows])
        sizes = [
            (Path(ours.env["XDG_DATA_HOME"]) / "cordage-tui" / "cordage.db").stat().st_size / 1e6
            for ours in (few_home, many_home)
        ]
    print(f"{'ms':36}{FEW:>12,}{many:>12,}{'ratio':>8}")
    for name, values in seen[FEW].items():
        few, big = min(values), min(seen[many][name])
        print(f"{name:36}{few:12.1f}{big:12.1f}{big / few:8.2f}")
    print(f"{'database, MB':36}{sizes[0]:12,.1f}{sizes[1]:12,.1f}")


if __name__ == "__main__":
    main()
