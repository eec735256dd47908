"""Text that looks like a pattern and is sent as it is: nothing expands it here, or another program writes patterns so."""

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from cordage_tui.domain.inputs import PROMPT, Inputs
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.batch.expand import values_of
from cordage_tui.engine.batch.parsed_prompt import ParsedPrompt
from cordage_tui.engine.batch.pattern import BatchError, Group, Pattern
from cordage_tui.engine.batch.sampling import EVERYTHING

# Dynamic prompts, an extension of other programs for pictures, writes `{2$$red|blue}`, `__styles__` and `${x=red}`.
_FOREIGN: Final = re.compile(
    r"""(?x)\{ [^\S\n]* [0-9-]{0,9} \$\$                                  # so many of these
    | (?<![A-Za-z0-9_]) __ [~@]? [A-Za-z0-9*][\w*./-]{0,99}? (?: \( [^()\n]{0,99} \) )? __ (?![A-Za-z0-9_])  # a list of words
    | \$ \{ [^\S\n]* [A-Za-z_] \w{0,59} [^\S\n]* [=:}?!]                  # a variable
    """
)
_ESCAPE: Final = re.compile(r"\\[{}|]")
_SHOWN: Final = 40
"""Characters that are quoted."""
_LINKS: Final = ("http://", "https://", "data:", "@run:")
"""Beginnings of values that are no text for people."""


class Unexpanded(NamedTuple):
    """Text of a body that looks like a pattern and is sent as it is."""

    name: str
    """Input that it is in."""
    part: SafeText
    """As it is written."""
    is_own: bool
    """This program would expand it where patterns are expanded."""
    more: int = 0
    """Further bodies with such text."""

    def __str__(self) -> str:
        """Say it in a sentence."""
        where = "The prompt" if self.name == PROMPT else f"The input {one_line(self.name, _SHOWN)}"
        whose = "a pattern that is not expanded" if self.is_own else "a pattern of another program"
        more = f" So {'has' if self.more == 1 else 'have'} {self.more:,} more." if self.more else ""
        return f"{where} has {str(self.part)!r}, {whose}: it is sent as it is.{more}"


def find_unexpanded(bodies: Iterable[Inputs], *, own: bool = True) -> Unexpanded | None:
    """Find the first text that looks like a pattern, and count the other bodies that have some. `own`: patterns of this program
    count, too."""
    found = [mark for body in bodies if (mark := next(_marks(body, own), None)) is not None]
    return found[0]._replace(more=len(found) - 1) if found else None


def asks_about(inputs: Inputs) -> bool:
    """Return whether the prompt panel asks before it sends this as one prompt: backslashes of a pattern would be sent with it,
    or it has a pattern of another program."""
    return any(_ESCAPE.search(text) or _foreign(text) for _, text in _texts(inputs))


def unescaped(inputs: Inputs) -> bool:
    """Return whether no brace in the inputs is written literally on purpose."""
    return not any(_ESCAPE.search(text) for _, text in _texts(inputs))


def _texts(inputs: Inputs) -> Iterator[tuple[str, str]]:
    """Yield the inputs that are texts for people."""
    for name, value in inputs.items():
        if isinstance(value, str) and not value.startswith(_LINKS):
            yield name, value


def _marks(inputs: Inputs, own: bool) -> Iterator[Unexpanded]:
    for name, text in _texts(inputs):
        if (part := _foreign(text)) is not None:
            yield Unexpanded(name, one_line(part, _SHOWN), is_own=False)
        elif own and (part := _own(name, text)) is not None:
            yield Unexpanded(name, one_line(part, _SHOWN), is_own=True)


def _foreign(text: str) -> str | None:
    """Return the part of a text that is a pattern of another program; None: there is none."""
    if "__" not in text and "$" not in text:
        return None
    if (found := _FOREIGN.search(text)) is None:
        return None
    closed = text.find("}", found.start()) + 1 if "{" in found[0] else 0
    return text[found.start() : max(closed, found.end())]


def _own(name: str, text: str) -> str | None:
    """Return the part of a text that this program would expand; None: there is none."""
    if "{" not in text and ".." not in text and "=" not in text and "\\" not in text:
        return None
    try:
        if name != PROMPT and values_of(text) is not None:
            return text.strip()
        written = ParsedPrompt.of(text) if name == PROMPT else None
        if written is not None and (written.settings or written.sampling != EVERYTHING):
            return text.rstrip().rpartition("\n")[2]
        pattern = Pattern.of(text)
    except BatchError:
        return text[text.find("{") :] if "{" in text else text
    group = next((piece for piece in pattern.pieces if isinstance(piece, Group)), None)
    if group is not None:
        return group.written or "{" + "|".join(group.alternatives) + "}"
    escape = _ESCAPE.search(text)
    return None if escape is None else text[escape.start() :]
