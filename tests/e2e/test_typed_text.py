"""If somebody types a prompt without `t` before it, its letters are keys of the table, and none of them costs money."""

import pytest

from cordage_tui.ui.dialogs.sentence_guard import READ_S
from cordage_tui.ui.keys.key_order import WORD_S
from cordage_tui.ui.prompt.editor import UNREAD_S
from tests.e2e.person import PAUSE_S

LETTER_S = 0.12
"""Seconds between two letters of somebody who looks at the keyboard."""


def open_with_completed_run(open_window, judge, prompt):
    """Open a window whose cursor is on a run that has completed."""
    person = open_window()
    person.runs(prompt)
    person.waits_for(**{prompt: "completed"})
    person.leaves_prompt()
    person.terminal.type("2")
    person.terminal.read_for(PAUSE_S)
    judge.calls.clear()
    return person


def triggers(judge):
    """Return how many triggers have arrived since the calls were cleared."""
    return [budget for budget, _ in judge.calls].count("trigger")


@pytest.mark.parametrize("text", ["A yellow fox\r", "An old yard, sunny\r", "A2 poster\r"])
def test_a_typed_sentence_does_not_repeat_a_run(open_window, judge, text):
    """`A` asks for a number. If letters follow, the program notices that somebody writes a text, and Enter sends
    nothing."""
    person = open_with_completed_run(open_window, judge, "fox")
    person.terminal.type_slowly(text, LETTER_S)
    person.terminal.wait_for("You seem to be typing a text")
    assert triggers(judge) == 0 and len(judge.runs) == 1


@pytest.mark.parametrize("text", ["Stormy sea", "Symphony", "Syyy"])
def test_a_typed_sentence_does_not_resend_an_uncertain_prompt(open_window, judge, text):
    """`S` asks whether to send again. A `y` inside a word or right behind the `S` is no yes."""
    person = open_window()
    judge.loses = "request"
    person.runs("lost")
    person.terminal.wait_for("It is not resent")
    judge.loses = None
    person.leaves_prompt()
    person.terminal.type("2")
    person.terminal.read_for(PAUSE_S)
    judge.calls.clear()
    person.terminal.type_slowly(text[:2], LETTER_S)
    person.terminal.wait_for("Resend it?")
    person.terminal.type_slowly(text[2:4], 0.0)
    person.terminal.wait_until_read(READ_S)
    assert triggers(judge) == 0


def test_an_enter_that_came_at_once_is_needed_again(open_window, judge):
    """If the second key comes at once, the program asks the user to press it once more."""
    person = open_with_completed_run(open_window, judge, "fox")
    person.terminal.type_slowly("A\r", LETTER_S)
    person.terminal.wait_for("Press it once more")
    person.terminal.type("\r")
    person.terminal.wait_for(lambda _: triggers(judge) == 1)


def test_the_next_prompt_is_no_answer_to_an_open_question(open_window, judge):
    """The same prompt twice opens a question in the panel. The first letter of the next prompt is text and no
    answer."""
    person = open_window()
    person.types("cow")
    person.terminal.type_slowly("\rcow\r", 0.1)
    person.terminal.wait_for("send it anyway")
    person.terminal.type_slowly("yellow", 0.1)
    person.terminal.wait_for("yellow")
    person.terminal.wait_until_read()
    assert triggers(judge) == 1


def is_typed_as_word(terminal, text, gap_s=0.2):
    """Type the text as somebody who writes. False if the machine was too busy to type a word of it as one."""
    return terminal.type_slowly(text, gap_s) < WORD_S - 0.1


def test_a_word_at_a_question_that_was_read_is_no_yes(open_window, judge):
    """A `y` with which a word begins kills nothing, however long the question has stood; alone it kills, also at once."""
    person = open_window()
    person.runs("long fox")
    person.leaves_prompt()
    for attempt in range(9):
        person.terminal.type("2")
        person.terminal.type("x")
        person.terminal.wait_for("Kill this run?")
        person.terminal.read_for(READ_S)
        is_word = is_typed_as_word(person.terminal, "young woman")
        person.terminal.wait_until_read(WORD_S)
        assert not is_word or judge.runs[0].killed_at is None
        if is_word:
            break
        person.terminal.type("\x1b")
        person.runs(f"long fox {attempt}")
        person.leaves_prompt()
    person.terminal.type("\x1b")
    person.terminal.wait_for(lambda text: "Kill this run?" not in text)
    person.terminal.wait_until_read()
    person.terminal.type_slowly("xy", 0.15)
    person.terminal.wait_for(lambda _: any(run.killed_at for run in judge.runs))


def test_a_sentence_on_the_queue_screen_does_not_lift_the_pause(open_window, judge):
    """A `p` within a word resumes nothing, so nothing is sent; a `p` alone resumes."""
    person = open_window()
    person.leaves_prompt()
    person.terminal.type("w")
    person.terminal.wait_for("p pause")
    person.terminal.type("p")
    person.terminal.wait_for("p resume")
    person.terminal.type("w")
    person.terminal.wait_for("? help")
    person.terminal.wait_until_read(WORD_S)
    person.runs("fox")
    person.leaves_prompt()
    person.terminal.type("w")
    person.terminal.wait_for("p resume")
    if is_typed_as_word(person.terminal, "ph"):
        person.terminal.wait_until_read(WORD_S)
        assert triggers(judge) == 0
        person.terminal.type("p")
    person.terminal.wait_for(lambda _: triggers(judge) == 1)


def test_a_prompt_that_began_as_commands_is_asked_about(open_window, judge):
    """Of a text whose first letters were keys of the table, the rest is not sent by an Enter alone."""
    person = open_window()
    person.leaves_prompt()
    person.terminal.type("2")
    person.terminal.wait_until_read()
    person.terminal.type("in the style of monet")
    person.terminal.wait_for(" style of monet ")
    person.terminal.wait_until_read()
    person.terminal.type("\r")
    person.terminal.wait_for("This text began while you typed elsewhere")
    person.terminal.wait_until_read(UNREAD_S)
    assert triggers(judge) == 0
    person.terminal.type("y")
    person.terminal.wait_for(lambda _: triggers(judge) == 1)
