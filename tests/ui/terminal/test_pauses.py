"""A key counts as pressed by a person only if the input was seen empty for a while before it."""

import os
import time
from queue import Queue

import pytest
from textual.events import Key, Mount

from cordage_tui.ui.terminal.driver import ReplyCapturingDriver
from cordage_tui.ui.terminal.key_parser import TerminalInput
from cordage_tui.ui.terminal.paste_guard import PasteGuard
from cordage_tui.ui.terminal.pauses import QUIET_S, TypingPaused, quiet_before
from tests.ui.terminal.test_torn_answers import DEADLINE_S, Pty

LATE_S = 10.0
"""How late the pieces of a paste are read on a machine that does something else."""


class Line:
    """The reading thread with times of its own."""

    def __init__(self) -> None:
        self.input = TerminalInput()
        self.input.pauses.restart(0.0)

    def reads(self, text: str, at: float) -> list[bool]:
        """Read the text, and return for each key whether a new pause was seen before it."""
        keys = [event for event in self.input.feed(text, at) if isinstance(event, Key)]
        return [quiet_before(key) > 0.0 for key in keys]

    def looks(self, at: float) -> list[TypingPaused]:
        """Look without input, and return the pauses."""
        return [event for event in self.input.see_nothing(at) if isinstance(event, TypingPaused)]


def test_a_key_that_is_read_late_has_no_pause_before_it():
    """A key that is read late has no pause before it, because the input may have been full all the time."""
    line = Line()
    line.looks(1.0)
    assert line.reads("x", 2.0) == [True]
    assert line.reads("y", 2.0 + LATE_S) == [False]


def test_a_look_too_early_is_no_pause_and_one_in_time_is():
    """A look counts as a pause only after the quiet time, and names the time of the next look."""
    line = Line()
    line.looks(1.0)
    line.reads("x", 2.0)
    assert line.input.left_s(2.0) == pytest.approx(QUIET_S, abs=0.002)
    line.looks(2.0 + QUIET_S / 2)
    assert line.input.left_s(2.0 + QUIET_S / 2) == pytest.approx(QUIET_S / 2, abs=0.002)
    line.looks(2.0 + 1.1 * QUIET_S)
    assert line.input.left_s(3.0) is None
    assert line.reads("y", 2.0 + 2 * QUIET_S) == [True]


def test_a_look_when_it_is_due_finds_a_pause_long_enough():
    """A look at its due time finds a long enough pause, whatever the rounding."""
    for at in (4726.5444104972, *(n / 7 for n in range(10, 500))):
        line, guard = Line(), PasteGuard()
        (key,) = line.input.feed("x", at)
        guard.record(key)
        looked = at
        while (left_s := line.input.left_s(looked)) is not None:
            line.looks(looked := looked + left_s)
        (key,) = line.input.feed("y", at + 2 * QUIET_S)
        assert guard.record(key) is False, at


def test_keys_that_are_read_together_have_no_pause_before_them():
    """Keys that are read together have no pause before them."""
    line = Line()
    line.looks(1.0)
    assert line.reads("yes", 2.0) == [False] * 3


def test_what_is_no_key_ends_no_pause():
    """Mouse, replies and modifier keys do not end a pause."""
    line = Line()
    line.looks(1.0)
    line.reads("x", 2.0)
    line.reads("\x1b[<35;9;9M\x1b[?2026;2$y", 2.0 + QUIET_S / 2)
    assert line.reads("\x1b[57441u", 2.0 + QUIET_S / 2) == [True]
    line.looks(2.0 + 1.1 * QUIET_S)
    assert line.reads("y", 2.0 + 2 * QUIET_S) == [True]


def test_what_is_held_back_is_no_pause():
    """While a part of a sequence is held back there is no pause."""
    line = Line()
    line.looks(1.0)
    line.reads("x", 2.0)
    line.reads("\x1b", 2.001)
    assert line.looks(2.0 + 1.1 * QUIET_S) == []
    assert line.reads("[A", 2.0 + 2 * QUIET_S) == [False]


def test_an_escape_that_only_a_pause_makes_a_key_is_a_persons():
    """An escape that became a key by its wait has a pause before it."""
    line = Line()
    line.looks(1.0)
    line.reads("x", 2.0)
    line.reads("\x1b", 2.001)
    (escape,) = line.input.tick(3.0)
    assert (escape.key, quiet_before(escape)) == ("escape", 3.0)
    assert line.reads("y", 3.001) == [False]


def test_a_requested_pause_is_reported_when_it_is_seen():
    """A requested pause is reported once, after the last key."""
    line, reports = Line(), list[str]()
    line.reads("x", 2.0)
    line.input.pauses.when_paused(lambda: reports.append("paused"))
    assert line.looks(2.0 + QUIET_S / 2) == []
    line.reads("x", 2.0 + QUIET_S / 2)
    assert line.looks(2.0 + 1.1 * QUIET_S) == []
    (paused,) = line.looks(2.0 + 2 * QUIET_S)
    paused.then()
    assert reports == ["paused"]
    assert line.looks(9.0) == []


def test_what_opens_in_a_pause_waits_for_no_other():
    """A dialog that opens in a pause accepts the next key once the input was seen empty again."""
    line, guard, opened = Line(), PasteGuard(), Mount()
    opened.time = 3.0
    for looks, burst in ((False, True), (True, False)):
        line.reads("x", 2.0)
        line.looks(2.0 + 1.1 * QUIET_S)
        guard.record(opened)
        line.input.pauses.when_paused(lambda: None)
        assert line.input.left_s(3.0) == 0.0
        if looks:
            line.looks(3.001)
        (key,) = line.input.feed("y", 3.002)
        assert guard.record(key) is burst
        guard = PasteGuard()


def test_the_driver_looks_when_it_is_asked_and_sleeps_afterwards():
    """The driver of a real terminal reports a requested pause, and marks keys with the pause before them."""
    received: Queue[object] = Queue()
    with Pty() as pty:
        driver: ReplyCapturingDriver = pty.driver
        driver._post_all = lambda inputs: [received.put(item) for item in inputs]
        requested_at = time.monotonic()
        driver.when_paused(lambda: None)
        assert isinstance(received.get(timeout=DEADLINE_S), TypingPaused)
        os.write(pty.terminal, b"y")
        key = received.get(timeout=DEADLINE_S)
        assert isinstance(key, Key)
        assert quiet_before(key) > requested_at
        assert key.time > quiet_before(key)
        os.write(pty.terminal, b"no")
        together = [received.get(timeout=DEADLINE_S) for _ in range(2)]
        assert [quiet_before(key) > requested_at for key in together] == [False, False]
