"""Keyboard of linear mode: reads and echoes lines itself, so that sentences do not come between the letters of one."""

import codecs
import io
import os
import select
import signal
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, TextIO, cast

from cordage_tui.cli.linear.edited_line import END, EditedLine
from cordage_tui.cli.linear.speech import Speech

_LOOK_S: Final = 0.5
"""Seconds between checks for waiting announcements while a line is half typed."""
_LFLAG: Final = 3
_CC: Final = 6


class Keyboard(io.TextIOBase):
    """Stand-in for stdin on a terminal, whose own echo it replaces."""

    def __init__(self, speech: Speech, descriptor: int = 0) -> None:
        self._speech = speech
        self._descriptor = descriptor
        self._line = EditedLine()
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._echoes = True
        self._before: list[Any] = []

    @contextmanager
    def attached(self) -> Iterator[None]:
        """Read stdin for the duration of the context, if it is a terminal that edits and echoes lines.

        If another program does that, such as an editor's shell window, its lines come whole.
        """
        with suppress(termios.error, ValueError):
            self._before = termios.tcgetattr(self._descriptor)
        edits = termios.ICANON | termios.ECHO
        if not self._before or self._before[_LFLAG] & edits != edits:
            yield
            return
        stdin, continued = sys.stdin, signal.signal(signal.SIGCONT, lambda number, frame: self._take())
        sys.stdin = cast("TextIO", self)
        if not self._is_in_background:
            self._take_early()
        self._take()
        try:
            yield
        finally:
            sys.stdin = stdin
            signal.signal(signal.SIGCONT, continued)
            self._give_back()

    @contextmanager
    def given_back(self) -> Iterator[None]:
        """Give the terminal its own echo back for the duration of the context."""
        self._give_back()
        try:
            yield
        finally:
            self._take()

    @contextmanager
    def without_echo(self) -> Iterator[None]:
        """Echo no typed text, because it is a secret."""
        self._echoes = False
        try:
            yield
        finally:
            self._echoes = True

    def drop_typed_ahead(self) -> None:
        """Discard text typed before now and not read yet: it cannot be an answer to the next question."""
        with suppress(termios.error):
            termios.tcflush(self._descriptor, termios.TCIFLUSH)
        self._line.give_up()

    def isatty(self) -> bool:
        """Return whether this is a terminal, which it is."""
        return True

    def fileno(self) -> int:
        """Return the descriptor of the terminal."""
        return self._descriptor

    def readline(self, size: int | None = -1, /) -> str:  # type: ignore[override]
        """Read a line; empty at the end of input. Raises OSError once the terminal is gone, and KeyboardInterrupt for Ctrl-C."""
        try:
            while True:
                echo, line = self._line.edit()
                if self._echoes:
                    self._speech.typed(echo, self._line.text, entered=line is not None)
                if line is not None:
                    return line
                if not (data := self._read()):
                    return ""
                self._line.feed(self._decoder.decode(data))
        except KeyboardInterrupt:
            self._line.give_up()
            self._speech.typed("", "", entered=True)
            raise

    def _read(self) -> bytes:
        """Wait for keys; announce changes that have waited long enough for the end of a half typed line."""
        while self._line.text:
            self._speech.speak_if_due()
            if select.select([self._descriptor], [], [], _LOOK_S)[0]:
                break
        return os.read(self._descriptor, 4_096)

    def _give_back(self) -> None:
        if self._before:
            with suppress(termios.error):
                termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._before)

    def _take_early(self) -> None:
        """Read the input that arrived earlier. After the terminal stops editing lines, the end of input arrives as a NUL."""
        with suppress(OSError):
            while select.select([self._descriptor], [], [], 0)[0]:
                data = os.read(self._descriptor, 4_096)
                self._line.feed(self._decoder.decode(data) if data else END)
                if not data:
                    return

    @property
    def _is_in_background(self) -> bool:
        """True if the use of the terminal would stop the process."""
        with suppress(OSError):  # not our controlling terminal
            return os.tcgetpgrp(self._descriptor) != os.getpgrp()
        return False

    def _take(self) -> None:
        """Have the terminal pass on each key without echo; not in the background, because that would stop the
        process."""
        mode = [*self._before]
        mode[_LFLAG] &= ~(termios.ICANON | termios.ECHO)
        mode[_CC] = [*mode[_CC]]
        mode[_CC][termios.VMIN], mode[_CC][termios.VTIME] = 1, 0
        if self._is_in_background:
            return
        with suppress(termios.error):
            termios.tcsetattr(self._descriptor, termios.TCSADRAIN, mode)
