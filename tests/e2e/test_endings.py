"""How the program ends when it is told to, or when its terminal goes: soon, with everything given back (docs/dev/library-traps.md T9)."""

import signal
import subprocess
import sys
import time

import pytest

from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.ui.terminal.driver import MOST
from tests.acceptance.server import KEY, Run
from tests.e2e.home import PROGRAM

SOON_S = 2.0
"""A second is the rule; the rest is for a busy machine."""


@pytest.fixture
def forked():
    """Each program is an interpreter of its own."""
    return False


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_it(opens, judge, restored, number, code):
    """While a run is under way and text stands in the prompt: soon, with the code shells expect, the terminal given back."""
    person = opens()
    person.runs("long fox")
    person.waits_for(**{"long fox": "running"})
    person.types("half a thought")
    person.terminal.signal(number)
    assert person.terminal.wait_exit(SOON_S) == code
    assert restored(person.terminal)
    again = opens(forked=True)
    again.terminal.wait_for("half a thought")
    again.waits_for(**{"long fox": "running"})
    assert len(judge.runs) == 1


@pytest.mark.parametrize(
    ("controlling", "nohup"), [(True, False), (True, True), (False, False)], ids=["SIGHUP", "nohup", "no signal"]
)
def test_a_terminal_that_vanishes_ends_it(opens, controlling, nohup):
    """The window is closed or SSH breaks: nothing is left that spins, whether the kernel's SIGHUP arrives or not."""
    person = opens(controlling=controlling, nohup=nohup)
    person.terminal.hang_up()
    assert person.terminal.process.wait(2 * SOON_S) > 0


def test_a_signal_during_a_dialog(opens, restored):
    """An open question does not hold it."""
    person = opens()
    person.runs("long fox")
    person.leaves_prompt()
    person.terminal.type("x")
    person.terminal.wait_for("Kill this run?")
    person.terminal.signal(signal.SIGTERM)
    assert person.terminal.wait_exit(SOON_S) == 143
    assert restored(person.terminal)


@pytest.mark.parametrize("way", ["not read", "stopped"])
def test_a_signal_while_the_terminal_does_not_read(opens, judge, way):
    """A stopped `less`, ctrl+s, a frozen SSH: drawing waits, and nothing else does. It ends when it is told to, and gives up
    nothing that was submitted."""
    person = opens()
    person.runs("long fox")
    person.waits_for(**{"long fox": "running"})
    person.leaves_prompt()
    if way == "stopped":
        person.terminal.flow(on=False)
    for _ in range(400):  # each draws some; the kernel keeps a few thousand bytes for a terminal
        person.terminal.type("+" if _ % 2 else "jk")
        time.sleep(0.002)
    person.terminal.signal(signal.SIGTERM)
    assert person.terminal.process.wait(2 * SOON_S) == 143
    again = opens(forked=True)
    again.waits_for(**{"long fox": "running"})
    assert len(judge.runs) == 1


@pytest.mark.parametrize("nohup", [False, True], ids=["SIGHUP", "nohup"])
def test_a_terminal_that_vanishes_while_it_is_written_to(opens, nohup):
    """The hang-up finds the writer in the middle of a frame, and keys on their way."""
    person = opens(nohup=nohup)
    person.runs("long fox")
    person.leaves_prompt()
    for _ in range(100):
        person.terminal.type("+jk")
    person.terminal.hang_up()
    assert person.terminal.process.wait(2 * SOON_S) > 0


@pytest.mark.parametrize("nohup", [False, True], ids=["SIGHUP", "nohup"])
@pytest.mark.parametrize("command", [("queue", "work"), ("watch",), ("trigger", "Sunset", "long hen", "--wait")])
def test_a_command_ends_with_its_terminal(home, judge, submits, nohup, command):
    """A worker, a watch, a trigger that waits: gone with the terminal that they write to, also where SIGHUP is ignored."""
    submits("long fox")
    judge.runs.append(Run(judge.webhooks[0], {"prompt": "long owl"}, 600.0, False))
    terminal = home.open(home.environ(KEY), *command, nohup=nohup)
    with terminal:
        while not judge.calls:
            terminal.read_for(0.02)
        terminal.hang_up()
        assert terminal.process.wait(2 * SOON_S) > 0


