"""What the run table alone costs beside a bare DataTable of 100 rows and a bare Static, in a pseudo-terminal of 120×40.

    python tests/bench/table.py [ROUNDS]

Prints, and asserts nothing: milliseconds from a key to the last byte of its frame, bytes a key, and bytes a second while
30 visible runs go on. The programs take turns, so a busy machine slows all of them; trust the ratios. `keys.py` and
`ticking.py` measure the same in the whole program.
"""

import random
import sys
import time
from statistics import mean, median, quantiles
from typing import Any

import reference
from terminal import QUIET_S, Terminal

TICKING_S = 6.0
STARTED_S = 1.5
HISTORY = 100_000
NOW = 1_700_000_000.0


def ours(running: int) -> Any:
    """An app of nothing but the run table, over a history made up as it is asked for."""
    from textual.app import ComposeResult

    from cordage_tui.domain.run import RowId, RunRow, SortKey, Status
    from cordage_tui.domain.safe_text import one_line
    from cordage_tui.ui.app_base import BaseApp
    from cordage_tui.ui.run_table.table import RunTable

    class History:
        def count(self) -> int:
            return HISTORY

        def window(self, offset: int, limit: int) -> list[RunRow]:
            return [self._row(i) for i in range(offset, min(HISTORY, offset + limit))]

        def index_of(self, row: RowId) -> int | None:
            return HISTORY - row

        def _row(self, i: int) -> RunRow:
            status = Status.RUNNING if i < running else Status.COMPLETED
            created = NOW - i
            prompt = one_line(" ".join(["a beautiful sunset over mountains"] * random.Random(i).randint(1, 3)))
            ended = None if i < running else created + i % 300
            return RunRow(
                RowId(HISTORY - i), "wh_abc", f"{i:08x}", status, one_line(status), prompt, created, ended_at=ended
            )

    class Ours(BaseApp):
        def compose(self) -> ComposeResult:
            table = RunTable(classes="panel")
            table.tick(NOW)
            table.show(History(), SortKey.CREATED, True)
            yield table

        def on_mount(self) -> None:
            table = self.query_one(RunTable)
            start = time.monotonic()
            if running:
                self.set_interval(1, lambda: table.tick(NOW + time.monotonic() - start))

    return Ours()


def command(running: int) -> tuple[str, ...]:
    """What starts `ours`."""
    return sys.executable, __file__, "--run", str(running)


def at_rest(terminal: Terminal, key: str) -> tuple[float, int]:
    """Presses a key and waits until nothing more comes: Textual draws the next frame 16 ms later at the soonest."""
    pressed = terminal.press(key)
    terminal.frame(QUIET_S)
    return pressed


def keys(rounds: int) -> None:
    """Cursor down within the screen, then past its edge."""
    programs = {
        "run table": (command(0), "j"),
        "DataTable(100)": (reference.command("table"), "\x1b[B"),
        "Static": (reference.command("static"), "j"),
    }
    for title, lead in (("cursor down, on screen", 0), ("cursor down, at the edge", 40)):
        seen: dict[str, list[tuple[float, int]]] = {name: [] for name in programs}
        for _ in range(rounds):
            for name, (program, key) in programs.items():
                with Terminal(program) as terminal:
                    terminal.watch(STARTED_S)
                    pressed = [at_rest(terminal, key) for _ in range(lead + 30)]
                    seen[name] += pressed[lead:]
        p95 = {name: quantiles([ms for ms, _ in pressed], n=20)[-1] for name, pressed in seen.items()}
        print(f"{title}: program, ms p50, ms p95, p95 / DataTable's p95, bytes a key")
        for name, pressed in seen.items():
            p50, size = median(ms for ms, _ in pressed), mean(size for _, size in pressed)
            print(f"  {name:24} {p50:6.2f} {p95[name]:6.2f} {p95[name] / p95['DataTable(100)']:6.2f} {size:8.0f}")


def ticking() -> None:
    """Thirty running rows, and none."""
    print("untouched: program, bytes a second")
    programs = {
        "run table, 30 running": command(30),
        "DataTable, 30 ticking": reference.command("ticking"),
        "run table": command(0),
    }
    for name, program in programs.items():
        with Terminal(program) as terminal:
            terminal.watch(STARTED_S)
            print(f"  {name:24} {terminal.watch(TICKING_S)[0]:8.0f}")


if __name__ == "__main__":
    if "--run" in sys.argv:
        ours(int(sys.argv[-1])).run()
    else:
        ticking()
        keys(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
