"""Tags: their valid forms, and how a change of them is written."""

import pytest

from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.tag import LONGEST, InvalidTag, TagChange, parse_tag, parse_tag_change


def tags(*words: str) -> frozenset[SafeText]:
    return frozenset(map(SafeText, words))


@pytest.mark.parametrize(
    ("word", "tag"),
    [
        ("portrait", "portrait"),
        ("Best", "best"),
        ("Ångström", "ångström"),
        ("project:a/b", "project:a/b"),
        ("夜", "夜"),
    ],
)
def test_case_and_composition_make_no_other_tag(word: str, tag: str) -> None:
    assert parse_tag(word) == parse_tag(word.upper()) == tag


@pytest.mark.parametrize(
    "word",
    ["", " ", "a b", "a,b", 'a"b', "a|b", "(a", "+", "-a", "=a", ">a", "#", "a\n", "\x1b[31m", "\u202ea", "x" * (LONGEST + 1)],
)  # fmt: skip
def test_what_a_filter_would_not_read_as_one_value_is_no_tag(word: str) -> None:
    with pytest.raises(InvalidTag) as raised:
        parse_tag(word)
    assert "\x1b" not in raised.value.what and "\n" not in raised.value.what


def test_a_change_adds_and_removes() -> None:
    """A word without a sign is added, and of the same tag the last word counts."""
    assert parse_tag_change(["+a", "-b", "c", "#d"]) == TagChange(tags("a", "c", "d"), tags("b"))
    assert parse_tag_change(["+a", "-A"]) == TagChange(removed=tags("a"))
    assert not parse_tag_change([])
