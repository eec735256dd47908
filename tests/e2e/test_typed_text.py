"""A prompt that is typed without `t` before it: its letters are keys of the table, and none of them costs money."""

import pytest

from cordage_tui.ui.terminal.paste_guard import READ_S
from tests.e2e.person import PAUSE_S

LETTER_S = 0.12
"""Between two letters, as somebody types who looks at the keyboard."""


def ended(opens, judge, prompt):
    """A window whose cursor is on a run that has completed."""
    person = opens()
    person.runs(prompt)
    person.waits_for(**{prompt: "completed"})
    person.leaves_prompt()
    person.terminal.type("2")
    person.terminal.read_for(PAUSE_S)
    judge.calls.clear()
    return person


def triggers(judge):
    """How many triggers have arrived since."""
    return [budget for budget, _ in judge.calls].count("trigger")


@pytest.mark.parametrize("text", ["A yellow fox\r", "An old yard, sunny\r", "A2 poster\r"])
def test_a_sentence_does_not_run_the_run_under_the_cursor_again(opens, judge, text):
    """`A` asks how many times; letters in its number say that somebody writes, and Enter sends nothing any more."""
    person = ended(opens, judge, "fox")
    person.terminal.type_slowly(text, LETTER_S)
    person.terminal.wait_for("You seem to be typing a text")
    assert triggers(judge) == 0 and len(judge.runs) == 1


@pytest.mark.parametrize("text", ["Stormy sea", "Symphony", "Syyy"])
def test_a_sentence_does_not_send_an_uncertain_prompt_again(opens, judge, text):
    """`S` asks whether to send again; a `y` inside a word, or right behind the `S`, is no yes."""
    person = opens()
    judge.loses = "request"
    person.runs("lost")
    person.terminal.wait_for("It is not resent")
    judge.loses = None
    person.leaves_prompt()
    person.terminal.type("2")
    person.terminal.read_for(PAUSE_S)
    judge.calls.clear()
    person.terminal.type_slowly(text[:2], LETTER_S)
    person.terminal.wait_for("Send it again?")
    person.terminal.type_slowly(text[2:4], 0.0)
    person.terminal.hears(READ_S)
    assert triggers(judge) == 0


def test_a_yes_that_came_at_once_is_given_once_more(opens, judge):
    """Whoever knows the keys presses the second one twice, and is told so."""
    person = ended(opens, judge, "fox")
    person.terminal.type_slowly("A\r", LETTER_S)
    person.terminal.wait_for("Press it once more")
    person.terminal.type("\r")
    person.terminal.wait_for(lambda _: triggers(judge) == 1)


def test_the_next_prompt_is_no_answer_to_the_question_about_the_last_one(opens, judge):
    """The very same prompt twice asks in the panel; the first letter of the next one, typed on, is text."""
    person = opens()
    person.types("cow")
    person.terminal.type_slowly("\rcow\r", 0.1)
    person.terminal.wait_for("send again")
    person.terminal.type_slowly("yellow", 0.1)
    person.terminal.wait_for("yellow")
    person.terminal.hears()
    assert triggers(judge) == 1
