"""Prompts from files."""

import csv
import io
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.run import RowId
from cordage_tui.domain.submission import Lineage
from cordage_tui.engine.batch.draft import BatchDraft, draft_from
from cordage_tui.engine.batch.expand import Combine
from cordage_tui.engine.batch.pattern import BatchError
from cordage_tui.engine.batch.prompt_files import FileFormat, FileRequest, draft_of_file, draft_of_text
from cordage_tui.engine.batch.tables import UnknownHeader
from cordage_tui.engine.input_fields import UNSET


@pytest.fixture
def read(tmp_path: Path):
    """Reads a file of that name and content."""

    def read(name: str, content: str | bytes, **request: Any) -> BatchDraft:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return draft_of_file(path, FileRequest(**{"inputs": {}, **request}))

    return read


def test_one_prompt_a_line(read):
    """Byte order mark, Windows' line ends and empty lines are no part of it; braces are text."""
    draft = read("prompts.txt", "\ufeffa fox\r\n\r\n {a|b} owl \u2028 x\r\n")
    assert draft.bodies == ({"prompt": "a fox"}, {"prompt": "{a|b} owl \u2028 x"})
    assert draft.source.title == "prompts.txt"


def test_a_table_names_its_inputs_in_the_first_row(read):
    """Quotes, commas and line ends within cells; empty cells are left out; a cell is text, whatever it looks like."""
    csv = '\ufeffprompt, seed,style\r\n"a ""red"" fox,\r\nold",7,noir\r\n12,,007\r\n'
    assert read("a.CSV", csv).bodies == (
        {"prompt": 'a "red" fox,\r\nold', "seed": "7", "style": "noir"},
        {"prompt": "12", "style": "007"},
    )
    assert read("a.tsv", "prompt\tw:=\na, b\t1.5\n").bodies == ({"prompt": "a, b", "w": 1.5},)


FIELDS = {"style": ["anime", "ink"], "seed": 42, "hd": True, "note": ""}


def test_the_webhook_or_the_header_gives_a_cell_its_type(read):
    """Cell by cell: what does not fit stays as it is, is marked, and changes no other cell of its column."""
    draft = read("a.csv", "prompt,seed,style,hd,x:=\na,7,ink,false,[1]\nb,xyz,inkk,7,[1\nc,,,,\n", inputs=FIELDS)
    assert draft.bodies == (
        {"prompt": "a", "seed": 7, "style": "ink", "hd": False, "x": [1]},
        {"prompt": "b", "seed": "xyz", "style": "inkk", "hd": "7", "x": "[1"},
        {"prompt": "c", "seed": 42, "style": "anime", "hd": True},
    )
    marked = {place: {fault.name for fault in faults} for place, faults in draft.faults.items()}
    assert marked == {0: {"x"}, 1: {"x", "seed", "style", "hd"}}
    assert "Did you mean 'ink'?" in " ".join(map(str, draft.faults[1]))
    fit = draft.without_faulty()
    assert fit is not None and [body["prompt"] for body in fit.bodies] == ["c"]


def test_bodies_that_fit_keep_their_own_lineage():
    """Leaving out the others does not give one the parent of another."""
    made_from = tuple(Lineage(RowId(n)) for n in range(1, 4))
    draft = replace(draft_from("x", [{"prompt": f"fox {n}"} for n in range(3)], made_from), faults={1: ("wrong",)})
    fit = draft.without_faulty()
    assert fit is not None and fit.lineages == (made_from[0], made_from[2])


def test_a_row_without_a_prompt_is_marked(read):
    """It would be run without one, for money; where no row has one, none is meant to."""
    assert list(read("a.csv", "prompt,style\na,ink\n,ink\n").faults) == [1]
    assert not read("a.csv", "style\nink\nanime\n", inputs=FIELDS).faults


