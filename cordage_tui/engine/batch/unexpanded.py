"""Text that is probably not meant literally: a pattern that is not expanded here, a curl command, JSON or a table."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum, auto
from typing import Final, NamedTuple

from cordage_tui.domain.curl_line import holds_curl
from cordage_tui.domain.inputs import PROMPT, Inputs, Json, holds_prompt
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.batch.expand import values_of
from cordage_tui.engine.batch.parsed_prompt import ParsedPrompt
from cordage_tui.engine.batch.pattern import BatchError, Group, Pattern
from cordage_tui.engine.batch.sampling import EVERYTHING
from cordage_tui.engine.batch.tables import names_prompt

# Dynamic prompts, an extension of other programs for pictures, writes `{2$$red|blue}`, `__styles__` and `${x=red}`.
_FOREIGN: Final = re.compile(
    r"""(?x)\{ [^\S\n]* [0-9-]{0,9} \$\$                                  # so many of these
    | (?<![A-Za-z0-9_]) __ [~@]? [A-Za-z0-9*][\w*./-]{0,99}? (?: \( [^()\n]{0,99} \) )? __ (?![A-Za-z0-9_])  # a list of words
    | \$ \{ [^\S\n]* [A-Za-z_] \w{0,59} [^\S\n]* [=:}?!]                  # a variable
    """
)
# `{1..30}` and `{noir,ink}` are the values of a field, also on a last line such as `seed={1..30}`; in a prompt they are text.
_VALUES: Final = re.compile(r"(?<!=)\{(?:-?\w+\.\.-?\w+(?:\.\.-?\d+)?|[^{}|\s,]+(?:,[^{}|\s,]+)+)\}")
_ESCAPE: Final = re.compile(r"\\[{}|]")
_SHOWN: Final = 40
"""Characters that are quoted."""
_BEGIN: Final = 1_000
"""Number of characters that identify a kind of text."""
_PAGES: Final = ("<!doctype", "<?xml", "<!--")
_TAG: Final = r"<(?:html|head|body|svg|rss|feed|div|p|table)(?:\s[^<>]*)?>"
_LINKS: Final = ("http://", "https://", "data:", "@run:")
"""Beginnings of values that are not text for people."""


class Doubt(Enum):
    """Reason why a text is probably not meant literally."""

    OWN = auto()
    """True if this program would expand it when it expands patterns."""
    FOREIGN = auto()
    """It has a pattern of another program."""
    VALUES = auto()
    """It is a prompt with a list or a range of values, which only a field expands."""
    CURL = auto()
    """It has a curl command in it, whose webhook and API key would be sent as text."""
    JSON = auto()
    """It is JSON that holds prompts."""
    TABLE = auto()
    """It is a table with a column of prompts."""
    MARKUP = auto()
    """It is a page of HTML or XML."""
    KEY = auto()
    """It was probably written as a prompt, but its first words look like the name of an input."""


_SAYS: Final[Mapping[Doubt, str]] = {
    Doubt.OWN: "has {}, a pattern that is not expanded",
    Doubt.FOREIGN: "has {}, a pattern of another program",
    Doubt.VALUES: "has {}, a list of values, which only a field expands",
    Doubt.CURL: "has a curl command in it",
    Doubt.JSON: "is JSON that holds prompts",
    Doubt.TABLE: "is a table with a column of prompts",
    Doubt.MARKUP: "is HTML or XML",
    Doubt.KEY: "is {}, and there is no prompt",
}


class Unexpanded(NamedTuple):
    """Text of a body that is probably not meant literally, and is sent unchanged."""

    name: str
    """Input that it is in."""
    part: SafeText
    """The literal text; empty if it is not quoted."""
    doubt: Doubt
    more: int = 0
    """Further bodies with such text."""

    @property
    def is_own(self) -> bool:
        """Return whether this program would expand it when it expands patterns."""
        return self.doubt is Doubt.OWN

    def __str__(self) -> str:
        """Return it as a sentence."""
        subject = "The prompt" if self.name == PROMPT else f"The input {one_line(self.name, _SHOWN)}"
        more = f" {self.more:,} more {'has' if self.more == 1 else 'have'} such text." if self.more else ""
        return f"{subject} {_SAYS[self.doubt].format(repr(str(self.part)))}: it would be sent as it is.{more}"


def find_unexpanded(bodies: Iterable[Inputs], *, own: bool = True) -> Unexpanded | None:
    """Find the first text that looks like a pattern, and count the other bodies that have some. `own`: patterns of this program
    count, too."""
    marks = [mark for body in bodies if (mark := next(_marks(body, own), None)) is not None]
    return marks[0]._replace(more=len(marks) - 1) if marks else None


def asks_about(inputs: Inputs) -> bool:
    """Return whether the prompt panel asks before it sends this as one prompt.

    It asks if backslashes of a pattern would be sent, the text has a pattern of another program or a list of values, or it
    is not text for people.
    """
    return any(
        _ESCAPE.search(text) or _foreign(text) or _values(name, text) or _kind(name, text)
        for name, text in _texts(inputs)
    )


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
        if (kind := _kind(name, text)) is not None:
            yield Unexpanded(name, SafeText(""), kind)
        elif (part := _foreign(text)) is not None:
            yield Unexpanded(name, one_line(part, _SHOWN), Doubt.FOREIGN)
        elif (part := _values(name, text)) is not None:
            yield Unexpanded(name, one_line(part, _SHOWN), Doubt.VALUES)
        elif own and (part := _own(name, text)) is not None:
            yield Unexpanded(name, one_line(part, _SHOWN), Doubt.OWN)


def _kind(name: str, text: str) -> Doubt | None:
    """Return why a text is none for people; None: it is. Other inputs than the prompt may be JSON, tables or pages."""
    if holds_curl(text):
        return Doubt.CURL
    if name != PROMPT:
        return None
    structure = structure_of(text)
    return None if structure is Doubt.JSON and not any(map(holds_prompt, _json_values(text))) else structure


def structure_of(text: str) -> Doubt | None:
    """Return whether a text is JSON with objects or texts, a table that names the prompt, or a page; None: none of
    these."""
    begin = text[:_BEGIN].lstrip().removeprefix("\ufeff").casefold()
    if begin.startswith(_PAGES) or re.match(_TAG, begin):
        return Doubt.MARKUP
    if names_prompt(text):
        return Doubt.TABLE
    values = _json_values(text)
    return Doubt.JSON if values and all(isinstance(value, dict | str) for value in values) else None


def _json_values(text: str) -> list[Json]:
    """Return the elements of a JSON array, one JSON object, or the objects of JSON lines; none for other text."""
    if not text[:_BEGIN].lstrip().removeprefix("\ufeff").startswith(("{", "[")):
        return []
    text = text.strip().removeprefix("\ufeff")
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        whole = None
    if isinstance(whole, dict | list):
        return [*whole] if isinstance(whole, list) else [whole]
    try:
        values = [json.loads(line) for line in re.split(r"[\r\n]+", text) if line.strip()]
    except (ValueError, RecursionError):
        return []
    return values if all(isinstance(value, dict) for value in values) else []


def _values(name: str, text: str) -> str | None:
    """Return the first list or range of values in a prompt; None: there is none, or this is another input."""
    match = _VALUES.search(text) if name == PROMPT else None
    return None if match is None else match[0]


def _foreign(text: str) -> str | None:
    """Return the part of a text that is a pattern of another program; None: there is none."""
    if "__" not in text and "$" not in text:
        return None
    if (match := _FOREIGN.search(text)) is None:
        return None
    closed = text.find("}", match.start()) + 1 if "{" in match[0] else 0
    return text[match.start() : max(closed, match.end())]


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
