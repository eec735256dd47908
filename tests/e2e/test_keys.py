"""Keys as a terminal sends them, at the speed of a person, never end the program."""

import pytest

from tests.e2e.person import EMPTY_PROMPT

ESCAPE = "\x1b"


@pytest.mark.parametrize("key", ["[", "_", "O", "]"])
def test_a_key_after_escape_does_not_end_the_program(open_window, key):
    """After escape and a key that could continue a sequence, the program still reads the next key."""
    person = open_window()
    for pause_s in (0.05, 0.15, 0.6, 2.0):
        person.leaves_prompt()
        for _ in range(3):
            person.terminal.type(ESCAPE)
            person.terminal.read_for(pause_s)
            person.terminal.type(key)
            person.terminal.read_for(pause_s)
        person.terminal.wait_until_read()  # escape, O and t in a row would be a key of the keypad
        person.types("still here")
        person.terminal.type("\x15")
        person.terminal.wait_for(EMPTY_PROMPT)


def test_invalid_sequences_do_not_end_the_program(open_window):
    """After torn sequences that no terminal sends, the program still reads the next keys."""
    person = open_window()
    person.leaves_prompt()
    for piece in (
        "\x1b[99999999999u",
        "\x1b[48;99999",
        "999;99999999;1;1t",
        "\x1b_",
        "Gx",
        "\x1b\\",
        "\x1b[<9",
        ";;M",
        "\x1b[1;0u",
    ):
        person.terminal.type(piece)
        person.terminal.wait_until_read(0.15)
    person.terminal.type(ESCAPE)
    person.terminal.wait_until_read()
    person.terminal.type("t")
    person.terminal.wait_until_read()
    person.terminal.type("still here")
    person.terminal.wait_for("still here")
