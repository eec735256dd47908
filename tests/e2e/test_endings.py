"""When the program is told to end or its terminal goes, it ends soon and gives everything back (docs/dev/library-traps.md
T9)."""

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
    """Return False: each program is an interpreter of its own."""
    return False


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_the_program(open_window, judge, is_restored, number, code):
    """A signal ends the program soon with the usual code, although a run is active and the prompt has text. The
    terminal is restored."""
    person = open_window()
    person.runs("long fox")
    person.waits_for(**{"long fox": "running"})
    person.types("half a thought")
    person.terminal.signal(number)
    assert person.terminal.wait_exit(SOON_S) == code
    assert is_restored(person.terminal)
    again = open_window(forked=True)
    again.terminal.wait_for("half a thought")
    again.waits_for(**{"long fox": "running"})
    assert len(judge.runs) == 1


@pytest.mark.parametrize(
    ("controlling", "nohup"), [(True, False), (True, True), (False, False)], ids=["SIGHUP", "nohup", "no signal"]
)
def test_a_terminal_that_vanishes_ends_the_program(open_window, controlling, nohup):
    """If the window is closed or SSH breaks, the program ends, whether SIGHUP arrives or not."""
    person = open_window(controlling=controlling, nohup=nohup)
    person.terminal.hang_up()
    assert person.terminal.process.wait(2 * SOON_S) > 0


def test_a_signal_ends_the_program_during_a_dialog(open_window, is_restored):
    """An open question does not keep the program from ending."""
    person = open_window()
    person.runs("long fox")
    person.leaves_prompt()
    person.terminal.type("x")
    person.terminal.wait_for("Kill this run?")
    person.terminal.signal(signal.SIGTERM)
    assert person.terminal.wait_exit(SOON_S) == 143
    assert is_restored(person.terminal)


@pytest.mark.parametrize("way", ["not read", "stopped"])
def test_a_signal_ends_the_program_while_the_terminal_does_not_read(open_window, judge, way):
    """A terminal that does not read delays only the drawing. The program ends at the signal and keeps every submitted
    prompt."""
    person = open_window()
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
    again = open_window(forked=True)
    again.waits_for(**{"long fox": "running"})
    assert len(judge.runs) == 1


@pytest.mark.parametrize("nohup", [False, True], ids=["SIGHUP", "nohup"])
def test_a_terminal_that_vanishes_during_output_ends_the_program(open_window, nohup):
    """The program ends although the hang-up comes in the middle of a frame, with keys on their way."""
    person = open_window(nohup=nohup)
    person.runs("long fox")
    person.leaves_prompt()
    for _ in range(100):
        person.terminal.type("+jk")
    person.terminal.hang_up()
    assert person.terminal.process.wait(2 * SOON_S) > 0


@pytest.mark.parametrize("nohup", [False, True], ids=["SIGHUP", "nohup"])
@pytest.mark.parametrize("command", [("queue", "work"), ("watch",), ("trigger", "Sunset", "long hen", "--wait")])
def test_a_command_ends_with_its_terminal(home, judge, submit_prompts, nohup, command):
    """A worker, a watch and a waiting trigger end with the terminal that they write to, also where SIGHUP is
    ignored."""
    submit_prompts("long fox")
    judge.runs.append(Run(judge.webhooks[0], {"prompt": "long owl"}, 600.0, False))
    terminal = home.open(home.environ(KEY), *command, nohup=nohup)
    with terminal:
        while not judge.calls:
            terminal.read_for(0.02)
        terminal.hang_up()
        assert terminal.process.wait(2 * SOON_S) > 0


@pytest.mark.parametrize("controlling", [True, False], ids=["SIGHUP", "no signal"])
def test_the_simulator_ends_with_its_terminal(home, controlling):
    """The simulator ends with its terminal, also if the kernel sends no SIGHUP."""
    with home.open(home.environ(), "simulate", "--port", "0", controlling=controlling) as terminal:
        terminal.wait_for("Ctrl+C")
        terminal.hang_up()
        terminal.process.wait(SOON_S)


@pytest.mark.parametrize("command", [("trigger", "Sunset", "--file", "{file}"), ("kill", "{run}")])
def test_ctrl_c_at_a_question_means_no(home, judge, command):
    """The first Ctrl-C at a question ends the command, and nothing is sent or killed."""
    file = home.root / "many.txt"
    file.write_text("fox\nowl\n")
    judge.runs.append(Run(judge.webhooks[0], {"prompt": "long owl"}, 600.0, False))
    argv = [word.format(file=file, run=judge.runs[0].id) for word in command]
    with home.open(home.environ(KEY), *argv) as terminal:
        terminal.wait_for("Type ")
        terminal.type("\x03")
        assert terminal.wait_exit() == 130
    assert [len(judge.runs), judge.runs[0].killed_at] == [1, None]


def test_after_a_pause_the_screen_is_whole(open_window, store, judge):
    """If frames were left out while the terminal stood still, it shows the present state afterwards, although nothing
    more is drawn."""
    person = open_window(columns=200, rows=60, forked=True)
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


def test_the_program_draws_and_reads_once_after_sigstop(open_window):
    """After SIGSTOP and SIGCONT the screen is drawn anew, and one thread reads the terminal."""
    person = open_window(forked=True)
    person.leaves_prompt()
    before = person.terminal.text()
    for _ in range(3):
        person.terminal.signal(signal.SIGSTOP)
        person.terminal.wait_stopped()
        person.terminal.screen.reset()
        person.terminal.signal(signal.SIGCONT)
        person.terminal.wait_for(before)
    person.types("each letter arrives once and in order")


def test_without_a_terminal_the_program_refuses(home, judge):
    """Without a terminal the program ends with 2 and a message, and makes no call (docs/dev/library-traps.md T10)."""
    done = subprocess.run(PROGRAM, env=home.environ(KEY), input=b"", capture_output=True, timeout=20, check=False)
    assert done.returncode == 2
    assert b"is not a terminal" in done.stderr
    assert b"\x1b" not in done.stdout + done.stderr
    assert judge.calls == []


@pytest.mark.parametrize("term", ["", "dumb"])
def test_a_terminal_that_cannot_draw_gets_lines(home, term):
    """A terminal that cannot draw gets linear mode and no escape sequence."""
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
"""Program that starts ours with a bug in it."""


def test_a_bug_is_reported_without_secrets(home, is_restored):
    """The report of a bug names files and lines and the state of the prompts. It has no value of a variable
    (docs/dev/library-traps.md T11)."""
    with home.open(home.environ(KEY), program=(sys.executable, "-c", CRASH), columns=200) as terminal:
        assert terminal.wait_exit() == ExitCode.BUG == 70
        assert is_restored(terminal)
        output = terminal.written.decode()
        assert "RuntimeError: boom" in output
        assert "Your prompts are on disk" in output
        assert "canary-in-a-local" not in output
        assert KEY not in output
