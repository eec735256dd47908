"""A whole session, from the first frame to the shell's prompt."""

import pytest


@pytest.mark.parametrize("forked", [False], ids=["an interpreter of its own"])
def test_from_start_to_quit(opens, judge, restored):
    """Trigger, see it completed, kill another, quit: exit code 0, and the terminal is given back as it was."""
    person = opens()
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
    assert restored(person.terminal)
    assert [run.status() for run in judge.runs] == ["completed", "cancelled"]


def test_the_past_is_there_at_the_next_start(opens, judge):
    """What ran before is on screen again with its prompt, though no call of the API tells prompts."""
    person = opens()
    person.runs("fox")
    person.waits_for(fox="completed")
    assert person.quits() == 0
    again = opens()
    again.waits_for(fox="completed")
    assert len(judge.runs) == 1


def test_a_draft_survives_quitting(opens, judge):
    """What was typed and not sent is in the prompt panel at the next start, and was sent to nobody."""
    person = opens()
    person.types("half a thought")
    person.quits()
    again = opens()
    again.terminal.wait_for("half a thought")
    assert judge.runs == []


def test_quitting_with_something_unsent_asks(opens, judge):
    """A prompt that waits for its turn is named before the program ends; Escape stays, and a stray Enter keeps it on disk."""
    judge.close()
    person = opens(greeting="offline")
    person.runs("fox")
    person.terminal.wait_for(lambda _: person.rows().get("fox") == "queued")
    person.terminal.type("\x11")
    person.answers("1 prompt is not sent yet", "\x1b")
    person.terminal.wait_for(lambda text: "not sent yet" not in text)
    person.terminal.type("\x11")
    person.answers("1 prompt is not sent yet", "\r")
    assert person.terminal.wait_exit() == 0
    again = opens(greeting="offline")
    again.terminal.wait_for(lambda _: again.rows().get("fox") == "queued")
