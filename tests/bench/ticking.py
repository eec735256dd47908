"""What the whole program writes and computes when nobody touches it: idle, and with 30 running runs on screen.

    python tests/bench/ticking.py [--quick]

Beside a bare Static, and a bare DataTable of which 30 cells change each second. Bytes and percent of one CPU, by the
second; the server's answers are polled meanwhile. Nothing is asserted.
"""

import sys
from collections.abc import Mapping

import reference
from home import COMMAND, HISTORY, home
from terminal import Terminal

STARTED_S = 8.0
"""Until the first polls are over."""
RUNNING = 30


def left_alone(command: tuple[str, ...], env: Mapping[str, str], text: str, seconds: float) -> tuple[float, float]:
    """Bytes and percent of a CPU, by the second."""
    with Terminal(command, env) as terminal:
        terminal.shown(text)
        terminal.watch(STARTED_S)
        return terminal.watch(seconds)


def main() -> None:
    seconds, rows = (4.0, 1_000) if "--quick" in sys.argv else (20.0, HISTORY)
    rowed = {
        "Static, idle": left_alone(reference.command("static"), {}, reference.SHOWN, seconds),
        "DataTable, 30 ticking": left_alone(reference.command("ticking"), {}, reference.SHOWN, seconds),
    }
    with home(rows) as ours:
        rowed["cordage-tui, idle"] = left_alone(COMMAND, ours.env, ours.newest, seconds)
    with home(rows, RUNNING) as ours:
        rowed[f"cordage-tui, {RUNNING} running"] = left_alone(COMMAND, ours.env, "● running", seconds)
    base = rowed["DataTable, 30 ticking"]
    print(f"{'':28}{'bytes/s':>10}{'ratio':>8}{'cpu %':>8}{'ratio':>8}")
    for name, (size, cpu) in rowed.items():
        print(f"{name:28}{size:10,.0f}{size / base[0]:8.2f}{cpu:8.2f}{cpu / base[1]:8.2f}")


if __name__ == "__main__":
    main()
