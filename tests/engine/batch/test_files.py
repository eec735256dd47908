"""Prompts from files."""

import os
from pathlib import Path

import pytest

from cordage_tui.engine.batch.draft import BatchDraft
from cordage_tui.engine.batch.expand import BatchError
from cordage_tui.engine.batch.files import draft_of_file


@pytest.fixture
def read(tmp_path: Path):
    """Reads a file of that name and content."""

    def read(name: str, content: str | bytes) -> BatchDraft:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return draft_of_file(path)

    return read


def test_one_prompt_a_line(read):
    """Byte order mark, Windows' line ends and empty lines are no part of it; braces are text."""
    draft = read("prompts.txt", "\ufeffa fox\r\n\r\n {a|b} owl \u2028 x\r\n")
    assert draft.bodies == ({"prompt": "a fox"}, {"prompt": "{a|b} owl \u2028 x"})
    assert draft.source.title == "prompts.txt"


def test_a_table_names_its_inputs_in_the_first_row(read):
    """Quotes, commas and line ends within cells; empty cells are left out; a column of numbers is sent as numbers."""
    csv = '\ufeffprompt, seed,style\r\n"a ""red"" fox,\r\nold",7,noir\r\n12,,007\r\n'
    assert read("a.CSV", csv).bodies == (
        {"prompt": 'a "red" fox,\r\nold', "seed": 7, "style": "noir"},
        {"prompt": "12", "style": "007"},
    )
    assert read("a.tsv", "prompt\tw\na, b\t1.5\n").bodies == ({"prompt": "a, b", "w": 1.5},)


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
        ("a.txt", "a fox".encode("utf-16"), "Line 1: byte 0xff is not UTF-8"),
        ("a.txt", "\n \n", "no prompts"),
        ("a.csv", "", "no prompts"),
        ("a.csv", "prompt\n", "no prompts"),
        ("a.csv", "prompt,style\na,b\nc\n", "Line 3: 1 columns, but the header has 2"),
        ("a.csv", 'prompt\n"a\nb\n', "Line 3: unexpected end of data"),
        ("a.csv", 'prompt\n"a"b\n', "Line 2: "),
        ("a.csv", "prompt,,x\n", "Line 1: column 2 has no name"),
        ("a.csv", "x,prompt,x\n", "Line 1: two columns are named x"),
        ("a.csv", "prompt,x\na,1\n , \n", "Line 3: nothing to send"),
        ("a.jsonl", '{"a": 1}\n{"a": \n', "Line 2: not JSON: expecting value at character"),
        ("a.jsonl", '{"a": 1}\n["a"]\n', "Line 2: each line is one JSON object"),
        ("a.jsonl", "{}\n", "Line 1: nothing to send"),
        ("a.jsonl", '{"a": NaN}\n', "Line 1: not usable: NaN is no JSON value"),
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
    for name, words in (("none", "No such file"), (".", "s a directory"), ("pipe", "not a regular file")):
        with pytest.raises(BatchError, match=words):
            draft_of_file(tmp_path / name)
