"""Prompt files: one prompt per line, a table with a header row (`tables.py`), or JSON. Patterns are expanded only on
request."""

import codecs
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Final

from cordage_tui.domain.base.fast_dataclass import dataclass, field, replace
from cordage_tui.domain.base.file_system import read_named
from cordage_tui.domain.inputs import PROMPT, Inputs, Json
from cordage_tui.domain.json_text import strict_json
from cordage_tui.domain.safe_text import one_line
from cordage_tui.engine.batch.body_checks import NO_PROMPT, SHOWN, BodyChecker, InputFault
from cordage_tui.engine.batch.draft import LARGEST_TOGETHER, BatchDraft, draft_from, draft_of
from cordage_tui.engine.batch.expand import Combine
from cordage_tui.engine.batch.pattern import MOST, BatchError, Lists, no_lists, refuse_if_too_many
from cordage_tui.engine.batch.random_inputs import RandomInputs
from cordage_tui.engine.batch.sampling import Sampling, new_seed
from cordage_tui.engine.batch.tables import FileRow, Rows, is_table, read_table
from cordage_tui.engine.batch.unexpanded import Doubt, Unexpanded, structure_of
from cordage_tui.engine.input_fields import Unset, with_defaults

# Formats of a file, and the decoding of its text.


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


class OtherFormat(BatchError):
    """Error of a file whose name says lines but whose text has another format."""

    def __init__(self, message: str, format: FileFormat | None) -> None:
        super().__init__(message)
        self.format = format
        """Format that reads it; None: none does."""


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
    """Seed of random choices in patterns; None: a new one."""
    lists: Lists = no_lists
    """Reads the word lists that patterns name."""
    pipes: bool = False
    """A pipe is read to its end, however long that takes."""
    literal: bool = False
    """Each line is a prompt, also of a text that seems to be JSON, a table or a page."""
    given_once: bool = False
    """An input of `given` that differs from the one that a row has is refused, as one of the two would be lost."""


def draft_of_file(path: Path, request: FileRequest) -> BatchDraft:
    """Draft of a file's batch. Raises BatchError and UnknownHeader."""
    return draft_of_text(_contents(path, pipes=request.pipes), path, request)


def draft_of_text(data: bytes, path: Path, request: FileRequest) -> BatchDraft:
    """Draft the prompts of a file. Rows that do not fit the webhook are marked as faulty.

    Raises BatchError, which names the line, OtherFormat and UnknownHeader.
    """
    if len(data) > LARGEST_TOGETHER:
        raise BatchError(f"{path} is larger than {LARGEST_TOGETHER // 2**20} MiB.")
    checker = BodyChecker(request.inputs, allowed=request.given)
    rows = list(_bounded(_rows(_decoded(data), path, request, checker)))
    if request.given_once:
        _refuse_two_values(rows, request.given)
    bodies: list[Inputs] = []
    places: list[str] = []
    faults: dict[int, tuple[InputFault, ...]] = {}
    seed, random = new_seed() if request.seed is None else request.seed, False
    left: list[Unexpanded] = []
    for row in rows:
        if not any(value != "" for value in row.body.values()):
            raise BatchError(f"{row.place}: nothing to send in it.")
        body = with_defaults(request.inputs, {**request.given, **row.body})
        new: Sequence[Inputs] = (body,)
        if request.combine is not None:
            row_seed = seed + len(bodies)  # other rows draw otherwise
            draft = draft_of(body, lines=False, combine=request.combine, seed=row_seed, lists=request.lists)
            new, random = draft.bodies, random or draft.sampling.seed == row_seed
            left += [draft.unexpanded] if draft.unexpanded else []
        wrong = tuple(fault for fault in row.faults if fault != NO_PROMPT or not body.get(PROMPT))
        faults.update({len(bodies) + place: wrong for place in range(len(new)) if wrong})
        bodies += new
        places += [row.place] * len(new)
        refuse_if_too_many(len(bodies))
    numbers = RandomInputs(request.inputs)
    random = random or any(map(numbers.open_in, bodies))
    bodies = numbers.drawn(bodies, seed)
    for place, more in checker.faults(bodies).items():
        faults[place] = tuple(dict.fromkeys((*faults.get(place, ()), *more)))
    given_values = {name: value for name, value in request.given.items() if not isinstance(value, Unset)}
    added = {name: value for name, value in given_values.items() if any(name not in row.body for row in rows)}
    sampling = Sampling(seed=seed if random else None)
    sampled = sampling.describe(len(bodies))
    title = f"{path.name} · {sampled}" if sampled else path.name
    draft_made = draft_from(title, bodies, places=places)
    if request.combine is not None:
        draft_made = replace(draft_made, unexpanded=left[0]._replace(more=len(left) - 1) if left else None)
    return replace(draft_made, faults=faults, added=added, sampling=sampling, sampled=sampled)


