"""The terminal is taken as often as it is given back."""

import os
from types import SimpleNamespace

import pytest
from textual.drivers.linux_driver import LinuxDriver

from cordage_tui.ui.terminal.driver import ReplyCapturingDriver


def test_a_continuation_that_is_heard_late_takes_the_terminal_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python hears of SIGCONT between any two steps of the main thread: before it takes the terminal again, and while it does."""
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
    """What is drawn after a frame is written by itself, so that it counts as a picture."""
    written: list[str] = []
    driver = ReplyCapturingDriver.__new__(ReplyCapturingDriver)
    driver._writer = SimpleNamespace(write=written.append)
    driver.write("a")
    driver.finished = lambda frame: (frame.replace("mark", ""), ["image"])
    driver.write("a frame with a mark")
    assert written == ["a", "a frame with a ", "image"]
