"""Replies in pieces through a real pseudo-terminal are never typed, and at other times keys are reported at once."""

import os
import time
import tty
from collections import deque
from collections.abc import Iterator
from queue import Queue
from threading import Thread

import pytest
from textual.events import Key
from textual.message import Message

from cordage_tui.ui.terminal.driver import _END, ReplyCapturingDriver
from cordage_tui.ui.terminal.key_parser import TerminalInput
from cordage_tui.ui.terminal.replies import Answer
from tests.ui.terminal.test_input import ASKED, REPORT

DEADLINE_S = 30.0


class _Input(TerminalInput):
    """Input that reports after each look how much it was fed."""

    def __init__(self) -> None:
        super().__init__()
        self._fed = 0
        self.looks: Queue[int] = Queue()

    def feed(self, text: str, now: float) -> list[Message | Answer]:
        self._fed += len(text)
        return super().feed(text, now)

    def tick(self, now: float) -> list[Message | Answer]:
        events = super().tick(now)
        self.looks.put(self._fed)
        return events


class Pty:
    """Terminal whose other end is read by the driver's own thread."""

    def __init__(self) -> None:
        self.terminal, self._program = os.openpty()
        tty.setraw(self._program)
        self.input, self.events = _Input(), list[Message | Answer]()
        driver = self.driver = ReplyCapturingDriver.__new__(ReplyCapturingDriver)
        driver.fileno, driver._orders, driver._input = self._program, os.pipe(), self.input
        driver._pause_calls = deque()
        driver._post_all = self.events.extend
        self._reader = Thread(target=driver.run_input_thread)
        self._sent = 0

    def __enter__(self) -> "Pty":
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        os.write(self.driver._orders[1], _END)
        self._reader.join()
        for descriptor in (self.terminal, self._program, *self.driver._orders):
            os.close(descriptor)

    def sends(self, *pieces: str) -> list[str]:
        """Send each piece after the last was read, and return the keys of all."""
        before = len(self.events)
        for piece in pieces:
            os.write(self.terminal, piece.encode())
            self._sent += len(piece)
            while self.input.looks.get(timeout=DEADLINE_S) < self._sent:
                pass
        return [event.key for event in self.events[before:] if isinstance(event, Key)]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pty]:
    """Open a terminal where any pause is longer than the wait for a key, and shorter than that for a reply."""
    monkeypatch.setattr("textual.constants.ESCAPE_DELAY", 0.0)
    monkeypatch.setattr("cordage_tui.ui.terminal.replies._TORN_S", DEADLINE_S)
    monkeypatch.setattr("cordage_tui.ui.terminal.replies._EXPECTED_S", DEADLINE_S)
    with Pty() as terminal:
        yield terminal


def test_an_answer_torn_at_each_place_is_not_typed(terminal: Pty) -> None:
    """A reply that is split at any place is not typed, neither at the start nor later."""
    assert terminal.sends("\x1b", "_", "Gi=31;OK\x1b\\", *REPORT) == []
    for answer in ASKED:
        for cut in range(1, len(answer)):
            terminal.input.replies.expect(time.monotonic(), "2048")
            assert terminal.sends(answer[:cut], answer[cut:], REPORT) == []


def test_keys_are_keys_when_no_answer_is_waited_for(terminal: Pty) -> None:
    """Without an expected reply keys are reported at once, although a reply might begin with them."""
    terminal.sends(REPORT)
    for keys in ("\x1b", "\x1b[A", "q"):
        assert len(terminal.sends(keys)) == 1
    assert len(terminal.sends(*"\x1b_G")) == 3
