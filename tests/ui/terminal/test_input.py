"""No input from a terminal ends the app, in any pieces and with any pauses."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual import constants
from textual.events import Key, Resize

from cordage_tui.ui.terminal.key_parser import TerminalInput
from cordage_tui.ui.terminal.pauses import QUIET_S
from cordage_tui.ui.terminal.replies import DeviceAttributes
from tests.ui.terminal.test_replies import ANSWERS, KEYS

PAUSES_S = (0.0, 0.01, 0.06, constants.ESCAPE_DELAY, 0.2, 1.1, 12.0)
STRANGE = (
    *(
        "\x1b",
        "[",
        "_",
        "G",
        "?",
        "6",
        ";",
        "O",
        "]",
        "\\",
        "\x00",
        "\x9b",
        "\x7f",
        "\udcff",
        "\x1b\x1b",
        "\x1b[",
        "\x1b_G",
    ),
    *("\x1b[200~", "\x1b[201~", "\x1b[99999999999u", "\x1b[1;0u", "\x1b[1114112;5u", "\x1b[;;u", "\x1b[0;1;0:1114112u"),
    *("\x1b[<0;0;0M", "\x1b[<999;99999;-5M", "\x1b[<0;1;2", "\x1b[M !!", "\x1b[1;1R", "\x1b[48;0;0;0;0t"),
    *("\x1b[48;99999999;99999999;1;1t", "\x1b[?2048;4$y", "\x1b[?2026;٣$y", "\x1b[I", "\x1b[O", "\x1b]0;", "\x1bP"),
)


class Hand:
    """A terminal and its user, with a clock of their own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        for reader in ("textual._parser", "cordage_tui.ui.textual_patches.driver"):
            monkeypatch.setattr(f"{reader}.get_time", lambda: self.now)
        self.input = TerminalInput()
        self.messages = []

    def sends(self, text: str) -> None:
        self.messages += self.input.feed(text, self.now)
        self.messages += self.input.tick(self.now)

    def pauses(self, seconds: float) -> None:
        """Let time pass, and look at the input whenever the driver would."""
        end = self.now + seconds
        while (left_s := self.input.left_s(self.now)) is not None and self.now + left_s < end:
            self.now += left_s + 0.001
            self.messages += self.input.see_nothing(self.now) + self.input.tick(self.now)
        self.now = end

    @property
    def keys(self) -> list[str]:
        return [event.key for event in self.messages if isinstance(event, Key)]


@pytest.fixture
def hand(monkeypatch):
    """Return the terminal and its user."""
    return Hand(monkeypatch)


@pytest.mark.parametrize("pause_s", PAUSES_S)
@pytest.mark.parametrize("key", ["[", "_", "O", "]", "?", "x", "\x1b"])
def test_a_key_after_escape_and_a_pause_is_a_key_of_its_own(hand, key, pause_s):
    """A key after escape and a pause is a key of its own at once, and later keys work at any speed."""
    hand.sends("\x1b")
    hand.pauses(pause_s)
    hand.sends(key)
    keys_at_once = list(hand.keys)
    hand.pauses(1.0)
    if pause_s > constants.ESCAPE_DELAY:
        assert len(hand.keys) == 2
        assert hand.keys[0] == "escape"
        assert keys_at_once == hand.keys or key == "\x1b"
    hand.sends("q")
    assert hand.keys[-1] == "q"


def test_the_reading_thread_sleeps_while_nothing_is_pending(hand):
    """The reading thread sleeps while nothing is pending, and wakes up in time after a key or an escape."""
    assert hand.input.left_s(hand.now) is None
    hand.sends("j")
    assert hand.input.left_s(hand.now) == pytest.approx(QUIET_S, abs=0.002)
    hand.pauses(1.0)
    assert hand.input.left_s(hand.now) is None
    hand.sends("\x1b")
    assert 0 < hand.input.left_s(hand.now) <= constants.ESCAPE_DELAY
    hand.pauses(1.0)
    assert hand.input.left_s(hand.now) is None
    assert hand.keys == ["j", "escape"]


@pytest.mark.parametrize("keys", ["\x1b_Gabc", "\x1b[?62", "\x1b[6;1"])
def test_keys_typed_one_by_one_are_no_answer(hand, keys):
    """Keys typed one by one are never swallowed, although a reply might begin with them."""
    for key in keys:
        hand.sends(key)
        hand.pauses(0.3)
    assert len(hand.keys) == len(keys)
    hand.sends("q")
    assert hand.keys[-1] == "q"


