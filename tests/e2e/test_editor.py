"""`$EDITOR` has the real terminal while the rest of the program continues."""

import shutil
import signal
import sys
from pathlib import Path

import pytest

from tests.acceptance.server import KEY
from tests.e2e.home import PROGRAM
from tests.e2e.person import PAUSE_S, Person

EDITOR = """#!/bin/sh
printf 'the editor has the terminal'
while [ ! -e "{go}" ]; do sleep 0.05; done
printf 'written outside' > "$1"
"""


@pytest.fixture
def editor(tmp_path: Path):
    """Return an editor that prints that it has the terminal and waits for the file `go`, and that file."""
    script, go = tmp_path / "editor", tmp_path / "go"
    script.write_text(EDITOR.format(go=go))
    script.chmod(0o700)
    return script, go


def begin_to_edit(terminal):
    """Open the editor from the prompt."""
    terminal.type("t")
    terminal.wait_for("ctrl+e $EDITOR")
    terminal.read_for(PAUSE_S)
    terminal.type("\x05")
    terminal.wait_for("the editor has the terminal")


@pytest.fixture
def editing_window(home, editor):
    """Yield a window in which the editor is open."""
    with home.open(home.environ(KEY, EDITOR=str(editor[0]))) as terminal:
        terminal.wait_for("● live")
        begin_to_edit(terminal)
        yield terminal


def test_polling_and_sending_continue_while_the_editor_is_open(editing_window, editor, open_window, judge):
    """A second window sends its prompt while the editor of the first is open. Afterwards the first window shows its
    text and the new run."""
    second = open_window()
    second.runs("fox")
    second.waits_for(fox="completed")
    assert "● live" in second.terminal.text()
    written = len(editing_window.written)
    assert editing_window.read_for(0.5) == 0, "nothing is drawn over the editor"
    assert len(editing_window.written) == written
    editor[1].touch()
    editing_window.wait_for("written outside")
    editing_window.wait_for(lambda text: "fox" in text and "completed" in text and "● live" in text)
    assert len(judge.runs) == 1


def test_ctrl_c_belongs_to_the_editor(editing_window, editor):
    """Ctrl-C reaches every program on the terminal, and it does not end ours while the editor is open."""
    editing_window.signal(signal.SIGINT)
    editing_window.signal(signal.SIGQUIT)
    editor[1].touch()
    editing_window.wait_for("written outside")


def test_a_program_that_is_ended_takes_its_editor_along(editing_window, editor, home, is_restored):
    """SIGTERM ends the program with its editor and its locks, and restores the terminal."""
    editing_window.signal(signal.SIGTERM)
    assert editing_window.wait_exit(10.0) == 143
    assert is_restored(editing_window)
    with home.open(home.environ(KEY)) as terminal:
        terminal.wait_for("● live")
        assert "another window" not in terminal.text()


def test_a_text_saved_before_the_end_is_the_next_draft(home, tmp_path):
    """If the program is ended while the editor is open, the text that the user saved is the next draft."""
    script = tmp_path / "editor"
    script.write_text(
        "#!/bin/sh\nprintf 'saved in time' > \"$1\"\nprintf 'the editor has the terminal'\nexec sleep 60\n"
    )
    script.chmod(0o700)
    with home.open(home.environ(KEY, EDITOR=str(script))) as terminal:
        terminal.wait_for("● live")
        begin_to_edit(terminal)
        terminal.signal(signal.SIGTERM)
        terminal.wait_exit(10.0)
    with home.open(home.environ(KEY)) as terminal:
        terminal.wait_for("saved in time")


def test_an_editor_that_is_put_to_sleep_takes_the_program_along(home, tmp_path, open_window):
    """An editor sends SIGTSTP to its whole group. The program gives up its locks, the shell gets the terminal, and `fg`
    wakes both."""
    script, go = tmp_path / "editor", tmp_path / "go"
    script.write_text(EDITOR.format(go=go).replace("while", "kill -TSTP 0\nwhile", 1))
    script.chmod(0o700)
    environ = home.environ(KEY, EDITOR=str(script), PS1="shell> ")
    with home.open(environ, program=(shutil.which("bash"), "--norc", "--noprofile", "-i")) as terminal:
        terminal.wait_for("shell> ")
        terminal.type(f"{' '.join(PROGRAM)}\r")
        terminal.wait_for("● live")
        terminal.type("t")
        terminal.wait_for("ctrl+e $EDITOR")
        terminal.read_for(PAUSE_S)
        terminal.type("\x05")
        terminal.wait_for(lambda _: b"Stopped" in terminal.written)
        second = open_window()
        assert "another window" not in second.terminal.text()
        second.runs("fox")
        second.waits_for(fox="completed")
        go.touch()
        terminal.type("fg\r")
        terminal.wait_for(lambda text: "written outside" in text and "fox" in text)
        terminal.type("\x11")
        terminal.wait_for(lambda _: terminal.written.rstrip().endswith(b"shell>"))


def test_the_queue_is_edited_as_one_file(home, judge, tmp_path, command):
    """An editor changes, moves and drops prompts of the queue in one file. The user confirms the changes, and the queue
    is sent so."""
    script = tmp_path / "editor"
    script.write_text(
        f"#!{sys.executable}\n"
        "import pathlib, sys\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "head, fox, owl, elk = path.read_text().split('\\n[[prompt]]')\n"
        "path.write_text('\\n[[prompt]]'.join([head, elk, fox.replace('fox', 'fox in snow')]))\n"
        "print('the editor has the terminal', path.name, oct(path.stat().st_mode), end='', flush=True)\n"
        "input()\n"
    )
    script.chmod(0o700)
    environ = home.environ(KEY, EDITOR=str(script))
    assert command("queue", "pause").returncode == 0
    with home.open(environ) as terminal:
        terminal.wait_for("● live")
        person = Person(terminal, "Sunset")
        for prompt in ("fox", "owl", "elk"):
            person.types(prompt)
            terminal.type("\r")
            terminal.wait_for(lambda text, prompt=prompt: f"◌ {prompt}" in text)
        person.leaves_prompt()
        terminal.type("w")
        terminal.wait_for("3 queued · paused")
        terminal.read_for(0.1)
        terminal.type("E")
        terminal.wait_for("the editor has the terminal queue.toml 0o100600")
        terminal.type("\r")
        person.answers("1 changed, 1 dropped, 1 moved", "y")
        terminal.wait_for("2 queued · paused")
        terminal.type("p")
        terminal.wait_for("Queue is empty.")
    assert [run.body["prompt"] for run in judge.runs] == ["elk", "fox in snow"]
    assert not [*home.paths.state_dir.glob("queue-*")]
