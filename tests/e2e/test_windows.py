"""Ten windows on one machine cost the API what one does (DESIGN.md section 2)."""

import signal

import pytest


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
