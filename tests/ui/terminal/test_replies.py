"""No reply of a terminal is ever taken for typing, and no key waits for a reply."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.domain.image import PixelSize
from cordage_tui.ui.terminal.replies import (
    Answer,
    BackgroundReply,
    CellSizeReply,
    DeviceAttributes,
    KittySupportReply,
    TerminalReplyParser,
)

PATIENCE_S = 0.1
ANSWERS: dict[str, Answer] = {
    "\x1b[?62;4;22c": DeviceAttributes(sixel=True),
    "\x1b[?4c": DeviceAttributes(sixel=False),
    "\x1b[?1;2c": DeviceAttributes(sixel=False),
    "\x1b[6;18;9t": CellSizeReply(PixelSize(9, 18)),
    "\x1b_Gi=31;OK\x1b\\": KittySupportReply(takes=True),
    "\x1b_Gi=31;ENOTSUPPORTED:no such thing\x1b\\": KittySupportReply(takes=False),
    "\x1b]11;rgb:ffff/ffff/ffff\x1b\\": BackgroundReply(dark=False),
    "\x1b]11;rgb:1e1e/1e1e/2e2e\x07": BackgroundReply(dark=True),
    "\x1b[?997;2n": BackgroundReply(dark=False),
}
KEYS = (
    "\x1b[A",
    "\x1b[6~",
    "\x1b[6;5~",
    "\x1b[?2026;2$y",
    "\x1b[200~[?62c\x1b[201~",
    "\x1bOP",
    "\x1b[27u",
    "\x1b[<0;3;4M",
    "x",
    "é",
    "[",
    "_G",
    "]11;",
    "?62;4c",
)


def _sift(*reads: str) -> tuple[str, list[Answer]]:
    """Return the typed text and the replies of these reads."""
    sieve = TerminalReplyParser(PATIENCE_S)
    typed = "".join(sieve.feed(read, now=index * 10.0) for index, read in enumerate(reads))
    return typed, sieve.heard


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_may_be_torn_anywhere_and_come_late(answer: str) -> None:
    """A reply in two reads ten seconds apart is recognised, and the keys around it are typed."""
    for cut in range(len(answer) + 1):
        assert _sift("a" + answer[:cut], answer[cut:] + "b") == ("ab", [ANSWERS[answer]])


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_may_come_character_by_character(answer: str) -> None:
    """A reply that arrives character by character is recognised."""
    assert _sift(*answer) == ("", [ANSWERS[answer]])


@given(st.lists(st.sampled_from([*ANSWERS, *KEYS])), st.integers(1, 9))
def test_keys_and_replies_are_separated(parts: list[str], size: int) -> None:
    """Keys and replies in reads of any size are separated, in order and whole."""
    text = "".join(parts)
    reads = [text[at : at + size] for at in range(0, len(text), size)]
    typed = "".join(part for part in parts if part not in ANSWERS)
    if "\x1b[?62;4;22c" not in typed:
        assert _sift(*reads, "!") == (typed + "!", [ANSWERS[part] for part in parts if part in ANSWERS])


@pytest.mark.parametrize("keys", KEYS)
def test_keys_go_through_at_once(keys: str) -> None:
    """A sequence that a keyboard sends at once is not held back."""
    assert TerminalReplyParser(PATIENCE_S).feed(keys, 0.0) == keys


@pytest.mark.parametrize("key", ["\x1b", "\x1b[", "\x1b_"])
def test_a_key_that_might_begin_an_answer_waits_no_longer_than_it_did(key: str) -> None:
    """A key that might begin a reply is held for Textual's own delay, and then reported once."""
    sieve = TerminalReplyParser(PATIENCE_S)
    assert sieve.feed(key, 5.0) == ""
    assert sieve.left_s(5.04) == pytest.approx(0.06)
    assert (sieve.due(5.04), sieve.due(5.2), sieve.due(5.3)) == ("", key, "")
    assert sieve.left_s(5.3) is None
    assert sieve.feed("x", 6.0) == "x"


