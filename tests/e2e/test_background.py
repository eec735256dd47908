"""`theme = "auto"` is light or dark as the terminal is; its answers, in time, torn, late or never, are typed nowhere."""

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
def follows(home: Home, opens: Opening, monkeypatch: pytest.MonkeyPatch) -> Opening:
    """The program with that theme, in true colours."""
    config = home.paths.config_file
    config.write_text(config.read_text() + '\n[ui]\ntheme = "auto"\n')
    usual = home.environ
    monkeypatch.setattr(type(home), "environ", lambda _, *key, **more: usual(*key, COLORTERM="truecolor", **more))
    return opens


def background(terminal: Terminal) -> str:
    """Which of the two was drawn last."""
    return "light" if terminal.written.rfind(LIGHT) > terminal.written.rfind(DARK) else "dark"


def turns(terminal: Terminal, shade: str) -> None:
    terminal.wait_for(lambda _: background(terminal) == shade)


def test_a_light_terminal_gets_the_light_theme(follows: Opening, restored: Callable[[Terminal], bool]) -> None:
    """Also when it changes later; and at the end it reports no more."""
    person = follows(answers={QUERY: WHITE, "\x1b[c": "\x1b[?62;22c"})
    terminal = person.terminal
    turns(terminal, "light")
    terminal.type("\x1b[?997;1n")
    turns(terminal, "dark")
    terminal.type("\x1b[?997;2n")
    turns(terminal, "light")
    assert person.quits() == 0
    assert restored(terminal)


def test_a_late_and_torn_answer_is_not_typed(follows: Opening) -> None:
    person = follows()
    terminal = person.terminal
    assert background(terminal) == "dark"
    terminal.type("t")
    terminal.type("red")
    terminal.wait_for("red")
    for piece in ("\x1b]11;rg", "b:ffff/ff", "ff/ffff\x1b", "\\ fox"):
        terminal.type(piece)
        terminal.read_for(0.2)
    turns(terminal, "light")
    shown = terminal.wait_for("red fox")
    assert "rgb" not in shown and "ffff" not in shown and "11;" not in shown


def test_without_an_answer_it_is_dark_and_keys_work(follows: Opening) -> None:
    person = follows()
    person.terminal.type("t")
    person.terminal.type("]11;x")
    person.terminal.wait_for("]11;x")
    assert background(person.terminal) == "dark"


@pytest.mark.parametrize("about", [{"TERM": "linux"}, {"STY": "1.screen"}])
def test_who_could_not_answer_is_not_asked(home: Home, follows: Opening, about: dict[str, Any], monkeypatch) -> None:
    usual = home.environ
    monkeypatch.setattr(type(home), "environ", lambda _, *key, **more: usual(*key, **about, **more))
    assert QUERY.encode() not in follows().terminal.written


def test_with_another_theme_nothing_is_asked(opens: Opening) -> None:
    written = opens().terminal.written
    assert QUERY.encode() not in written and b"\x1b[?2031h" not in written


def test_it_is_asked_again_after_another_program_had_the_terminal(
    home: Home, follows: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And that program gets no reports meanwhile."""
    usual = home.environ
    monkeypatch.setattr(type(home), "environ", lambda _, *key, **more: usual(*key, EDITOR="true", **more))
    terminal = follows(answers={QUERY: WHITE, "\x1b[c": "\x1b[?62;22c"}).terminal
    terminal.type("t")
    terminal.wait_for("enter run it")
    terminal.read_for(PAUSE_S)
    terminal.type("\x05")
    terminal.wait_for(lambda _: terminal.written.count(QUERY.encode()) == 2)
    first, again = (m.start() for m in re.finditer(re.escape(QUERY.encode()), terminal.written))
    assert first < terminal.written.index(b"\x1b[?2031l") < again
