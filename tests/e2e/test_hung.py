"""A server that takes requests and does not answer, seen at a real terminal."""

import re

import pytest


def shown_s(person, prompt):
    """The run's time as its row tells it, in seconds; None: it tells none."""
    line = next((line for line in person.terminal.screen.display if prompt in line), "")
    found = re.search(r" (\d+):(\d\d) ", line)
    return int(found[1]) * 60 + int(found[2]) if found else None


@pytest.mark.long
def test_it_says_that_it_waits_and_no_time_falls_back(opens, judge):
    """Within seconds the top line says for how long; the run's time stands still and never shows less than before; an answer
    ends it all."""
    person = opens()
    person.runs("long fox")
    person.waits_for(**{"long fox": "running"})
    person.leaves_prompt()
    person.terminal.wait_for(lambda _: shown_s(person, "long fox"))
    judge.hung.set()
    times = []

    def waits(text):
        times.append(shown_s(person, "long fox"))
        return "waiting for a response" in text

    person.terminal.wait_for(waits, 12.0)
    stands = times[-1]
    person.terminal.wait_for(
        lambda text: (times.append(shown_s(person, "long fox")), "response timed out" in text)[1], 40.0
    )
    assert times == sorted(times) and times[-1] <= stands + 1
    assert "● live" not in person.terminal.text()
    judge.hung.clear()
    person.terminal.wait_for("● live")
    person.terminal.wait_for(lambda _: (shown_s(person, "long fox") or 0) > stands)
