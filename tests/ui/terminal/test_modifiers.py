"""A modifier that was pressed is never lost: with it a key is another key, and does not what the plain one does."""

import pytest
from textual.events import Paste

from cordage_tui.ui.terminal.key_parser import TerminalInput
from cordage_tui.ui.terminal.replies import KeyboardReply
from tests.ui.terminal.test_input import Hand


@pytest.fixture
def hand(monkeypatch):
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
    """ESC and a key are that key with alt; keys of extended keyboards keep their modifiers in each of their notations."""
    hand.sends(sent + after)
    hand.pauses(1.0)
    assert hand.keys == [*keys, *(["up"] if after == "\x1b[A" else [])]


@pytest.mark.parametrize("pause_s", [0.0, 0.005, 0.05, 0.09])
def test_alt_and_enter_split_over_two_reads_are_one_key(hand, pause_s):
    """The connection may cut anywhere: within the time that an escape is waited for, ESC and CR are alt+enter."""
    hand.sends("\x1b")
    hand.pauses(pause_s)
    hand.sends("\r")
    hand.pauses(1.0)
    assert hand.keys == ["alt+enter"]


@pytest.mark.parametrize("report", ["\x1b[3y", "\x1b[?2026;2;3$y", "\x1b[0;1;2y", "\x1b[>4;1x"])
def test_a_sequence_that_nobody_knows_presses_nothing(hand, report):
    """A report ends in `y` or `x`: neither is pressed."""
    for cut in range(len(report)):
        hand.sends(report[:cut])
        hand.sends(report[cut:])
    hand.sends("q")
    assert hand.keys == ["q"]


@pytest.mark.parametrize(
    "text", ["fox\x1b\rowl", "fox\x1b\r", "\x1b", "\x1b\x1b[31mred\x1b[0m " + "x" * 50, "\x1by\x1b[201"]
)
def test_an_escape_in_a_paste_is_text(text, monkeypatch):
    """However the paste is torn, it presses no key, and arrives whole."""
    whole = f"\x1b[200~{text}\x1b[201~"
    for cut in range(len(whole) + 1):
        for pause_s in (0.0, 0.2, 3.0):
            hand = Hand(monkeypatch)
            hand.sends(whole[:cut])
            hand.pauses(pause_s if cut >= len("\x1b[200~") else 0.0)
            hand.sends(whole[cut:])
            hand.sends("q")
            assert hand.keys == ["q"]
            assert [one.text for one in hand.heard if isinstance(one, Paste)] == [text.replace("\x1b", "␛")]


@pytest.mark.parametrize(("reply", "tells"), [("\x1b[?1u", True), ("\x1b[?5u", True), ("\x1b[?0u", False)])
def test_the_terminal_shows_that_it_tells_modifiers_apart(reply, tells):
    """It answers the query about Kitty's keyboard protocol, and the protocol is in force."""
    heard = TerminalInput().feed(reply, 100.0)
    assert heard == [KeyboardReply(tells)]


def test_keys_after_an_escape_and_a_pause_are_keys_while_an_answer_is_waited_for(hand):
    """Escape with `[`, a pause and `t` are no sequence: `t` is pressed."""
    hand.input.replies.expect(hand.now)
    for key in ("\x1b", "[", "t"):
        hand.sends(key)
        hand.pauses(0.05 if key == "\x1b" else 0.3)
    assert hand.keys[-1] == "t"
