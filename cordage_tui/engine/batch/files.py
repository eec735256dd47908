"""Prompt files: a prompt a line, a table with a header row (`tables.py`), or JSON. Patterns are expanded on request alone."""

import codecs
import json
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

from cordage_tui.domain.fast_dataclass import dataclass, field, replace
from cordage_tui.domain.file_system import read_named
from cordage_tui.domain.inputs import PROMPT, Inputs, Json, strict_json
from cordage_tui.engine.batch.checks import BodyChecker, InputFault
from cordage_tui.engine.batch.draft import LARGEST_TOGETHER, BatchDraft, draft_from, draft_of
from cordage_tui.engine.batch.expand import Combine
from cordage_tui.engine.batch.pattern import MOST, BatchError, Lists, no_lists, refuse_if_too_many
from cordage_tui.engine.batch.random_inputs import RandomInputs
from cordage_tui.engine.batch.sampling import Sampling, new_seed
from cordage_tui.engine.batch.tables import FileRow, Rows, is_table, read_table
from cordage_tui.engine.batch.unexpanded import Unexpanded
from cordage_tui.engine.input_fields import Unset, with_defaults

# What a file may be, and how its text is got.


class FileFormat(StrEnum):
    """Format of a prompt file."""

    LINES = "lines"
    CSV = "csv"
    TSV = "tsv"
    JSONL = "jsonl"
    JSON = "json"

    @classmethod
    def of(cls, path: Path) -> "FileFormat":
        """Format by the suffix of a name; one prompt a line for any unknown one."""
        suffixes = {".csv": cls.CSV, ".tsv": cls.TSV, ".jsonl": cls.JSONL, ".ndjson": cls.JSONL, ".json": cls.JSON}
        return suffixes.get(path.suffix.lower(), cls.LINES)


@dataclass(frozen=True, slots=True)
class FileRequest:
    """Request for the batch of a file, for one webhook."""

    inputs: Mapping[str, Json]
    """The webhook's `inputs` setting."""
    given: "Mapping[str, Json | Unset]" = field(default_factory=dict)
    """Inputs of rows that have no column of that name; then come the defaults."""
    format: FileFormat | None = None
    """None: by the file's suffix."""
    combine: Combine | None = None
    """Patterns in cells make several bodies, combined so; None: they are text."""
    seed: int | None = None
    """Of what is left to chance in patterns; None: a new one."""
    lists: Lists = no_lists
    """Reads the word lists that patterns name."""
    pipes: bool = False
    """A pipe is read to its end, however long that takes."""


def draft_of_file(path: Path, request: FileRequest) -> BatchDraft:
    """Draft of a file's batch. Raises BatchError and UnknownHeader."""
    return draft_of_text(_contents(path, pipes=request.pipes), path, request)


def draft_of_text(data: bytes, path: Path, request: FileRequest) -> BatchDraft:
    """Draft of what a file holds. Rows that do not fit the webhook are marked as faulty.

    Raises BatchError, which names the line, and UnknownHeader.
    """
    if len(data) > LARGEST_TOGETHER:
        raise BatchError(f"{path} is larger than {LARGEST_TOGETHER // 2**20} MiB.")
    checker = BodyChecker(request.inputs, allowed=request.given)
    rows = list(_bounded(_rows(_decoded(data), path, request, checker)))
    bodies: list[Inputs] = []
    faults: dict[int, tuple[InputFault, ...]] = {}
    seed, random = new_seed() if request.seed is None else request.seed, False
    left: list[Unexpanded] = []
    for row in rows:
        if not any(value != "" for value in row.body.values()):
            raise BatchError(f"Line {row.line:,}: nothing to send in it.")
        body = with_defaults(request.inputs, {**request.given, **row.body})
        new: Sequence[Inputs] = (body,)
        if request.combine is not None:
            own = seed + len(bodies)  # other rows draw otherwise
            draft = draft_of(body, lines=False, combine=request.combine, seed=own, lists=request.lists)
            new, random = draft.bodies, random or draft.sampling.seed == own
            left += [draft.unexpanded] if draft.unexpanded else []
        faults.update({len(bodies) + place: row.faults for place in range(len(new)) if row.faults})
        bodies += new
        refuse_if_too_many(len(bodies))
    numbers = RandomInputs(request.inputs)
    random = random or any(map(numbers.open_in, bodies))
    bodies = numbers.drawn(bodies, seed)
    for place, more in checker.faults(bodies).items():
        faults[place] = (*faults.get(place, ()), *more)
    given = {name: value for name, value in request.given.items() if not isinstance(value, Unset)}
    added = {name: value for name, value in given.items() if any(name not in row.body for row in rows)}
    sampling = Sampling(seed=seed if random else None)
    sampled = sampling.describe(len(bodies))
    title = f"{path.name} · {sampled}" if sampled else path.name
    made = draft_from(title, bodies)
    if request.combine is not None:
        made = replace(made, unexpanded=left[0]._replace(more=len(left) - 1) if left else None)
    return replace(made, faults=faults, added=added, sampling=sampling, sampled=sampled)


