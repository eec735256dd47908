"""`$EDITOR`, with editors that are small real programs."""

import asyncio
import os
import signal
import stat
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from textual.app import SuspendNotSupported

from cordage_tui.domain.base.environment import ChildEnvironment
from cordage_tui.ui.external.editor import NoEditor, command, edit


class Terminal:
    """The part of an app that is handed over."""

    def __init__(self, able: bool = True) -> None:
        self.able = able
        self.said: list[str] = []

    @contextmanager
    def suspend(self):
        if not self.able:
            raise SuspendNotSupported
        self.said.append("away")
        yield
        self.said.append("back")  # not reached when the body raises, as in Textual

    def set_timer(self, delay, callback):
        self.said.append(f"repaint after {delay}")


async def until(holds):
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110  another process has no event to wait for
            await asyncio.sleep(0.01)


@pytest.fixture
def editor(tmp_path):
    """Makes an editor of a few lines of Python; the file's path is `path`."""

    def make(body: str) -> ChildEnvironment:
        script = tmp_path / "my editor.py"
        script.write_text(f"import sys, os, pathlib\npath = pathlib.Path(sys.argv[-1])\n{body}\n")
        return ChildEnvironment({"EDITOR": f"{sys.executable} '{script}' --wait", "PATH": os.environ["PATH"]})

    return make


async def test_the_edited_text_comes_back_and_the_screen_is_drawn_again(editor):
    """The newline that editors put at the end is not part of the prompt."""
    app = Terminal()
    result = await edit(app, "fox", editor("path.write_text(path.read_text() + ' and hound\\n')"))
    assert (result.text, result.words) == ("fox and hound", None)
    assert app.said == ["away", "back", "repaint after 0.05"]


async def test_the_file_is_private_and_leaves_nothing_behind(editor, tmp_path):
    """Mode 0600 in a folder of mode 0700, both gone afterwards, with what the editor left beside."""
    note = tmp_path / "note"
    body = f"(path.parent / 'x.swp').touch(); pathlib.Path({str(note)!r}).write_text(f'{{path}} {{path.stat().st_mode}} {{path.parent.stat().st_mode}}')"
    await edit(Terminal(), "fox", editor(body))
    path, mode, folder = note.read_text().split()
    assert (stat.S_IMODE(int(mode)), stat.S_IMODE(int(folder))) == (0o600, 0o700)
    assert not Path(path).parent.exists()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("path.write_text('half'); sys.exit(3)", "code 3"),
        ("path.write_bytes(b'\\xff\\xfe')", "UTF-8"),
        ("path.write_bytes(b'x' * (2**20 + 1))", "1 MiB"),
        ("path.unlink()", "No such file"),
    ],
)
async def test_an_editor_that_goes_wrong_changes_nothing(editor, body, words):
    """The text stays, the words say why, and the terminal is ours again."""
    app = Terminal()
    result = await edit(app, "fox", editor(body))
    assert result.text == "fox"
    assert words in result.words
    assert "back" in app.said


@pytest.mark.parametrize(
    ("body", "took_s", "warned"),
    [("pass", 0.2, True), ("pass", 5.0, False), ("path.write_text('fox and hound')", 0.2, False)],
)
async def test_an_editor_that_does_not_wait_is_told(editor, body, took_s, warned):
    """What is saved in its window later would be lost without a word. Whoever looked at the text knows what they did."""
    times = iter([100.0, 100.0 + took_s])
    result = await edit(Terminal(), "fox", editor(body), now=lambda: next(times))
    assert (result.words is not None) is warned
    assert not warned or (result.text == "fox" and "code --wait" in result.words)


@pytest.mark.parametrize("line", ["/no/such/editor", "/", "no-such-editor\x1b[2J -w"])
async def test_an_editor_that_is_not_there_is_words(line):
    """Nothing is raised inside `suspend`, and the words are inert."""
    app = Terminal()
    result = await edit(app, "fox", ChildEnvironment({"VISUAL": line, "PATH": ""}))
    assert result.text == "fox"
    assert "Cannot run" in result.words
    assert "\x1b" not in result.words
    assert "back" in app.said


async def test_a_terminal_that_cannot_be_handed_over_is_words(editor):
    """As in a browser."""
    result = await edit(Terminal(able=False), "fox", editor("pass"))
    assert (result.text, bool(result.words)) == ("fox", True)


def test_visual_goes_before_editor_and_no_shell_reads_it():
    """Split as a shell would, but `;` and `$` mean nothing."""
    assert command({"VISUAL": "code --wait", "EDITOR": "vi"}) == ["code", "--wait"]
    assert command({"EDITOR": "'my vi' $HOME;rm"}) == ["my vi", "$HOME;rm"]


@pytest.mark.parametrize("environ", [{"EDITOR": "vi 'x"}, {"EDITOR": " ", "PATH": ""}, {"PATH": ""}])
def test_no_editor_is_words(environ):
    """A quote too few, nothing set and nothing found."""
    with pytest.raises(NoEditor) as missing:
        command(environ)
    assert "EDITOR" in missing.value.words


async def test_ctrl_c_in_the_editor_is_not_ours(editor):
    """An interrupt while the editor has the terminal does not end us, and ours is handled as before afterwards."""
    before = signal.getsignal(signal.SIGINT)
    result = await edit(
        Terminal(), "fox", editor("import signal; os.kill(os.getppid(), signal.SIGINT); path.write_text('ok')")
    )
    assert result.text == "ok"
    assert signal.getsignal(signal.SIGINT) is before


async def test_the_event_loop_goes_on_meanwhile(editor, tmp_path):
    """Whatever else the program does is done; the editor here waits for it."""
    done = tmp_path / "done"
    body = f"while not os.path.exists({str(done)!r}): pass\npath.write_text('ok')"
    app = Terminal()
    editing = asyncio.ensure_future(edit(app, "fox", editor(body)))
    await until(lambda: app.said == ["away"])
    done.touch()
    assert (await editing).text == "ok"


async def test_an_edit_that_is_broken_off_ends_the_editor(editor):
    """Nothing of ours outlives the program at its terminal, and its folder goes with it."""
    running = []
    stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(end='')\nwhile True: signal.pause()"
    editing = asyncio.ensure_future(edit(Terminal(), "fox", editor(stubborn), running.append))
    await until(lambda: running)
    editing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await editing
    assert running[0]._process.poll() is not None
    assert not os.path.exists(running[0]._folder.name)  # noqa: PTH110, ASYNC240


@pytest.mark.parametrize("saved", ["path", "path.with_name(path.name + '.save')"])
async def test_what_was_saved_is_kept_when_the_program_ends(editor, tmp_path, saved):
    """By the user in the editor, or by the editor in its emergency."""
    ready = tmp_path / "ready"
    body = f"{saved}.write_text('half'); pathlib.Path({str(ready)!r}).touch()\nimport time; time.sleep(60)"
    running = []
    editing = asyncio.ensure_future(edit(Terminal(), "fox", editor(body), running.append))
    await until(ready.exists)
    assert running[0].end() == "half"
    assert "ended with code" in (await editing).words


async def test_text_from_the_editor_is_inert(editor):
    """What comes from the disk is made safe like everything from outside."""
    assert (await edit(Terminal(), "", editor("path.write_text('a\\x1b[2J\\r\\nb')"))).text == "a␛[2J\nb"
