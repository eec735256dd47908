"""What a sudden death may cost: nothing that was submitted, and never a second run."""

import signal

import pytest

from tests.records import records


@pytest.mark.parametrize("later_s", [0.0, 0.05, 0.2, 1.0])
def test_killed_right_after_enter(opens, judge, home, later_s):
    """At the next start the prompt is there, as text or as a row, and the server has started it once at most. What the
    killed process did can be read for a bug report."""
    person = opens()
    person.types("long glass fox")
    person.terminal.read_for(0.5)
    person.terminal.type("\r")
    person.terminal.read_for(later_s)
    person.terminal.signal(signal.SIGKILL)
    person.terminal.wait_exit()
    kinds = [(one.kind, one.get("command")) for one in records(home.paths)]
    assert ("begin", "app") in kinds and ("call", None) in kinds and ("end", "app") not in kinds
    before = len(judge.runs)
    again = opens()
    again.terminal.wait_for("long glass fox")
    again.terminal.read_for(2.5)
    assert "long glass fox" in again.terminal.text()
    assert len(judge.runs) <= 1
    status = again.rows().get("long glass fox")
    assert status in {None, "queued", "sending", "uncertain", "pending", "running"}
    if status is None:
        assert before == len(judge.runs) == 0


def test_a_trigger_in_flight_at_a_signal_is_found_and_never_sent_again(opens, judge):
    """The server got it and has not answered when SIGTERM comes: the next start finds its run in the list, and says how."""
    judge.deaf = True
    person = opens()
    person.runs("long fox")
    person.terminal.wait_for(lambda _: len(judge.runs) == 1)
    person.terminal.signal(signal.SIGTERM)
    assert person.terminal.wait_exit() == 143
    again = opens()
    again.terminal.wait_for("≈ long fox")  # the sign of a guess: this server echoes no inputs
    again.terminal.wait_for("A guess: its answer was")
    again.terminal.read_for(2.5)
    assert len(judge.runs) == 1
