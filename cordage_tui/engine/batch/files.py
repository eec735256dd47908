"""Prompt files: a prompt a line, a table with a header row, or JSON. Patterns are taken literally unless expanded on request."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

from cordage_tui.domain.fast_dataclass import dataclass, field, replace
from cordage_tui.domain.file_system import read_named
from cordage_tui.domain.inputs import PROMPT, Inputs, Json, strict_json
from cordage_tui.domain.text import one_line
from cordage_tui.engine.batch.checks import SHOWN, BodyChecker, InputFault
from cordage_tui.engine.batch.draft import LARGEST_TOGETHER, BatchDraft, draft_from, draft_of
from cordage_tui.engine.batch.expand import Combine
from cordage_tui.engine.batch.pattern import MOST, BatchError, Lists, no_lists, refuse_if_too_many
from cordage_tui.engine.batch.random_inputs import RandomInputs
from cordage_tui.engine.batch.sampling import Sampling, new_seed
from cordage_tui.engine.batch.unexpanded import Unexpanded
from cordage_tui.engine.input_fields import InvalidFieldValue, Unset, json_of, typed, with_defaults

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


class UnknownHeader(BatchError):
    """Error of a table whose first row names neither the prompt nor a declared input: it may be no header."""


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
    rows = list(_bounded(_READERS[request.format or FileFormat.of(path)](_decoded(data), checker)))
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


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BatchError(
            f"Line {line:,}: byte {data[error.start]:#04x} is not UTF-8. Save the file as UTF-8."
        ) from None


# Rows of each format.


class FileRow(NamedTuple):
    """Body in a file."""

    line: int
    """Where it ends."""
    body: "Mapping[str, Json | Unset]"
    faults: tuple[InputFault, ...] = ()
    """Of what could not be read of it."""


Rows = Iterator[FileRow]


def _bounded(rows: Rows) -> Rows:
    """Pass rows on, but do not keep those beyond `MOST` while counting them."""
    count = 0
    for count, row in enumerate(rows, 1):
        if count <= MOST:
            yield row
    refuse_if_too_many(count)


def _lines(text: str, checker: BodyChecker) -> Rows:
    for line, words in enumerate(_split(text), 1):
        if words.strip():
            yield FileRow(line, {PROMPT: words.strip()})


def _split(text: str) -> list[str]:
    """Split at line ends only: `str.splitlines` also splits at characters that may be part of a prompt."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


DELIMITERS: Final = ",;\t"
"""Delimiters of a table, the usual one first; spreadsheets of half of Europe write semicolons."""
_AS_JSON: Final = ":="
"""At the end of a column's name: its cells are JSON, as on the command line."""


def _comma_table(text: str, checker: BodyChecker) -> Rows:
    return _table(text, _delimiter(text, checker), checker)


def _delimiter(text: str, checker: BodyChecker) -> str:
    """Return the delimiter by which the first row names the most inputs, then by which it has the most columns."""
    first = text.lstrip("\r\n").partition("\n")[0].rstrip("\r")

    def names(delimiter: str) -> tuple[int, int]:
        row = [name.strip().removesuffix(_AS_JSON) for name in next(csv.reader([first], delimiter=delimiter), [])]
        return sum(map(checker.knows, row)), len(row)

    return max(DELIMITERS, key=names)


def _table(text: str, delimiter: str, checker: BodyChecker) -> Rows:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    names: list[str] = []
    try:
        for row in reader:
            if not row:
                continue
            if not names:
                names = _header([name.strip() for name in row], reader.line_num, checker)
            elif len(row) != len(names):
                raise BatchError(f"Line {reader.line_num:,}: {len(row)} columns, but the header has {len(names)}.")
            else:
                yield _row(reader.line_num, names, row, checker)
    except csv.Error as error:
        raise BatchError(f"Line {reader.line_num:,}: {error}.") from None


def _header(names: list[str], line: int, checker: BodyChecker) -> list[str]:
    """Check the names of the columns. Raises BatchError and UnknownHeader."""
    plain = [name.removesuffix(_AS_JSON) for name in names]
    if not any(map(checker.knows, plain)):
        shown = ", ".join(one_line(name, SHOWN) for name in names)
        what = f"The first row names neither the prompt nor another input: {one_line(shown, 200)}."
        raise UnknownHeader(f'{what} Name the column of the prompts "{PROMPT}".')
    for column, name in enumerate(plain, 1):
        if not name:
            raise BatchError(f"Line {line:,}: column {column} has no name; the first row names the inputs.")
        if name in plain[: column - 1]:
            raise BatchError(f"Line {line:,}: two columns are named {name}.")
    return names


def _row(line: int, names: Sequence[str], cells: Sequence[str], checker: BodyChecker) -> FileRow:
    """Row of a table. A cell is text, unless its column's name or the webhook gives it a type; empty ones are left out."""
    body: dict[str, Json | Unset] = {}
    faults: list[InputFault] = []
    for name, cell in zip(names, cells, strict=True):
        plain, declared = name.removesuffix(_AS_JSON), checker.field(name)
        if not cell.strip():
            continue
        body[plain] = cell if declared is None else cell.strip()
        try:
            if plain != name:
                body[plain] = json_of(cell)
            elif declared is not None:
                body[plain] = typed(declared, cell.strip())
        except InvalidFieldValue as error:
            if plain != name:  # else the check of the whole body says it better
                faults.append(InputFault(plain, error.words))
    return FileRow(line, body, tuple(faults))


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
    FileFormat.CSV: _comma_table,
    FileFormat.TSV: lambda text, checker: _table(text, "\t", checker),
    FileFormat.JSONL: _json_lines,
    FileFormat.JSON: _json,
}
