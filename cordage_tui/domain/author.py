"""Names of authors: who submitted a prompt, if it was not the user."""

import re
from typing import Final

from cordage_tui.domain.safe_text import SafeText, one_line

LONGEST: Final = 40
"""Characters of an author's name."""
_AUTHOR: Final = re.compile(r'[^\s|(),"#<>=+@-][^|(),"]*')
"""A name can be written in a filter, and none looks like a word that filters have for authors."""
AUTHOR_RULE: Final = (
    f"An author is a name of up to {LONGEST} characters, without commas, quotes, brackets and |,"
    " and with no sign before it."
)


class InvalidAuthor(ValueError):
    """Text that is not a valid name of an author."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.what = one_line(f"{str(one_line(text, LONGEST))!r} is not a name for an author.")


def parse_author(text: str) -> SafeText:
    """Return a name in the form that is stored and shown. Raises InvalidAuthor."""
    name = text.strip()
    shown = one_line(name, LONGEST)
    if _AUTHOR.fullmatch(name) is None or shown != name:
        raise InvalidAuthor(text)
    return shown
