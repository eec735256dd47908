"""In each terminal the keys for a new line insert one and send nothing. Only Enter sends.

Where xterm and kitty are installed, they run on an invisible screen, and tmux and GNU screen run in a pseudo-terminal.
"""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.acceptance.server import KEY, Judge
from tests.e2e.conftest import NAMES
from tests.e2e.home import PROGRAM, Home
from tests.e2e.person import Person
from tests.e2e.terminal import Terminal
from tests.e2e.test_pictures_in_tmux import WINDOW_S, _started, _tmux, _wait

ALT_ENTER = "\x1b\r"
TMUX = "set -g default-terminal tmux-256color\nset -g status off\n"


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    """Yield a stack of contexts that the test leaves at its end."""
    with ExitStack() as stack:
        yield stack


def assert_key_makes_a_line(terminal: Terminal, judge: Judge, *, key: Sequence[str], pause_s: float = 0.0) -> None:
    """Write two lines with `key` between them, assert that nothing is sent, and send both with Enter."""
    person = Person(terminal, *NAMES)
    person.types("first line")
    for piece in key:
        terminal.type(piece)
        terminal.read_for(pause_s)
    terminal.read_for(0.5)
    assert judge.runs == []
    terminal.type("second line")
    terminal.wait_for("second line")
    terminal.read_for(0.5)
    assert judge.runs == []
    terminal.type("\r")
    _wait(lambda: bool(terminal.read_for(0.05) >= 0 and judge.runs))
    assert [run.body for run in judge.runs] == [{"prompt": "first line\nsecond line"}]


@pytest.mark.parametrize("key", ["\n", ALT_ENTER, "\x1b[13;2u", "\x1b[27;3;13~"], ids=ascii)
def test_a_new_line_key_makes_a_new_line(open_window, judge, key):
    """ctrl+j, ESC CR and the notations of extended keyboards insert a line break."""
    assert_key_makes_a_line(open_window().terminal, judge, key=[key])


def test_alt_enter_that_comes_in_two_pieces_makes_a_new_line(open_window, judge):
    """Alt+enter inserts a line break although the connection cuts it between ESC and CR."""
    assert_key_makes_a_line(open_window().terminal, judge, key=["\x1b", "\r"], pause_s=0.02)


@pytest.mark.parametrize("text", [f"first line{ALT_ENTER}second line", f"first line{ALT_ENTER}"])
def test_a_paste_with_alt_enter_in_it_sends_nothing(open_window, judge, text):
    """In a paste the escape and the return after it are text, and nothing is sent."""
    person = open_window()
    person.types("fox ")
    person.terminal.paste(text)
    person.terminal.wait_for("first line␛")
    person.terminal.read_for(0.5)
    assert judge.runs == []


@pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")
@pytest.mark.parametrize("keyboard", ["", "set -s extended-keys always\n"], ids=["plain", "extended keys"])
@pytest.mark.parametrize("key", [ALT_ENTER, "\n"], ids=ascii)
def test_a_new_line_key_makes_a_new_line_inside_tmux(home: Home, judge: Judge, tmp_path, stack, key, keyboard):
    """Inside tmux, which passes alt+enter as ESC CR or as an extended key, the key inserts a line break."""
    environ = home.environ(KEY)
    tmux = stack.enter_context(_tmux(tmp_path, environ, TMUX + keyboard))
    terminal = stack.enter_context(home.open(environ, program=(*tmux, "new-session", *PROGRAM)))
    terminal.wait_for("● live")
    assert_key_makes_a_line(terminal, judge, key=[key])


@pytest.mark.skipif(shutil.which("screen") is None, reason="needs GNU screen")
@pytest.mark.parametrize("key", [ALT_ENTER, "\n"], ids=ascii)
def test_a_new_line_key_makes_a_new_line_inside_gnu_screen(home: Home, judge: Judge, tmp_path, stack, key):
    """Inside GNU screen, which passes alt+enter as ESC CR, the key inserts a line break."""
    sockets = tmp_path / "screens"
    sockets.mkdir(mode=0o700)
    environ = home.environ(KEY, SCREENDIR=str(sockets))
    stack.callback(lambda: subprocess.run(["screen", "-S", "test", "-X", "quit"], env=environ, check=False))
    program = (shutil.which("screen") or "screen", "-S", "test", "-U", "-c", "/dev/null", *PROGRAM)
    terminal = stack.enter_context(home.open(environ, program=program))
    terminal.wait_for("● live")
    assert_key_makes_a_line(terminal, judge, key=[key])


