"""Colour and attribute sequences (SGR) of a frame, shortened.

Textual writes each piece of text as: all its colours and attributes, the text, a reset. That is half the bytes of a
frame. Here only what differs from the text before is written.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

_SGR: Final = re.compile(r"\x1b\[([0-9;]*)m")
_MOVE: Final = re.compile(r"\n?(\x1b\[[0-9]+;[0-9]+H)")
"""Move of the cursor to a place, and the line feed that Textual writes before it for no effect."""


class Rendition(NamedTuple):
    """Colours and attributes in force."""

    attributes: frozenset[str] = frozenset()
    colour: str = ""
    """Parameters that set it; empty: the terminal's own."""
    background: str = ""


_PLAIN: Final = Rendition()
_UNSEEN_ON_BLANKS: Final = frozenset("123")
"""Bold, dim and italic."""
_ATTRIBUTES: Final = frozenset("123456789") | {"21", "51", "52", "53"}


def condense(frame: str) -> str:
    """Return what looks the same as `frame` with fewer bytes. It must begin and end without colours, as Textual's do."""
    pieces = _SGR.split(frame)
    if len(pieces) == 1:
        return frame
    written: list[str] = []
    inked = wanted = _PLAIN
    for at, piece in enumerate(pieces):
        if at % 2:
            known = _after(wanted, piece)
            if known is None:
                return frame
            wanted = known
        elif piece:
            moves = "".join(_MOVE.findall(piece)) if "\x1b" in piece else ""
            text = _MOVE.sub("", piece) if moves else piece
            if text:
                target = wanted if text.strip(" ") else _for_blanks(inked, wanted)
                written.append(_change(inked, target))
                inked = target
            written.append(_MOVE.sub(r"\1", piece) if moves else piece)
    written.append(_change(inked, _PLAIN))
    return "".join(written)


@lru_cache(512)
def _after(before: Rendition, parameters: str) -> Rendition | None:
    """Return what is in force after these parameters; None: not understood."""
    now, codes = before, iter(parameters.split(";"))
    for code in codes:
        if code in ("", "0"):
            now = _PLAIN
        elif code in _ATTRIBUTES:
            now = now._replace(attributes=now.attributes | {code})
        elif (colour := _colour(code, codes)) is None:
            return None
        elif colour[0] in "39":  # 30 to 39, 90 to 97
            now = now._replace(colour="" if colour == "39" else colour)
        else:
            now = now._replace(background="" if colour == "49" else colour)
    return now


def _colour(code: str, rest: Iterator[str]) -> str | None:
    """Return the parameters of a colour that begins with `code`; None: it is none."""
    if code in ("38", "48"):
        kind = next(rest, "")
        count = {"5": 1, "2": 3}.get(kind)
        return None if count is None else ";".join([code, kind, *(next(rest, "") for _ in range(count))])
    number = int(code)
    return code if number in range(30, 50) or number in range(90, 108) else None


@lru_cache(512)
def _for_blanks(inked: Rendition, wanted: Rendition) -> Rendition:
    """Return what blanks may be written in instead of `wanted`: only the background of a blank is seen."""
    if (inked.attributes | wanted.attributes) <= _UNSEEN_ON_BLANKS:
        return min(inked._replace(background=wanted.background), wanted, key=lambda one: len(_change(inked, one)))
    return wanted


@lru_cache(512)
def _change(old: Rendition, new: Rendition) -> str:
    """Return the shortest sequence from one to the other."""
    if old == new:
        return ""
    anew = ["", *sorted(new.attributes), *filter(None, new[1:])]
    ways = [";".join(anew if len(anew) > 1 else [""])]
    if old.attributes <= new.attributes:
        parts = sorted(new.attributes - old.attributes)
        parts += [new.colour or "39"] if new.colour != old.colour else []
        parts += [new.background or "49"] if new.background != old.background else []
        ways.append(";".join(parts))
    return f"\x1b[{min(ways, key=len)}m"
