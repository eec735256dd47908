"""Ring of flight records: JSON lines of the last minutes, in two files that all processes of a user append to.

A record is one `write` to a file that was opened for it: the kernel has it then, also if the process is killed the moment
after, and nothing is synced or kept open. Whoever finds the file full, or begun too long ago, puts it in the place of the
one before it, so both together are bounded however many processes there are.
"""

import fcntl
import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeAlias

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.file_system import open_append, open_regular

RecordValue: TypeAlias = str | int | float | bool | None
FlightRecord: TypeAlias = Mapping[str, RecordValue]

SPAN_S: Final = 900.0
"""Age up to which records are of use, seconds; also the time after which a new file is begun."""
MAX_BYTES: Final = 1_000_000
"""Size from which a new file is begun: both files together have some 12,000 records."""
_LONGEST: Final = 4_000
"""Bytes of one record; no record of ours comes near."""
_BEGUN: Final = rb'\{"t": (\d+\.\d+),'
_NAME: Final = "[a-z_]{1,20}"
_WORD: Final = "[A-Za-z0-9 _.:/{},+-]{0,400}"
"""What texts of records are made of: our own words, versions, and names of types and files of this program."""


@dataclass(frozen=True, slots=True)
class RecordsRead:
    """Records of the last minutes, the oldest first."""

    records: tuple[FlightRecord, ...]
    """Each has `t`, epoch seconds, and `pid`."""
    unreadable: int = 0
    """Lines that are no records: torn by a full disk or a lost machine, or written by something else."""


class RecordRing:
    """Ring that is kept at a path, and beside it with `.1` behind its name. Neither need be there."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._before = path.with_name(f"{path.name}.1")

    def append(self, now: float, *records: FlightRecord) -> None:
        """Append records of the time `now`, epoch seconds. Never raises: what the disk does not take is lost."""
        lines = (json.dumps({"t": round(now, 3) + 0.0, "pid": os.getpid(), **record}) for record in records)
        data = "".join(f"{line}\n" for line in lines if len(line) < _LONGEST).encode()
        with suppress(OSError):
            if data:
                self._write(data, now)

    def read(self, now: float) -> RecordsRead:
        """Read the records of the last `SPAN_S` seconds before `now`, epoch seconds. Never raises: a file that cannot be read
        has none."""
        found: list[FlightRecord] = []
        unreadable = 0
        for line in self._lines():
            record = _parsed(line)
            if record is None:
                unreadable += 1
            elif time_of(record) >= now - SPAN_S:
                found.append(record)
        return RecordsRead(tuple(sorted(found, key=time_of)), unreadable)

    def _write(self, data: bytes, now: float) -> None:
        descriptor = open_append(self._path)
        try:
            if _is_over(descriptor, now) and self._turn_over(descriptor):
                os.close(descriptor)
                descriptor = open_append(self._path)
            os.write(descriptor, data)
        finally:
            os.close(descriptor)

    def _turn_over(self, descriptor: int) -> bool:
        """Put the file aside, unless another process has just done so. False: one is about to."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), self._path.stat()):
                self._path.replace(self._before)
        return True

    def _lines(self) -> Iterator[bytes]:
        """Yield the lines of both files. The newer one is opened first, so that none is missed if it is put aside meanwhile."""
        opened = []
        for path in (self._path, self._before):
            with suppress(OSError):
                opened.append(open_regular(path))
        seen = set()
        for file in reversed(opened):
            with file, suppress(OSError):
                inode = os.fstat(file.fileno()).st_ino
                if inode not in seen:
                    yield from file.read(2 * MAX_BYTES).splitlines()
                seen.add(inode)


def time_of(record: FlightRecord) -> float:
    """Return the time of a record that was read, epoch seconds."""
    return float(record["t"] or 0.0)


def _is_over(descriptor: int, now: float) -> bool:
    """Return whether a file is full, or was begun too long ago, or later than now: the clock was set back."""
    size = os.fstat(descriptor).st_size
    if not size:
        return False
    begun = re.match(_BEGUN, os.pread(descriptor, 64, 0))
    return size > MAX_BYTES or begun is None or abs(now - float(begun[1])) > SPAN_S


def _parsed(line: bytes) -> FlightRecord | None:
    """Return the record of a line; of one that follows a torn record, the whole one. None: there is none of ours."""
    try:
        found = json.loads(line[max(0, line.rfind(b'{"t": ')) :])
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not all(re.fullmatch(_NAME, name) and _is_ours(found[name]) for name in found):
        return None
    return found if {float, int} >= {type(found.get("t")), type(found.get("pid"))} else None


def _is_ours(value: object) -> bool:
    if isinstance(value, str):
        return re.fullmatch(_WORD, value) is not None
    return value is None or (isinstance(value, bool | int | float) and math.isfinite(value))
