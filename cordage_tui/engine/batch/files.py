"""Prompt files: one prompt a line, a table with a header row, or JSON Lines. Braces are taken literally."""

import csv
import io
import json
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NoReturn

from cordage_tui.domain.inputs import PROMPT, Inputs, Json
from cordage_tui.engine.batch.draft import LARGEST_TOGETHER, BatchDraft, draft_from
from cordage_tui.engine.batch.expand import MOST, BatchError, number, refuse_if_too_many


def draft_of_file(path: Path) -> BatchDraft:
    """Draft of a file's batch. The suffix decides how it is read: `.csv`, `.tsv`, `.jsonl` (`.ndjson`, `.json`), any
    other as one prompt a line. Raises BatchError, which names the line."""
    read = _READERS.get(path.suffix.lower(), _lines)
    numbered = list(_bounded(read(_decoded(_contents(path)))))
    for line, body in numbered:
        if not any(value != "" for value in body.values()):
            raise BatchError(f"Line {line:,}: nothing to send in it.")
    return draft_from(path.name, [body for _, body in numbered])


Numbered = Iterator[tuple[int, Inputs]]
"""Bodies, each with the line of the file where it ends."""


def _contents(path: Path) -> bytes:
    """Read a regular file of bounded size: a pipe without a writer would block for ever."""
    try:
        path = path.expanduser()
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise BatchError(f"{path} is not a regular file.")
            data = file.read(LARGEST_TOGETHER + 1)
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: there is no such home
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise BatchError(f"Cannot read {path}: {reason}.") from None
    if len(data) > LARGEST_TOGETHER:
        raise BatchError(f"{path} is larger than {LARGEST_TOGETHER // 2**20} MiB.")
    return data


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BatchError(
            f"Line {line:,}: byte {data[error.start]:#04x} is not UTF-8. Save the file as UTF-8."
        ) from None


def _bounded(bodies: Numbered) -> Numbered:
    """Pass bodies on, but do not keep those beyond `MOST` while counting them."""
    count = 0
    for count, numbered in enumerate(bodies, 1):
        if count <= MOST:
            yield numbered
    refuse_if_too_many(count)


def _lines(text: str) -> Numbered:
    for number_, line in enumerate(_split(text), 1):
        if line.strip():
            yield number_, {PROMPT: line.strip()}


def _split(text: str) -> list[str]:
    """Split at line ends only: `str.splitlines` also splits at characters that may be part of a prompt."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _table(text: str, delimiter: str) -> Numbered:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    names: list[str] = []
    rows: list[tuple[int, list[str]]] = []
    try:
        for row in reader:
            if not row:
                continue
            if not names:
                names = _header([name.strip() for name in row], reader.line_num)
            elif len(row) != len(names):
                raise BatchError(f"Line {reader.line_num:,}: {len(row)} columns, but the header has {len(names)}.")
            else:
                rows.append((reader.line_num, row))
    except csv.Error as error:
        raise BatchError(f"Line {reader.line_num:,}: {error}.") from None
    numeric = [name != PROMPT and _is_numeric([row[n] for _, row in rows]) for n, name in enumerate(names)]
    for line, row in rows:
        cells = zip(names, row, numeric, strict=True)
        yield line, {name: number(cell.strip()) if numbers else cell for name, cell, numbers in cells if cell.strip()}


def _header(names: list[str], line: int) -> list[str]:
    for column, name in enumerate(names, 1):
        if not name:
            raise BatchError(f"Line {line:,}: column {column} has no name; the first row names the inputs.")
        if name in names[: column - 1]:
            raise BatchError(f"Line {line:,}: two columns are named {name}.")
    return names


def _is_numeric(cells: list[str]) -> bool:
    """Return whether a column holds numbers only; then they are sent as such."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return bool(filled) and all(number(cell) is not None for cell in filled)


def _json_lines(text: str) -> Numbered:
    for line, part in enumerate(_split(text), 1):
        if part.strip():
            yield line, _object(part, line)


def _object(text: str, line: int) -> Inputs:
    try:
        value: Json = json.loads(text, parse_constant=_no_constant)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except json.JSONDecodeError as error:
        raise BatchError(
            f"Line {line:,}: not JSON: {error.msg[:1].lower()}{error.msg[1:]} at character {error.pos + 1}."
        ) from None
    except RecursionError:
        raise BatchError(f"Line {line:,}: nested too deeply.") from None
    except ValueError as error:
        raise BatchError(f"Line {line:,}: not usable: {error}.") from None
    if not isinstance(value, dict):
        raise BatchError(f'Line {line:,}: each line is one JSON object, such as {{"prompt": "a fox"}}.')
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


_READERS: Final[dict[str, Callable[[str], Numbered]]] = {
    ".csv": lambda text: _table(text, ","),
    ".tsv": lambda text: _table(text, "\t"),
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".json": _json_lines,
}
