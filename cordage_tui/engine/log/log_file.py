"""Files of process logs, one for each process, and the lines in them.

A record is in the kernel when it is written, also if the process is killed the moment after. Nothing is synced, and no
timer or thread runs. Size and number of files are bounded, however many processes there are.
"""

import os
import re
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from enum import Enum
from pathlib import Path
from types import TracebackType
from typing import Final

from cordage_tui.domain.base.file_system import open_append, open_regular
from cordage_tui.engine.log.record_kinds import Library, RecordKind, RecordValue

SPAN_S: Final = 900.0
"""Age up to which records are of use to a bundle, seconds."""
MAX_BYTES: Final = 1_000_000
"""Size from which a process begins a new file and keeps one older: some 8,000 records each."""
KEPT_FILES: Final = 50
KEPT_BYTES: Final = 8_000_000
"""Bounds of all files together when a process begins."""

_PACKAGE: Final = Path(__file__).parents[2]
_TYPES_OF: Final = frozenset({*Library, *sys.stdlib_module_names})
"""Packages whose types of errors a record names."""
_FRAMES: Final = 6
"""Frames of a bug that are recorded, the innermost last."""
_LARGEST: Final = 10**12
"""Numbers from here on are left out: no count, size or time of ours comes near."""
_OMITTED: Final = "other"
"""Word in place of a value that is neither a number nor of this program."""
_WORD: Final = "[A-Za-z0-9_.:/,+-]{1,400}"
_LINE: Final = (
    rf"\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{3}}Z +\d{{1,10}}  [a-z]{{1,20}}(?: {{1,20}}[a-z_]{{1,20}}={_WORD})*"
)
_TIME: Final = "%Y-%m-%dT%H:%M:%S"


def append_record(file: Path, kind: RecordKind, values: Mapping[str, RecordValue]) -> None:
    """Append a record to a private file. Never raises: a record that the disk does not take is lost."""
    with suppress(OSError):
        descriptor = open_append(file)
        try:
            os.write(descriptor, f"{line_of(kind, values)}\n".encode())
            is_full = os.fstat(descriptor).st_size > MAX_BYTES
        finally:
            os.close(descriptor)
        if is_full:
            file.replace(f"{file}.1")


def line_of(kind: RecordKind, values: Mapping[str, RecordValue]) -> str:
    """Return a record as a line: time (UTC), process id, kind, and each value as `name=value`."""
    now = time.time()
    at = f"{time.strftime(_TIME, time.gmtime(now))}.{int(now % 1 * 1000):03}Z"
    words = " ".join(f"{name}={word_of(value)}" for name, value in values.items())
    return f"{at} {os.getpid():>7}  {kind.value:<8}  {words}".rstrip()


def word_of(value: object) -> str:
    """Return a value as a record shows it; `other` for one that is neither a number nor of this program."""
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case Enum():
            return _member_word(value)
        case int() | float():
            return str(round(value, 3)) if abs(value) < _LARGEST else _OMITTED
        case type():
            return _type_word(value)
        case TracebackType():
            return ",".join([*_places(value)][-_FRAMES:]) or _OMITTED
        case tuple():
            return ".".join(map(word_of, value)) or _OMITTED
    return _OMITTED


def _member_word(member: Enum) -> str:
    word = str(member.value).replace(" ", "-")
    return word if _is_own(type(member)) and word.isascii() and word.isprintable() else _OMITTED


def _type_word(kind: type) -> str:
    if _is_own(kind):
        return kind.__name__
    return f"{kind.__module__}.{kind.__name__}" if kind.__module__.partition(".")[0] in _TYPES_OF else _OMITTED


def _is_own(kind: type) -> bool:
    return kind.__module__.startswith(f"{_PACKAGE.name}.")


def _places(traceback: TracebackType | None) -> Iterator[str]:
    """Yield file and line of each frame in this program, the outermost first."""
    while traceback is not None:
        path = Path(traceback.tb_frame.f_code.co_filename)
        if path.is_relative_to(_PACKAGE):
            yield f"{path.relative_to(_PACKAGE).as_posix()}:{traceback.tb_lineno}"
        traceback = traceback.tb_next


def log_files(folder: Path) -> list[tuple[str, int]]:
    """List the log files of a folder with their sizes in bytes, the one that was written last first."""
    files = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith((".log", ".log.1")) and entry.name[:8].isdigit():
                with suppress(OSError):
                    status = entry.stat(follow_symlinks=False)
                    files.append((status.st_mtime, entry.path, status.st_size))
    return [(path, size) for _, path, size in sorted(files, reverse=True)]


def remove_old_files(folder: Path) -> None:
    """Remove files beyond the bounds. A process that still writes to one begins another."""
    total = 0
    for number, (path, size) in enumerate(log_files(folder), 1):
        total += size
        if number > KEPT_FILES or total > KEPT_BYTES:
            with suppress(OSError):
                Path(path).unlink()


def read_records(folder: Path, now: float) -> list[str]:
    """Return the records of all processes in the last `SPAN_S` seconds before `now`, epoch seconds, the oldest first. Never
    raises: lines that are torn or something else are left out, as are files that cannot be read."""
    since = time.strftime(_TIME, time.gmtime(now - SPAN_S))
    lines = (line for path, _ in log_files(folder) for line in _lines(Path(path)))
    return sorted(line for line in lines if line >= since and re.fullmatch(_LINE, line))


def _lines(file: Path) -> list[str]:
    with suppress(OSError), open_regular(file) as opened:
        return opened.read(2 * MAX_BYTES).decode("ascii", errors="replace").splitlines()
    return []
