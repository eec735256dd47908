"""A paste costs nothing, whatever is in it and however it arrives."""

import signal
import sys

import pytest

from cordage_tui.ui.terminal.pauses import QUIET_S

ATTEMPTS = 20
"""To type as fast as a paste comes, on a busy machine."""
PASTED = ("xy", "xyyy\rxy\r", "AAAA\r", "A2\ry", "fix any taxi\nxylophone\n")
LINES = [f"line {n}" for n in range(1, 6)]


def test_five_pasted_lines_submit_nothing(opens, judge):
    """They stand in the prompt as five lines; Enter afterwards sends them as one prompt."""
    person = opens(columns=200)
    person.terminal.type("t")
    person.terminal.wait_for("f1 help")
    person.terminal.paste("\n".join(LINES) + "\n")
    person.terminal.wait_for(lambda text: all(line in text for line in LINES))
    person.terminal.read_for(0.5)
    assert judge.runs == []
    person.terminal.type("\r")
    person.waits_for(**{" ".join(LINES): "completed"})
    assert [run.body for run in judge.runs] == [{"prompt": "\n".join(LINES)}]


def test_five_lines_without_brackets_submit_nothing(opens, judge):
    """A terminal that does not mark a paste sends its lines as keys with Enter between them; they are text all the same."""
    person = opens()
    person.terminal.type("t")
    person.terminal.wait_for("f1 help")
    person.terminal.type("\r".join(LINES) + "\r")
    person.terminal.wait_for(lambda text: all(line in text for line in LINES))
    person.terminal.read_for(0.5)
    assert judge.runs == []


@pytest.mark.parametrize("pieces", [False, pytest.param(True, marks=pytest.mark.quiet)], ids=["at once", "in pieces"])
def test_a_paste_into_the_table_kills_and_sends_nothing(opens, judge, pieces):
    """Letters of a paste without brackets that reach the table are no answer to the question that one of them opens."""
    person = None
    for text in PASTED:
        for _ in range(ATTEMPTS):
            person = person or shows_a_run(opens, judge)
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
            backs_out(person)
            break
        else:
            pytest.fail("never typed as fast as a paste comes")


def shows_a_run(opens, judge, **about):
    """A window with the cursor on a run that goes on."""
    person, prompt = opens(**about), f"long fox {len(judge.runs)}"
    person.runs(prompt)
    person.waits_for(**{prompt: "running"})
    person.leaves_prompt()
    return person


def backs_out(person):
    """Of whatever the paste has opened, to the table."""
    for _ in range(3):
        person.terminal.type("\x1b")
        person.terminal.hears()
    person.terminal.type("2")
    person.terminal.wait_for("enter show")


def test_typing_ahead_reaches_the_prompt(opens, judge):
    """What is typed right after `t`, as over a slow line, is text for the prompt and no command."""
    person = opens()
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
"""The program, which nothing runs for a while as soon as a question has opened."""


def test_a_paste_to_a_program_that_does_not_run_kills_nothing(opens, judge):
    """The machine is busy when `x` has opened the question: `y` came right behind it, however late it is read. A `y` after a
    pause kills."""
    person = shows_a_run(opens, judge, program=(sys.executable, "-c", STOPS_AT_A_QUESTION))
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
