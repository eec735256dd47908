"""With `theme = "auto"` the theme follows the background of the terminal. Its answers are never typed into a text,
however late or torn."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.home import Home
from tests.e2e.person import PAUSE_S, Person
from tests.e2e.terminal import Terminal

QUERY = "\x1b]11;?\x1b\\"
WHITE = "\x1b]11;rgb:ffff/ffff/ffff\x1b\\"
DARK, LIGHT = b"48;2;19;20;24", b"48;2;248;246;241"
"""Backgrounds of our two themes."""

Opening = Callable[..., Person]


@pytest.fixture
def open_auto_theme(home: Home, open_window: Opening, monkeypatch: pytest.MonkeyPatch) -> Opening:
    """Return a function that opens the program with the automatic theme in true colours."""
    config = home.paths.config_file
    config.write_text(config.read_text() + '\n[ui]\ntheme = "auto"\n')
    usual = home.environ
    monkeypatch.setattr(type(home), "environ", lambda _, *key, **more: usual(*key, COLORTERM="truecolor", **more))
    return open_window


def background(terminal: Terminal) -> str:
    """Return which of the two backgrounds was drawn last."""
    return "light" if terminal.written.rfind(LIGHT) > terminal.written.rfind(DARK) else "dark"


def wait_for_background(terminal: Terminal, shade: str) -> None:
    """Wait until the program draws this background."""
    terminal.wait_for(lambda _: background(terminal) == shade)


def test_a_light_terminal_gets_the_light_theme(
    open_auto_theme: Opening, is_restored: Callable[[Terminal], bool]
) -> None:
    """The theme follows the terminal at the start and at each later change. At the end the terminal reports no more
    changes."""
    person = open_auto_theme(answers={QUERY: WHITE, "\x1b[c": "\x1b[?62;22c"})
    terminal = person.terminal
    wait_for_background(terminal, "light")
    terminal.type("\x1b[?997;1n")
    wait_for_background(terminal, "dark")
    terminal.type("\x1b[?997;2n")
    wait_for_background(terminal, "light")
    assert person.quits() == 0
    assert is_restored(terminal)


def test_a_late_and_torn_answer_is_not_typed(open_auto_theme: Opening) -> None:
    """A late answer in several pieces changes the theme, and no character of it is typed into the prompt."""
    person = open_auto_theme()
    terminal = person.terminal
    assert background(terminal) == "dark"
    terminal.type("t")
    terminal.type("red")
    terminal.wait_for("red")
    for piece in ("\x1b]11;rg", "b:ffff/ff", "ff/ffff\x1b", "\\ fox"):
        terminal.type(piece)
        terminal.read_for(0.2)
    wait_for_background(terminal, "light")
    screen = terminal.wait_for("red fox")
    assert "rgb" not in screen and "ffff" not in screen and "11;" not in screen


def test_without_an_answer_it_is_dark_and_keys_work(open_auto_theme: Opening) -> None:
    """If the terminal does not answer, the theme is dark and keys are typed as usual."""
    person = open_auto_theme()
    person.terminal.type("t")
    person.terminal.type("]11;x")
    person.terminal.wait_for("]11;x")
    assert background(person.terminal) == "dark"


@pytest.mark.parametrize("variables", [{"TERM": "linux"}, {"STY": "1.screen"}])
def test_a_terminal_that_cannot_answer_is_not_asked(
    home: Home, open_auto_theme: Opening, variables: dict[str, Any], monkeypatch
) -> None:
    """The program does not ask a terminal that is known not to answer."""
    usual = home.environ
    monkeypatch.setattr(type(home), "environ", lambda _, *key, **more: usual(*key, **variables, **more))
    assert QUERY.encode() not in open_auto_theme().terminal.written


def test_with_another_theme_nothing_is_asked(open_window: Opening) -> None:
    """With a fixed theme the program asks nothing about the background."""
    written = open_window().terminal.written
    assert QUERY.encode() not in written and b"\x1b[?2031h" not in written


def test_the_background_is_asked_again_after_an_editor(
    home: Home, open_auto_theme: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After another program had the terminal, the background is asked for again. That program gets no reports
    meanwhile."""
    usual = home.environ
    monkeypatch.setattr(type(home), "environ", lambda _, *key, **more: usual(*key, EDITOR="true", **more))
    terminal = open_auto_theme(answers={QUERY: WHITE, "\x1b[c": "\x1b[?62;22c"}).terminal
    terminal.type("t")
    terminal.wait_for("enter run it")
    terminal.read_for(PAUSE_S)
    terminal.type("\x05")
    terminal.wait_for(lambda _: terminal.written.count(QUERY.encode()) == 2)
    first, again = (m.start() for m in re.finditer(re.escape(QUERY.encode()), terminal.written))
    assert first < terminal.written.index(b"\x1b[?2031l") < again
