"""Names of files: any text becomes a name that no system mistakes for something else (docs/dev/faults.md 132, 134)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.domain.download import MAX_BYTES, file_name, numbered, path_template

FIELDS = ("webhook", "profile", "date", "time", "run", "n", "prompt")
USUAL = "{webhook}/{date}/{run}-{n}.{ext}"
HOSTILE = [
    "../../.ssh/authorized_keys",
    "/etc/passwd",
    "C:\\x",
    "a\\..\\b",
    "....//",
    "file.txt:stream",
    "\\\\host\\share",
    "a\nb\x1b[2J\x00",
    "a\u202egnp.exe",
    "x" * 5_000,
    "~root",
    "$(reboot) `id` ; | & > <",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_becomes_one_plain_name(text: str) -> None:
    """A hostile text becomes one plain name without path parts, invisible characters and shell syntax."""
    name = file_name(text)
    assert not set(name) & set('/\\:$`;|&<>*?~"\n\0\x1b\u202e')
    assert name not in (".", "..") and not name.startswith((".", "-"))
    assert len(name.encode()) <= MAX_BYTES


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (".bashrc", "bashrc"),
        ("-rf", "rf"),
        ("CON", "_CON"),
        ("nul.tar.gz", "_nul.tar.gz"),
        ("com1", "_com1"),
        ("LPT9 .txt", "_LPT9 .txt"),
        ("console", "console"),
        ("trailing. . ", "trailing"),
        ("...", "_"),
        ("", "_"),
        ("cafe\u0301", "café"),
        ("A sunset — 海 🦊", "A sunset — 海 🦊"),
        ("a  b\t\nc", "a b c"),
    ],
)
def test_names_that_systems_take_for_something_else(text: str, name: str) -> None:
    assert file_name(text) == name


@given(st.text(max_size=300), st.integers(min_value=4, max_value=200))
def test_any_text_becomes_one_name_and_that_stays_as_it_is(text: str, most: int) -> None:
    """Within its bytes, composed, never hidden, and the same when made once more."""
    name = file_name(text, most)
    assert 0 < len(name.encode()) <= most
    assert "/" not in name and "\0" not in name and name[0] not in ".- " and name[-1] not in ". "
    assert unicodedata.is_normalized("NFC", name)
    assert file_name(name, most) == name


def test_a_taken_name_is_numbered_before_its_ending() -> None:
    assert [numbered("fox.png", 2), numbered("fox", 3), numbered("a.b.png", 2)] == [
        "fox (2).png",
        "fox (3)",
        "a.b (2).png",
    ]


def test_a_template_gives_folders_and_a_name_whatever_the_fields_hold() -> None:
    """A field is one part of the path, never two."""
    fields = dict.fromkeys(FIELDS, "../../x") | {"run": "550e8400", "n": "1", "webhook": "Sun/set"}
    assert path_template(USUAL).filled(fields) == ("Sun_set", "_.._x", "550e8400-1")


def test_an_ending_need_not_be_written() -> None:
    """A template without an ending is equal to one with it, because the file's first bytes decide the ending."""
    assert path_template("{n}").parts == path_template("{n}.{ext}").parts


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("/abs/{n}", "below the folder"),
        ("~/x", "below the folder"),
        ("../{n}", "stay below"),
        ("a/../{n}", "stay below"),
        ("a//{n}", "stay below"),
        ("a\\{n}", "below the folder"),
        ("a\nb", "nothing invisible"),
        ("", "name a file"),
        (".{ext}", "name a file"),
        ("{ext}/{n}", "only at its very end"),
        ("{filename}", "{webhook}, {profile}, {date}"),
        ("{n", "other half"),
        ("a/b/c/d/e/f/g/h/i", "at most"),
    ],
)
def test_a_template_that_cannot_be_used_is_refused_in_words(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        path_template(text)
