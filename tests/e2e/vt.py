"""A strict reader of output to a terminal (ECMA-48): every byte is text, a control, or a part of a whole sequence."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

_TOKEN = re.compile(
    r"""
    (?P<osc> \x1b\] [^\x07\x1b]* (?:\x07|\x1b\\) )
  | (?P<string> \x1b[P_^X] [^\x1b]* \x1b\\ )
  | (?P<csi> \x1b\[ [0-?]* [\ -/]* [@-~] )
  | (?P<esc> \x1b [\ -/]* [0-OQ-WYZ\\`-~] )
  | (?P<c0> [\x00-\x1a\x1c-\x1f\x7f] )
  | (?P<c1> [\x80-\x9f] )
  | (?P<text> [^\x00-\x1f\x7f-\x9f]+ )
    """,
    re.VERBOSE,
)
_MODE = re.compile(r"\x1b\[\?([\d;]+)([hl])")
AT_FIRST = {"7": True, "25": True}
"""Private modes that are on at the start; all others are off. 7: lines wrap. 25: the cursor is visible."""


class Token(NamedTuple):
    """One piece of the output. `kind` is osc, string, csi, esc, c0, c1 or text."""

    kind: str
    body: str

    @property
    def shape(self) -> str:
        """What the piece does, without its numbers: `CSI ?h`, `OSC 2`, or the code of a control. All text has one
        shape."""
        return "text" if self.kind == "text" else _shape(*self)


@lru_cache(10_000)
def _shape(kind: str, body: str) -> str:
    match kind:
        case "csi":
            private = body[2] if body[2] in "<=>?" else ""
            return f"CSI {private}{body.lstrip(chr(27) + '[<=>?').lstrip('0123456789;:')}"
        case "osc":
            return f"OSC {body[2:].split(';')[0][:4]}"
        case "string" | "esc":
            return f"ESC {body[1]}"
    return f"{kind} {ord(body):02x}"


def tokens(written: bytes) -> Iterator[Token]:
    """Yield the pieces. Raise ValueError for bytes that are not UTF-8, and for an unfinished sequence."""
    text, at = written.decode(), 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"an unfinished sequence: {text[at : at + 40]!r}")
        yield Token(str(match.lastgroup), match.group())
        at = match.end()


def changed_modes(written: bytes) -> set[str]:
    """Return the private modes that differ from those at the start, which is empty for a restored terminal."""
    state = dict(AT_FIRST)
    for numbers, switch in _MODE.findall(written.decode(errors="replace")):
        state.update(dict.fromkeys(numbers.split(";"), switch == "h"))
    return {number for number, on in state.items() if on != AT_FIRST.get(number, False)}


def keyboard_depth(written: bytes) -> int:
    """Return how many keyboard protocols of kitty are left on the stack."""
    text = written.decode(errors="replace")
    return len(re.findall(r"\x1b\[>\d+u", text)) - len(re.findall(r"\x1b\[<\d*u", text))
