"""Whole sessions, from the first frame to the prompt of the shell."""

import pytest


@pytest.mark.parametrize("forked", [False], ids=["an interpreter of its own"])
def test_a_whole_session_ends_with_0(open_window, judge, is_restored):
    """The user triggers a run, sees it completed, kills another and quits. The code is 0, and the terminal is
    restored."""
    person = open_window()
    person.runs("fox")
    person.waits_for(fox="completed")
    person.runs("long dog")
    person.terminal.wait_for(lambda _: person.rows().get("long dog") == "running")
    person.kills("long dog")
    person.terminal.wait_for(lambda _: person.rows() == {"fox": "completed", "long dog": "cancelled"})
    person.terminal.type("2")
    person.terminal.wait_for("enter show")
    person.terminal.type("q")
    assert person.terminal.wait_exit() == 0
    assert is_restored(person.terminal)
    assert [run.status() for run in judge.runs] == ["completed", "cancelled"]


def test_the_history_is_shown_at_the_next_start(open_window, judge):
    """A run of an earlier session is shown with its prompt, although the API does not return prompts."""
    person = open_window()
    person.runs("fox")
    person.waits_for(fox="completed")
    assert person.quits() == 0
    again = open_window()
    again.waits_for(fox="completed")
    assert len(judge.runs) == 1


def test_a_draft_survives_quitting(open_window, judge):
    """A text that was not sent is in the prompt panel at the next start, and nothing of it was sent."""
    person = open_window()
    person.types("half a thought")
    person.quits()
    again = open_window()
    again.terminal.wait_for("half a thought")
    assert judge.runs == []


def test_quitting_with_an_unsent_prompt_asks(open_window, judge):
    """Before the program ends, it names the waiting prompt. Escape stays, and Enter keeps the prompt on disk."""
    judge.close()
    person = open_window(greeting="offline")
    person.runs("fox")
    person.terminal.wait_for(lambda _: person.rows().get("fox") == "queued")
    person.terminal.type("\x11")
    person.answers("1 prompt is not sent yet", "\x1b")
    person.terminal.wait_for(lambda text: "not sent yet" not in text)
    person.terminal.type("\x11")
    person.answers("1 prompt is not sent yet", "\r")
    assert person.terminal.wait_exit() == 0
    again = open_window(greeting="offline")
    again.terminal.wait_for(lambda _: again.rows().get("fox") == "queued")
