"""Several windows on one machine cost the API as much as one."""

import json
import shutil
import signal

import pytest

from tests.acceptance.server import KEY
from tests.e2e.home import PROGRAM


def count_reads(judge):
    """Return how many reads the judge has answered."""
    return [budget for budget, _ in judge.calls].count("read")


@pytest.mark.quiet
def test_a_second_window_follows_the_first(open_window, judge):
    """The second window shows within a second what the first one submits, and reads nothing itself."""
    first = open_window()
    first.terminal.wait_for(lambda _: count_reads(judge) == 3)
    second = open_window()
    second.terminal.read_for(1.0)
    assert count_reads(judge) == 3
    first.runs("long fox")
    second.terminal.wait_for(lambda _: "long fox" in second.rows(), 1.0)
    second.waits_for(**{"long fox": "running"})
    assert len(judge.runs) == 1


@pytest.mark.quiet
def test_two_windows_read_as_one(open_window, judge):
    """While two windows show an active run, the server is read as often as for one window."""
    first = open_window()
    first.runs("long fox")
    first.waits_for(**{"long fox": "running"})
    alone = reads_in(judge, first, 8.0)
    second = open_window()
    second.waits_for(**{"long fox": "running"})
    second.terminal.read_for(1.0)
    together = reads_in(judge, first, 8.0)
    assert together <= alone + 2, f"{alone} reads by one window, {together} by two"


def reads_in(judge, person, seconds):
    """Return how many reads happen in so many seconds."""
    before = count_reads(judge)
    person.terminal.read_for(seconds)
    return count_reads(judge) - before


def test_the_second_window_sends_what_is_typed_there_once(open_window, judge):
    """A prompt that is typed into the second window is sent once."""
    first, second = open_window(), open_window()
    second.runs("long fox")
    first.terminal.wait_for(lambda _: first.rows().get("long fox") == "running")
    second.waits_for(**{"long fox": "running"})
    assert len(judge.runs) == 1


def test_the_second_window_takes_over(open_window, judge):
    """If the first window is killed, the second one polls and sends within a second."""
    first, second = open_window(), open_window()
    first.terminal.signal(signal.SIGKILL)
    first.terminal.wait_exit()
    second.runs("fox")
    second.waits_for(fox="completed")
    assert len(judge.runs) == 1


def test_a_stopped_window_is_named_by_the_others(open_window, judge, queue, command):
    """If a window is stopped by SIGSTOP, windows and commands name its process and wait for nothing. When it continues,
    all is well again."""
    first, second = open_window(), open_window()
    pid = first.terminal.process.pid
    first.terminal.signal(signal.SIGSTOP)
    second.terminal.wait_for(f"not read: pid {pid} is stopped", 15.0)
    assert "live" not in second.terminal.text() and "read by another window" not in second.terminal.text()
    second.runs("fox")
    listed = queue("list")
    assert f"pid {pid} is stopped" in listed.stderr and "fox" in listed.stdout
    assert json.loads(queue("list", "--json").stdout)["silent"] | {"since": ""} == {
        "pid": pid,
        "since": "",
        "stopped": True,
    }
    doctor = command("doctor", "--offline")
    assert doctor.returncode == 3 and f"pid {pid} is stopped" in doctor.stdout
    trigger = command("trigger", "Sunset", "owl")
    assert trigger.returncode == 3 and f"pid {pid} is stopped" in trigger.stderr
    assert judge.runs == []
    first.terminal.signal(signal.SIGCONT)
    second.terminal.wait_for("● live", 15.0)
    second.waits_for(fox="completed")
    assert [run.body["prompt"] for run in judge.runs] == ["fox"]


def test_a_suspended_window_frees_its_locks(open_window, judge):
    """A window that is suspended frees its locks first, so the second window reads and sends at once."""
    first, second = open_window(), open_window()
    first.terminal.signal(signal.SIGTSTP)
    first.terminal.wait_stopped()
    second.runs("fox")
    second.waits_for(fox="completed")
    assert "● live" in second.terminal.text() and "another window" not in second.terminal.text()
    first.terminal.signal(signal.SIGCONT)
    first.waits_for(fox="completed")
    first.terminal.wait_for("read by another window")
    assert len(judge.runs) == 1
    first.runs("owl")
    second.waits_for(owl="completed")


def test_a_shell_suspends_and_resumes_the_program(home, judge, open_window):
    """Ctrl+z gives the terminal to the shell, and `fg` draws the whole screen again."""
    with home.open(
        home.environ(KEY, PS1="shell> "), program=(shutil.which("bash"), "--norc", "--noprofile", "-i")
    ) as terminal:
        terminal.wait_for("shell> ")
        terminal.type(f"{' '.join(PROGRAM)}\r")
        terminal.wait_for("● live")
        for turn, prompt in enumerate(("fox", "owl"), 1):
            terminal.type("\x1a")
            terminal.wait_for(lambda _, turn=turn: terminal.written.count(b"Stopped") == turn)
            second = open_window()
            second.runs(prompt)
            second.waits_for(**{prompt: "completed"})
            assert second.quits() == 0
            terminal.type("fg\r")
            terminal.wait_for(lambda _, turn=turn: terminal.written.count(RAW) > turn)
            terminal.wait_for(lambda text, prompt=prompt: "● live" in text and prompt in text)
        terminal.type("\x11")
        terminal.wait_for(lambda _: terminal.written.rstrip().endswith(b"shell>"))


RAW = b"\x1b[?25l"
"""The program writes this when it has taken over the terminal."""


def test_ctrl_z_without_a_shell_does_not_suspend(open_window):
    """If no shell could resume the program, ctrl+z does not suspend it and says so."""
    person = open_window()
    person.leaves_prompt()
    person.terminal.type("\x1a")
    person.terminal.wait_for("Not suspended")
    person.terminal.wait_for("● live")


def test_a_suspended_watch_frees_its_locks(home, open_window, judge):
    """If `watch`, which reads for all windows, is suspended, another window reads at once."""
    with home.open(home.environ(KEY), "watch", "--forever") as watching:
        second = open_window(greeting="read by another window")
        watching.signal(signal.SIGTSTP)
        watching.wait_stopped()
        second.terminal.wait_for(lambda text: "● live" in text and "another window" not in text)
        watching.signal(signal.SIGCONT)
        second.runs("fox")
        watching.wait_for(lambda text: "fox" in text and "completed" in text)
