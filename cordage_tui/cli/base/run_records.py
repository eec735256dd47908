"""Output of whole runs for programs: chosen fields as JSON, and tables whose cells no spreadsheet takes for a formula."""

import csv
import io
import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from cordage_tui.cli.base.console import Console
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.run_record import FIELDS, ExportedRun, record_object
from cordage_tui.domain.safe_text import safe_unlimited
from cordage_tui.domain.webhook import Profile
from cordage_tui.store.file.database import Database
from cordage_tui.store.runs.run_listing import RunFilter
from cordage_tui.store.runs.run_records import RunRecords

DELIMITERS: Final = {"csv": ",", "tsv": "\t"}
"""Delimiter of each table format."""
_FORMULA: Final = frozenset("=+-@\t\r\n＝＋－＠")
"""First characters of a cell that a spreadsheet may run as a formula (OWASP, CSV injection)."""
_INPUT: Final = "input."
"""Prefix of the columns of inputs."""
_RATINGS: Final = ("kept", "rejected", "stars")
"""Columns of the ratings: numbers of outputs, and `1:5 3:4` for stars."""


def json_slices(
    database: Database, wanted: RunFilter, profile: Profile, fields: Sequence[str]
) -> Iterator[list[Mapping[str, object]]]:
    """Yield the runs in slices, as JSON objects with these fields in this order."""
    now = time.time()
    for exported in RunRecords(database, SystemClock()).slices(wanted):
        objects = (record_object(record, profile.label(record.detail.row.webhook_key), now) for record in exported)
        yield [{name: whole[name] for name in fields} for whole in objects]


def print_fields(
    database: Database,
    wanted: RunFilter,
    profile: Profile,
    known: Mapping[str, object],
    fields: Sequence[str],
    console: Console,
) -> None:
    """Print one JSON object with these fields of the runs; `known` are its other values. Raises OutputWriteError."""
    slices = json_slices(database, wanted, profile, fields)
    console.long_object("runs", known, "runs", [", ".join(map(json.dumps, objects)) for objects in slices])


def print_lines(database: Database, wanted: RunFilter, profile: Profile, console: Console) -> int:
    """Print each run as a JSON object on a line; returns their number. Raises OutputWriteError."""
    count = 0
    for objects in json_slices(database, wanted, profile, FIELDS):
        console.objects("record", objects)
        count += len(objects)
    return count


def print_table(database: Database, wanted: RunFilter, profile: Profile, form: str, console: Console) -> int:
    """Print a table with a line of names, `form` a key of `DELIMITERS`; returns the number of runs. Raises OutputWriteError."""
    records = RunRecords(database, SystemClock())
    inputs = records.input_names(wanted)
    console.print(_lines([_columns(inputs)], DELIMITERS[form]))
    count, now = 0, time.time()
    for exported in records.slices(wanted):
        rows = (_cells(record, profile.label(record.detail.row.webhook_key), now, inputs) for record in exported)
        console.print(_lines(rows, DELIMITERS[form]))
        count += len(exported)
    return count


def cell(value: object) -> str:
    """Format a value as a cell that is text to a spreadsheet; numbers stay numbers.

    Text that would begin a formula gets `'` before it, and control characters are visible.
    """
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    text = safe_unlimited(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    return f"'{text}" if text[:1] in _FORMULA else text


def _columns(inputs: Sequence[str]) -> Iterator[str]:
    for name in FIELDS:
        if name == "inputs":
            yield from (cell(f"{_INPUT}{input_name}") for input_name in inputs)
        elif name == "ratings":
            yield from _RATINGS
        elif name == "parent":
            yield from ("parent", "parent_row", "parent_output")
        else:
            yield name


def _cells(record: ExportedRun, webhook: str, now: float, inputs: Sequence[str]) -> Iterator[str]:
    """Yield the cells of `_columns`."""
    whole, sent, ratings = (
        record_object(record, webhook, now),
        record.detail.inputs or {},
        sorted(record.ratings.items()),
    )
    for name in FIELDS:
        match name:
            case "inputs":
                yield from (cell(sent.get(input_name)) for input_name in inputs)
            case "tags":
                yield cell(" ".join(record.detail.row.tags))
            case "outputs":
                yield cell(" ".join(record.detail.outputs))
            case "parent":
                yield from map(cell, (record.detail.parent_run_id, record.detail.parent, record.detail.parent_output))
            case "ratings":
                yield " ".join(str(n) for n, rating in ratings if rating.kept is True)
                yield " ".join(str(n) for n, rating in ratings if rating.kept is False)
                yield " ".join(f"{n}:{rating.stars}" for n, rating in ratings if rating.stars)
            case "files":
                yield cell("\n".join(str(path) for _, path in sorted(record.files.items())))
            case _:
                yield cell(whole[name])


def _lines(rows: Iterable[Iterable[str]], delimiter: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue().removesuffix("\n")
