"""Textual's driver for a terminal that may stop reading, vanish, answer late and send anything."""

import os
import selectors
import time
from codecs import getincrementaldecoder
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any, Final

from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from cordage_tui.engine.job_control import stop_process
from cordage_tui.ui.pictures.answers import Answer
from cordage_tui.ui.pictures.input import TerminalInput
from cordage_tui.ui.pictures.writer import TerminalWriter

_LOOK_S: Final = 0.1
"""How often it is looked whether reading is to end, as in Textual's own loop."""
_READ: Final = 4096


class TerminalReply(Message):
    """The terminal said something about itself. Sent to the app."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


class TerminalLost(Message):
    """The terminal does not show what it was sent: it was left out, or drawn over. Sent to the app, which draws all anew."""


class ReplyCapturingDriver(LinuxDriver):
    """What is typed goes the way it always went; answers never get among it, however late or torn they come. Nothing waits for
    a terminal that does not read, or is gone."""

    last_words: Callable[[], str] = str
    """What to write when the terminal is given back, at the end or for a while."""

    on_stop: Callable[[], object] | None = None
    """Called on the event loop when SIGTSTP asks for the process to stop."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        """As Textual's."""
        self._writer: TerminalWriter | None = None
        self._input = TerminalInput()
        self._reader: Thread | None = None
        super().__init__(*arguments, **named)

    @property
    def _writer_thread(self) -> Any:
        """Textual makes its own in `start_application_mode`, and starts what it finds here."""
        return self._writer

    @_writer_thread.setter
    def _writer_thread(self, textuals: Any) -> None:
        if textuals is not None:
            self._writer = TerminalWriter(textuals.fileno(), getattr(self._file, "encoding", "utf-8"), self._lost)

    @property
    def _key_thread(self) -> Any:
        """The thread that reads. It may wait for a key when the program ends, and nobody is to wait for it."""
        return self._reader

    @_key_thread.setter
    def _key_thread(self, thread: Any) -> None:
        if thread is not None:
            thread.daemon = True
        self._reader = thread

    def expect_answers(self) -> None:
        """The terminal has just been asked something."""
        self._input.expect_answers(time.monotonic())

    def stop_process(self) -> None:
        """Give the terminal back, stop this process, and take the terminal again when it goes on. While another program has it,
        the terminal is left alone."""
        ours = self._auto_restart
        if ours:
            self.suspend_application_mode()
            self._must_signal_resume = True
        stop_process()
        if ours and (self._writer is None or not self._writer.is_open):  # else SIGCONT was heard already
            self.resume_application_mode()

    def _sigtstp_application(self, *arguments: object) -> None:
        if self.on_stop is not None:
            self._loop.call_soon_threadsafe(self.on_stop)
        else:
            super()._sigtstp_application(*arguments)

    def write(self, data: str) -> None:
        """Nothing happens where there is no terminal (any more)."""
        if self._writer is not None:
            self._writer.write(data)

    def stop_application_mode(self) -> None:
        if words := self.last_words():
            self.write(words)
        super().stop_application_mode()

    def run_input_thread(self) -> None:
        """As Textual's, for an input of ours. Ends quietly when the terminal is gone, which the watchdog sees to."""
        decode = getincrementaldecoder("utf-8")(errors="replace").decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                left_s = self._input.left_s(time.monotonic())
                if selector.select(_LOOK_S if left_s is None else min(left_s, _LOOK_S)):
                    try:
                        read = os.read(self.fileno, _READ)
                    except OSError:
                        return
                    if not read and self.exit_event.wait(_LOOK_S):
                        return  # Textual clears the event again at once; a second look may come too late
                    self._tell(self._input.feed(decode(read), time.monotonic()))
                self._tell(self._input.tick(time.monotonic()))

    def _tell(self, heard: list[Message | Answer]) -> None:
        for one in heard:
            self.process_message(one if isinstance(one, Message) else TerminalReply(one))

    def _sigcont_application(self, *_: object) -> None:
        """Textual's for a process that was suspended. One that only stood still, or hears SIGCONT because its terminal has hung
        up, has its threads yet: a second pair would read and write beside them."""
        if self._writer is not None and self._writer.is_open:
            self._lost()
        elif os.isatty(self.fileno):
            super()._sigcont_application()

    def _lost(self) -> None:
        """From whatever thread."""
        with suppress(RuntimeError):  # the loop is closed: nothing is drawn any more
            self._loop.call_soon_threadsafe(self._app.post_message, TerminalLost())
