"""A pressed modifier is never lost, so a key with it never acts like the plain key."""

import pytest
from textual.events import Paste

from cordage_tui.ui.terminal.key_parser import TerminalInput
from cordage_tui.ui.terminal.replies import KeyboardReply
from tests.ui.terminal.test_input import Hand


@pytest.fixture
def hand(monkeypatch):
    """Return the terminal and its user."""
    return Hand(monkeypatch)


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        ("\x1b\r", ["alt+enter"]),
        ("\x1b\n", ["alt+ctrl+j"]),
        ("\x1b\x11", ["alt+ctrl+q"]),
        ("\x1by", ["alt+y"]),
        ("\x1bY", ["alt+shift+y"]),
        ("\x1b&", ["alt+ampersand"]),
        ("\x1b[13;3u", ["alt+enter"]),
        ("\x1b[13;2u", ["shift+enter"]),
        ("\x1b[27;3;13~", ["alt+enter"]),
        ("\x1b[27;2;13~", ["shift+enter"]),
        ("\x1b[27;3;121~", ["alt+y"]),
        ("\x1b[27;5;106~", ["ctrl+j"]),
        ("\x1b[109;5u", ["ctrl+m"]),
        ("\x1b[105;5u", ["ctrl+i"]),
        ("\x1bOM", ["enter"]),
    ],
)
@pytest.mark.parametrize("after", ["", "\x1b[A", "\x1b[<35;5;5M"], ids=["alone", "before an arrow", "before the mouse"])
def test_a_key_keeps_its_modifier_whatever_follows_it(hand, sent, keys, after):
    """ESC and a key are that key with alt, and extended notations keep their modifiers."""
    hand.sends(sent + after)
    hand.pauses(1.0)
    assert hand.keys == [*keys, *(["up"] if after == "\x1b[A" else [])]


@pytest.mark.parametrize("pause_s", [0.0, 0.005, 0.05, 0.09])
def test_alt_and_enter_split_over_two_reads_are_one_key(hand, pause_s):
    """ESC and CR in two quick reads are alt+enter."""
    hand.sends("\x1b")
    hand.pauses(pause_s)
    hand.sends("\r")
    hand.pauses(1.0)
    assert hand.keys == ["alt+enter"]


@pytest.mark.parametrize("report", ["\x1b[3y", "\x1b[?2026;2;3$y", "\x1b[0;1;2y", "\x1b[>4;1x"])
def test_a_sequence_that_nobody_knows_presses_nothing(hand, report):
    """An unknown sequence presses no key, not even its last letter."""
    for cut in range(len(report)):
        hand.sends(report[:cut])
        hand.sends(report[cut:])
    hand.sends("q")
    assert hand.keys == ["q"]


@pytest.mark.parametrize(
    "text", ["fox\x1b\rowl", "fox\x1b\r", "\x1b", "\x1b\x1b[31mred\x1b[0m " + "x" * 50, "\x1by\x1b[201"]
)
def test_an_escape_in_a_paste_is_text(text, monkeypatch):
    """A paste arrives whole and presses no key, wherever it is split."""
    whole = f"\x1b[200~{text}\x1b[201~"
    for cut in range(len(whole) + 1):
        for pause_s in (0.0, 0.2, 3.0):
            hand = Hand(monkeypatch)
            hand.sends(whole[:cut])
            hand.pauses(pause_s if cut >= len("\x1b[200~") else 0.0)
            hand.sends(whole[cut:])
            hand.sends("q")
            assert hand.keys == ["q"]
            assert [event.text for event in hand.messages if isinstance(event, Paste)] == [text.replace("\x1b", "␛")]


@pytest.mark.parametrize(("reply", "is_supported"), [("\x1b[?1u", True), ("\x1b[?5u", True), ("\x1b[?0u", False)])
def test_a_reply_shows_whether_modifiers_are_reported(reply, is_supported):
    """The reply about Kitty's keyboard protocol shows whether it is active."""
    events = TerminalInput().feed(reply, 100.0)
    assert events == [KeyboardReply(is_supported)]


def test_keys_after_an_escape_and_a_pause_are_keys_while_an_answer_is_waited_for(hand):
    """A key after escape, `[` and a pause is pressed, also while a reply is expected."""
    hand.input.replies.expect(hand.now)
    for key in ("\x1b", "[", "t"):
        hand.sends(key)
        hand.pauses(0.05 if key == "\x1b" else 0.3)
    assert hand.keys[-1] == "t"