KEYBOARD_QUESTION = "\x1b[?u"


@pytest.mark.parametrize(("reply", "offers"), [("\x1b[?1u", True), ("\x1b[?0u", False), (None, False)], ids=ascii)
def test_shift_enter_is_offered_only_if_the_terminal_reports_it(open_window, reply, offers):
    """Help names ctrl+j first, and names shift+enter only if the terminal has answered the query about its keyboard."""
    terminal = open_window(answers={KEYBOARD_QUESTION: reply} if reply else None).terminal
    terminal.type("t")
    terminal.wait_for("ctrl+j new line")
    terminal.read_for(0.3)
    terminal.type("\x1bOP")
    help_text = terminal.wait_for("Insert a new line")
    line = next(line for line in help_text.splitlines() if "Insert a new line" in line or "ctrl+j" in line)
    assert line.index("ctrl+j") < line.index("alt+enter")
    assert ("shift+enter" in help_text) is offers


# Real windows.

WINDOWS = {
    "xterm": ("xterm", "-xrm", "XTerm*omitTranslation: fullscreen", "-xrm", "XTerm*metaSendsEscape: true", "-e"),
    "kitty": ("kitty", "--config", "NONE", "-o", "update_check_interval=0", "-o", "remember_window_size=no"),
}


class Window:
    """A terminal window on a screen of its own, and the keys of its user."""

    def __init__(self, stack: ExitStack, home: Home, command: Sequence[str]) -> None:
        display = f":{4000 + os.getpid() % 3000}"
        own = {"DISPLAY": display, "LIBGL_ALWAYS_SOFTWARE": "1"}
        self.environ = home.environ(KEY, **own)
        _started(stack, ["Xvfb", display, "-screen", "0", "1400x900x24"], self.environ)
        _wait(Path(f"/tmp/.X11-unix/X{display[1:]}").exists)
        _started(stack, [*command], self.environ)

    def perform(self, *actions: str) -> None:
        """Carry out actions of xdotool one by one. Without a window manager the window under the mouse gets the
        keys."""
        for action in ("mousemove 60 60", *actions):
            subprocess.run(["xdotool", *action.split()], env=self.environ, check=True, timeout=WINDOW_S)
            time.sleep(0.3)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("inside", ["", "tmux"], ids=["alone", "inside tmux"])
@pytest.mark.parametrize(
    ("window", "key"),
    [
        ("xterm", "alt+Return"),
        ("xterm", "ctrl+j"),
        ("kitty", "alt+Return"),
        ("kitty", "ctrl+j"),
        ("kitty", "shift+Return"),
    ],
)
def test_a_new_line_key_makes_a_new_line_in_a_real_window(
    home: Home, judge: Judge, tmp_path, stack, window, key, inside
):
    """In a real window, alone or with tmux inside, the key inserts a line break and sends nothing."""
    if not all(map(shutil.which, ("Xvfb", "xdotool", window, inside or window))):
        pytest.skip(f"needs Xvfb, xdotool, {window} {inside}")
    if inside and key == "shift+Return":
        pytest.skip("tmux gets a plain Enter there, so the key is not offered")
    environ = home.environ(KEY)
    tmux = stack.enter_context(_tmux(tmp_path, environ, TMUX)) if inside else ()
    inner = (*tmux, "new-session") if inside else ()
    terminal_window = Window(stack, home, [*WINDOWS[window], *inner, *PROGRAM])
    _wait(lambda: bool(judge.calls))
    time.sleep(2.0)
    terminal_window.perform("key t", "type first", f"key {key}", "type second")
    time.sleep(1.0)
    assert judge.runs == []
    terminal_window.perform("key Return")
    _wait(lambda: bool(judge.runs))
    assert [run.body for run in judge.runs] == [{"prompt": "first\nsecond"}]
