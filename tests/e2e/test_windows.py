"""Ten windows on one machine cost the API what one does."""

import json
import shutil
import signal

import pytest

from tests.acceptance.server import KEY
from tests.e2e.home import PROGRAM


def reads(judge):
    return [budget for budget, _ in judge.calls].count("read")


@pytest.mark.quiet
def test_a_second_window_follows_the_first(opens, judge):
    """It shows within a second what the first one submits and what becomes of it, without a read of its own."""
    first = opens()
    first.terminal.wait_for(lambda _: reads(judge) == 3)
    second = opens()
    second.terminal.read_for(1.0)
    assert reads(judge) == 3
    first.runs("long fox")
    second.terminal.wait_for(lambda _: "long fox" in second.rows(), 1.0)
    second.waits_for(**{"long fox": "running"})
    assert len(judge.runs) == 1


@pytest.mark.quiet
def test_two_windows_read_as_one(opens, judge):
    """While a run is under way and both show it, the server is read as often as for one window."""
    first = opens()
    first.runs("long fox")
    first.waits_for(**{"long fox": "running"})
    alone = reads_in(judge, first, 8.0)
    second = opens()
    second.waits_for(**{"long fox": "running"})
    second.terminal.read_for(1.0)
    together = reads_in(judge, first, 8.0)
    assert together <= alone + 2, f"{alone} reads by one window, {together} by two"


def reads_in(judge, person, seconds):
    before = reads(judge)
    person.terminal.read_for(seconds)
    return reads(judge) - before


def test_the_second_window_sends_what_is_typed_there_once(opens, judge):
    """Only one of them sends, whichever was typed into."""
    first, second = opens(), opens()
    second.runs("long fox")
    first.terminal.wait_for(lambda _: first.rows().get("long fox") == "running")
    second.waits_for(**{"long fox": "running"})
    assert len(judge.runs) == 1


def test_the_second_window_takes_over(opens, judge):
    """When the first is killed, the second polls and sends within a second."""
    first, second = opens(), opens()
    first.terminal.signal(signal.SIGKILL)
    first.terminal.wait_exit()
    second.runs("fox")
    second.waits_for(fox="completed")
    assert len(judge.runs) == 1


def test_a_window_that_is_stopped_is_told_as_what_it_is(opens, judge, queue, command):
    """SIGSTOP cannot be heard. The others say which process stands still, nothing is called live, `queue` and `doctor` name it
    too, a command does not wait for it; and all is well again when it goes on."""
    first, second = opens(), opens()
    pid = first.terminal.process.pid
    first.terminal.signal(signal.SIGSTOP)
    second.terminal.wait_for(f"not polled: pid {pid} is stopped", 15.0)
    assert "live" not in second.terminal.text() and "polled by another window" not in second.terminal.text()
    second.runs("fox")
    told = queue("list")
    assert f"pid {pid} is stopped" in told.stderr and "fox" in told.stdout
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


def test_a_window_that_is_put_to_sleep_lets_the_others_go_on(opens, judge):
    """ctrl+z, and SIGTSTP: its locks are free before it stops, so the second window reads and sends at once; it shows all of that
    when it goes on."""
    first, second = opens(), opens()
    first.terminal.signal(signal.SIGTSTP)
    first.terminal.wait_stopped()
    second.runs("fox")
    second.waits_for(fox="completed")
    assert "● live" in second.terminal.text() and "another window" not in second.terminal.text()
    first.terminal.signal(signal.SIGCONT)
    first.waits_for(fox="completed")
    first.terminal.wait_for("polled by another window")
    assert len(judge.runs) == 1
    first.runs("owl")
    second.waits_for(owl="completed")


def test_a_shell_puts_it_to_sleep_and_wakes_it(home, judge, opens):
    """ctrl+z as a key in a shell's job, then `fg`: the shell has the terminal meanwhile, and the screen is whole again."""
    with home.open(
        home.environ(KEY, PS1="shell> "), program=(shutil.which("bash"), "--norc", "--noprofile", "-i")
    ) as terminal:
        terminal.wait_for("shell> ")
        terminal.type(f"{' '.join(PROGRAM)}\r")
        terminal.wait_for("● live")
        for turn, prompt in enumerate(("fox", "owl"), 1):
            terminal.type("\x1a")
            terminal.wait_for(lambda _, turn=turn: terminal.written.count(b"Stopped") == turn)
            second = opens()
            second.runs(prompt)
            second.waits_for(**{prompt: "completed"})
            assert second.quits() == 0
            terminal.type("fg\r")
            terminal.wait_for(lambda _, turn=turn: terminal.written.count(RAW) > turn)
            terminal.wait_for(lambda text, prompt=prompt: "● live" in text and prompt in text)
        terminal.type("\x11")
        terminal.wait_for(lambda _: terminal.written.rstrip().endswith(b"shell>"))


RAW = b"\x1b[?25l"
"""Written when the program has made the terminal its own."""


def test_where_no_shell_could_wake_it_ctrl_z_says_so(opens):
    """As the only program of a terminal it would sleep for ever."""
    person = opens()
    person.leaves_prompt()
    person.terminal.type("\x1a")
    person.terminal.wait_for("Not suspended")
    person.terminal.wait_for("● live")


def test_a_command_that_is_put_to_sleep_holds_nobody_up(home, opens, judge):
    """`watch` reads for all windows while it runs."""
    with home.open(home.environ(KEY), "watch", "--forever") as watching:
        second = opens(greeting="polled by another window")
        watching.signal(signal.SIGTSTP)
        watching.wait_stopped()
        second.terminal.wait_for(lambda text: "● live" in text and "another window" not in text)
        watching.signal(signal.SIGCONT)
        second.runs("fox")
        watching.wait_for(lambda text: "fox" in text and "completed" in text)