def _contents(path: Path, *, pipes: bool) -> bytes:
    try:
        return read_named(path, LARGEST_TOGETHER + 1, pipes=pipes)
    except OSError as error:
        raise BatchError(f"Cannot read {path}: {error.strerror or error}.") from None


_MARKS: Final = (
    (codecs.BOM_UTF8, "UTF-8"),
    (codecs.BOM_UTF32_LE, "UTF-32-LE"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "UTF-32-BE"),
    (codecs.BOM_UTF16_LE, "UTF-16-LE"),
    (codecs.BOM_UTF16_BE, "UTF-16-BE"),
)
"""Marks at the beginning of a text, and its encoding: "Unicode text" of spreadsheets is UTF-16."""


def _decoded(data: bytes) -> str:
    """Decode the text of a file, by its mark. Raises BatchError."""
    mark, encoding = next((known for known in _MARKS if data.startswith(known[0])), (b"", "UTF-8"))
    data = data.removeprefix(mark)
    if encoding == "UTF-8" and (zero := data.find(b"\0")) >= 0:
        line = _line_of(data[:zero].decode("latin-1"))
        raise BatchError(f"Line {line:,}: byte 0x00 is no text; UTF-16 needs its mark. Save the file as UTF-8.")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = _line_of(data[: error.start].decode(encoding, "replace"))
        raise BatchError(
            f"Line {line:,}: byte {data[error.start]:#04x} is not {encoding}. Save the file as UTF-8."
        ) from None


def _line_of(before: str) -> int:
    return len(_split(before))


# Rows of each format.


def _bounded(rows: Rows) -> Rows:
    """Pass rows on, but do not keep those beyond `MOST` while counting them."""
    count = 0
    for count, row in enumerate(rows, 1):
        if count <= MOST:
            yield row
    refuse_if_too_many(count)


def _rows(text: str, path: Path, request: FileRequest, checker: BodyChecker) -> Rows:
    """Read the rows of a file in the format that is asked for, else in that of its name. Raises BatchError and UnknownHeader."""
    format = request.format or FileFormat.of(path)
    if request.format is None and format is FileFormat.LINES and is_table(text):
        format = FileFormat.CSV
    return _READERS[format](text, checker)


def _lines(text: str, checker: BodyChecker) -> Rows:
    for line, words in enumerate(_split(text), 1):
        if words.strip():
            yield FileRow(line, {PROMPT: words.strip()})


def _split(text: str) -> list[str]:
    """Split at line ends only: `str.splitlines` also splits at characters that may be part of a prompt."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _json_lines(text: str, checker: BodyChecker) -> Rows:
    for line, part in enumerate(_split(text), 1):
        if part.strip():
            yield FileRow(line, _object(part, line))


def _json(text: str, checker: BodyChecker) -> Rows:
    """Read an array of objects; else JSON Lines."""
    if not text.lstrip().startswith("["):
        yield from _json_lines(text, checker)
        return
    bodies = _value(text, 1)
    for place, body in enumerate(bodies if isinstance(bodies, list) else [], 1):
        if not isinstance(body, dict):
            raise BatchError(f'Element {place:,}: each is one JSON object, such as {{"prompt": "a fox"}}.')
        yield FileRow(place, body)


def _object(text: str, line: int) -> Inputs:
    value = _value(text, line)
    if not isinstance(value, dict):
        raise BatchError(f'Line {line:,}: each line is one JSON object, such as {{"prompt": "a fox"}}.')
    return value


def _value(text: str, line: int) -> Json:
    """Parse JSON that begins at that line. Raises BatchError."""
    try:
        return strict_json(text)
    except json.JSONDecodeError as error:
        words = f"{error.msg[:1].lower()}{error.msg[1:]} at character {error.colno}."
        raise BatchError(f"Line {line + error.lineno - 1:,}: not JSON: {words}") from None
    except RecursionError:
        raise BatchError(f"Line {line:,}: nested too deeply.") from None
    except ValueError as error:
        raise BatchError(f"Line {line:,}: not usable: {error}.") from None


_READERS: Final[Mapping[FileFormat, Callable[[str, BodyChecker], Rows]]] = {
    FileFormat.LINES: _lines,
    FileFormat.CSV: read_table,
    FileFormat.TSV: lambda text, checker: read_table(text, checker, "\t"),
    FileFormat.JSONL: _json_lines,
    FileFormat.JSON: _json,
}
