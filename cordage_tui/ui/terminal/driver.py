"""Textual driver for a terminal that may stop reading, disappear, reply late, and send anything."""

import os
import select
import selectors
import signal
import threading
import time
from codecs import getincrementaldecoder
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any, Final

from textual.app import App
from textual.message import Message

from cordage_tui.engine.processes.watchdog import stop_process
from cordage_tui.ui.terminal.capabilities import condense
from cordage_tui.ui.terminal.key_parser import TerminalInput
from cordage_tui.ui.terminal.pauses import QUIET_S
from cordage_tui.ui.terminal.replies import RESIZE_REPORTS, Answer
from cordage_tui.ui.textual_patches.app import textuals_driver
from cordage_tui.ui.textual_patches.driver import PatchedDriver

MOST: Final = 256 * 1024
"""Most characters that are queued. A terminal that is further behind gets no output until it has caught up. Then the
screen is drawn again, which is shorter than all left-out output."""
_PICTURE: Final = ("\x1b_G", "\x1bPtmux;", "\x1b7\x1b[")
"""Beginnings of pictures that are written separately: for Kitty's protocol, and of Sixel inside tmux."""
_PICTURE_SHARE: Final = 64
"""A picture counts as its length divided by this. The pictures of a screen are longer than `MOST`: counted in full, the
next frame would be left out, and the screen would be drawn and left out again and again."""
STALLED_S: Final = 0.5
"""Seconds without reading after which a writer that ends does not wait for the terminal any longer."""
_CHUNK: Final = 16 * 1024
"""Bytes in one call, enough for most frames. `poll` promises room only for some bytes; the rest blocks this thread."""
_LOOK_S: Final = 0.1
"""Seconds between two checks whether writing should end, while the terminal does not read."""


@contextmanager
def _not_stopped() -> Iterator[None]:
    """Block SIGTTOU, which stops a background process that writes to its terminal or changes the terminal's settings."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTTOU])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class TerminalWriter(Thread):
    """Replacement of Textual's WriterThread. That blocks the event loop when 30 writes wait, and forever if the terminal is
    gone."""

    def __init__(self, descriptor: int, encoding: str = "utf-8", caught_up: Callable[[], None] = lambda: None) -> None:
        """`caught_up` is called from the thread when the terminal reads again and output was left out before."""
        super().__init__(name="terminal-output", daemon=True)
        self._descriptor = descriptor
        self._encoding = encoding
        self._caught_up = caught_up
        self._waiting = deque[str]()
        self._size = 0
        """Characters that are queued or being written."""
        self._left_out = False
        self._stopped = False
        self._written = 0
        """Bytes written so far. They show whether the terminal reads."""
        self._changed = threading.Condition()

    @property
    def is_open(self) -> bool:
        """True if output will still be written."""
        return not self._stopped and self.is_alive()

    def write(self, text: str) -> None:
        """Queue `text`, or leave it out if the terminal does not read. Never blocks."""
        with self._changed:
            if self._stopped:
                return
            if self._size >= MOST:
                self._left_out = True
                return
            self._waiting.append(text)
            self._size += _weight(text)
            self._changed.notify_all()

    def stop(self) -> None:
        """Write the queued output, and end. This waits only as long as the terminal reads."""
        with self._changed:
            written, since = self._written, time.monotonic()
            while self._size and self.is_alive():
                self._changed.wait(_LOOK_S)
                if written != self._written:
                    written, since = self._written, time.monotonic()
                elif time.monotonic() - since >= STALLED_S:
                    break
            self._stopped = True
            self._changed.notify_all()

    def run(self) -> None:
        """Run the thread until `stop`, or until the terminal is gone."""
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTTOU])
        try:
            while texts := self._next():
                self._send(memoryview("".join(texts).encode(self._encoding, errors="backslashreplace")))
                self._sent(sum(map(_weight, texts)))
        except OSError:
            with self._changed:
                self._stopped = True
                self._waiting.clear()
                self._size = 0
                self._changed.notify_all()

    def _next(self) -> list[str]:
        """Wait for the next output, and return it. Textual writes a frame in three pieces, which are returned together.

        Empty: the writer was stopped.
        """
        with self._changed:
            while not self._waiting and not self._stopped:
                self._changed.wait()
            if self._stopped:
                return []
            texts = [self._waiting.popleft()]
            length = len(texts[0])
            while self._waiting and (length := length + len(self._waiting[0])) <= _CHUNK:
                texts.append(self._waiting.popleft())
            return texts

    def _sent(self, size: int) -> None:
        with self._changed:
            self._size -= size
            caught_up = self._left_out and not self._size
            if caught_up:
                self._left_out = False
            self._changed.notify_all()
        if caught_up:
            self._caught_up()

    def _send(self, data: memoryview) -> None:
        """Write bytes. Raises OSError if the terminal is gone."""
        poll = select.poll()
        poll.register(self._descriptor, select.POLLOUT)
        while data and not self._stopped:
            for _, event in poll.poll(_LOOK_S * 1000):
                if event & select.POLLNVAL:
                    raise OSError("The terminal was closed.")
                try:
                    count = os.write(self._descriptor, data[:_CHUNK])
                except BlockingIOError:  # another program that shares the terminal has set it to non-blocking
                    count = 0
                data = data[count:]
                self._written += count


def _weight(text: str) -> int:
    return -(-len(text) // _PICTURE_SHARE) if text.startswith(_PICTURE) else len(text)


_READ: Final = 4096
_END: Final = b"0"
"""Order to the thread that reads keys: end the thread."""
_LOOK: Final = b"1"
"""Order to the thread that reads keys: look for a pause from now on."""


class TerminalReply(Message):
    """A reply of the terminal about itself."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


