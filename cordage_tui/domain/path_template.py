"""Where a downloaded file goes below its folder: `{webhook}/{date}/{run}-{n}.{ext}` (FAULTS.md C 132–136)."""

import re
from collections.abc import Mapping
from typing import Final

from cordage_tui.domain.file_name import MAX_BYTES, file_name
from cordage_tui.domain.value import dataclass

FIELDS: Final = ("webhook", "profile", "date", "time", "run", "n", "prompt")
"""What may stand in braces, besides `ext`."""
ENDING: Final = ".{ext}"
MAX_DEPTH: Final = 8
"""Folders and the name itself."""
_MAX_FIELD: Final = 60
"""Bytes of one field."""
_FIELD: Final = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class PathTemplate:
    """One that has been checked (`path_template`)."""

    text: str
    """As it was written."""
    parts: tuple[str, ...]
    """Its folders, and the name without its ending: that is told by the file's first bytes."""

    def filled(self, fields: Mapping[str, str]) -> tuple[str, ...]:
        """The folders below the user's, and the name without its ending: each a `file_name`, whatever the fields hold."""
        values = {name: file_name(value, _MAX_FIELD) for name, value in fields.items()}
        return tuple(file_name(_FIELD.sub(lambda field: values[field[1]], part), MAX_BYTES) for part in self.parts)


def path_template(text: str) -> PathTemplate:
    """Checks a template that somebody wrote. Raises ValueError, in words that go on from "The template …"."""
    bare = text.removesuffix(ENDING)
    parts = tuple(bare.split("/"))
    for name in _FIELD.findall(bare):
        if name == "ext":
            raise ValueError("may have {ext} only at its very end, after a dot")
        if name not in FIELDS:
            known = ", ".join(f"{{{field}}}" for field in (*FIELDS, "ext"))
            raise ValueError(f"has a field that does not exist; there are {known}")
    if "{" in (left := _FIELD.sub("", bare)) or "}" in left:
        raise ValueError("has a brace without its other half")
    if not bare or len(parts) > MAX_DEPTH:
        raise ValueError(f"must name a file, in at most {MAX_DEPTH - 1} folders")
    if parts[0] in ("", "~") or "\\" in text or any(c < " " or c == "\x7f" for c in text):
        raise ValueError("must be a path below the folder: no / or ~ at its beginning, no \\, nothing invisible")
    if any(part.strip() in ("", ".", "..") for part in parts):
        raise ValueError("must stay below the folder: no empty part, no . and no ..")
    return PathTemplate(text, parts)