@pytest.mark.parametrize("controlling", [True, False], ids=["SIGHUP", "no signal"])
def test_the_simulator_ends_with_its_terminal(home, controlling):
    """Also where the kernel sends no SIGHUP: nothing is left that serves."""
    with home.open(home.environ(), "simulate", "--port", "0", controlling=controlling) as terminal:
        terminal.wait_for("Ctrl+C")
        terminal.hang_up()
        terminal.process.wait(SOON_S)


@pytest.mark.parametrize("command", [("trigger", "Sunset", "--file", "{file}"), ("kill", "{run}")])
def test_ctrl_c_at_a_question_means_no(home, judge, command):
    """The first press ends the command; nothing is sent or killed."""
    file = home.root / "many.txt"
    file.write_text("fox\nowl\n")
    judge.runs.append(Run(judge.webhooks[0], {"prompt": "long owl"}, 600.0, False))
    argv = [word.format(file=file, run=judge.runs[0].id) for word in command]
    with home.open(home.environ(KEY), *argv) as terminal:
        terminal.wait_for("Type ")
        terminal.type("\x03")
        assert terminal.wait_exit() == 130
    assert [len(judge.runs), judge.runs[0].killed_at] == [1, None]


def test_after_a_pause_the_screen_is_whole(opens, store, judge):
    """A terminal that stood still until frames were left out shows what is so now, though nothing is drawn any more."""
    person = opens(columns=200, rows=60, forked=True)
    person.types("typed")
    terminal, text = person.terminal, "typed"
    for keys in (30, 60, 120, 240):  # a busy machine draws fewer frames, and then none is left out
        before, text = len(terminal.written), f"{text} meanwhile"
        terminal.flow(on=False)
        for _ in range(keys):
            terminal.type("\x0c")  # each draws the whole screen
            time.sleep(0.05)
        terminal.type(" meanwhile")
        while (store.prompts.draft("studio", judge.webhooks[0]) or {}).get("prompt") != text:
            time.sleep(0.05)  # stored some time after it has been drawn
        terminal.flow(on=True)
        terminal.wait_for(f" {text} ")
        if len(terminal.written[before:].decode(errors="replace")) > MOST:
            return
    raise AssertionError("it took every frame")


def test_going_on_after_sigstop_draws_and_reads_once(opens):
    """SIGCONT without ctrl+z: the terminal is read by one thread, and what was drawn over is drawn anew."""
    person = opens(forked=True)
    person.leaves_prompt()
    before = person.terminal.text()
    for _ in range(3):
        person.terminal.signal(signal.SIGSTOP)
        person.terminal.wait_stopped()
        person.terminal.screen.reset()
        person.terminal.signal(signal.SIGCONT)
        person.terminal.wait_for(before)
    person.types("each letter arrives once and in order")


def test_without_a_terminal_it_refuses(home, judge):
    """Exit 2 with words instead of a program that hangs; no call is made (docs/dev/library-traps.md T10)."""
    done = subprocess.run(PROGRAM, env=home.environ(KEY), input=b"", capture_output=True, timeout=20, check=False)
    assert done.returncode == 2
    assert b"is not a terminal" in done.stderr
    assert b"\x1b" not in done.stdout + done.stderr
    assert judge.calls == []


@pytest.mark.parametrize("term", ["", "dumb"])
def test_a_terminal_that_cannot_draw_gets_lines(home, term):
    """It is no screen, so no sequence is sent to it; linear mode does the same work there."""
    with home.open(home.environ(KEY, TERM=term)) as terminal:
        terminal.wait_for("Type help")
        terminal.type("quit\n")
        assert terminal.wait_exit() == 0
        assert b"\x1b" not in terminal.written


CRASH = """
import sys
from cordage_tui.cli.main import main
from cordage_tui.ui.main.screen import MainScreen

def fail(screen, news):
    api_key, webhook_key = screen.engine._context, "canary-" + "in-a-local"
    raise RuntimeError("boom")

MainScreen.apply_events = fail
sys.exit(main())
"""
"""Starts the program with a bug in it."""


def test_a_bug_is_told_without_secrets(home, restored):
    """Files and lines, what it means for the user's runs, the terminal given back; no value of a variable (docs/dev/library-traps.md T11)."""
    with home.open(home.environ(KEY), program=(sys.executable, "-c", CRASH), columns=200) as terminal:
        assert terminal.wait_exit() == ExitCode.BUG == 70
        assert restored(terminal)
        words = terminal.written.decode()
        assert "RuntimeError: boom" in words
        assert "What you submitted is on disk" in words
        assert "canary-in-a-local" not in words
        assert KEY not in words
