"""What the run table costs beside a bare DataTable of 100 rows and a bare Static, in a pseudo-terminal of 120×40.

    python tests/bench/table.py [ROUNDS]

Prints, and asserts nothing: milliseconds from a key to the last byte of its frame, bytes a key, and bytes a second while
30 visible runs go on. The programs take turns, so a busy machine slows all of them; trust the ratios.
"""

import fcntl
import os
import pty
import random
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any

COLUMNS, ROWS = 120, 40
QUIET_S = 0.03
"""A frame is over when nothing came for so long."""
TICKING_S = 6.0
HISTORY = 100_000
NOW = 1_700_000_000.0


@dataclass
class Terminal:
    """A program in a pseudo-terminal that answers like a modern one."""

    name: str
    pid: int = 0
    fd: int = 0
    key_ms: list[float] = field(default_factory=list)
    key_bytes: list[int] = field(default_factory=list)

    def start(self) -> None:
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", COLORTERM="truecolor", COLUMNS="", LINES="")
            os.execv(sys.executable, [sys.executable, __file__, "--run", self.name])
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.frame(2.0)

    def frame(self, first_s: float, quiet_s: float = 0.5) -> tuple[float, int]:
        """Seconds to the last byte, and bytes, of what comes within `first_s` and goes on until `quiet_s` of silence."""
        start = last = time.perf_counter()
        size, limit = 0, first_s
        while select.select([self.fd], [], [], limit)[0]:
            data = os.read(self.fd, 1 << 16)
            last, limit, size = time.perf_counter(), quiet_s, size + len(data)
            if b"\x1b[?2026$p" in data:
                os.write(self.fd, b"\x1b[?2026;2$y")
        return last - start, size

    def press(self, key: bytes) -> tuple[float, int]:
        os.write(self.fd, key)
        return self.frame(0.25, QUIET_S)

    def measure_keys(self, key: bytes, count: int) -> None:
        for _ in range(count):
            seconds, size = self.press(key)
            self.key_ms.append(seconds * 1000)
            self.key_bytes.append(size)

    def bytes_a_second(self) -> float:
        """What it writes untouched."""
        size, end = 0, time.perf_counter() + TICKING_S
        while (left := end - time.perf_counter()) > 0:
            if select.select([self.fd], [], [], left)[0]:
                size += len(os.read(self.fd, 1 << 16))
        return size / TICKING_S

    def stop(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def ours(running: int) -> Any:
    """An app of nothing but the run table, over a history made up as it is asked for."""
    from textual.app import ComposeResult

    from cordage_tui.domain.run import RowId, RunRow, SortKey
    from cordage_tui.domain.status import Status
    from cordage_tui.domain.text import one_line
    from cordage_tui.ui.look import Look
    from cordage_tui.ui.runs.table import RunTable

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

    class Ours(Look):
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


def data_table(ticking: int) -> Any:
    """A bare DataTable of 100 rows."""
    from textual.app import App, ComposeResult
    from textual.widgets import DataTable

    class Bare(App[None]):
        def compose(self) -> ComposeResult:
            yield DataTable(cursor_type="row")

        def on_mount(self) -> None:
            table = self.query_one(DataTable)
            keys = table.add_columns("time", "status", "webhook", "prompt", "age")
            rows = [table.add_row("0:12", "● running", "Sunset", "a beautiful sunset " * 3, "2m") for _ in range(100)]
            self.seconds = 0

            def tick() -> None:
                self.seconds += 1
                for row in rows[:ticking]:
                    table.update_cell(row, keys[0], f"{self.seconds // 60}:{self.seconds % 60:02}")

            if ticking:
                self.set_interval(1, tick)

    return Bare()


def static() -> Any:
    """A bare Static that says how many keys there were."""
    from textual import events
    from textual.app import App, ComposeResult
    from textual.content import Content
    from textual.widgets import Static

    class Bare(App[None]):
        keys = 0

        def compose(self) -> ComposeResult:
            yield Static(Content("0"))

        def on_key(self, event: events.Key) -> None:
            self.keys += 1
            self.query_one(Static).update(Content(str(self.keys)))

    return Bare()


PROGRAMS: dict[str, Callable[[], Any]] = {
    "run table": lambda: ours(0),
    "DataTable(100)": lambda: data_table(0),
    "Static": static,
    "run table, 30 running": lambda: ours(30),
    "DataTable, 30 ticking": lambda: data_table(30),
}


def keys(rounds: int) -> None:
    """Cursor down within the screen, then past its edge."""
    down = {"run table": b"j", "DataTable(100)": b"\x1b[B", "Static": b"j"}
    for title, lead in (("cursor down, on screen", 0), ("cursor down, at the edge", 40)):
        seen = {name: Terminal(name) for name in down}
        for _ in range(rounds):
            for name, terminal in seen.items():
                terminal.start()
                for _ in range(lead):
                    terminal.press(down[name])
                terminal.measure_keys(down[name], 30)
                terminal.stop()
        base = quantiles(seen["DataTable(100)"].key_ms, n=20)[-1]
        print(f"{title}: program, ms p50, ms p95, p95 / DataTable's p95, bytes a key")
        for name, t in seen.items():
            p95 = quantiles(t.key_ms, n=20)[-1]
            print(f"  {name:24} {median(t.key_ms):6.2f} {p95:6.2f} {p95 / base:6.2f} {median(t.key_bytes):8.0f}")


def ticking() -> None:
    """Thirty running rows, and none."""
    print("untouched: program, bytes a second")
    for name in ("run table, 30 running", "DataTable, 30 ticking", "run table"):
        terminal = Terminal(name)
        terminal.start()
        terminal.frame(1.5, 0.3)
        print(f"  {name:24} {terminal.bytes_a_second():8.0f}")
        terminal.stop()


if __name__ == "__main__":
    if "--run" in sys.argv:
        PROGRAMS[sys.argv[-1]]().run()
    else:
        ticking()
        keys(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
