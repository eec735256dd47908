"""Tags: words that the user gives to runs, to find them again."""

import re
from collections.abc import Iterable
from typing import Final

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.safe_text import SafeText, folded, one_line

LONGEST: Final = 40
"""Characters of a tag."""
MOST: Final = 50
"""Tags that are read of one run."""
_TAG: Final = re.compile(r'[^\s|(),"#<>=+-][^\s|(),"]*')
"""A tag needs no quotes in a filter, and no sign before it belongs to it."""
TAG_RULE: Final = f"A tag is a word of up to {LONGEST} characters, without blanks, commas, quotes, brackets and |."


class InvalidTag(ValueError):
    """A word that is not a valid tag."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.what = one_line(f"{str(one_line(word, LONGEST))!r} is not a tag.")


def parse_tag(word: str) -> SafeText:
    """Return a word as a tag in lower case, so that no two differ only by case. Raises InvalidTag."""
    tag = folded(word)
    shown = one_line(tag, LONGEST)
    if _TAG.fullmatch(tag) is None or shown != tag:
        raise InvalidTag(word)
    return shown


@dataclass(frozen=True, slots=True)
class TagChange:
    """Change of the tags of runs."""

    added: frozenset[SafeText] = frozenset()
    removed: frozenset[SafeText] = frozenset()

    def __bool__(self) -> bool:
        """Return whether it changes anything."""
        return bool(self.added or self.removed)


def parse_tag_change(words: Iterable[str]) -> TagChange:
    """Parse `+a -b`; a word without sign, or with `#`, is added. The last word for a tag counts. Raises InvalidTag."""
    signs: dict[SafeText, bool] = {}
    for word in words:
        tag = parse_tag(word[1:] if word[:1] in ("+", "-", "#") else word)
        signs.pop(tag, None)
        signs[tag] = not word.startswith("-")
    added = frozenset(tag for tag, adds in signs.items() if adds)
    return TagChange(added, frozenset(signs) - added)
