"""A sudden death never loses a submitted prompt and never causes a second run."""

import signal

import pytest

from tests.records import records


@pytest.mark.parametrize("later_s", [0.0, 0.05, 0.2, 1.0])
def test_a_prompt_survives_a_kill_right_after_enter(open_window, judge, home, later_s):
    """At the next start the prompt is there as text or as a row, and it ran at most once. The log of the killed process
    is readable."""
    person = open_window()
    person.types("long glass fox")
    person.terminal.read_for(0.5)
    person.terminal.type("\r")
    person.terminal.read_for(later_s)
    person.terminal.signal(signal.SIGKILL)
    person.terminal.wait_exit()
    kinds = [(record.kind, record.get("command")) for record in records(home.paths)]
    assert ("begin", "app") in kinds and ("call", None) in kinds and ("end", "app") not in kinds
    before = len(judge.runs)
    again = open_window()
    again.terminal.wait_for("long glass fox")
    again.terminal.read_for(2.5)
    assert "long glass fox" in again.terminal.text()
    assert len(judge.runs) <= 1
    status = again.rows().get("long glass fox")
    assert status in {None, "queued", "sending", "uncertain", "pending", "running"}
    if status is None:
        assert before == len(judge.runs) == 0


def test_a_trigger_without_answer_at_a_signal_is_found_later(open_window, judge):
    """If SIGTERM comes before the answer, the next start finds the run in the list, marks it as a guess and sends
    nothing again."""
    judge.deaf = True
    person = open_window()
    person.runs("long fox")
    person.terminal.wait_for(lambda _: len(judge.runs) == 1)
    person.terminal.signal(signal.SIGTERM)
    assert person.terminal.wait_exit() == 143
    again = open_window()
    again.terminal.wait_for("≈ long fox")  # the sign of a guess: this server echoes no inputs
    again.terminal.wait_for("A guess: its answer was")
    again.terminal.read_for(2.5)
    assert len(judge.runs) == 1
