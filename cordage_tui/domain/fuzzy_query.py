"""Words of a fuzzy query: what they are, and which characters of a line they match. Pure.

A word matches if its characters occur in this order, with anything between them.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from cordage_tui.domain.safe_text import folded

MOST_WORDS: Final = 20
"""Words of a query that are searched for."""
LONGEST_WORD: Final = 100
"""Characters of a word that are searched for."""


def query_words(text: str) -> tuple[str, ...]:
    """Split a query into folded words."""
    return tuple(word[:LONGEST_WORD] for word in folded(text).split()[:MOST_WORDS])


def matching_places(words: Iterable[str], line: str) -> frozenset[int]:
    """Return the places of the characters of a folded line that match; none if a word does not match."""
    matching: set[int] = set()
    for word in words:
        places = _places(word, line)
        if not places:
            return frozenset()
        matching.update(places)
    return frozenset(matching)


def _places(word: str, line: str) -> Sequence[int]:
    """Find the best place of a word: together at the beginning of a word, else together, else scattered."""
    begin = first = line.find(word)
    while begin > 0 and line[begin - 1].isalnum():
        begin = line.find(word, begin + 1)
    begin = first if begin < 0 else begin
    return range(begin, begin + len(word)) if begin >= 0 else _scattered(word, line)


def _scattered(word: str, line: str) -> Sequence[int]:
    """Find the shortest stretch that ends where the characters can first end."""
    end = -1
    for char in word:
        end = line.find(char, end + 1)
        if end < 0:
            return ()
    places, before = list[int](), end + 1
    for char in reversed(word):
        before = line.rfind(char, 0, before)
        places.append(before)
    return places