def test_an_unknown_column_is_told_with_the_nearest_known_one(read):
    """A webhook that declares no inputs takes any."""
    draft = read("a.csv", "prompt,styel\na,ink\n", inputs=FIELDS)
    assert "Did you mean 'style'?" in str(draft.faults[0][0])
    assert not read("a.csv", "prompt,styel\na,ink\n").faults


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found(read, delimiter):
    """By the header: spreadsheets write semicolons where the comma is in numbers."""
    table = (
        delimiter.join(("prompt", "seed"))
        + "\n"
        + delimiter.join(("a; fox, old" if delimiter == "\t" else "a fox", "7"))
    )
    assert read("a.csv", table, inputs=FIELDS).bodies[0]["seed"] == 7


def test_a_table_without_a_header_is_asked_about(read):
    """Its first row would be swallowed, and the others sent under names that nobody knows; as lines it is whole."""
    with pytest.raises(UnknownHeader):
        read("a.csv", "a fox,anime\nan owl,ink\n", inputs=FIELDS)
    lines = read("a.csv", "a fox,anime\nan owl,ink\n", inputs=FIELDS, format=FileFormat.LINES)
    assert [body["prompt"] for body in lines.bodies] == ["a fox,anime", "an owl,ink"]


def test_what_the_panel_says_goes_along_where_a_row_says_nothing(read):
    """Its own column, else the panel, else the default; what goes along is told."""
    draft = read("a.csv", "prompt,style\na,ink\nb,\n", inputs=FIELDS, given={"style": "anime", "seed": 7, "hd": UNSET})
    assert draft.bodies == (
        {"prompt": "a", "style": "ink", "seed": 7},
        {"prompt": "b", "style": "anime", "seed": 7},
    )
    assert draft.added == {"style": "anime", "seed": 7}


def test_patterns_are_expanded_only_on_request(read):
    """Row by row; a row's fault is that of all that it makes."""
    table = "prompt,seed:=\na {red|blue} fox,1\nan owl,x\n"
    assert [body["prompt"] for body in read("a.csv", table).bodies] == ["a {red|blue} fox", "an owl"]
    draft = read("a.csv", table, combine=Combine.PRODUCT)
    assert [body["prompt"] for body in draft.bodies] == ["a red fox", "a blue fox", "an owl"]
    assert list(draft.faults) == [2]


def test_json_is_an_array_or_lines(read):
    """As tools write either; an array that holds something else is refused by its place."""
    for text in ('[{"prompt": "a"},\n {"prompt": "b", "n": null}]', '{"prompt": "a"}\n{"prompt": "b", "n": null}\n'):
        assert read("a.json", text).bodies == ({"prompt": "a"}, {"prompt": "b", "n": None})
    with pytest.raises(BatchError, match="Element 2"):
        read("a.json", '[{"prompt": "a"}, 7]')


