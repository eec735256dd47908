"""What the whole program writes and computes when nobody touches it: idle, and with 30 running runs on screen.

    python tests/bench/ticking.py [--quick]

Beside a bare Static, a bare DataTable of which 30 cells change each second, and the least that Textual and httpx take for the
same cells and the same reads. Bytes, percent of one CPU, and how often a thread wakes up, all by the second; the server's
answers are polled meanwhile. Nothing is asserted.
"""

import sys
from collections.abc import Mapping

import reference
from home import COMMAND, HISTORY, home
from terminal import Terminal

STARTED_S = 12.0
"""Until the first polls are over."""
RUNNING = 30
OLD_S = 120.0
"""Age of runs whose seconds are shown more coarsely."""
AIMS = {"cordage-tui, idle": "0 bytes, 0.2 %", f"cordage-tui, {RUNNING} running": "1,000 bytes, 1 %"}


def left_alone(
    command: tuple[str, ...], env: Mapping[str, str], text: str, seconds: float
) -> tuple[float, float, float]:
    """Bytes, percent of a CPU, and wake-ups, by the second."""
    with Terminal(command, env) as terminal:
        terminal.shown(text)
        terminal.watch(STARTED_S)
        woken = terminal.wake_ups()
        return *terminal.watch(seconds), (terminal.wake_ups() - woken) / seconds


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
        reads = reference.command("reads", ours.runs_url)
        rowed["the least, with its reads"] = left_alone(reads, ours.env, reference.SHOWN, seconds)
        rowed["the least, without reads"] = left_alone(reference.command("cells"), {}, reference.SHOWN, seconds)
    with home(rows, RUNNING, age_s=OLD_S) as ours:
        rowed[f"{RUNNING} running, {OLD_S:.0f} s old"] = left_alone(COMMAND, dict(ours.env), "● running", seconds)
    base = rowed["DataTable, 30 ticking"]
    print(f"{'':28}{'bytes/s':>10}{'ratio':>8}{'cpu %':>8}{'ratio':>8}{'wakes/s':>9}  aim")
    for name, (size, cpu, woken) in rowed.items():
        figures = f"{size:10,.0f}{size / base[0]:8.2f}{cpu:8.2f}{cpu / base[1]:8.2f}{woken:9.1f}"
        print(f"{name:28}{figures}  {AIMS.get(name, '')}")


if __name__ == "__main__":
    main()
