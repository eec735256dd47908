"""A real pseudo-terminal with a real program, and a screen that reads what the program draws."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from tests.e2e.screen import ByteStream, Screen
from tests.fork_server import ForkedProcess

DEADLINE_S = 30.0
"""The longest wait for anything; a test that reaches it fails."""
SILENCE_S = 0.3
TOGETHER_S = 0.005
AT_ONCE = 65_536
"""What comes so soon after something else is looked at together with it, up to so many bytes: the kernel hands a frame over in
pieces."""

_LEADER = """
import fcntl, os, signal, sys, termios
if sys.argv[1] == "controlling":
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
if sys.argv[2] == "nohup":
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""Becomes the program. A shell gives its terminal to what it starts; that is what brings SIGWINCH and SIGHUP."""


class Terminal:
    """Runs `command` in a pseudo-terminal of `columns` × `rows`. Use it as a context manager."""

    def __init__(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        columns: int = 120,
        rows: int = 36,
        *,
        forked: bool = False,
        controlling: bool = True,
        nohup: bool = False,
        answers: Mapping[str, str] | None = None,
    ) -> None:
        """Start the program.

        `forked`: the program is a fork of a started one, and `command` has its arguments.

        `controlling`: the kernel tells the program of resizes and of the end of the terminal.

        `nohup`: the program ignores SIGHUP.

        `answers`: the answer to each of these questions, given when it is asked for the first time.
        """
        self.screen = Screen(columns, rows)
        self.written = bytearray()
        """Every byte the program wrote."""
        self._answers = dict(answers or {})
        self._stream = ByteStream(self.screen)
        self._master, slave = pty.openpty()
        self._name = os.ttyname(slave)
        self.resize(columns, rows)
        self.settings = termios.tcgetattr(self._master)
        """The terminal's settings before the program had it."""
        streams = {"stdin": slave, "stdout": slave, "stderr": slave}
        self.process: subprocess.Popen[bytes] | ForkedProcess
        if forked:
            self.process = ForkedProcess(
                command, env, **streams, start_new_session=True, controlling=controlling, nohup=nohup
            )
        else:
            ways = ("controlling" if controlling else "-", "nohup" if nohup else "-")
            leader = [sys.executable, "-ISc", _LEADER, *ways, *command]
            self.process = subprocess.Popen(leader, **streams, env=dict(env), start_new_session=True)
        os.close(slave)

    def __enter__(self) -> "Terminal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.hang_up()

    def hang_up(self) -> None:
        """Close the terminal under the program."""
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    def settings_now(self) -> list[object]:
        """Return the present settings of the terminal, to compare with `settings`."""
        return termios.tcgetattr(self._master)

    def resize(self, columns: int, rows: int) -> None:
        """Resize as a window does: set the new size, and the kernel sends SIGWINCH."""
        self.screen.resize(max(rows, 1), max(columns, 1))
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def flow(self, *, on: bool) -> None:
        """Set whether the terminal accepts output, as ctrl+q and ctrl+s do."""
        slave = os.open(self._name, os.O_RDWR | os.O_NOCTTY)
        termios.tcflow(slave, termios.TCOON if on else termios.TCOOFF)
        os.close(slave)

    def type(self, keys: str) -> None:
        """Send `keys` as a keyboard would, all at once."""
        os.write(self._master, keys.encode())

    def type_slowly(self, keys: str, gap_s: float = 0.06) -> float:
        """Send keys one by one with the pauses of a person, and read meanwhile.

        Return the longest pause, which on a busy machine is more than `gap_s`.
        """
        longest, typed_at = 0.0, time.monotonic()
        for key in keys:
            longest, typed_at = max(longest, time.monotonic() - typed_at), time.monotonic()
            self.type(key)
            self.read_for(gap_s)
        return longest

    def wait_until_read(self, silence_s: float = SILENCE_S) -> None:
        """Read until the program has taken in all typed keys, and then for `silence_s` more.

        The silence after an escape tells it from the beginning of a sequence.
        """
        self.read_for(TOGETHER_S)
        end = time.monotonic() + DEADLINE_S
        slave = os.open(self._name, os.O_RDWR | os.O_NOCTTY)
        try:
            while any(fcntl.ioctl(slave, termios.FIONREAD, bytes(4))):
                assert time.monotonic() < end, f"it does not read what is typed; on screen:\n{self.text()}"
                self._read(0.01)
        finally:
            os.close(slave)
        self.read_for(silence_s)

    def paste(self, text: str) -> None:
        """Send a bracketed paste."""
        self.type(f"\x1b[200~{text}\x1b[201~")

    def text(self) -> str:
        """Return the text on screen."""
        return "\n".join(self.screen.display)

    def wait_for(self, expected: str | Callable[[str], bool], deadline_s: float = DEADLINE_S) -> str:
        """Read until the screen shows this, and return the screen; raise AssertionError with the screen otherwise."""
        holds = (lambda text: expected in text) if isinstance(expected, str) else expected
        end = time.monotonic() + deadline_s
        while not holds(self.text()):
            left = end - time.monotonic()
            if left <= 0 or not self._read(left):
                raise AssertionError(f"never shown: {expected!r}; on screen:\n{self.text()}")
        return self.text()

    def read_for(self, seconds: float) -> int:
        """Read for so long, and return how many bytes came."""
        before = len(self.written)
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._read(left)
        return len(self.written) - before

    def settles(self, quiet_s: float) -> None:
        """Read until nothing has come for so long."""
        while self.read_for(quiet_s):
            pass

    def wake_ups(self) -> int:
        """Return how often the threads of the program have gone to sleep so far, or 0 if the system does not tell."""
        statuses = "".join(path.read_text() for path in Path(f"/proc/{self.process.pid}/task").glob("*/status"))
        return sum(map(int, re.findall(r"^voluntary_ctxt_switches:\s*(\d+)", statuses, re.MULTILINE)))

    def wait_exit(self, deadline_s: float = DEADLINE_S) -> int:
        """Read until the program has ended, and return its exit code; a negative one is the signal that killed it."""
        end = time.monotonic() + deadline_s
        while self.process.poll() is None:
            if time.monotonic() > end:
                raise AssertionError(f"did not end; on screen:\n{self.text()}")
            self._read(0.05)
        while self._read(0.05):
            pass
        return self.process.returncode

    def wait_stopped(self) -> None:
        """Wait until the program is stopped."""
        if isinstance(self.process, ForkedProcess):
            self.process.wait_stopped(DEADLINE_S)
        else:
            os.waitid(os.P_PID, self.process.pid, os.WSTOPPED)

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def _read(self, timeout_s: float) -> bool:
        """Read what comes in time, together with what follows at once. Return False if nothing more can come."""
        if self._master < 0:
            return False
        if not self._ready(timeout_s):
            return self.process.poll() is None
        received = piece = self._piece()
        while piece and len(received) < AT_ONCE and self._ready(TOGETHER_S):
            received += (piece := self._piece())
        self.written += received
        self._stream.feed(received)
        for question in [question for question in self._answers if question.encode() in self.written]:
            self.type(self._answers.pop(question))
        return bool(received)

    def _ready(self, timeout_s: float) -> bool:
        return bool(select.select([self._master], [], [], timeout_s)[0])

    def _piece(self) -> bytes:
        """Return what the kernel hands over, which is nothing at the end."""
        try:
            return os.read(self._master, AT_ONCE)
        except OSError:  # the other side is gone
            return b""
