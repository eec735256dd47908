"""Typing in linear mode: the echo, and sentences that wait for the end of a line."""

import os
import pty
import termios
import threading
import time

import pytest

from cordage_tui.cli.linear.edited_line import EditedLine
from cordage_tui.cli.linear.keyboard import Keyboard
from cordage_tui.cli.linear.speech import Speech


class Now:
    """Clock that is set by hand."""

    at = 0.0

    def __call__(self):
        return self.at


@pytest.fixture
def now():
    """Return the clock."""
    return Now()


@pytest.fixture
def speech(now):
    """Return the speech on that clock."""
    return Speech(now)


@pytest.mark.parametrize(
    ("keys", "echo", "text"),
    [
        ("fox", "fox", "fox"),
        ("fo\x7fx", "fo\b \bx", "fx"),
        ("\x7fa", "a", "a"),
        ("a fox\x17owl", "a fox" + "\b \b" * 3 + "owl", "a owl"),
        ("a fox\x15owl", "a fox" + "\b \b" * 5 + "owl", "owl"),
        ("狐\b", "狐\b \b\b \b", ""),
        ("a\x1b[A\x1b[1;5Cb\x1bOPc\x1b", "abc", "abc"),
        ("a\tb\x01\x0c", "a b", "a b"),
        ("a\x04b", "ab", "ab"),
        ("a\x1b\rb\x1b\nc", "a\ab\ac", "abc"),
    ],
)
def test_the_end_of_the_line_is_edited(keys, echo, text):
    """Only the end of a line is edited, cursor keys do nothing, and no other control character is echoed."""
    line = EditedLine()
    line.feed(keys)
    assert line.edit() == (echo, None)
    assert line.text == text


def test_lines_come_one_by_one_and_sequences_whole():
    """Each line of a paste is echoed when it is read, and a key may arrive in pieces."""
    line = EditedLine()
    line.feed("kill 3\ny\nab\x1b[")
    line.feed("Ac\x04")
    assert [line.edit() for _ in range(3)] == [("kill 3\n", "kill 3\n"), ("y\n", "y\n"), ("abc", None)]
    line.give_up()
    line.feed("\x04")
    assert line.edit() == ("", ""), "the end of input"


def test_sentences_wait_for_the_end_of_a_line(speech, capsys):
    """Announcements come after the answer to a typed line, or when the line is erased; progress is dropped."""
    speech.typed("kil", "kil", entered=False)
    speech.announce("Run 1 completed.")
    speech.report("Run 2 is running.")
    speech.typed("l 2\n", "", entered=True)
    speech.hold()
    speech.answer("Kill run 2?")
    speech.release()
    speech.typed("x", "x", entered=False)
    speech.announce("Run 2 completed.")
    speech.typed("\b \b", "", entered=False)
    output = capsys.readouterr().err
    assert output == "kill 2\nKill run 2?\nRun 1 completed.\nx\b \bRun 2 completed.\n"


@pytest.mark.parametrize(("urgent", "pause", "longest"), [(False, 20.0, 60.0), (True, 2.0, 10.0)])
def test_a_half_edited_line_keeps_nothing_back_for_ever(speech, now, capsys, urgent, pause, longest):
    """Sentences interrupt a half-typed line after a pause, or later while typing, and the line is printed again."""
    speech.typed("prompt a f", "prompt a f", entered=False)
    speech.announce("Run 1 completed.", urgent=urgent)
    now.at = pause - 0.1
    speech.speak_if_due()
    assert capsys.readouterr().err == "prompt a f"
    now.at = pause
    speech.speak_if_due()
    assert capsys.readouterr().err == "\nRun 1 completed.\nprompt a f"
    speech.announce("Run 2 completed.", urgent=urgent)
    for second in range(1, int(longest) + 1):
        assert capsys.readouterr().err.strip("o") == "", "not while it is typed"
        now.at = pause + second
        speech.typed("o", "prompt a f" + "o" * second, entered=False)
        speech.speak_if_due()
    assert capsys.readouterr().err == f"o\nRun 2 completed.\nprompt a f{'o' * int(longest)}"


def test_what_is_due_interrupts_also_one_who_types_on(speech, now, capsys):
    """A sentence that is due is also printed between two keys."""
    ours, theirs = pty.openpty()
    keyboard = Keyboard(speech, theirs)
    output = ""

    def types(keys, until):
        nonlocal output
        for _ in range(500):
            os.write(ours, keys)
            time.sleep(0.01)
            output += capsys.readouterr().err
            if until in output:
                return
        raise AssertionError(output)

    with keyboard.attached():
        reading = threading.Thread(target=keyboard.readline, daemon=True)
        reading.start()
        types(b"a", "a")
        speech.announce("Prompt 1 is uncertain.", urgent=True)
        now.at = 10.0
        types(b"b", "\nPrompt 1 is uncertain.\na")
        os.write(ours, b"\r")
        reading.join(5)
        assert not reading.is_alive()
    os.close(ours)
    os.close(theirs)


def test_the_terminal_gets_its_echo_back(speech, capsys):
    """The terminal is restored after reading lines and secrets, and one without echo is left alone."""
    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    keyboard = Keyboard(speech, theirs)
    with keyboard.attached():
        assert not termios.tcgetattr(theirs)[3] & (termios.ECHO | termios.ICANON)
        os.write(ours, b"fox\x7f\r")
        assert keyboard.readline() == "fo\n"
        with keyboard.without_echo():
            os.write(ours, b"secret\r")
            assert keyboard.readline() == "secret\n"
        assert capsys.readouterr().err == "fox\b \b\n"
    assert termios.tcgetattr(theirs) == before
    before[3] &= ~termios.ECHO
    termios.tcsetattr(theirs, termios.TCSANOW, before)
    with Keyboard(speech, theirs).attached():
        assert termios.tcgetattr(theirs) == before
    os.close(ours)
    os.close(theirs)


def test_what_was_typed_before_a_question_is_no_answer_to_it(speech):
    """Only a line typed after a question answers it, so a paste cannot confirm itself."""
    ours, theirs = pty.openpty()
    keyboard = Keyboard(speech, theirs)
    with keyboard.attached():
        os.write(ours, b"prompt a {red|blue} fox\ny\n")
        assert keyboard.readline() == "prompt a {red|blue} fox\n"
        os.write(ours, b"y\n")
        keyboard.drop_typed_ahead()
        os.write(ours, b"no\n")
        assert keyboard.readline() == "no\n"
    os.close(ours)
    os.close(theirs)