def _refuse_two_values(rows: Sequence[FileRow], given: "Mapping[str, Json | Unset]") -> None:
    """Raise BatchError for an input that a row has and that was also given with another value."""
    for row in rows:
        for name, value in given.items():
            if name in row.body and row.body[name] != value:
                shown = one_line(name, SHOWN)
                raise BatchError(f"{row.place} has its own {shown}, and {shown}= was given too. Give one of the two.")


def _contents(path: Path, *, pipes: bool) -> bytes:
    try:
        return read_named(path, LARGEST_TOGETHER + 1, pipes=pipes)
    except OSError as error:
        raise BatchError(_unreadable(path, error)) from None


def _unreadable(path: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return f"There is no file {path}{'' if path.is_absolute() else f' in {Path.cwd()}'}."
    return f"Cannot read {path}: {error.strerror or error}."


_MARKS: Final = (
    (codecs.BOM_UTF8, "UTF-8"),
    (codecs.BOM_UTF32_LE, "UTF-32-LE"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "UTF-32-BE"),
    (codecs.BOM_UTF16_LE, "UTF-16-LE"),
    (codecs.BOM_UTF16_BE, "UTF-16-BE"),
)
"""Marks at the beginning of a text, and its encoding: "Unicode text" of spreadsheets is UTF-16."""


_BINARIES: Final = (
    (b"PK\x03\x04", "a workbook of a spreadsheet, or a ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "a workbook or document of an old office program"),
    (b"%PDF-", "a PDF"),
    (b"{\\rtf1", "a document in RTF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"SQLite format 3\0", "a database"),
)
"""Beginnings of files that are not text."""


def _decoded(data: bytes) -> str:
    """Decode the text of a file, by its byte order mark. Raises BatchError."""
    if (kind := next((name for begin, name in _BINARIES if data.startswith(begin)), None)) is not None:
        raise BatchError(f"The file is {kind}, not text. Save its prompts as CSV in UTF-8.")
    mark, encoding = next((pair for pair in _MARKS if data.startswith(pair[0])), (b"", "UTF-8"))
    data = data.removeprefix(mark)
    if encoding == "UTF-8" and (zero := data.find(b"\0")) >= 0:
        line = _line_of(data[:zero].decode("latin-1"))
        raise BatchError(f"Line {line:,}: byte 0x00 is not text. Save the file as UTF-8.")
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
    """Read the rows of a file in the requested format, otherwise in that of its name. Raises BatchError and
    UnknownHeader."""
    format = request.format or FileFormat.of(path)
    if request.format is None and format is FileFormat.LINES and not request.literal:
        if is_table(text):
            format = FileFormat.CSV
        elif (kind := structure_of(text)) is not None:
            raise OtherFormat(*_OTHERS[kind])
    return _READERS[format](text, checker)


_OTHERS: Final[Mapping[Doubt, tuple[str, FileFormat | None]]] = {
    Doubt.JSON: ("The text is JSON, and its lines are no prompts.", FileFormat.JSON),
    Doubt.TABLE: ("The text is a table with a column of prompts, and its lines are no prompts.", FileFormat.CSV),
    Doubt.MARKUP: ("The text is HTML or XML, and its lines are no prompts.", None),
}
"""Message for a text that does not match its name, and the format that reads it."""


def _lines(text: str, checker: BodyChecker) -> Rows:
    for line, prompt in enumerate(_split(text), 1):
        if prompt.strip():
            yield FileRow(line, {PROMPT: prompt.strip()})


def _split(text: str) -> list[str]:
    """Split at line ends only: `str.splitlines` also splits at characters that may be part of a prompt."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _json_lines(text: str, checker: BodyChecker) -> Rows:
    for line, part in enumerate(_split(text), 1):
        if part.strip():
            yield FileRow(line, _object(part, line))


def _json(text: str, checker: BodyChecker) -> Rows:
    """Read an array of objects, or one object on several lines; otherwise JSON Lines."""
    if not text.lstrip().startswith("["):
        with suppress(ValueError, RecursionError):
            if isinstance(body := strict_json(text), dict):
                yield FileRow(1, body)
                return
        yield from _json_lines(text, checker)
        return
    bodies = _value(text, 1)
    for place, body in enumerate(bodies if isinstance(bodies, list) else [], 1):
        if not isinstance(body, dict):
            raise BatchError(
                f'Element {place:,} is not a JSON object. Write each prompt as an object: {{"prompt": "a fox"}}'
            )
        yield FileRow(place, body, unit="Element")


def _object(text: str, line: int) -> Inputs:
    value = _value(text, line)
    if not isinstance(value, dict):
        raise BatchError(f'Line {line:,} is not a JSON object. Write each prompt as an object: {{"prompt": "a fox"}}')
    return value


def _value(text: str, line: int) -> Json:
    """Parse JSON that begins at that line. Raises BatchError."""
    try:
        return strict_json(text)
    except json.JSONDecodeError as error:
        reason = f"{error.msg[:1].lower()}{error.msg[1:]} at character {error.colno}."
        raise BatchError(f"Line {line + error.lineno - 1:,}: not JSON: {reason}") from None
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
