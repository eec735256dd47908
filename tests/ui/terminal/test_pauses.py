"""A key is a person's only if the line was seen empty for a while before it, whenever it is read."""

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
    """What the thread that reads tells, at times of its own."""

    def __init__(self) -> None:
        self.input = TerminalInput()
        self.input.pauses.restart(0.0)

    def reads(self, text: str, at: float) -> list[bool]:
        """Says of each key whether there was a pause before it that began after the one before."""
        keys = [one for one in self.input.feed(text, at) if isinstance(one, Key)]
        return [quiet_before(key) > 0.0 for key in keys]

    def looks(self, at: float) -> list[TypingPaused]:
        """There is nothing to read."""
        return [one for one in self.input.see_nothing(at) if isinstance(one, TypingPaused)]


def test_a_key_that_is_read_late_has_no_pause_before_it():
    """The line may have been full all the time."""
    line = Line()
    line.looks(1.0)
    assert line.reads("x", 2.0) == [True]
    assert line.reads("y", 2.0 + LATE_S) == [False]


def test_a_look_too_early_is_no_pause_and_one_in_time_is():
    """The look tells when to make the next one."""
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
    """However the sums of times are rounded."""
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
    """A whole paste in a question that is open begins with `y`."""
    line = Line()
    line.looks(1.0)
    assert line.reads("yes", 2.0) == [False] * 3


def test_what_is_no_key_ends_no_pause():
    """A mouse moves, the terminal answers, a modifier is reported by itself."""
    line = Line()
    line.looks(1.0)
    line.reads("x", 2.0)
    line.reads("\x1b[<35;9;9M\x1b[?2026;2$y", 2.0 + QUIET_S / 2)
    assert line.reads("\x1b[57441u", 2.0 + QUIET_S / 2) == [True]
    line.looks(2.0 + 1.1 * QUIET_S)
    assert line.reads("y", 2.0 + 2 * QUIET_S) == [True]


def test_what_is_held_back_is_no_pause():
    """The rest of a sequence may be on its way: it has come, but not all of it."""
    line = Line()
    line.looks(1.0)
    line.reads("x", 2.0)
    line.reads("\x1b", 2.001)
    assert line.looks(2.0 + 1.1 * QUIET_S) == []
    assert line.reads("[A", 2.0 + 2 * QUIET_S) == [False]


def test_an_escape_that_only_a_pause_makes_a_key_is_a_persons():
    """It is held back for longer than the pause before a key has to be."""
    line = Line()
    line.looks(1.0)
    line.reads("x", 2.0)
    line.reads("\x1b", 2.001)
    (escape,) = line.input.tick(3.0)
    assert (escape.key, quiet_before(escape)) == ("escape", 3.0)
    assert line.reads("y", 3.001) == [False]


def test_a_pause_that_was_asked_for_is_told_when_it_is_seen():
    """It is one behind the last key, whether that came before or afterwards."""
    line, told = Line(), list[str]()
    line.reads("x", 2.0)
    line.input.pauses.when_paused(lambda: told.append("paused"))
    assert line.looks(2.0 + QUIET_S / 2) == []
    line.reads("x", 2.0 + QUIET_S / 2)
    assert line.looks(2.0 + 1.1 * QUIET_S) == []
    (paused,) = line.looks(2.0 + 2 * QUIET_S)
    paused.then()
    assert told == ["paused"]
    assert line.looks(9.0) == []


def test_what_opens_in_a_pause_waits_for_no_other():
    """A person has pressed its key, and may press the next one; but the line has to be seen empty once it is open."""
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
    """A real terminal, and the thread that reads it."""
    heard: Queue[object] = Queue()
    with Pty() as pty:
        driver: ReplyCapturingDriver = pty.driver
        driver._post_all = lambda inputs: [heard.put(item) for item in inputs]
        asked_at = time.monotonic()
        driver.when_paused(lambda: None)
        assert isinstance(heard.get(timeout=DEADLINE_S), TypingPaused)
        os.write(pty.terminal, b"y")
        key = heard.get(timeout=DEADLINE_S)
        assert isinstance(key, Key)
        assert quiet_before(key) > asked_at
        assert key.time > quiet_before(key)
        os.write(pty.terminal, b"no")
        together = [heard.get(timeout=DEADLINE_S) for _ in range(2)]
        assert [quiet_before(key) > asked_at for key in together] == [False, False]
