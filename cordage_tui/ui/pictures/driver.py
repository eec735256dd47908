"""Textual's driver for a terminal, which also listens for answers, and says last words before the terminal is given back."""

import os
import selectors
import time
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from textual import constants
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from cordage_tui.ui.pictures.answers import Answer, Sieve

_LOOK_S: Final = 0.1
"""How often it is looked whether reading is to end, as in Textual's own loop."""
_READ: Final = 4096


class TerminalAnswered(Message):
    """The terminal said something about itself. Sent to the app."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


class ListeningDriver(LinuxDriver):
    """What is typed goes the way it always went; answers never get among it, however late or torn they come."""

    last_words: Callable[[], str] = str
    """What to write when the terminal is given back, at the end or for a while."""

    _is_handed_over = False
    """Another program has the terminal, or the process is about to be stopped: nothing is written."""

    def suspend_application_mode(self) -> None:
        super().suspend_application_mode()
        self._is_handed_over = True

    def resume_application_mode(self) -> None:
        self._is_handed_over = False
        super().resume_application_mode()

    def write(self, data: str) -> None:
        if not self._is_handed_over:
            super().write(data)

    def stop_application_mode(self) -> None:
        if words := self.last_words():
            self.write(words)
        super().stop_application_mode()

    def run_input_thread(self) -> None:
        """As Textual's, with a sieve between reading and parsing."""
        parser, sieve = _Parser(self._debug), Sieve(constants.ESCAPE_DELAY)
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            decode = getincrementaldecoder("utf-8")(errors="replace").decode
            while not self.exit_event.is_set():
                left_s = sieve.left_s(time.monotonic())
                if selector.select(_LOOK_S if left_s is None else min(left_s, _LOOK_S)):
                    read = os.read(self.fileno, _READ)
                    if not read and self.exit_event.wait(_LOOK_S):
                        break  # Textual clears the event again at once; a second look may come too late
                    self._tell(parser.feed_some(sieve.sift(decode(read), time.monotonic())), sieve)
                self._tell(parser.tick(), sieve)
                self._tell(parser.pressed(sieve.due(time.monotonic())), sieve)
        for _ in parser.feed(""):
            pass

    def _tell(self, messages: Iterable[Message], sieve: Sieve) -> None:
        for message in messages:
            self.process_message(message)
        for answer in sieve.heard:
            self.process_message(TerminalAnswered(answer))
        sieve.heard.clear()


class _Parser(XTermParser):
    """Textual's, to which an empty text means the end, and which waits after an escape for what may follow."""

    def feed_some(self, text: str) -> Iterator[Message]:
        if text:
            yield from self.feed(text)

    def pressed(self, keys: str) -> Iterator[Message]:
        """Keys that were waited upon already."""
        if keys:
            yield from self.feed(keys)
            self._timeout_time = 0.0
            yield from self.tick()
