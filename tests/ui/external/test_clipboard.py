"""The way of a text to the clipboard, and the messages about it."""

import asyncio
import stat
from base64 import b64decode
from pathlib import Path

import pytest
from textual.widgets import Input

from cordage_tui.domain.base.environment import MOST_IN_SEQUENCE, TERMINAL, ClipboardMethod
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.dialogs.base import ConfirmDialog
from cordage_tui.ui.external.clipboard import Clipboard, write_aside
from cordage_tui.ui.terminal.raw_sequences import Terminal
from cordage_tui.ui.widgets.text import short_path

WHAT = SafeText("run id")


class App(BaseApp):
    """App with a clipboard that uses these ways."""

    def __init__(self, ways: list[ClipboardMethod], environ: dict[str, str], folder: Path) -> None:
        super().__init__()
        self.written: list[str] = []
        terminal = Terminal(self.written.append, {"TERM": "xterm"})
        self.clip = Clipboard(self, terminal, lambda: ways, environ, folder)

    def compose(self):
        yield Input("fox")

    def copy_to_clipboard(self, text: str) -> None:
        self.clip.copy_quietly(text)

    @property
    def toast_texts(self) -> list[str]:
        """Return the texts of all toasts."""
        return [toast.message for toast in self._notifications]

    @property
    def sequences(self) -> list[bytes]:
        """Return the decoded texts that were sent to the terminal."""
        return [b64decode(data.removeprefix("\x1b]52;c;").removesuffix("\a")) for data in self.written]


@pytest.fixture
def tool(program, tmp_path):
    """Return `tool(name, script)`, which makes a way to a clipboard."""
    return lambda name, script: ClipboardMethod(SafeText(name), (str(program(name, script)),), most=1_000)


async def copied(app: App, text: str) -> None:
    """Copy the text, and wait until it is done."""
    app.clip.copy(SafeText(text), WHAT)
    await app.workers.wait_for_complete()


async def test_the_first_way_that_succeeds_is_used(tool, environ, tmp_path):
    """The first way that succeeds is used and named, and a failing one is skipped."""
    ways = [tool("bad", "exit 1"), tool("good", f"cat > {tmp_path}/got"), TERMINAL]
    app = App(ways, environ, tmp_path)
    async with app.run_test():
        await copied(app, "abc")
        assert (tmp_path / "got").read_text() == "abc" and app.written == []
        assert app.toast_texts == ["Copied run id · good"] and app.clipboard == "abc"


async def test_the_terminal_gets_one_sequence(environ, tmp_path):
    """The terminal gets one OSC 52 sequence with the text in base64, so the text cannot act on it."""
    app = App([TERMINAL], environ, tmp_path)
    async with app.run_test():
        await copied(app, "é\x07\x1b]0;x")
        assert app.sequences == ["é\x07\x1b]0;x".encode()]
        assert app.toast_texts == ["Copied run id · terminal (OSC 52)"]


async def test_a_user_who_types_meanwhile_gets_a_toast_and_no_question(environ, tmp_path, monkeypatch):
    """If keys were typed while copying failed, a toast reports it and no dialog takes the focus."""
    app = App([], environ, tmp_path)
    sent, goes_on = app.clip._send, asyncio.Event()

    async def slow(text: SafeText) -> ClipboardMethod | None:
        await goes_on.wait()
        return await sent(text)

    monkeypatch.setattr(app.clip, "_send", slow)
    async with app.run_test() as pilot:
        app.clip.copy(SafeText("abc"), WHAT)
        await pilot.press("y")
        goes_on.set()
        await app.workers.wait_for_complete()
        assert not isinstance(app.screen, ConfirmDialog) and app.query_one(Input).value.endswith("y")
        assert len(app.toast_texts) == 1 and "run id was not copied." in app.toast_texts[0]


async def test_two_copies_do_not_overtake_each_other(tool, environ, tmp_path):
    """The last copied text is on the clipboard, also if the first copy takes longer."""
    slow = tool("slow", f'text=$(cat); [ "$text" = first ] && sleep 0.3; echo "$text" >> {tmp_path}/got')
    app = App([slow], environ, tmp_path)
    async with app.run_test():
        app.clip.copy(SafeText("first"), WHAT)
        await copied(app, "second")
        assert (tmp_path / "got").read_text() == "first\nsecond\n"


@pytest.mark.parametrize("ways", [[TERMINAL], []])
async def test_what_no_clipboard_takes_is_offered_a_file(ways, environ, tmp_path):
    """A text that no clipboard accepts is saved after a yes, in a file that only the user can read."""
    app, text = App(ways, environ, tmp_path / "downloads"), "x" * (MOST_IN_SEQUENCE + 1)
    async with app.run_test() as pilot:
        await copied(app, text)
        assert app.written == [] and isinstance(app.screen, ConfirmDialog)
        assert not (tmp_path / "downloads").exists()
        await pilot.pause(0.05)
        await pilot.press("y")
        (file,) = (tmp_path / "downloads").iterdir()
        assert file.read_text() == text and stat.S_IMODE(file.stat().st_mode) == 0o600
        assert app.toast_texts == [f"Saved to {short_path(file)}"]


async def test_escape_saves_no_file(environ, tmp_path):
    """Escape saves no file and shows no message."""
    app = App([], environ, tmp_path / "downloads")
    async with app.run_test() as pilot:
        await copied(app, "abc")
        await pilot.press("escape")
        assert not (tmp_path / "downloads").exists() and app.toast_texts == []


async def test_text_fields_copy_by_the_same_road(environ, tmp_path):
    """Text fields copy silently in the same way: made safe for other programs, unchanged for pasting here."""
    app = App([TERMINAL], environ, tmp_path)
    async with app.run_test() as pilot:
        field = app.query_one(Input)
        field.value = "a\x1b[2J\u202eb"
        field.action_select_all()
        field.action_copy()
        await app.workers.wait_for_complete()
        assert app.sequences == ["a␛[2J<U+202E>b".encode()] and app.toast_texts == []
        await pilot.press("ctrl+e", "ctrl+v")
        assert field.value.endswith("b")
        assert app.clipboard == "a\x1b[2J\u202eb"


def test_a_file_is_never_written_over(tmp_path, monkeypatch):
    """A saved file never replaces another, nor follows a link, and two in one second have different names."""
    first, second = (write_aside(tmp_path, text, 0.0) for text in ("a", "b"))
    assert first != second and (first.read_text(), second.read_text()) == ("a", "b")
    trap = tmp_path / "trap"
    trap.mkdir()
    (trap / first.name).symlink_to(tmp_path / "victim")
    assert write_aside(trap, "c", 0.0).name != first.name and not (tmp_path / "victim").exists()
    monkeypatch.setenv("HOME", str(tmp_path))
    assert short_path(first) == f"~/{first.name}" and short_path(Path("/x/a\x1b")) == "/x/a␛"
