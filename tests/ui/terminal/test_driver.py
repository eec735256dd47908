"""The driver takes the terminal exactly once after each pause."""

import os
from types import SimpleNamespace

import pytest
from textual.drivers.linux_driver import LinuxDriver

from cordage_tui.ui.terminal.driver import ReplyCapturingDriver


def test_a_continuation_that_is_heard_late_takes_the_terminal_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A late SIGCONT does not take the terminal a second time, also if it comes while the terminal is taken."""
    ours, theirs = os.openpty()
    driver = ReplyCapturingDriver.__new__(ReplyCapturingDriver)
    driver._writer, driver._is_resuming, driver._auto_restart, driver.fileno = None, False, True, theirs
    taken: list[str] = []

    def start(self: ReplyCapturingDriver) -> None:
        taken.append("\x1b[>25u")
        self._sigcont_application()

    monkeypatch.setattr(LinuxDriver, "start_application_mode", start)
    monkeypatch.setattr(LinuxDriver, "stop_application_mode", lambda self: None)
    monkeypatch.setattr(LinuxDriver, "close", lambda self: None)
    monkeypatch.setattr("cordage_tui.ui.terminal.driver.stop_process", lambda: None)
    driver.stop_process()
    assert len(taken) == 1
    driver.stop_process()
    assert len(taken) == 2
    os.close(ours)
    os.close(theirs)


def test_pictures_follow_their_frame() -> None:
    """Pictures of a frame are written separately after it, so that they count as pictures."""
    written: list[str] = []
    driver = ReplyCapturingDriver.__new__(ReplyCapturingDriver)
    driver._writer = SimpleNamespace(write=written.append)
    driver.write("a")
    driver.finished = lambda frame: (frame.replace("mark", ""), ["image"])
    driver.write("a frame with a mark")
    assert written == ["a", "a frame with a ", "image"]
