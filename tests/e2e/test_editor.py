"""`$EDITOR` at a real terminal, while the rest of the program goes on."""

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
    """An editor that says that it is there and waits for the file `go`."""
    script, go = tmp_path / "editor", tmp_path / "go"
    script.write_text(EDITOR.format(go=go))
    script.chmod(0o700)
    return script, go


def begins_to_edit(terminal):
    terminal.type("t")
    terminal.wait_for("ctrl+e $EDITOR")
    terminal.read_for(PAUSE_S)
    terminal.type("\x05")
    terminal.wait_for("the editor has the terminal")


@pytest.fixture
def edits(home, editor):
    """A window in which the editor is open."""
    with home.open(home.environ(KEY, EDITOR=str(editor[0]))) as terminal:
        terminal.wait_for("● live")
        begins_to_edit(terminal)
        yield terminal


def test_others_are_read_and_sent_for_while_the_editor_is_open(edits, editor, opens, judge):
    """The second window is live, its prompt is sent, runs and ends before the first window's editor does; that one then draws
    its screen with the text, and has taken in all that happened."""
    second = opens()
    second.runs("fox")
    second.waits_for(fox="completed")
    assert "● live" in second.terminal.text()
    written = len(edits.written)
    assert edits.read_for(0.5) == 0, "nothing is drawn over the editor"
    assert len(edits.written) == written
    editor[1].touch()
    edits.wait_for("written outside")
    edits.wait_for(lambda text: "fox" in text and "completed" in text and "● live" in text)
    assert len(judge.runs) == 1


def test_ctrl_c_belongs_to_the_editor(edits, editor):
    """It is no end of ours, as it reaches every program on the terminal."""
    edits.signal(signal.SIGINT)
    edits.signal(signal.SIGQUIT)
    editor[1].touch()
    edits.wait_for("written outside")


def test_a_program_that_is_ended_takes_its_editor_along(edits, editor, home, restored):
    """SIGTERM: gone with its locks, the terminal as it was, and nobody reads from it any more."""
    edits.signal(signal.SIGTERM)
    assert edits.wait_exit(10.0) == 143
    assert restored(edits)
    with home.open(home.environ(KEY)) as terminal:
        terminal.wait_for("● live")
        assert "another window" not in terminal.text()


def test_what_was_saved_before_the_end_is_the_next_draft(home, tmp_path):
    """The user has saved and not left the editor when the machine ends the program."""
    script = tmp_path / "editor"
    script.write_text(
        "#!/bin/sh\nprintf 'saved in time' > \"$1\"\nprintf 'the editor has the terminal'\nexec sleep 60\n"
    )
    script.chmod(0o700)
    with home.open(home.environ(KEY, EDITOR=str(script))) as terminal:
        terminal.wait_for("● live")
        begins_to_edit(terminal)
        terminal.signal(signal.SIGTERM)
        terminal.wait_exit(10.0)
    with home.open(home.environ(KEY)) as terminal:
        terminal.wait_for("saved in time")


def test_an_editor_that_is_put_to_sleep_takes_the_program_along(home, tmp_path, opens):
    """vi sends SIGTSTP to its whole group: the locks are given up, the shell has the terminal, and `fg` wakes both where they
    were."""
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
        second = opens()
        assert "another window" not in second.terminal.text()
        second.runs("fox")
        second.waits_for(fox="completed")
        go.touch()
        terminal.type("fg\r")
        terminal.wait_for(lambda text: "written outside" in text and "fox" in text)
        terminal.type("\x11")
        terminal.wait_for(lambda _: terminal.written.rstrip().endswith(b"shell>"))


def test_the_queue_is_edited_as_one_file(home, judge, tmp_path, command):
    """A real editor program changes one prompt and drops another; shown, applied by y, and sent so once it is resumed."""
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
