"""A command of the user has the real terminal while the rest of the program continues."""

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
    """Return a function that configures a command that asks for a line, and returns the file with its input."""

    def configure(into: str) -> Path:
        script = tmp_path / "ask"
        script.write_text(SCRIPT.format(folder=tmp_path))
        script.chmod(0o700)
        lines = f"[[commands]]\nkey = 'ctrl+g'\nname = 'Ask'\non = 'prompt'\nrun = ['{script}']\n"
        file = home.paths.config_file
        file.write_text(f"{file.read_text()}\n{lines}background = false\ninto = '{into}'\n")
        return tmp_path / "given"

    return configure


def test_the_output_of_a_command_is_the_next_prompt(home, command, judge, is_restored):
    """A command reads a line in the terminal, and its output fills the prompt. Nothing is sent, and up restores the
    earlier text."""
    input_file = command("prompt")
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
        assert json.loads(input_file.read_text())["prompt"]["inputs"] == {"prompt": "my own fox"}
        assert judge.runs == []
        terminal.type("\x1b[A")
        terminal.wait_for("my own fox")
        terminal.type("\x11")
        terminal.wait_exit(10.0)
        assert is_restored(terminal)


def test_a_program_that_is_ended_takes_its_command_along(home, command, is_restored):
    """SIGINT belongs to the command. SIGTERM ends both, and the terminal is restored."""
    command("toast")
    with home.open(home.environ(KEY)) as terminal:
        terminal.wait_for("● live")
        terminal.type("\x07")
        terminal.wait_for("type a line: ")
        terminal.signal(signal.SIGINT)
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_exit(10.0) == 143
        assert is_restored(terminal)
