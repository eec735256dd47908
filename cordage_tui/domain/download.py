"""Downloads: states, path template, safe file names."""

import re
import unicodedata
from collections import deque
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText

# A download as the queue panel shows it and as it survives a restart.


class DownloadState(StrEnum):
    """State of a download. A process that dies leaves `loading`, which the next process resumes."""

    WAITING = "waiting"
    """For its turn, or for the time to try again."""
    LOADING = "loading"
    DONE = "done"
    """The whole file is on disk under its final name."""
    FAILED = "failed"
    """It is not retried automatically."""
    DROPPED = "dropped"
    """The user took it off the list."""

    @property
    def is_settled(self) -> bool:
        """True if only the user can still change it."""
        return self not in (DownloadState.WAITING, DownloadState.LOADING)


@dataclass(frozen=True, slots=True)
class Download:
    """A download of one output, as the queue panel shows it."""

    id: int
    row: RowId
    number: int
    """Which output of the run, from 1."""
    state: DownloadState
    path: Path | None
    """The file once it is whole; None before."""
    size: int | None
    """Bytes of the whole; None: not known yet."""
    got: int
    """Bytes of it on disk."""
    tries: int
    """Failed tries."""
    not_before: float | None
    """Epoch seconds until which it is not tried again; None: as soon as it is its turn."""
    error: SafeText | None
    """The last error, in a sentence."""


@dataclass(frozen=True, slots=True)
class DownloadJob:
    """A download as the scheduler needs it."""

    id: int
    row: RowId
    number: int
    key: str
    """`OutputRef.key` when it was asked for."""
    folder: Path
    """Absolute."""
    template: str
    part: str | None
    """Path below `folder` of the part loaded so far; None: nothing is loaded."""
    path: str | None
    """Path below `folder` that the whole file was about to get when a program died; None: it was not that far."""
    size: int | None
    got: int
    """Bytes of the part that are surely on disk."""
    validator: str | None
    """Strong ETag of the file that `part` begins; None: the download cannot be continued."""
    sha256: str | None
    """Of the whole, in hexadecimal; None: it was not whole yet."""
    tries: int


@dataclass(frozen=True, slots=True)
class TransferProgress:
    """Progress of a download in this process."""

    bytes_per_s: float
    """Over the last seconds; 0: none came."""
    left_s: float | None
    """Seconds it will take at that speed; None: unknown."""


RATE_WINDOW_S: Final = 5.0
"""The transfer rate is that of the last seconds."""
_RATE_STEP_S: Final = 0.25


class TransferRate:
    """Transfer rate over the last seconds. Times are monotonic seconds."""

    def __init__(self, now: float, got: int, size: int | None) -> None:
        """Start at `got` bytes of `size`; None: the size is not known."""
        self.got = got
        self.size = size
        self._steps = deque([(now, got)])

    def count(self, now: float, more: int) -> None:
        """Add `more` bytes that have arrived."""
        self.got += more
        if now - self._steps[-1][0] >= _RATE_STEP_S:
            self._steps.append((now, self.got))
        while len(self._steps) > 1 and now - self._steps[1][0] >= RATE_WINDOW_S:
            self._steps.popleft()

    def progress(self, now: float) -> TransferProgress:
        """Return the rate at this moment, and the time that is left."""
        since, before = self._steps[0]
        for step in self._steps:  # nothing may have come for a while
            if now - step[0] < RATE_WINDOW_S:
                break
            since, before = step
        speed = (self.got - before) / max(now - since, _RATE_STEP_S)
        if self.size is None or not speed:
            return TransferProgress(speed, None)
        return TransferProgress(speed, max(self.size - self.got, 0) / speed)


@dataclass(frozen=True, slots=True)
class EnqueueResult:
    """Result of enqueueing downloads."""

    new: int
    """Outputs that were put on the list, or put on it again."""
    there: tuple[Path, ...]
    """Files of outputs that had been downloaded to that folder before."""
    ids: tuple[int, ...]
    """All requested downloads that are in the queue, also those enqueued before; for `settled`."""


# File names that we choose: any text becomes one name that no system mistakes for something else.

MAX_BYTES: Final = 180
"""Of one name. File systems take 255; the rest is for ` (2)`, an ending and `.json` or `.part`."""

