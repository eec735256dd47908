"""`$EDITOR`, with small real programs as editors."""

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
    """The part of an app that hands over the terminal, with a record of its steps."""

    def __init__(self, able_to_suspend: bool = True) -> None:
        self.able_to_suspend = able_to_suspend
        self.steps: list[str] = []

    @contextmanager
    def suspend(self):
        if not self.able_to_suspend:
            raise SuspendNotSupported
        self.steps.append("away")
        yield
        self.steps.append("back")  # not reached when the body raises, as in Textual

    def set_timer(self, delay, callback):
        self.steps.append(f"repaint after {delay}")


async def until(holds):
    """Wait until `holds` returns true, at most 30 seconds."""
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110  another process has no event to wait for
            await asyncio.sleep(0.01)


@pytest.fixture
def editor(tmp_path):
    """Return a function that makes an editor from lines of Python; `path` is the file."""

    def make(body: str) -> ChildEnvironment:
        script = tmp_path / "my editor.py"
        script.write_text(f"import sys, os, pathlib\npath = pathlib.Path(sys.argv[-1])\n{body}\n")
        return ChildEnvironment({"EDITOR": f"{sys.executable} '{script}' --wait", "PATH": os.environ["PATH"]})

    return make


async def test_the_edited_text_comes_back_and_the_screen_is_drawn_again(editor):
    """The edited text is returned without the last newline, and the screen is drawn again."""
    app = Terminal()
    result = await edit(app, "fox", editor("path.write_text(path.read_text() + ' and hound\\n')"))
    assert (result.text, result.words) == ("fox and hound", None)
    assert app.steps == ["away", "back", "repaint after 0.05"]


async def test_the_file_is_private_and_leaves_nothing_behind(editor, tmp_path):
    """The file is private to the user, and is removed afterwards with its folder and the editor's own files."""
    note = tmp_path / "note"
    body = f"(path.parent / 'x.swp').touch(); pathlib.Path({str(note)!r}).write_text(f'{{path}} {{path.stat().st_mode}} {{path.parent.stat().st_mode}}')"
    await edit(Terminal(), "fox", editor(body))
    path, mode, folder = note.read_text().split()
    assert (stat.S_IMODE(int(mode)), stat.S_IMODE(int(folder))) == (0o600, 0o700)
    assert not Path(path).parent.exists()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("path.write_text('half'); sys.exit(3)", "code 3"),
        ("path.write_bytes(b'\\xff\\xfe')", "UTF-8"),
        ("path.write_bytes(b'x' * (2**20 + 1))", "1 MiB"),
        ("path.unlink()", "No such file"),
    ],
)
async def test_an_editor_that_goes_wrong_changes_nothing(editor, body, reason):
    """If the editor fails, the text is unchanged, the reason is returned, and the terminal is ours again."""
    app = Terminal()
    result = await edit(app, "fox", editor(body))
    assert result.text == "fox"
    assert reason in result.words
    assert "back" in app.steps


@pytest.mark.parametrize(
    ("body", "took_s", "warned"),
    [("pass", 0.2, True), ("pass", 5.0, False), ("path.write_text('fox and hound')", 0.2, False)],
)
async def test_an_editor_that_does_not_wait_is_reported(editor, body, took_s, warned):
    """An editor that returns at once without a change is reported, because later edits would be lost."""
    times = iter([100.0, 100.0 + took_s])
    result = await edit(Terminal(), "fox", editor(body), now=lambda: next(times))
    assert (result.words is not None) is warned
    assert not warned or (result.text == "fox" and "code --wait" in result.words)


@pytest.mark.parametrize("line", ["/no/such/editor", "/", "no-such-editor\x1b[2J -w"])
async def test_a_missing_editor_gives_a_message(line):
    """A missing editor is an inert message and raises nothing, and the terminal is ours again."""
    app = Terminal()
    result = await edit(app, "fox", ChildEnvironment({"VISUAL": line, "PATH": ""}))
    assert result.text == "fox"
    assert "Cannot run" in result.words
    assert "\x1b" not in result.words
    assert "back" in app.steps


async def test_a_terminal_that_cannot_be_handed_over_gives_a_message(editor):
    """If the terminal cannot be handed over, as in a browser, the text is unchanged and a message says so."""
    result = await edit(Terminal(able_to_suspend=False), "fox", editor("pass"))
    assert (result.text, bool(result.words)) == ("fox", True)


def test_visual_goes_before_editor_and_no_shell_reads_it():
    """`VISUAL` comes before `EDITOR`; its line is split like a shell line, but `;` and `$` have no effect."""
    assert command({"VISUAL": "code --wait", "EDITOR": "vi"}) == ["code", "--wait"]
    assert command({"EDITOR": "'my vi' $HOME;rm"}) == ["my vi", "$HOME;rm"]


@pytest.mark.parametrize("environ", [{"EDITOR": "vi 'x"}, {"EDITOR": " ", "PATH": ""}, {"PATH": ""}])
def test_no_editor_raises_an_error_with_a_message(environ):
    """An unclosed quote, or no editor at all, raises NoEditor with the name of the variable."""
    with pytest.raises(NoEditor) as missing:
        command(environ)
    assert "EDITOR" in missing.value.words


async def test_ctrl_c_in_the_editor_is_not_ours(editor):
    """An interrupt while the editor runs does not end the program, and the handler is restored afterwards."""
    before = signal.getsignal(signal.SIGINT)
    result = await edit(
        Terminal(), "fox", editor("import signal; os.kill(os.getppid(), signal.SIGINT); path.write_text('ok')")
    )
    assert result.text == "ok"
    assert signal.getsignal(signal.SIGINT) is before


async def test_the_event_loop_goes_on_meanwhile(editor, tmp_path):
    """The event loop keeps running while the editor is open."""
    done = tmp_path / "done"
    body = f"while not os.path.exists({str(done)!r}): pass\npath.write_text('ok')"
    app = Terminal()
    editing = asyncio.ensure_future(edit(app, "fox", editor(body)))
    await until(lambda: app.steps == ["away"])
    done.touch()
    assert (await editing).text == "ok"


async def test_an_edit_that_is_broken_off_ends_the_editor(editor):
    """A cancelled edit ends even an editor that ignores SIGTERM, and removes its folder."""
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
    """When the program ends during an edit, the text saved by the user or by the editor is returned."""
    ready = tmp_path / "ready"
    body = f"{saved}.write_text('half'); pathlib.Path({str(ready)!r}).touch()\nimport time; time.sleep(60)"
    running = []
    editing = asyncio.ensure_future(edit(Terminal(), "fox", editor(body), running.append))
    await until(ready.exists)
    assert running[0].end() == "half"
    assert "ended with code" in (await editing).words


async def test_text_from_the_editor_is_inert(editor):
    """Text from the editor is made safe like all text from outside."""
    assert (await edit(Terminal(), "", editor("path.write_text('a\\x1b[2J\\r\\nb')"))).text == "a␛[2J\nb"
