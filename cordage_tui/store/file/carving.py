"""Rows of a database file that SQLite cannot open, read from its pages one by one.

SQLite finds a row by way of the file's first page and the schema. Here neither is needed: a row is known by what its columns
hold. That is less certain, because a page that is no longer used may hold an older state of a row. So what was to be sent
is only held (see `repair`).
"""

import json
import sqlite3
import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Final, TypeAlias

from cordage_tui.domain.outbox_states import SHOWN_AS, OutboxState
from cordage_tui.domain.run import Status

Value: TypeAlias = int | float | str | bytes | None
Record: TypeAlias = Sequence[Value]

MAGIC: Final = b"SQLite format 3\0"
PAGE: Final = 4_096
"""Page size of a database of ours, which is the default of SQLite."""
_HEAD: Final = 100
"""Bytes of the file's header, after which the first page begins."""
_LEAF, _INTERIOR = 0x0D, 0x05
"""Kinds of pages that hold rows, and that lead to such pages."""
_FIRST_CELL: Final = 12
"""Where the places of an interior page's entries begin, in bytes from its own header."""
_WIDTHS: Final = (0, 1, 2, 3, 4, 6, 8)
"""Bytes of an integer, by its type in a row."""
_SURE: Final = (
    *(OutboxState.DROPPED, OutboxState.QUEUED, OutboxState.HELD, OutboxState.REJECTED),
    *(OutboxState.SENDING, OutboxState.UNCERTAIN, OutboxState.ACCEPTED),
)
"""States by what they say about a request: of several states of one prompt the last counts. A drop may have been undone."""


def restored_head(head: bytes, good: bytes) -> bytes:
    """Return the first page of a damaged file with the magic and the entry of the schema that each database of ours has; `good`
    is the first page of a whole one."""
    page = bytearray(head)
    page[:24] = good[:24]
    if not any(page[24:_HEAD]):
        page[24:_HEAD] = good[24:_HEAD]
        page[28:32] = bytes(4)  # so many pages as the file has
    if page[_HEAD] not in (_LEAF, _INTERIOR):
        places = [*_places(page)]
        page[_HEAD : _HEAD + 8] = bytes([_INTERIOR, 0, 0, *_two(len(places)), *_two(min(places, default=0)), 0])
    return bytes(page)


def _two(number: int) -> bytes:
    return number.to_bytes(2, "big")


def _places(page: bytes | bytearray) -> Iterator[int]:
    """Yield the offset of each entry of the first page. The list of offsets ends at a number that is not an offset behind it."""
    for at in range(_HEAD + _FIRST_CELL, len(page) - 1, 2):
        place = int.from_bytes(page[at : at + 2], "big")
        if not at + 2 <= place < len(page):
            return
        yield place


def carve(data: bytes, into: sqlite3.Connection, columns: Callable[[str], Sequence[str]]) -> None:
    """Copy the submissions, runs and details found in a file of this content into new tables; `columns` names those of a table
    that a row stores. Raises sqlite3.Error."""
    names = {table: columns(table) for table in _FITS}
    for table, known in names.items():
        into.execute(f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, {', '.join(known[1:])})")
    for row, record in _rows(data):
        for table, fits in _FITS.items():
            if len(record) <= len(names[table]) and fits(record):
                _put(into, table, names[table], row, record)
    for state, status in SHOWN_AS.items():
        ids = "SELECT id FROM outbox WHERE state = ?"
        into.execute(f"UPDATE runs SET status = ? WHERE id IN ({ids})", (status.value, state.value))


def _put(into: sqlite3.Connection, table: str, names: Sequence[str], row: int, record: Record) -> None:
    """Store a row, unless a state of it is there that says more."""
    known = into.execute(f"SELECT * FROM {table} WHERE id = ?", (row,)).fetchone()
    if known is None or _weight(table, record) > _weight(table, known):
        used = ", ".join(names[: len(record)])
        marks = ", ".join("?" * len(record))
        into.execute(f"INSERT OR REPLACE INTO {table} ({used}) VALUES ({marks})", (row, *record[1:]))


