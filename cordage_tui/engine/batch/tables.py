"""Tables of prompts, as spreadsheets and people write them: a header row that names the inputs, then a row for each prompt."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from cordage_tui.domain.inputs import PROMPT, Json
from cordage_tui.domain.safe_text import one_line
from cordage_tui.engine.batch.body_checks import NO_PROMPT, SHOWN, BodyChecker, InputFault
from cordage_tui.engine.batch.pattern import BatchError
from cordage_tui.engine.input_fields import FieldKind, InvalidFieldValue, Unset, json_of, typed

if TYPE_CHECKING:
    import _csv

DELIMITERS: Final = ",;\t"
"""Delimiters of a table, the usual one first; spreadsheets of half of Europe write semicolons."""
_LONGEST_HEADER: Final = 2_000
"""Characters of a first row that are looked at."""
_AS_JSON: Final = ":="
"""At the end of a column's name: its cells are JSON, as on the command line."""
_NAMED_DELIMITER: Final = re.compile(r'"?sep=(?P<delimiter>[^"\r\n])"?(?=[\r\n]|\Z)', re.IGNORECASE)
"""First line that names the delimiter, as Excel reads and writes it."""
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_NOT_IN_TEXT: Final = range(0xE000, 0xF8FF)
"""Private-use characters: one that a text lacks delimits nothing in it."""


class UnknownHeader(BatchError):
    """Error of a table whose first row names neither the prompt nor a declared input: it may be no header."""


class FileRow(NamedTuple):
    """Body in a file."""

    line: int
    """Its last line."""
    body: "Mapping[str, Json | Unset]"
    faults: tuple[InputFault, ...] = ()
    """Faults of the cells that could not be read."""
    unit: str = "Line"
    """Unit that `line` counts."""

    @property
    def place(self) -> str:
        """Place in the file, as messages name it."""
        return f"{self.unit} {self.line:,}"


Rows = Iterator[FileRow]


def read_table(text: str, checker: BodyChecker, delimiter: str | None = None) -> Rows:
    """Read the rows of a table; None: the delimiter is found. Rows and last columns without any text are left out. Raises
    BatchError and UnknownHeader."""
    if named := _NAMED_DELIMITER.match(text):
        delimiter, text = named["delimiter"], text[named.end() :]
    elif delimiter is None:
        delimiter = _found_delimiter(text, checker)
    if not named and (header := _header_row(text, delimiter)) is not None and len(header) == 1:
        delimiter = next(char for char in map(chr, _NOT_IN_TEXT) if char not in text)  # commas in its cells are text
    return _rows(text, delimiter, checker)


def is_table(text: str) -> bool:
    """Return whether a text without such a name is a table: its first row names the prompt, between tabs or as the
    only cell."""
    header = _header_row(text, "\t") or ()
    return any(_plain(name).casefold() == PROMPT for name in header)


def names_prompt(text: str) -> bool:
    """Return whether a text is surely a table of several columns: its first row names the prompt, and each other row has as
    many cells."""
    begin = text.lstrip("\ufeff\r\n")
    first = re.split(r"[\r\n]", begin, maxsplit=1)[0]
    if PROMPT not in first[:_LONGEST_HEADER].casefold():
        return False
    return any(_is_table_by(text, delimiter) for delimiter in DELIMITERS if delimiter in first)


def _is_table_by(text: str, delimiter: str) -> bool:
    header = _header_row(text, delimiter) or []
    if len(header) < 2 or not any(_plain(name).casefold() == PROMPT for name in header):
        return False
    try:
        rows = [row for row in _reader(text, delimiter, strict=False) if any(map(str.strip, row))]
    except csv.Error:
        return False
    return len(rows) > 1 and all(len(row) == len(header) for row in rows)


def _reader(text: str, delimiter: str, *, strict: bool) -> "_csv.Reader":
    """Read rows of cells of any length; a line may end as on Windows, Unix or old Macintosh."""
    csv.field_size_limit(max(len(text), 1_000))
    return csv.reader((line[0] for line in _LINE.finditer(text)), delimiter=delimiter, strict=strict)


