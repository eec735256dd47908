"""The pseudo-terminal every bench measures through: it answers as a modern terminal does, and counts and times what comes."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final

COLUMNS, ROWS = 120, 40
QUIET_S: Final = 0.03
"""A frame is over when nothing came for so long."""
GIVE_UP_S: Final = 30.0
_SYNC_QUERY: Final = b"\x1b[?2026$p"
_SYNC_ANSWER: Final = b"\x1b[?2026;2$y"
FRAME_END: Final = b"\x1b[?2026l"
_TICKS: Final = os.sysconf("SC_CLK_TCK")
CONTROL: Final = re.compile(rb"\x1b(\[[0-9:;<=>?$]*[@-~]|[\]P].*?(\x07|\x1b\\)|[ -/]*[0-~])", re.DOTALL)


class Terminal:
    """Runs `command` in a terminal of 120×40. Use as a context manager: the program is killed at the end."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        self.written = bytearray()
        """Every byte the program wrote."""
        self._fd, slave = pty.openpty()
        self.resize(COLUMNS, ROWS)
        settings = {"TERM": "xterm-256color", "COLORTERM": "truecolor", **(env or {})}
        kept = {
            name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR", "TMUX")
        }
        self.started = time.perf_counter()
        self._process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=kept | settings, start_new_session=True
        )
        os.close(slave)

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._fd)

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size."""
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def shown(self, text: str) -> float:
        """Reads until the program has written `text`; seconds since it was started. SystemExit when it never does."""
        wanted = text.encode()
        while wanted not in CONTROL.sub(b"", self.written):
            if not self.read(GIVE_UP_S):
                sys.exit(f"never shown: {text!r}; the program wrote:\n{bytes(self.written)!r}")
        return time.perf_counter() - self.started

    def frame(self, first_s: float, quiet_s: float = QUIET_S) -> tuple[float, int]:
        """Seconds to the last byte, and bytes, of what begins within `first_s` and goes on until `quiet_s` of silence."""
        start = last = time.perf_counter()
        size, limit = 0, first_s
        while came := self.read(limit):
            last, limit, size = time.perf_counter(), quiet_s, size + came
        return last - start, size

    def press(self, key: str, first_s: float = 0.25) -> tuple[float, int]:
        """Milliseconds from the key to the last byte of the first frame after it, and the frame's bytes."""
        begin, start = len(self.written), time.perf_counter()
        os.write(self._fd, key.encode())
        while self.written.find(FRAME_END, begin) < 0 and self.read(first_s):
            pass
        return (time.perf_counter() - start) * 1000, len(self.written) - begin

    def type(self, keys: str) -> None:
        """Sends `keys` all at once, and reads nothing."""
        os.write(self._fd, keys.encode())

    def watch(self, seconds: float) -> tuple[float, float]:
        """Bytes and percent of one CPU, both a second, while left alone."""
        size, cpu, start = 0, self.cpu_s(), time.perf_counter()
        while (left := start + seconds - time.perf_counter()) > 0:
            size += self.read(left)
        return size / seconds, (self.cpu_s() - cpu) / seconds * 100

    @property
    def pid(self) -> int:
        """Of the program."""
        return self._process.pid

    def rss_mb(self) -> float:
        """Memory in use now."""
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def wake_ups(self) -> int:
        """How often a thread of the program has gone to sleep so far."""
        states = Path(f"/proc/{self._process.pid}/task").glob("*/status")
        told = "".join(state.read_text() for state in states)
        return sum(map(int, re.findall(r"^voluntary_ctxt_switches:\s*(\d+)", told, re.MULTILINE)))

    def cpu_s(self) -> float:
        """Seconds of CPU used so far."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def cpu_ms(self) -> float:
        """Milliseconds of CPU used so far by all threads that still run, to the microsecond."""
        tasks = Path(f"/proc/{self._process.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e6

    def read(self, timeout_s: float) -> int:
        """Bytes of one chunk; 0 when none comes in time, or none ever will."""
        if not select.select([self._fd], [], [], timeout_s)[0]:
            return 0
        try:
            data = os.read(self._fd, 1 << 16)
        except OSError:  # the other side is gone
            return 0
        self.written += data
        if _SYNC_QUERY in data:
            os.write(self._fd, _SYNC_ANSWER)
        return len(data)