def test_what_was_taken_for_escape_and_was_none_types_nothing() -> None:
    """If the start of an expected reply was taken for a key, its rest still types nothing."""
    for cut in (1, 2):
        sieve = TerminalReplyParser(PATIENCE_S)
        sieve.expect(0.0)
        sieve.feed("\x1b[?62;4c"[:cut], 0.0)
        assert sieve.due(1.0) == "\x1b["[:cut]
        assert sieve.feed("\x1b[?62;4c"[cut:] + "k", 3.0) == "k"
        assert sieve.heard == [DeviceAttributes(sixel=True)]


def test_an_answer_without_end_is_no_answer() -> None:
    """A reply without an end is passed through after a while, so that typing is not held back."""
    sieve = TerminalReplyParser(PATIENCE_S)
    typed = "".join(sieve.feed("y" * 100, 0.0) for _ in range(3))
    sieve.feed("\x1b_G", 0.0)
    typed = "".join(sieve.feed("y" * 100, 0.0) for _ in range(9))
    assert "y" * 100 in typed


LIGHT = "\x1b]11;rgb:ffff/ffff/ffff\x1b\\"


@pytest.mark.parametrize(
    ("colour", "dark"),
    [
        ("rgb:0000/0000/0000", True),
        ("rgb:ffff/ffff/ffff", False),
        ("rgb:f8/f6/f1", False),
        ("rgb:1/2/3", True),
        ("rgba:2828/2c2c/3434/ffff", True),
        ("rgb:0000/0000/ffff", True),
        ("rgb:ffff/ffff/0000", False),
        ("#ffffff", None),
        ("", None),
    ],
)
def test_the_background_is_dark_or_light(colour: str, dark: bool | None) -> None:
    """The colour of the background is recognised in all notations, and an invalid one means unknown."""
    for end in ("\x1b\\", "\x07"):
        sieve = TerminalReplyParser(PATIENCE_S)
        assert sieve.feed(f"a\x1b]11;{colour}{end}b", 0.0) == "ab"
        assert sieve.heard == [BackgroundReply(dark)]


@pytest.mark.parametrize("cut", range(1, len(LIGHT)))
def test_a_torn_background_is_never_typed(cut: int) -> None:
    """A reply about the background in two pieces is never typed."""
    sieve = TerminalReplyParser(PATIENCE_S)
    sieve.expect(0.0)
    typed = sieve.feed(LIGHT[:cut], 0.0) + sieve.due(0.9) + sieve.feed(LIGHT[cut:] + "k", 0.95)
    assert typed in ("k", "\x1bk") and (typed == "k" or cut == 1)
    assert sieve.heard == [BackgroundReply(False)]


@pytest.mark.parametrize(("report", "dark"), [("\x1b[?997;1n", True), ("\x1b[?997;2n", False)])
def test_a_change_of_the_colour_scheme_is_reported_unasked(report: str, dark: bool) -> None:
    """An unrequested report of the colour scheme is recognised, also in pieces."""
    sieve = TerminalReplyParser(PATIENCE_S)
    for cut in range(4, len(report)):
        assert sieve.feed(report[:cut], 0.0) + sieve.due(0.5) + sieve.feed(report[cut:], 0.6) == ""
    assert sieve.heard == [BackgroundReply(dark)] * (len(report) - 4)


def test_the_last_of_several_queries_ends_the_wait() -> None:
    """With two questions the wait ends only after the last reply to the second."""
    sieve = TerminalReplyParser(PATIENCE_S)
    sieve.expect(0.0)
    sieve.expect(0.1)
    assert sieve.feed("\x1b[?62c\x1b[6;20", 0.2) + sieve.due(2.0) + sieve.feed(";10t\x1b[?62c", 2.0) == ""
    assert sieve.feed("\x1b[6;20", 3.0) == "" and sieve.due(3.2) == "\x1b[6;20"
