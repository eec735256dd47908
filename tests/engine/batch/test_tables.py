"""Tables as spreadsheets write them. The bytes were written by hand, after what the programs export (menu entries in brackets)."""

from pathlib import Path

import pytest
from hypothesis import given

from cordage_tui.engine.batch.prompt_files import FileRequest, draft_of_text
from tests.engine.batch.any_bytes import FILES, outcome

INPUTS = {"style": ["ink", "oil"], "seed": 7, "hd": False}
FOX = {"prompt": "a red fox, in the snow", "style": "ink", "seed": 1, "hd": True}
OWL = {"prompt": 'an "old" owl; caf\u00e9', "style": "oil", "seed": 2, "hd": False}
ROWS = (
    ("prompt", "style", "seed", "hd"),
    ('"a red fox, in the snow"', "ink", "1", "TRUE"),
    ('"an ""old"" owl; caf\u00e9"', "oil", "2", "FALSE"),
)


def table(delimiter: str, end: str, *, rows=ROWS, last: bool = True) -> str:
    return end.join(delimiter.join(row) for row in rows) + (end if last else "")


def read(data: bytes, name: str = "prompts.csv", inputs=INPUTS):
    return draft_of_text(data, Path(name), FileRequest(inputs))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.csv", table(",", "\n").encode()),  # LibreOffice [Text CSV], its own choices
        ("a.csv", table(";", "\n").encode()),  # LibreOffice, where the comma is in numbers
        ("a.csv", table("\t", "\n").encode()),  # LibreOffice, with tabs
        ("a.csv", table(",", "\r\n").encode("utf-8-sig")),  # Excel [CSV UTF-8]
        ("a.csv", table(";", "\r\n").encode("utf-8-sig")),  # Excel [CSV UTF-8] of half of Europe
        ("a.csv", table(",", "\r").encode()),  # Excel [CSV (Macintosh)], as old ones end lines
        ("a.csv", table(";", "\r").encode()),
        ("a.txt", table("\t", "\r\n").encode("utf-16")),  # Excel [Unicode text]
        ("a.tsv", table("\t", "\r\n").encode("utf-16")),
        ("a.csv", table("\t", "\r\n").encode("utf-16")),  # the same, renamed
        ("a.txt", b"\xfe\xff" + table("\t", "\r\n").encode("utf-16-be")),
        ("a.csv", b"\xff\xfe\x00\x00" + table(",", "\n").encode("utf-32-le")),
        ("a.csv", table(",", "\r\n", last=False).encode()),  # Google Sheets [Comma-separated values]
        ("a.tsv", table("\t", "\r\n", last=False).encode()),  # Google Sheets [Tab-separated values]
        ("a.csv", b"sep=;\r\n" + table(";", "\r\n").encode()),
        ("a.csv", b"\xef\xbb\xbfsep=|\n" + table("|", "\n").encode()),  # as scripts write for Excel
        ("a.csv", b'"sep=;"\r\n' + table(";", "\r\n").encode()),
        ("a.csv", table(",", "\r\n", rows=[("Prompt", "Style", "SEED", "Hd"), *ROWS[1:]]).encode()),
        ("a.csv", table(",", "\r\n", rows=[(*row, "", "", " ") for row in ROWS]).encode()),  # formatted columns
        ("a.csv", table(",", "\r\n", rows=[*ROWS, ("",) * 4, ("",) * 4]).encode()),  # formatted rows
        ("a.csv", table(",", "\r\n", rows=[("",) * 4, *ROWS, (" ", "", "", "")]).encode()),
        ("a.csv", b"\xef\xbb\xbf" + table(",", "\r\n").encode("utf-8-sig")),  # saved with a mark twice
    ],
)
def test_what_spreadsheets_export_is_read(name, data):
    """The same two rows, whatever the delimiter, line ends, encoding, and what is blank around them."""
    draft = read(data, name)
    assert list(draft.bodies) == [FOX, OWL] and not draft.faults


def test_one_column_has_commas_in_it():
    """Where the header is one name, a whole line is a text, quoted or not."""
    for end in ("\n", "\r\n", "\r"):
        text = end.join(["Prompt", "a fox, in snow; red", '"an owl, old"', 'a "good" cat,', ""])
        wanted = ["a fox, in snow; red", "an owl, old", 'a "good" cat,']
        for name in ("a.csv", "a.tsv", "a.txt"):
            assert [body["prompt"] for body in read(text.encode(), name, {}).bodies] == wanted


def test_a_list_of_prompts_may_have_a_header():
    """A file of lines whose first one is `prompt` is a table: its header is no prompt, in whatever encoding."""
    for data in (b"prompt\na fox\n", "Prompt\r\na fox\r\n".encode("utf-16")):
        assert list(read(data, "a.txt", {}).bodies) == [{"prompt": "a fox"}]
    assert list(read("a fox\r\nan owl".encode("utf-16"), "a.txt", {}).bodies) == [
        {"prompt": "a fox"},
        {"prompt": "an owl"},
    ]


@pytest.mark.parametrize("size", [131_073, 900_000])
def test_a_cell_may_be_long(size):
    """A field above 131,072 characters ended the program."""
    long = "x" * size
    for text in (f"prompt,style\n{long},ink\n", f'prompt\n"{long}"\n', f"prompt,{long}\na fox,b\n"):
        draft = read(text.encode(), inputs={})
        assert long in "".join(map(str, draft.bodies))


@given(FILES)
def test_any_bytes_give_a_draft_or_a_clear_error(file):
    """No file ends the program. `python -m tests.engine.batch.any_bytes 100000` tries many more."""
    assert outcome(*file) in ("draft", "error")
