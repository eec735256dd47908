"""Words of a command line as bash splits them, for completion: what was typed up to the cursor, and what is put there."""

import re
from typing import Final

from cordage_tui.domain.base.fast_dataclass import dataclass

WORD_BREAKS: Final = " \t\n\"'@><=;|&(:"
"""Default of bash's COMP_WORDBREAKS: a completion replaces the text behind the last of these that is not quoted."""
_ESCAPED: Final = re.compile(r"([^\w.,/+%@:=-])")
_IN_DOUBLE: Final = re.compile(r'(["$`\\])')


@dataclass(frozen=True, slots=True)
class TypedLine:
    """Command line up to the cursor, without quotes and backslashes."""

    before: tuple[str, ...]
    """Words that are complete, the first is the program."""
    current: str
    """Word at the cursor; empty behind a space."""
    quote: str
    """Quote that is open at the cursor; empty if there is none."""
    kept: int
    """Characters of `current` that stay; bash replaces the rest."""

    def inserted(self, word: str) -> str:
        """Return what bash is to put at the cursor so that the word there becomes `word`, which begins with `current`."""
        rest = word[self.kept :]
        if self.quote == "'":
            return rest.replace("'", "'\\''")
        return (_IN_DOUBLE if self.quote else _ESCAPED).sub(r"\\\1", rest)


def split_line(line: str, breaks: str = WORD_BREAKS) -> TypedLine:
    """Split a line that may end within a word, within quotes, or behind a backslash. `breaks`: COMP_WORDBREAKS."""
    before: list[str] = []
    word, quote, kept, is_begun = "", "", 0, False
    letters = iter(line)
    for letter in letters:
        if letter == "\\" and quote != "'":
            following = next(letters, "")
            word += following if not quote or following in '"$`\\' else letter + following
            is_begun = True
        elif quote:
            word, quote = (word, "") if letter == quote else (word + letter, quote)
        elif letter in "\"'":
            quote, kept, is_begun = letter, len(word), True
        elif letter.isspace():
            before += [word] if is_begun else []
            word, kept, is_begun = "", 0, False
        else:
            word, is_begun = word + letter, True
            kept = len(word) if letter in breaks else kept
    return TypedLine(tuple(before), word, quote, kept)


def unquoted(word: str) -> str:
    """Return a word without quotes and backslashes; it may end within quotes."""
    return split_line(word).current