def _weight(table: str, record: Record) -> int:
    if table == "outbox":
        return _SURE.index(OutboxState(str(record[3])))
    return int(record[3 if table == "runs" else 1] is not None)  # a run that is known, inputs that are there


def _rows(data: bytes) -> Iterator[tuple[int, Record]]:
    """Yield the row id and the values of each row that can be read whole."""
    size = _page_size(data[:_HEAD])
    for begin in range(0, len(data) - _HEAD, size):
        head = begin + (_HEAD if begin == 0 else 0)
        if data[head] != _LEAF:
            continue
        count = int.from_bytes(data[head + 3 : head + 5], "big")
        for at in range(head + 8, min(head + 8 + 2 * count, begin + size), 2):
            place = int.from_bytes(data[at : at + 2], "big")
            with suppress(IndexError, ValueError):  # bytes that are no row, or not all of one
                yield _cell(data, size, begin + place)


def _page_size(head: bytes) -> int:
    told = int.from_bytes(head[16:18], "big")
    return told if told in (512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768) else PAGE


def _cell(data: bytes, size: int, at: int) -> tuple[int, Record]:
    """Read a row. Raises IndexError and ValueError if it is not whole."""
    length, at = _varint(data, at)
    row, at = _varint(data, at)
    most, least = size - 35, (size - 12) * 32 // 255 - 23
    here = least + (length - least) % (size - 4)
    here = length if length <= most else here if here <= most else least
    payload = data[at : at + here]
    following = int.from_bytes(data[at + here : at + here + 4], "big") if here < length else 0
    while len(payload) < length:
        begin = (following - 1) * size
        if following < 2 or begin + size > len(data):
            raise ValueError("a part of the row is missing")
        following = int.from_bytes(data[begin : begin + 4], "big")
        payload += data[begin + 4 : begin + 4 + min(size - 4, length - len(payload))]
    return row, _record(payload)


def _record(payload: bytes) -> Record:
    end, at = _varint(payload, 0)
    types = []
    while at < end:
        kind, at = _varint(payload, at)
        types.append(kind)
    values: list[Value] = []
    for kind in types:
        width = 8 if kind == 7 else (kind - 12) // 2 if kind >= 12 else 0 if kind >= 8 else _WIDTHS[kind]
        if at + width > len(payload):
            raise ValueError("a value is cut")
        values.append(_value(kind, payload[at : at + width]))
        at += width
    return values


def _value(kind: int, found: bytes) -> Value:
    if kind >= 12:
        return found.decode() if kind % 2 else found
    if kind == 7:
        return float(struct.unpack(">d", found)[0])
    if kind in (8, 9):
        return kind - 8
    return int.from_bytes(found, "big", signed=True) if kind else None


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Read a number of 1 to 9 bytes, and return it with the place behind it."""
    value = 0
    for _ in range(8):
        byte = data[at]
        at += 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at
    return value << 8 | data[at], at + 1


# How a row of each table is known. Its first column is its row id, which a row stores as nothing.


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float)


def _is_submission(record: Record) -> bool:
    return (
        len(record) >= 8
        and record[0] is None
        and record[3] in {state.value for state in OutboxState}
        and isinstance(record[5], str)
        and _is_number(record[6])
    )


def _is_run(record: Record) -> bool:
    return (
        len(record) >= 12
        and record[0] is None
        and record[4] in {status.value for status in Status}
        and isinstance(record[6], str)
        and _is_number(record[8])
    )


def _is_details(record: Record) -> bool:
    return (
        len(record) >= 7
        and record[0] is None
        and _is_object(record[6])
        and (record[1] is None or _is_object(record[1]))
    )


def _is_object(value: Value) -> bool:
    try:
        return isinstance(value, str) and isinstance(json.loads(value), dict)
    except (ValueError, RecursionError):
        return False


_FITS: Final = {"outbox": _is_submission, "runs": _is_run, "details": _is_details}
