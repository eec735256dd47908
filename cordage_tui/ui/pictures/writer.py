"""Writes to the terminal in a thread of its own, and never makes anybody wait for a terminal that does not read."""

import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

MOST: Final = 256 * 1024
"""Characters that may wait. A terminal that is so far behind is sent nothing more until it has caught up; then the screen is
drawn anew, which is shorter than all that was missed."""
STALLED_S: Final = 0.5
"""A terminal that has read nothing for so long while the writer is to end is not waited for any longer."""
_CHUNK: Final = 16 * 1024
"""Bytes in one call: most frames whole. `poll` says only that there is room for some; what does not fit blocks this thread."""
_LOOK_S: Final = 0.1
"""How often it is looked, while the terminal does not read, whether writing is to end."""


class TerminalWriter:
    """In the place of Textual's WriterThread, which blocks the event loop when 30 writes wait, and for ever once its thread has
    died of a terminal that is gone."""

    def __init__(self, descriptor: int, encoding: str = "utf-8", caught_up: Callable[[], None] = lambda: None) -> None:
        """`caught_up` is called from the thread when the terminal reads again after something was left out."""
        self._descriptor = descriptor
        self._encoding = encoding
        self._caught_up = caught_up
        self._waiting = deque[str]()
        self._size = 0
        """Characters in `_waiting` and of what is being written."""
        self._left_out = False
        self._stopped = False
        self._written = 0
        """Bytes so far: whether the terminal reads."""
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="terminal-output", daemon=True)

    @property
    def is_open(self) -> bool:
        """Whether something written now will be sent."""
        return not self._stopped and self._thread.is_alive()

    def start(self) -> None:
        """Begin to write. Once."""
        self._thread.start()

    def write(self, text: str) -> None:
        """Have `text` written, or left out where the terminal does not read. Returns at once, also when the terminal is gone."""
        with self._changed:
            if self._stopped:
                return
            if self._size >= MOST:
                self._left_out = True
                return
            self._waiting.append(text)
            self._size += len(text)
            self._changed.notify_all()

    def stop(self) -> None:
        """Write what waits, and end. Waits for no longer than the terminal goes on reading."""
        with self._changed:
            written, since = self._written, time.monotonic()
            while self._size and self._thread.is_alive():
                self._changed.wait(_LOOK_S)
                if written != self._written:
                    written, since = self._written, time.monotonic()
                elif time.monotonic() - since >= STALLED_S:
                    break
            self._stopped = True
            self._changed.notify_all()

    def _run(self) -> None:
        """The thread, until `stop` or until the terminal is gone: nothing is left to be told to it then."""
        try:
            while (text := self._next()) is not None:
                self._send(memoryview(text.encode(self._encoding, errors="backslashreplace")))
                self._sent(text)
        except OSError:
            with self._changed:
                self._stopped = True
                self._waiting.clear()
                self._size = 0
                self._changed.notify_all()

    def _next(self) -> str | None:
        with self._changed:
            while not self._waiting and not self._stopped:
                self._changed.wait()
            return None if self._stopped else self._waiting.popleft()

    def _sent(self, text: str) -> None:
        with self._changed:
            self._size -= len(text)
            caught_up = self._left_out and not self._size
            if caught_up:
                self._left_out = False
            self._changed.notify_all()
        if caught_up:
            self._caught_up()

    def _send(self, data: memoryview) -> None:
        """Raises OSError when the terminal is gone."""
        poll = select.poll()
        poll.register(self._descriptor, select.POLLOUT)
        while data and not self._stopped:
            for _, event in poll.poll(_LOOK_S * 1000):
                if event & select.POLLNVAL:
                    raise OSError("The terminal was closed.")
                try:
                    count = os.write(self._descriptor, data[:_CHUNK])
                except BlockingIOError:  # somebody who shares the terminal has made it so
                    count = 0
                data = data[count:]
                self._written += count
