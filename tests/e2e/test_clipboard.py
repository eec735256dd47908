"""The clipboard gets the copied text from the real program, on a bare terminal and through tmux."""

import base64
import re
import shutil
import subprocess
import sys

import pytest

from tests.acceptance.server import KEY
from tests.e2e.conftest import NAMES
from tests.e2e.person import Person

_OSC_52 = re.compile(rb"\x1b]52;[^;]*;([A-Za-z0-9+/=]*)(?:\x07|\x1b\\)")


def copied_texts(written: bytes) -> list[str]:
    """Return the texts that whole sequences put on the clipboard of the terminal."""
    return [base64.b64decode(text).decode() for text in _OSC_52.findall(written)]


def test_a_bare_terminal_gets_one_sequence_a_copy(open_window, judge):
    """Each key that copies sends one OSC 52 sequence, and other keys send none."""
    person = open_window()
    person.runs("fox")
    person.waits_for(fox="completed")
    person.leaves_prompt()
    person.terminal.type_slowly("2gy", 0.1)
    person.terminal.wait_for("Copied run id · terminal (OSC 52)")
    person.terminal.type("c")
    person.terminal.wait_for("p  prompt")
    person.terminal.read_for(0.1)  # a letter at once after the menu is there is taken for a paste
    person.terminal.type("p")
    person.terminal.wait_for("Copied prompt · terminal (OSC 52)")
    person.terminal.type_slowly("jk?\x1b", 0.1)
    person.terminal.wait_until_read()
    person.quits()
    assert copied_texts(person.terminal.written) == [judge.runs[0].id, "fox"]


@pytest.fixture
def tmux(tmp_path):
    """Yield a function that runs a tmux command on a server of this test and returns its output."""
    program = shutil.which("tmux")
    if program is None:
        pytest.skip("tmux is not installed")
    argv = [program, "-S", str(tmp_path / "tmux.sock"), "-f", "/dev/null"]

    def run(*arguments: str) -> str:
        return subprocess.run([*argv, *arguments], capture_output=True, text=True, timeout=10, check=False).stdout

    run.argv = argv
    yield run
    run("kill-server")


def test_in_tmux_the_text_reaches_its_buffer_and_the_terminal_outside(home, judge, tmux):
    """In tmux the text reaches its buffer, and `load-buffer -w` passes it to the terminal outside
    (docs/dev/library-traps.md T13)."""
    command = [*tmux.argv, "new-session", sys.executable, "-m", "cordage_tui"]
    with home.open(home.environ(KEY), program=command) as terminal:
        terminal.wait_for("● live")
        person = Person(terminal, *NAMES)
        person.runs("fox")
        person.waits_for(fox="completed")
        person.leaves_prompt()
        terminal.type_slowly("2gy", 0.1)
        terminal.wait_for("Copied run id · tmux")
        run_id = judge.runs[0].id
        assert tmux("show-buffer") == run_id
        terminal.wait_for(lambda _: copied_texts(terminal.written) == [run_id])
