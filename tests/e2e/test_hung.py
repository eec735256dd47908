"""The program at a real terminal with a server that accepts requests and does not answer."""

import re

import pytest


def displayed_seconds(person, prompt):
    """Return the time of the run in its row in seconds, or None if there is none."""
    line = next((line for line in person.terminal.screen.display if prompt in line), "")
    match = re.search(r" (\d+):(\d\d) ", line)
    return int(match[1]) * 60 + int(match[2]) if match else None


@pytest.mark.long
def test_a_silent_server_is_reported_and_no_time_decreases(open_window, judge):
    """Within seconds the top line says how long the program waits. The time of the run never decreases, and an answer
    ends it all."""
    person = open_window()
    person.runs("long fox")
    person.waits_for(**{"long fox": "running"})
    person.leaves_prompt()
    person.terminal.wait_for(lambda _: displayed_seconds(person, "long fox"))
    judge.hung.set()
    times = []

    def is_waiting(text):
        times.append(displayed_seconds(person, "long fox"))
        return "waiting for a response" in text

    person.terminal.wait_for(is_waiting, 12.0)
    stopped_at = times[-1]
    person.terminal.wait_for(
        lambda text: (times.append(displayed_seconds(person, "long fox")), "response timed out" in text)[1], 40.0
    )
    assert times == sorted(times) and times[-1] <= stopped_at + 1
    assert "● live" not in person.terminal.text()
    judge.hung.clear()
    person.terminal.wait_for("● live")
    person.terminal.wait_for(lambda _: (displayed_seconds(person, "long fox") or 0) > stopped_at)