_PLAIN: Final = r"[A-Za-z0-9 _.,+=()\[\]@#'!-]"
"""Plain ASCII characters. Not: separators, `:` (streams), wildcards, characters special to a shell, `%` (which
encodes any of them)."""
_DEVICES: Final = r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)[ ]*(\.|$)"
"""Names that Windows takes for devices, with any text after their first dot."""


def file_name(text: str, max_bytes: int = MAX_BYTES) -> str:
    """Make `text` one part of a path, of at most `max_bytes` bytes; `_` when none of it can be kept (docs/dev/faults.md
    132, 134)."""
    kept = "".join(map(_kept, unicodedata.normalize("NFC", text)))
    name = _cut(_trimmed(re.sub(r" *_[_ ]*", "_", re.sub(r" +", " ", kept))), max_bytes)
    if re.match(_DEVICES, name):
        name = _cut("_" + name, max_bytes)
    return name or "_"


def numbered(name: str, number: int) -> str:
    """Number a name that is taken: `fox (2).png`."""
    stem, dot, suffix = name.rpartition(".")
    return f"{stem} ({number}){dot}{suffix}" if stem else f"{name} ({number})"


def _kept(char: str) -> str:
    if char.isspace():
        return " "
    if char.isascii():
        return char if re.match(_PLAIN, char) else "_"
    return (
        char if unicodedata.category(char)[0] in "LMNPS" else ""
    )  # others are control, invisible or unassigned characters


def _trimmed(name: str) -> str:
    """Strip leading dots and dashes, which would hide the file or make it an option, and trailing dots and spaces,
    which Windows drops."""
    return name.lstrip(" .-").rstrip(" .")


def _cut(name: str, max_bytes: int) -> str:
    return _trimmed(name.encode()[:max_bytes].decode(errors="ignore"))


# Path of a downloaded file below its folder: `{webhook}/{date}/{run}-{n}.{ext}` (docs/dev/faults.md 132–136).

FIELDS: Final = ("webhook", "profile", "date", "time", "run", "n", "prompt")
"""Field names in braces, besides `ext`."""
ENDING: Final = ".{ext}"
MAX_DEPTH: Final = 8
"""Folders and the name itself."""
_MAX_FIELD: Final = 60
"""Bytes of one field."""
_FIELD: Final = r"\{([^{}]*)\}"


@dataclass(frozen=True, slots=True)
class PathTemplate:
    """A valid path template (see `path_template`)."""

    text: str
    """As it was written."""
    parts: tuple[str, ...]
    """Its folders, and the name without its ending, which depends on the file's first bytes."""

    def filled(self, fields: Mapping[str, str]) -> tuple[str, ...]:
        """Return the folders below the user's, and the name without its ending: each a `file_name`, for any fields."""
        values = {name: file_name(value, _MAX_FIELD) for name, value in fields.items()}
        return tuple(file_name(re.sub(_FIELD, lambda field: values[field[1]], part), MAX_BYTES) for part in self.parts)


def path_template(text: str) -> PathTemplate:
    """Parse a path template. Raises ValueError with a predicate for a sentence that begins "The template …"."""
    bare = text.removesuffix(ENDING)
    parts = tuple(bare.split("/"))
    for name in re.findall(_FIELD, bare):
        if name == "ext":
            raise ValueError("may have {ext} only at its very end, after a dot")
        if name not in FIELDS:
            field_names = ", ".join(f"{{{field}}}" for field in (*FIELDS, "ext"))
            raise ValueError(f"has a field that does not exist; there are {field_names}")
    if "{" in (left := re.sub(_FIELD, "", bare)) or "}" in left:
        raise ValueError("has a brace without its other half")
    if not bare or len(parts) > MAX_DEPTH:
        raise ValueError(f"must name a file, in at most {MAX_DEPTH - 1} folders")
    if parts[0] in ("", "~") or "\\" in text or any(c < " " or c == "\x7f" for c in text):
        raise ValueError("must be a path below the folder: no / or ~ at its beginning, no \\, nothing invisible")
    if any(part.strip() in ("", ".", "..") for part in parts):
        raise ValueError("must stay below the folder: no empty part, no . and no ..")
    return PathTemplate(text, parts)
