"""Files of process logs: one for each process, written by the standard library's `logging`.

A record is in the kernel when it is written, also if the process is killed the moment after. Nothing is synced, and no
timer or thread runs. Size and number of files are bounded, however many processes there are.
"""

import logging
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext, suppress
from enum import Enum
from functools import lru_cache
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.base.file_system import open_append, open_regular
from cordage_tui.engine.log.record_kinds import LogDetail, RecordKind

SPAN_S: Final = 900.0
"""Age up to which records are of use to a bundle, seconds."""
MAX_BYTES: Final = 1_000_000
"""Size from which a process begins a new file and keeps one older: some 8,000 records each."""
KEPT_S: Final = 86_400.0
"""Seconds after its last record when a file is removed."""
KEPT_FILES: Final = 100
KEPT_BYTES: Final = 8_000_000
"""Bounds of all files together when a process begins."""

_PACKAGE: Final = Path(__file__).parents[2]
_OWN: Final = f"{_PACKAGE.name}."
_LIBRARIES: Final = frozenset({"anyio", "asyncio", "httpcore", "httpx", "mcp", "textual", _PACKAGE.name})
"""Packages that a record names as its source."""
_TYPES_OF: Final = _LIBRARIES | sys.stdlib_module_names
"""Packages whose types of errors a record names."""
_FRAMES: Final = 6
"""Frames of a bug that are recorded, the innermost last."""
_LARGEST: Final = 10**12
"""Numbers from here on are left out: no count, size or time of ours comes near."""
_OMITTED: Final = "other"
"""Word in place of a value that is neither a number nor of this program."""
_NAME: Final = "[a-z_]{1,20}"
_WORD: Final = "[A-Za-z0-9_.:/,+-]{1,400}"
_LINE: Final = (
    rf"(\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{3}}Z) +(\d{{1,10}})  [a-z]{{1,20}}(?: {{1,20}}{_NAME}={_WORD})*"
)
_TIME: Final = "%Y-%m-%dT%H:%M:%S"
_BEGUN: Final = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
"""When this process began, in the name of its file: process ids return."""


