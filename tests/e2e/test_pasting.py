"""A paste costs no money, whatever is in it and however it arrives."""

import signal
import sys

import pytest

from cordage_tui.ui.terminal.pauses import QUIET_S

ATTEMPTS = 20
"""How often the test tries to type as fast as a paste, because a busy machine is too slow at times."""
PASTED = ("xy", "xyyy\rxy\r", "AAAA\r", "A2\ry", "fix any taxi\nxylophone\n")
LINES = [f"line {n}" for n in range(1, 6)]


def test_five_pasted_lines_submit_nothing(open_window, judge):
    """Five pasted lines stand in the prompt, and Enter sends them as one prompt."""
    person = open_window(columns=200)
    person.terminal.type("t")
    person.terminal.wait_for("f1 help")
    person.terminal.paste("\n".join(LINES) + "\n")
    person.terminal.wait_for(lambda text: all(line in text for line in LINES))
    person.terminal.read_for(0.5)
    assert judge.runs == []
    person.terminal.type("\r")
    person.waits_for(**{" ".join(LINES): "completed"})
    assert [run.body for run in judge.runs] == [{"prompt": "\n".join(LINES)}]


def test_five_lines_without_brackets_submit_nothing(open_window, judge):
    """If a terminal sends the lines of a paste as keys with Enter between them, they are still text."""
    person = open_window()
    person.terminal.type("t")
    person.terminal.wait_for("f1 help")
    person.terminal.type("\r".join(LINES) + "\r")
    person.terminal.wait_for(lambda text: all(line in text for line in LINES))
    person.terminal.read_for(0.5)
    assert judge.runs == []


@pytest.mark.parametrize("pieces", [False, pytest.param(True, marks=pytest.mark.quiet)], ids=["at once", "in pieces"])
def test_a_paste_into_the_table_kills_and_sends_nothing(open_window, judge, pieces):
    """Letters of a paste that reach the table are no answer to the question that one of them opens."""
    person = None
    for text in PASTED:
        for _ in range(ATTEMPTS):
            person = person or open_with_active_run(open_window, judge)
            judge.calls.clear()
            runs = len(judge.runs)
            if not pieces:
                person.terminal.type(text)
            elif person.terminal.type_slowly(text, gap_s=0.004) > QUIET_S / 2:
                person.terminal.process.kill()  # it came as slowly as a person types
                person = None
                continue
            person.terminal.read_for(1.0)
            assert [budget for budget, _ in judge.calls].count("kill") == 0
            assert len(judge.runs) == runs
            return_to_table(person)
            break
        else:
            pytest.fail("never typed as fast as a paste comes")


def open_with_active_run(open_window, judge, **options):
    """Open a window with the cursor on an active run."""
    person, prompt = open_window(**options), f"long fox {len(judge.runs)}"
    person.runs(prompt)
    person.waits_for(**{prompt: "running"})
    person.leaves_prompt()
    return person


def return_to_table(person):
    """Close whatever the paste has opened, and return to the table."""
    for _ in range(3):
        person.terminal.type("\x1b")
        person.terminal.wait_until_read()
    person.terminal.type("2")
    person.terminal.wait_for("enter show")


def test_keys_right_after_t_reach_the_prompt(open_window, judge):
    """Letters that follow `t` at once, as over a slow line, are text for the prompt and no commands."""
    person = open_window()
    person.terminal.type("txylophone")
    person.terminal.wait_for("xylophone")
    assert "Kill this run?" not in person.terminal.text()


STOPS_AT_A_QUESTION = """
import os, signal, time
from cordage_tui.cli.main import main
from cordage_tui.ui.dialogs.base import ConfirmDialog
from cordage_tui.ui.terminal.paste_guard import PasteGuard

recorded = PasteGuard.record_opening

def stops(guard, event, app):
    if isinstance(app.screen, ConfirmDialog):
        event.time = time.monotonic()
        os.kill(os.getpid(), signal.SIGSTOP)
    recorded(guard, event, app)

PasteGuard.record_opening = stops
main()
"""
"""Program that starts ours and stops it as soon as a question has opened."""


def test_a_paste_to_a_program_that_does_not_run_kills_nothing(open_window, judge):
    """If `y` follows `x` at once, it is no answer, however late the program reads it. A `y` after a pause kills."""
    person = open_with_active_run(open_window, judge, program=(sys.executable, "-c", STOPS_AT_A_QUESTION))
    person.terminal.type("x")
    person.terminal.wait_stopped()
    person.terminal.type("y")
    person.terminal.read_for(4 * QUIET_S)
    person.terminal.signal(signal.SIGCONT)
    person.terminal.wait_for("Kill this run?")
    person.terminal.read_for(1.0)
    assert [budget for budget, _ in judge.calls].count("kill") == 0
    person.terminal.type("y")
    person.waits_for(**{"long fox 0": "cancelled"})
