"""A command of the user at a real terminal, which it gets while the rest of the program goes on."""

import json
import signal
from pathlib import Path

import pytest

from tests.acceptance.server import KEY
from tests.e2e.person import PAUSE_S

SCRIPT = """#!/bin/sh
cat > "{folder}/given"
printf 'the program has the terminal, type a line: ' > /dev/tty
read line < /dev/tty
echo "$line, in watercolour"
"""


@pytest.fixture
def command(home, tmp_path: Path):
    """`command(into)`: a command that asks for a line in the terminal; what it is given is in the file that is returned."""

    def configure(into: str) -> Path:
        script = tmp_path / "ask"
        script.write_text(SCRIPT.format(folder=tmp_path))
        script.chmod(0o700)
        lines = f"[[commands]]\nkey = 'ctrl+g'\nname = 'Ask'\non = 'prompt'\nrun = ['{script}']\n"
        file = home.paths.config_file
        file.write_text(f"{file.read_text()}\n{lines}background = false\ninto = '{into}'\n")
        return tmp_path / "given"

    return configure


def test_it_asks_in_the_terminal_and_its_answer_is_the_next_prompt(home, command, judge, restored):
    """The screen comes back with the prompt filled; nothing was sent; up brings back what was written before."""
    given = command("prompt")
    with home.open(home.environ(KEY)) as terminal:
        terminal.wait_for("● live")
        terminal.type("t")
        terminal.wait_for("ctrl+e $EDITOR")
        terminal.type("my own fox")
        terminal.wait_for("my own fox")
        terminal.read_for(PAUSE_S)
        terminal.type("\x07")
        terminal.wait_for("type a line: ")
        terminal.type("a heron\n")
        terminal.wait_for(lambda text: "● live" in text and "a heron, in watercolour" in text)
        assert json.loads(given.read_text())["prompt"]["inputs"] == {"prompt": "my own fox"}
        assert judge.runs == []
        terminal.type("\x1b[A")
        terminal.wait_for("my own fox")
        terminal.type("\x11")
        terminal.wait_exit(10.0)
        assert restored(terminal)


def test_a_program_that_is_ended_takes_it_along(home, command, restored):
    """SIGINT and ctrl+c are its own; with SIGTERM both are gone, and the terminal is as it was."""
    command("toast")
    with home.open(home.environ(KEY)) as terminal:
        terminal.wait_for("● live")
        terminal.type("\x07")
        terminal.wait_for("type a line: ")
        terminal.signal(signal.SIGINT)
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_exit(10.0) == 143
        assert restored(terminal)