class TerminalLost(Message):
    """The terminal may not show all output, so the screen must be drawn again."""


class ReplyCapturingDriver(PatchedDriver):
    """Textual driver that separates the terminal's replies from typed keys, and never waits for a terminal."""

    last_words: Callable[[], str] = str
    """Returns the text to write when the terminal is given back, at the end or for some time."""

    finished: Callable[[str], tuple[str, list[str]]] | None = None
    """Takes a frame, and returns the frame to write, and texts to write after it."""

    on_stop: Callable[[], object] | None = None
    """Called on the event loop when SIGTSTP asks the process to stop."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self._writer: TerminalWriter | None = None
        self._input = TerminalInput()
        self._is_resuming = False
        self._orders = os.pipe()
        """Bytes for the thread that reads keys."""
        self._pause_calls = deque[tuple[Callable[[], object], float]]()
        """Functions to call at the next pauses, one for each `_LOOK`."""
        super().__init__(*arguments, **named)

    def make_writer(self, descriptor: int, encoding: str) -> TerminalWriter:
        self._writer = TerminalWriter(descriptor, encoding, self._lost)
        return self._writer

    def expect_answers(self) -> None:
        """Expect replies to a query that was just written."""
        self._input.replies.expect(time.monotonic())

    def stop_process(self) -> None:
        """Give the terminal back, stop this process, and take the terminal again when the process is continued.

        If another program has the terminal, it is left alone.
        """
        has_terminal = self.has_terminal
        if has_terminal:
            self.suspend_until_continued()
        stop_process()
        if has_terminal and (self._writer is None or not self._writer.is_open):  # otherwise SIGCONT was handled already
            self.resume_application_mode()

    def resume_application_mode(self) -> None:
        """Take the terminal again.

        SIGCONT may be handled between any two steps of this. Then the terminal would be taken twice, but given back only once.
        """
        if self._is_resuming:
            return
        self._is_resuming = True
        try:
            super().resume_application_mode()
        finally:
            self._is_resuming = False

    def handle_stop_signal(self) -> None:
        if self.on_stop is not None:
            self.call_in_loop(self.on_stop)
        else:
            super().handle_stop_signal()

    def write(self, data: str) -> None:
        """Write to the terminal, if there is one."""
        if self._writer is not None:
            frame, after = (data, []) if self.finished is None else self.finished(data)
            for text in (condense(frame), *after):
                self._writer.write(text)

    def start_application_mode(self) -> None:
        """Take the terminal. In the background, wait until the process is brought to the foreground, unless it must end.

        The process does not stop itself, as other jobs do: it would not handle a signal to end that came just before.
        """
        while self._is_in_background:
            if getattr(self.app, "is_ending", False):
                return
            time.sleep(_LOOK_S)
        super().start_application_mode()  # type: ignore[no-untyped-call]

    def stop_application_mode(self) -> None:
        """Give the terminal back, also in the background. SIGTTOU does not stop the process here, because it may be ending."""
        if last_words := self.last_words():
            self.write(last_words)
        with _not_stopped():
            super().stop_application_mode()

    def disable_input(self) -> None:
        if self.reader is not None and self.reader.is_alive():
            os.write(self._orders[1], _END)
        with _not_stopped():
            super().disable_input()

    @property
    def _is_in_background(self) -> bool:
        """True if another job has the terminal."""
        with suppress(OSError):  # not our controlling terminal
            return os.tcgetpgrp(self.fileno) != os.getpgrp()
        return False

    def when_paused(self, then: Callable[[], object], for_s: float = QUIET_S) -> None:
        """Let the app call `then` when a pause of `for_s` seconds is seen from now on, after all input before it."""
        self._pause_calls.append((then, for_s))
        os.write(self._orders[1], _LOOK)

    def run_input_thread(self) -> None:
        """Read keys and replies, until the terminal is gone, which the watchdog handles.

        Textual's thread checks ten times a second whether it should end. This one sleeps until there is input or an order.
        """
        decode = getincrementaldecoder("utf-8")(errors="replace").decode
        # After a signal handler, Python treats the time of `select` as over, without another check for input.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        self._input.replies.expect(
            time.monotonic(), RESIZE_REPORTS
        )  # Textual sends its queries as soon as this thread runs
        self._input.pauses.restart(time.monotonic())
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            selector.register(self._orders[0], selectors.EVENT_READ)
            while True:
                started_at = time.monotonic()
                left_s = self._input.left_s(started_at)
                events = selector.select(left_s)
                if not events:
                    self._post_all(self._input.see_nothing(started_at + (left_s or 0.0)))
                    # Check again without waiting: on a busy machine, the rest of a reply may have come before this thread woke.
                    events = selector.select(0)
                ready = [key.fd for key, _ in events]
                if self._orders[0] in ready:
                    if os.read(self._orders[0], 1) == _END:
                        return
                    self._input.pauses.when_paused(*self._pause_calls.popleft())
                if self.fileno in ready:
                    try:
                        read = os.read(self.fileno, _READ)
                    except OSError:
                        return
                    if not read:
                        self.exit_event.wait(
                            _LOOK_S
                        )  # the end of a file is always ready: do not read it in a busy loop
                    self._post_all(self._input.feed(decode(read), time.monotonic()))
                self._post_all(self._input.tick(time.monotonic()))

    def _post_all(self, inputs: list[Message | Answer]) -> None:
        for item in inputs:
            self.process_message(item if isinstance(item, Message) else TerminalReply(item))

    def handle_continue_signal(self) -> None:
        """Resume after SIGCONT, unless the threads still run: a second pair would read and write at the same time."""
        if self._writer is not None and self._writer.is_open:
            self._lost()
        elif os.isatty(self.fileno):
            super().handle_continue_signal()

    def _lost(self) -> None:
        """Post TerminalLost, from any thread."""
        with suppress(RuntimeError):  # the loop is closed, so nothing is drawn any more
            self.call_in_loop(self.app.post_message, TerminalLost())


def driver_of(app: App[Any]) -> ReplyCapturingDriver | None:
    """Return the app's driver if it is ours."""
    driver = textuals_driver(app)
    return driver if isinstance(driver, ReplyCapturingDriver) else None


def see_pause(app: App[Any], then: Callable[[], object] = lambda: None, for_s: float = QUIET_S) -> bool:
    """Let our driver look for a pause again, and the app call `then` at it (`when_paused`). Return False if the driver is
    not ours."""
    driver = driver_of(app)
    if driver is not None:
        driver.when_paused(then, for_s)
    return driver is not None
