"""A word of a fuzzy query matches characters in its order, and the best place of a line is marked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.domain.fuzzy_query import LONGEST_WORD, MOST_WORDS, matching_places, query_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ()),
        ("  ", ()),
        ("Red  FOX\n", ("red", "fox")),
        ("'wild ^music .mp3$ !fire a | b", ("'wild", "^music", ".mp3$", "!fire", "a", "|", "b")),
        ("Straße E\u0301", ("strasse", "é")),
    ],
)
def test_a_query_is_words_and_no_sign_has_a_meaning(text: str, words: tuple[str, ...]) -> None:
    """Words are folded as the text that is searched."""
    assert query_words(text) == words


def test_a_long_query_is_cut() -> None:
    """No pasted text makes a search slow."""
    words = query_words(f"{'x' * 9_999} {'y ' * 9_999}")
    assert len(words) == MOST_WORDS and len(words[0]) == LONGEST_WORD


@pytest.mark.parametrize(
    ("query", "line", "marked"),
    [
        ("fox", "a firefox and a fox", "a firefox and a FOX"),
        ("fox", "firefox foxes", "firefox FOXes"),
        ("fox", "a firefox", "a fireFOX"),
        ("fox", "flowers on a xylophone", "Flowers On a Xylophone"),
        ("fox", "f far off foo x", "f far off FoO X"),
        ("red fox", "a fox in red", "a FOX in RED"),
        ("red fox", "a fox", "a fox"),
        ("", "a fox", "a fox"),
        ("fox", "", ""),
    ],
)
def test_the_best_place_is_marked(query: str, line: str, marked: str) -> None:
    """The best place is together at the beginning of a word, then together, then the shortest stretch; all words must match."""
    places = matching_places(query_words(query), line)
    assert "".join(char.upper() if place in places else char for place, char in enumerate(line)) == marked


@given(st.text("fox a", max_size=12), st.text("fox a", max_size=30))
def test_what_is_marked_is_what_a_naive_matcher_finds(query: str, line: str) -> None:
    """A word matches exactly where its characters occur in this order, and as many places are marked."""
    words = query.split()
    for word in words:
        left = iter(line)
        matches = all(char in left for char in word)
        places = matching_places([word], line)
        assert bool(places) is matches
        if matches:
            assert "".join(line[place] for place in sorted(places)) == word