class RecordFormatter(logging.Formatter):
    """Formatter that lets only numbers and members of this program's enumerations through, whatever it is given."""

    converter = time.gmtime  # type: ignore[assignment]
    default_time_format = _TIME
    default_msec_format = "%s.%03dZ"

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as a line: time (UTC), process id, kind, and each value as `name=value`."""
        kind = record.msg if isinstance(record.msg, RecordKind) else RecordKind.LIBRARY
        values = " ".join(f"{name}={word}" for name, word in self._values(kind, record))
        return f"{self.formatTime(record)} {record.process or 0:>7}  {kind.value:<8}  {values}".rstrip()

    def _values(self, kind: RecordKind, record: logging.LogRecord) -> Iterator[tuple[str, str]]:
        if kind is RecordKind.LIBRARY:
            source = record.name.partition(".")[0]
            yield "level", word_of(record.levelno)
            yield "source", source if source in _LIBRARIES else _OMITTED
        elif isinstance(record.args, Mapping):
            for name, value in record.args.items():
                if _is_name(name):
                    yield name, word_of(value)
        if record.exc_info and (error := record.exc_info[1]) is not None:
            yield "error", word_of(type(error))
            yield "at", ",".join([*_places(error)][-_FRAMES:]) or _OMITTED


class RecordFile:
    """File of this process in a folder, with the logger that writes to it."""

    def __init__(self, folder: Path, detail: LogDetail | None) -> None:
        """Open it with the first record. `detail`: as `CORDAGE_LOG` says."""
        self._handler = _Handler(folder / f"{_BEGUN}-{os.getpid()}.log")
        self._handler.setFormatter(RecordFormatter())
        self.logger = logging.Logger("records", logging.DEBUG)  # not that of the process
        self.logger.addHandler(self._handler)
        _remove_old(folder)
        if detail is LogDetail.DEBUG:
            logging.getLogger().addHandler(self._handler)

    def close(self) -> None:
        """Close it until the next record."""
        self._handler.close_file()

    def end(self) -> None:
        """Close it, and take no more records of libraries."""
        logging.getLogger().removeHandler(self._handler)
        self._handler.close_file()


class _Handler(RotatingFileHandler):
    """Handler of a private file. It never raises: what the disk does not take is lost."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=MAX_BYTES, backupCount=1, delay=True)

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802  the standard library's name
        """Return whether the file is full. Like the standard library's, but a file that somebody has removed is left, and
        the record is not formatted twice."""
        if self.stream is None:
            return False
        status = os.fstat(self.stream.fileno())
        if not status.st_nlink:
            self.close_file()
            return False
        return status.st_size > self.maxBytes

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Close the file after a record that could not be written. The next one opens it again."""
        self.close_file()

    def close_file(self) -> None:
        """Close the file until the next record."""
        with self.lock or nullcontext(), suppress(OSError):
            stream, self.stream = self.stream, None
            if stream is not None:
                stream.close()

    def _open(self) -> TextIOWrapper:
        return os.fdopen(open_append(Path(self.baseFilename)), "a", encoding="ascii")


@dataclass(frozen=True, slots=True)
class RecordsRead:
    """Records of the last minutes, the oldest first."""

    lines: tuple[str, ...]
    processes: int
    """Number of processes that wrote them."""
    unreadable: int = 0
    """Lines that are no records: torn by a full disk or a lost machine, or written by something else."""


def read_records(folder: Path, now: float) -> RecordsRead:
    """Read the records of all processes in the last `SPAN_S` seconds before `now`, epoch seconds. Never raises: a file that
    cannot be read has none."""
    since = time.strftime(_TIME, time.gmtime(now - SPAN_S))
    lines: list[str] = []
    processes: set[str] = set()
    unreadable = 0
    for line in _lines(path for path, _ in _files(folder)):
        record = re.fullmatch(_LINE, line)
        if record is None:
            unreadable += 1
        elif record[1] >= since:
            lines.append(line)
            processes.add(record[2])
    return RecordsRead(tuple(sorted(lines)), len(processes), unreadable)


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
        case tuple():
            return ".".join(map(word_of, value)) or _OMITTED
    return _OMITTED


@lru_cache(1_000, typed=True)  # equal words of two enumerations are two members
def _member_word(member: Enum) -> str:
    word = str(member.value).replace(" ", "-")
    return word if type(member).__module__.startswith(_OWN) and re.fullmatch(_WORD, word) else _OMITTED


@lru_cache(1_000)
def _is_name(name: str) -> bool:
    return re.fullmatch(_NAME, name) is not None


def _type_word(kind: type) -> str:
    module, name = kind.__module__, kind.__name__
    if module.startswith(_OWN):
        return name
    return f"{module}.{name}" if module.partition(".")[0] in _TYPES_OF else _OMITTED


def _places(error: BaseException) -> Iterator[str]:
    """Yield file and line of each frame in this program, the outermost first."""
    at = error.__traceback__
    while at is not None:
        path = Path(at.tb_frame.f_code.co_filename)
        if path.is_relative_to(_PACKAGE):
            yield f"{path.relative_to(_PACKAGE).as_posix()}:{at.tb_lineno}"
        at = at.tb_next


def _files(folder: Path) -> list[tuple[Path, os.stat_result]]:
    """List the log files of a folder, the one that was written last first."""
    files = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if re.fullmatch(r"\d{8}-\d{6}-\d+\.log(\.1)?", entry.name):
                with suppress(OSError):
                    files.append((Path(entry.path), entry.stat(follow_symlinks=False)))
    return sorted(files, key=lambda file: file[1].st_mtime, reverse=True)


def _lines(paths: Iterable[Path]) -> Iterator[str]:
    for path in paths:
        with suppress(OSError), open_regular(path) as file:
            yield from file.read(2 * MAX_BYTES).decode("ascii", errors="replace").splitlines()


def _remove_old(folder: Path) -> None:
    """Remove files beyond the bounds. A process that still writes to one begins another."""
    oldest, size = time.time() - KEPT_S, 0
    for number, (path, status) in enumerate(_files(folder), 1):
        size += status.st_size
        if number > KEPT_FILES or size > KEPT_BYTES or status.st_mtime < oldest:
            with suppress(OSError):
                path.unlink()
