"""Ten windows on one machine cost the API what one does (DESIGN.md section 2)."""

import json
import signal
import subprocess

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


def test_a_window_that_is_stopped_is_told_as_what_it_is(opens, judge, home, queue):
    """SIGSTOP cannot be heard. The others say which process stands still, nothing is called live, `queue` and `doctor` name it
    too, a command does not wait for it; and all is well again when it goes on."""
    first, second = opens(), opens()
    pid = first.terminal.process.pid
    first.terminal.signal(signal.SIGSTOP)
    second.terminal.wait_for(f"not read: pid {pid} is stopped", 15.0)
    assert "live" not in second.terminal.text() and "read by another window" not in second.terminal.text()
    second.runs("fox")
    told = queue("list")
    assert f"pid {pid} is stopped" in told.stderr and "fox" in told.stdout
    assert json.loads(queue("list", "--json").stdout)["silent"] | {"since": ""} == {
        "pid": pid,
        "since": "",
        "stopped": True,
    }
    doctor = command(home, "doctor", "--offline")
    assert doctor.returncode == 3 and f"pid {pid} is stopped" in doctor.stdout
    trigger = command(home, "trigger", "Sunset", "owl")
    assert trigger.returncode == 3 and f"pid {pid} is stopped" in trigger.stderr
    assert judge.runs == []
    first.terminal.signal(signal.SIGCONT)
    second.terminal.wait_for("● live", 15.0)
    second.waits_for(fox="completed")
    assert [run.body["prompt"] for run in judge.runs] == ["fox"]


def command(home, *argv):
    return subprocess.run(
        [*PROGRAM, *argv], env=home.environ(KEY), capture_output=True, text=True, timeout=30, check=False
    )
