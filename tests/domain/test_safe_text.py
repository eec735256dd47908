"""Text from outside, over all of Unicode: its visible form, which does not change when made safe again."""

import sys
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cordage_tui.domain.safe_text import MAX_COMBINING, one_line, safe

# Default_Ignorable_Code_Point of Unicode 16 (DerivedCoreProperties.txt): drawn as nothing at all.
IGNORED = {
    *(0x00AD, 0x034F, 0x061C, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), *range(0x200B, 0x2010)),
    *(*range(0x202A, 0x202F), *range(0x2060, 0x2070), 0x3164, *range(0xFE00, 0xFE10), 0xFEFF, 0xFFA0),
    *(*range(0xFFF0, 0xFFF9), *range(0x1BCA0, 0x1BCA4), *range(0x1D173, 0x1D17B), *range(0xE0000, 0xE1000)),
}
# Prepended_Concatenation_Mark: category Cf, but each is drawn, around the digits behind it.
DRAWN = {*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
REPLACING = {0xFFFC, 0xFFFD}  # drawn, but in place of something that is not there
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
ALL = range(sys.maxunicode + 1)
text = st.text(
    st.one_of(st.sampled_from("1#a☀👍\ufe0f\u200d\u20e3\u0301\u034f\U0001f3fd\r\n \x1b"), st.characters()), max_size=40
)


def is_hidden(char: str) -> bool:
    code = ord(char)
    if unicodedata.category(char) in HIDDEN:
        return code not in DRAWN and char not in "\n\t"
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF or code in IGNORED or code in REPLACING


def is_drawn(char: str) -> bool:
    return unicodedata.category(char) != "Cn" and not is_hidden(char)


def test_no_character_that_is_drawn_as_nothing_stays() -> None:
    """Each hidden character of Unicode is shown in visible form, and each other one that is assigned stays as it is."""
    shown = {char for char in map(chr, ALL) if safe(char) == char}
    assert [hex(ord(char)) for char in shown if is_hidden(char)] == []
    assert [hex(code) for code in ALL if chr(code) not in shown and is_drawn(chr(code))] == []


def test_no_combining_mark_paints_over_the_neighbouring_lines() -> None:
    """A letter keeps at most `MAX_COMBINING` of each stacking mark of Unicode."""
    stacking = [chr(code) for code in ALL if unicodedata.category(chr(code)) in {"Mn", "Me"}]
    assert len(stacking) > 1_900
    many = [mark for mark in stacking if not is_hidden(mark) and safe(f"o{mark * 60}").count(mark) != MAX_COMBINING]
    assert many == []
    assert safe("o" + "".join(stacking[:5]) * 9 + "x") == "o" + "".join((stacking[:5] * 2)[:MAX_COMBINING]) + "x"


@given(text, st.integers(0, 60))
@example("\ufe0f\ufe0f", 60)
@example("☀\ufe0f\ufe0f", 60)
@example("1\ufe0f\u20e3" * 4, 4)
def test_what_is_safe_stays_as_it_is(value: str, limit: int) -> None:
    """Made safe twice it is the same as once, on one line or several, whole or cut."""
    assert safe(safe(value)) == safe(value)
    assert safe(safe(value, limit), limit) == safe(value, limit)
    assert one_line(one_line(value, limit), limit) == one_line(value, limit)


@pytest.mark.parametrize("emoji", ["1️⃣", "#️⃣", "☀️", "↔️", "‼️", "ℹ️", "〰️", "◾️", "©️", "👨\u200d👩", "❤️\u200d🔥", "👍🏽"])
def test_an_emoji_stays_whole(emoji: str) -> None:
    """A keycap, a selected emoji and a joined one are shown as they are."""
    assert safe(f"a {emoji} b") == f"a {emoji} b"
    assert safe("12\ufe0f") == "12<U+FE0F>"