@pytest.mark.parametrize("gap_s", [0.06, 0.2, 3.0])
def test_a_torn_answer_that_was_asked_for_types_nothing(hand, gap_s):
    """A reply in three pieces with pauses types nothing, except that a lone ESC may count as a key."""
    hand.input.replies.expect(hand.now)
    for piece in ("\x1b", "_", "Gi=31;OK\x1b\\"):
        hand.sends(piece)
        hand.pauses(gap_s if piece == "\x1b" else 0.2)
    hand.sends("\x1b[?62;4c")
    hand.sends("x")
    assert [key for key in hand.keys if key != "escape"] == ["x"]
    assert DeviceAttributes(sixel=True) in hand.messages


REPORT = "\x1b[?2048;0$y"
ASKED = (*ANSWERS, REPORT, "\x1b[?2026;2$y")


@pytest.mark.parametrize("answer", ASKED)
def test_an_answer_torn_anywhere_presses_nothing(hand, answer):
    """A reply that is expected presses no key wherever it is split, not even escape."""
    for cut in range(1, len(answer)):
        hand.now += 100.0
        hand.input.replies.expect(hand.now, "2048")
        hand.sends(answer[:cut])
        hand.pauses(0.9)
        hand.sends(answer[cut:])
        hand.sends(REPORT)
    hand.pauses(12.0)
    assert hand.keys == []
    replies = [event for event in hand.messages if type(event) is type(ANSWERS[answer])] if answer in ANSWERS else []
    assert len(replies) == (len(answer) - 1) * (answer in ANSWERS)


@pytest.mark.parametrize("pause_s", [0.0, 0.06, 0.2, 0.5])
def test_three_pieces_of_an_answer_press_nothing(hand, pause_s):
    """A reply in three pieces with pauses presses no key."""
    for answer in ASKED:
        hand.now += 100.0
        hand.input.replies.expect(hand.now, "2048")
        for piece in (answer[0], answer[1], answer[2:], REPORT):
            hand.sends(piece)
            hand.pauses(0.4 if piece == answer[0] else pause_s)
    assert hand.keys == []


@pytest.mark.parametrize("pause_s", [0.3, 0.8])
@pytest.mark.parametrize(("text", "keys"), [("x", ["x"]), ("j", ["j"]), ("\x1b[A", ["up"]), ("[", ["["]), ("_", ["_"])])
def test_an_escape_pressed_while_an_answer_is_waited_for(hand, pause_s, text, keys):
    """An escape during the wait for a reply is a key of its own, reported with the next key or after a second."""
    hand.input.replies.expect(hand.now)
    hand.sends("\x1b")
    hand.pauses(pause_s)
    assert hand.keys == []
    hand.sends(text)
    hand.pauses(1.5)
    assert [
        event.character if len(event.character or "") == 1 and event.key != "escape" else event.key
        for event in hand.messages
    ] == [
        "escape",
        *keys,
    ]


def test_an_escape_is_quick_again_after_the_last_reply(hand):
    """After the last reply, or a second after the question, an escape is reported without the longer wait."""
    hand.input.replies.expect(hand.now, "2048")
    hand.input.replies.expect(hand.now)
    hand.sends(REPORT)
    hand.sends("\x1b")
    hand.pauses(constants.ESCAPE_DELAY * 2)
    assert hand.keys == []
    hand.pauses(1.0)
    assert hand.keys == ["escape"]
    hand.sends("\x1b[?62c")
    hand.input.replies.expect(hand.now)
    hand.sends("\x1b[?62c\x1b")
    hand.pauses(constants.ESCAPE_DELAY + 0.01)
    assert hand.keys == ["escape"] * 2


@settings(max_examples=300)
@given(
    st.lists(st.sampled_from([*ANSWERS, *KEYS, *STRANGE]) | st.text(max_size=3), max_size=12),
    st.lists(st.tuples(st.integers(1, 9), st.sampled_from(PAUSES_S)), max_size=30),
    st.booleans(),
)
def test_after_any_input_the_next_key_works(parts, cuts, expected):
    """Any keys, replies, pastes and nonsense in any pieces raise nothing, and the next key works."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        hand = Hand(monkeypatch)
        if expected:
            hand.input.replies.expect(hand.now)
        text = "".join(parts)
        for size, pause_s in cuts:
            hand.sends(text[:size])
            hand.pauses(pause_s)
            text = text[size:]
        hand.sends(text)
        hand.pauses(12.0)
        hand.sends("\x1b[201~")  # a paste has an end
        hand.pauses(1.0)
        hand.sends("q")
        assert hand.keys[-1] == "q"
        assert all(0 < event.size.width < 9999 for event in hand.messages if isinstance(event, Resize))


def test_after_nonsense_the_rest_of_the_same_piece_is_typed(hand):
    """A sequence that Textual's parser raises on loses only itself."""
    hand.sends("\x1b[99999999999u" + "fox")
    assert "".join(hand.keys[-3:]) == "fox"
    assert not re.search("9", "".join(hand.keys))
