"""Names that we give to files: whatever text they are made of, one name that no system mistakes for anything else."""

import re
import unicodedata
from typing import Final

MAX_BYTES: Final = 180
"""Of one name. File systems take 255; the rest is for ` (2)`, an ending and `.json` or `.part`."""

_PLAIN: Final = re.compile(r"[A-Za-z0-9 _.,+=()\[\]@#'!-]")
"""Of ASCII. Not: separators, `:` (streams), wildcards, what a shell would act on, `%` (another way to write all of them)."""
_DEVICES: Final = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)[ ]*(\.|$)", re.IGNORECASE)
"""Names that Windows takes for devices, whatever follows their first dot."""


def file_name(text: str, most: int = MAX_BYTES) -> str:
    """`text` as one part of a path, of at most `most` bytes; `_` when nothing of it can be kept (FAULTS.md C 132, 134)."""
    kept = "".join(map(_kept, unicodedata.normalize("NFC", text)))
    name = _cut(_trimmed(re.sub(r" *_[_ ]*", "_", re.sub(r" +", " ", kept))), most)
    if _DEVICES.match(name):
        name = _cut("_" + name, most)
    return name or "_"


def numbered(name: str, number: int) -> str:
    """`fox (2).png`: what a file is called where the name is taken."""
    stem, dot, suffix = name.rpartition(".")
    return f"{stem} ({number}){dot}{suffix}" if stem else f"{name} ({number})"


def _kept(char: str) -> str:
    if char.isspace():
        return " "
    if char.isascii():
        return char if _PLAIN.match(char) else "_"
    return char if unicodedata.category(char)[0] in "LMNPS" else ""  # the rest is control, invisible or nobody's


def _trimmed(name: str) -> str:
    """A dot or a dash in front would hide the file or make it an option; Windows drops dots and spaces at the end."""
    return name.lstrip(" .-").rstrip(" .")


def _cut(name: str, most: int) -> str:
    return _trimmed(name.encode()[:most].decode(errors="ignore"))
