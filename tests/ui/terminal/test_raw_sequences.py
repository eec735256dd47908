"""Notices and titles that are written to the terminal."""

import re

import pytest

from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.terminal.raw_sequences import NotificationMethod, Terminal, notification_of

HOSTILE = SafeText("a\x1b]0;owned\x07 \x9b31m b;c\nd \u202e")


def writes(environ: dict[str, str]) -> tuple[Terminal, list[str]]:
    """Return a terminal and the list of its output."""
    written: list[str] = []
    return Terminal(written.append, environ), written


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"TERM": "xterm-kitty"}, NotificationMethod.OSC_777),
        ({"TERM": "xterm-ghostty"}, NotificationMethod.OSC_777),
        ({"TERM": "foot"}, NotificationMethod.OSC_777),
        ({"TERM": "rxvt-unicode-256color"}, NotificationMethod.OSC_777),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, NotificationMethod.OSC_777),
        ({"TERM": "xterm-256color", "WT_SESSION": "1"}, NotificationMethod.OSC_777),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, NotificationMethod.OSC_9),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, NotificationMethod.OSC_9),
        ({"TERM": "xterm-256color"}, NotificationMethod.NONE),
        ({}, NotificationMethod.NONE),
        ({"TERM": "tmux-256color", "TERM_PROGRAM": "iTerm.app"}, NotificationMethod.NONE),
        ({"TERM": "xterm-kitty", "TMUX": "/tmp/x"}, NotificationMethod.NONE),
        ({"TERM": "screen.xterm-256color", "LC_TERMINAL": "iTerm2"}, NotificationMethod.NONE),
    ],
)
def test_only_terminals_known_to_take_it_are_notified(environ: dict[str, str], expected: NotificationMethod) -> None:
    """A known terminal gets its own sequence, and an unknown one, tmux and screen get none."""
    assert notification_of(environ) is expected


def test_the_bytes_are_exact() -> None:
    """OSC 777 has title and body separate, OSC 9 has both in one, and both end with ST."""
    kitty, written = writes({"TERM": "xterm-kitty"})
    kitty.notify(SafeText("✔ Sunset; done"), SafeText("a fox"))
    iterm, nine = writes({"LC_TERMINAL": "iTerm2"})
    iterm.notify(SafeText("✔ Sunset"), SafeText("a fox"))
    iterm.notify(SafeText("✔ Sunset"), SafeText(""))
    assert written == ["\x1b]777;notify;✔ Sunset, done;a fox\x1b\\"]
    assert nine == ["\x1b]9;✔ Sunset: a fox\x1b\\", "\x1b]9;✔ Sunset\x1b\\"]


@pytest.mark.parametrize("environ", [{"TERM": "xterm-kitty"}, {"TERM": "x", "LC_TERMINAL": "iTerm2"}])
def test_nothing_escapes_from_a_notice_or_a_title(environ: dict[str, str]) -> None:
    """A hostile text in a notice or title is one sequence without control characters."""
    terminal, written = writes(environ)
    terminal.notify(HOSTILE, HOSTILE)
    terminal.set_title(HOSTILE)
    assert len(written) == 2
    for data in written:
        inside = re.fullmatch(r"(?:\x1b\[22;2t)?\x1b\](.*)\x1b\\", data)
        assert inside and not re.search(r"[\x00-\x1f\x7f-\x9f\u202e]", inside.group(1))


@pytest.mark.parametrize("term", ["linux", "dumb", ""])
def test_terminals_without_a_title_are_left_alone(term: str) -> None:
    """Terminals without a title get no sequence, which they would show as text."""
    terminal, written = writes({"TERM": term})
    terminal.set_title(SafeText("cordage"))
    terminal.restore_title()
    assert written == []


async def test_a_headless_app_writes_nothing() -> None:
    """A headless app writes nothing to the terminal."""
    app = BaseApp()
    async with app.run_test():
        terminal = Terminal.of(app, {"TERM": "xterm-kitty"})
        written: list[str] = []
        app._driver.write = written.append  # type: ignore[union-attr, method-assign]
        terminal.bell()
        assert written == []
