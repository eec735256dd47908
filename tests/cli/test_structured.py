"""What is no list of prompts, and what would be lost of a command, is refused by the command line before it is paid for."""

import json

import pytest

from tests.cli.test_rerun import sent

JSONL = '{"prompt": "a fox"}\n{"prompt": "an owl"}\n'
TABLE = "prompt,style\na fox,ink\nan owl,oil\n"


@pytest.mark.parametrize(
    ("text", "format"),
    [
        (JSONL, "json"),
        (json.dumps([{"prompt": "a fox"}, {"prompt": "an owl"}], indent=2), "json"),
        ('["a fox", "an owl"]', "json"),
        (TABLE, "csv"),
        (TABLE.replace(",", ";").replace("prompt", "Prompt"), "csv"),
        ("<!DOCTYPE html>\n<p>a fox</p>\n", ""),
    ],
)
@pytest.mark.parametrize("name", ["-", "p.txt", "p.md", "p"])
def test_text_that_is_no_list_of_prompts_is_refused(studio, tmp_path, text, format, name):
    """On stdin and under a name that does not say what it is: 2, with the format that reads it and the option for lines."""
    path = tmp_path / name
    if name != "-":
        path.write_text(text)
    argv = ("trigger", "Sunset", "--file", "-" if name == "-" else str(path), "--yes")
    for more in ((), ("--dry-run",), ("--queue",)):
        ended = studio(*argv, *more, stdin=text)
        assert (ended.code, ended.out) == (2, "") and "--literal" in ended.err
        assert f"--format {format}" in ended.err if format else "--format" not in ended.err
    lines = studio(*argv, "--literal", "--dry-run", stdin=text)
    assert lines.code == 0 and len(lines.out.splitlines()) == sum(map(bool, text.splitlines()))
    if format and not text.startswith('["'):
        read = studio(*argv, "--format", format, "--dry-run", stdin=text)
        assert [json.loads(line)["prompt"] for line in read.out.splitlines()] == ["a fox", "an owl"]
    assert studio.triggers == 0


@pytest.mark.parametrize("begin", [b"PK\x03\x04", b"%PDF-1.7", b"\x89PNG\r\n", b"\x1f\x8b\x08"])
def test_a_file_that_is_no_text_is_named(studio, tmp_path, begin):
    """Also under a name of text."""
    file = tmp_path / "p.csv"
    file.write_bytes(begin + b"\x00 a fox")
    ended = studio("trigger", "Sunset", "--file", str(file), "--yes")
    assert ended.code == 2 and "not text. Save its prompts as CSV" in ended.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("promt=a fox",), "promt= Unknown input. Did you mean 'prompt'?"),
        (("PROMPT=a fox",), "Did you mean 'prompt'?"),
        (("prompts=a fox", "style=ink"), "Did you mean 'prompt'?"),
        (('inputs:={"prompt": "a fox"}',), "wraps inputs"),
        (('x:={"prompt": "a fox"}',), "has a prompt inside"),
        (("E=mc2 written on a blackboard",), "'mc2 written on a blackboard', and there is no prompt"),
    ],
)
def test_a_run_without_a_prompt_by_mistake_is_refused(studio, words, said):
    """Where a webhook declares no inputs: 2, and an option sends it all the same."""
    for more in ((), ("--yes",), ("--queue",), ("--dry-run",)):
        ended = studio("trigger", "Sunset", *words, *more)
        assert (ended.code, ended.out) == (2, "") and said in ended.err
    assert studio.triggers == 0
    assert studio("trigger", "Sunset", *words, "--literal", "--unchecked").code == 0


def test_an_input_that_ran_without_a_prompt_is_known(studio):
    """A webhook that takes no prompt asks once; other words with blanks, and a prompt beside them, are not asked about."""
    assert studio("trigger", "Sunset", "text=read this aloud", "--literal").code == 0
    assert studio("trigger", "Sunset", "text=and read that").code == 0
    assert studio("trigger", "Sunset", "voice=a calm woman", "speed:=2").code == 0
    assert studio("trigger", "Sunset", "a fox", "note=of two words").code == 0
    assert studio("trigger", "Sunset", "image=https://x.example/a.png").code == 0
    assert studio.triggers == 5


@pytest.mark.parametrize(
    ("text", "format"),
    [
        ('{"promt": "a fox"}\n', "jsonl"),
        ('{"prompts": ["a fox", "an owl"]}', "json"),
        ('{\n  "data": [{"prompt": "a fox"}]\n}', "json"),
        ('{"inputs": {"text": "a fox"}}', "json"),
        ("prompt,style\n,ink\n ,oil\n", "csv"),
        ('{"prompt": "", "style": "ink"}', "jsonl"),
    ],
)
def test_a_row_without_a_prompt_by_mistake_is_not_sent(studio, text, format):
    """A mistyped name, a wrapper and an empty cell: no row is sent."""
    ended = studio("trigger", "Sunset", "--file", "-", "--format", format, "--yes", stdin=text)
    assert ended.code == 2 and "is not sent" in ended.err and studio.triggers == 0


def test_rows_are_named_by_their_line(studio):
    """Header and blank lines count, in every message; the elements of an array are named as such."""
    table = "prompt,style\n\na fox,ink\n,oil\n"
    ended = studio("trigger", "Sunset", "--file", "-", "--format", "csv", "--yes", "--dry-run", stdin=table)
    assert "Line 4 is not sent: prompt: Missing." in ended.err
    ended = studio("trigger", "Sunset", "--file", "-", "--format", "csv", "--yes", stdin=f"{table}a\0b,x\n")
    assert "Line 5" in ended.err
    array = '[{"prompt": "a fox"}, {"promt": "an owl"}]'
    ended = studio("trigger", "Sunset", "--file", "-", "--format", "json", "--dry-run", stdin=array)
    assert "Element 2 is not sent: " in ended.err


def test_what_would_be_lost_of_a_command_is_refused(studio, tmp_path):
    """A value beside a file whose rows have their own, and an option that is given twice with two values: 2."""
    one, two = tmp_path / "a.csv", tmp_path / "b.csv"
    one.write_text("prompt,style\na fox,ink\n")
    two.write_text("prompt,style\nan owl,oil\n")
    for argv, said in (
        (("--file", str(one), "style=watercolor"), "Line 2 has its own style"),
        (("--file", str(one), "--file", str(two)), "--file was given twice"),
        (("--file", str(one), "--lane", "batch", "--lane=interactive"), "--lane was given twice"),
    ):
        for more in ((), ("--dry-run",)):
            ended = studio("trigger", "Sunset", *argv, "--yes", *more)
            assert (ended.code, ended.out) == (2, "") and said in ended.err
    assert studio.triggers == 0
    assert studio("trigger", "Sunset", "--file", str(one), "--file", str(one), "style=ink", "seed=7", "--yes").code == 0
    assert sent(studio) == [{"prompt": "a fox", "style": "ink", "seed": "7"}]