def test_json_lines_are_bodies_as_they_are(read):
    """Types stay, unknown structures too."""
    assert read("a.jsonl", '{"prompt": "a", "n": [1, null]}\n\n{"x": true}\n').bodies == (
        {"prompt": "a", "n": [1, None]},
        {"x": True},
    )


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.txt", b"a\nb\xff\n", "Line 2: byte 0xff is not UTF-8"),
        ("a.txt", "a\r\nfox".encode("utf-16-le"), "Line 1: byte 0x00 is not text"),
        ("a.txt", "a\rfox".encode("utf-16") + b"x", "Line 2: byte 0x78 is not UTF-16"),
        ("a.csv", b"prompt\ra\rcaf\x8e\r", "Line 3: byte 0x8e is not UTF-8"),
        ("a.txt", "\n \n", "no prompts"),
        ("a.csv", "", "no prompts"),
        ("a.csv", "prompt\n", "no prompts"),
        ("a.csv", "prompt,style\na,b\nc\n", "Line 3: 1 columns, but the header has 2"),
        ("a.csv", 'prompt\n"a\nb\n', "Line 3: unexpected end of data"),
        ("a.csv", 'prompt\n"a"b\n', "Line 2: text stands after the quote that ends a cell"),
        ("a.csv", "Prompt,prompt\n", "two columns are named prompt"),
        ("a.csv", "prompt\n" + "x" * 2**20, "larger than 1 MiB"),
        ("a.csv", "prompt,,x\n", "Line 1: column 2 has no name"),
        ("a.csv", "x,y\n1,2\n", "names neither the prompt nor another input: x, y."),
        ("a.csv", "x,prompt,x\n", "Line 1: two columns are named x"),
        ("a.jsonl", '{"a": 1}\n{"a": \n', "Line 2: not JSON: expecting value at character"),
        ("a.jsonl", '{"a": 1}\n["a"]\n', "Line 2 is not a JSON object"),
        ("a.jsonl", "{}\n", "Line 1: nothing to send"),
        ("a.jsonl", '{"a": NaN}\n', "Line 1: not usable: NaN is not a JSON value"),
        ("a.jsonl", '{"a": "\\ud800"}\n', "Line 1: not usable"),
        ("a.jsonl", "[" * 100_000, "Line 1: nested too deeply"),
        ("a.txt", "a\n" * 10_002, "10,002 prompts; a batch has 10,000 at most"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(read, name, content, words):
    """And there is no batch then, not even of the good lines."""
    with pytest.raises(BatchError) as refused:
        read(name, content)
    assert words in refused.value.what


def test_only_regular_files_are_read(tmp_path):
    """A missing file, a folder, and a pipe that nobody writes to are refused at once."""
    os.mkfifo(tmp_path / "pipe")
    for name, words in (("none", "There is no file"), (".", "s a directory"), ("pipe", "not a regular file")):
        with pytest.raises(BatchError, match=words):
            draft_of_file(tmp_path / name, FileRequest({}))


CELLS = st.text(
    st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00\r"), max_size=12
) | st.sampled_from(
    ["", " ", "7", "-1.5", "007", "true", "ink", "inkk", "null", "[1]", "a;b", 'say "x"', "two\nlines", "=1+1"]
)
"""Cells of any text, and many of those that a guess would take for something else. Line ends are kept as `\\n` only: a writer
of tables turns the others into these."""


@given(
    names=st.lists(st.sampled_from(["style", "seed", "hd", "note", "free", "free:="]), unique=True, max_size=4),
    rows=st.lists(st.lists(CELLS, min_size=5, max_size=5), min_size=1, max_size=6),
    delimiter=st.sampled_from(",;\t"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    ends=st.sampled_from(["\n", "\r\n"]),
    bom=st.booleans(),
)
def test_whatever_the_table_every_cell_is_sent_as_it_stands_there(names, rows, delimiter, quoting, ends, bom):
    """As text, or as the value that its declared input takes, or marked: no cell changes because of another, and none moves to
    another column."""
    if "free" in names and "free:=" in names:
        names.remove("free")
    delimiter = delimiter if names else ","  # one column has none that could be found
    columns = ["prompt", *names]
    rows = [row[: len(columns)] for row in rows if any(cell.strip() for cell in row[: len(columns)])]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=ends)
    writer.writerows([columns, *rows])
    data = ("\ufeff" if bom else "").encode() + text.getvalue().encode()
    wanted = [sent_as(columns, row) for row in rows]
    if not rows or not all(any(value != "" for value in body.values()) for body in wanted):
        return
    draft = draft_of_text(data, Path("t.csv"), FileRequest({**FIELDS, "free": ""}))
    defaults = {"style": "anime", "seed": 42, "hd": True}
    assert list(draft.bodies) == [{**defaults, **body} for body in wanted]


def sent_as(columns: list[str], row: list[str]) -> dict[str, Any]:
    """What a row means, written anew for this test: number, true or false and choice where they are ones, else text."""
    body: dict[str, Any] = {}
    for column, cell in zip(columns, row, strict=True):
        words, name = cell.strip(), column.removesuffix(":=")
        if not words:
            continue
        body[name] = words if name in ("style", "seed", "hd", "note", "free") and column == name else cell
        if column == "seed" and re.fullmatch(r"[+-]?[0-9]+", words, re.ASCII):
            body[name] = int(words)
        elif column == "seed" and re.fullmatch(
            r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,2})?", words, re.ASCII
        ):
            body[name] = float(words)
        if column == "hd" and words.casefold() in ("true", "false"):
            body[name] = words.casefold() == "true"
        if column != name:
            try:
                body[name] = json.loads(cell, parse_constant=int)  # `NaN` is no JSON
            except ValueError:
                body[name] = cell
    return body