def _header_row(text: str, delimiter: str) -> list[str] | None:
    """Return the first row with text in it; None: there is none, or it is not a row."""
    try:
        return next((row for row in _reader(text, delimiter, strict=False) if any(map(str.strip, row))), None)
    except csv.Error:
        return None


def _found_delimiter(text: str, checker: BodyChecker) -> str:
    """Return the delimiter by which the first row names the most inputs, then by which it has the most columns."""

    def names(delimiter: str) -> tuple[int, int]:
        row = _header_row(text, delimiter) or []
        return sum(_known_as(name, checker) is not None for name in row), len(row)

    return max(DELIMITERS, key=names)


def _rows(text: str, delimiter: str, checker: BodyChecker) -> Rows:
    reader = _reader(text, delimiter, strict=True)
    names: list[str] = []
    try:
        for row in reader:
            if not any(map(str.strip, row)):
                continue
            if not names:
                names = _header(_without_blank_end(row, 0), reader.line_num, checker)
                continue
            cells = _without_blank_end(row, len(names))
            if len(cells) != len(names):
                raise BatchError(f"Line {reader.line_num:,}: {len(cells)} columns, but the header has {len(names)}.")
            yield _row(reader.line_num, names, cells, checker)
    except csv.Error as error:
        raise BatchError(f"Line {reader.line_num:,}: {_words(error)}.") from None


def _words(error: csv.Error) -> str:
    if "expected after" in str(error):
        return "text stands after the quote that ends a cell; write a quote within a cell twice"
    return str(error)


def _without_blank_end(row: Sequence[str], least: int) -> list[str]:
    """Return the cells without trailing blank ones, but at least `least` cells: spreadsheets also write cells that
    only have a format."""
    end = len(row)
    while end > least and not row[end - 1].strip():
        end -= 1
    return list(row[:end])


def _plain(name: str) -> str:
    return name.strip().strip("\ufeff").removesuffix(_AS_JSON)


def _known_as(name: str, checker: BodyChecker) -> str | None:
    """Return the input that a column is for, if it is known; the case of its letters does not matter."""
    return checker.known_as(_plain(name))


def _header(cells: Sequence[str], line: int, checker: BodyChecker) -> list[str]:
    """Check the names of the columns. Raises BatchError and UnknownHeader."""
    names = [cell.strip().strip("\ufeff") for cell in cells]
    plain = [_known_as(name, checker) or _plain(name) for name in names]
    if not any(map(checker.knows, plain)):
        shown = ", ".join(one_line(name, SHOWN) for name in names)
        problem = f"The first row names neither the prompt nor another input: {one_line(shown, 200)}."
        raise UnknownHeader(f'{problem} Name the column of the prompts "{PROMPT}".')
    for column, name in enumerate(plain, 1):
        if not name:
            raise BatchError(f"Line {line:,}: column {column} has no name; the first row names the inputs.")
        if name in plain[: column - 1]:
            raise BatchError(f"Line {line:,}: two columns are named {name}.")
    return [base + (_AS_JSON if name.endswith(_AS_JSON) else "") for base, name in zip(plain, names, strict=True)]


def _row(line: int, names: Sequence[str], cells: Sequence[str], checker: BodyChecker) -> FileRow:
    """Row of a table. A cell is text, unless its column's name or the webhook gives it a type; empty ones are left out."""
    body: dict[str, Json | Unset] = {}
    faults: list[InputFault] = []
    for name, cell in zip(names, cells, strict=True):
        plain, declared = name.removesuffix(_AS_JSON), checker.field(name)
        if not cell.strip():
            if plain == PROMPT:
                faults.append(NO_PROMPT)
            continue
        body[plain] = cell if declared is None else cell.strip()
        try:
            if plain != name:
                body[plain] = json_of(cell)
            elif declared is not None:
                is_flag = declared.kind is FieldKind.BOOLEAN  # TRUE, as spreadsheets write it
                body[plain] = typed(declared, cell.strip().casefold() if is_flag else cell.strip())
        except InvalidFieldValue as error:
            if plain != name:  # otherwise the check of the whole body gives a better message
                faults.append(InputFault(plain, error.words))
    return FileRow(line, body, tuple(faults))
