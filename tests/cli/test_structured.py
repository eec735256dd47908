"""The command line refuses text that is no list of prompts, and options of which a part would be lost, before it starts
runs."""

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
    """Text on stdin, or in a file whose name does not give a format, ends with code 2. The message names the format
    that reads the text, and the option that sends its lines."""
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
def test_a_file_that_is_no_text_is_refused(studio, tmp_path, begin):
    """A file that is no text is refused, also if its name ends as that of a text."""
    file = tmp_path / "p.csv"
    file.write_bytes(begin + b"\x00 a fox")
    ended = studio("trigger", "Sunset", "--file", str(file), "--yes")
    assert ended.code == 2 and "not text. Save its prompts as CSV" in ended.err


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (("promt=a fox",), "promt= Unknown input. Did you mean 'prompt'?"),
        (("PROMPT=a fox",), "Did you mean 'prompt'?"),
        (("prompts=a fox", "style=ink"), "Did you mean 'prompt'?"),
        (('inputs:={"prompt": "a fox"}',), "wraps inputs"),
        (('x:={"prompt": "a fox"}',), "has a prompt inside"),
        (("E=mc2 written on a blackboard",), "'mc2 written on a blackboard', and there is no prompt"),
    ],
)
def test_a_run_without_a_prompt_by_mistake_is_refused(studio, inputs, message):
    """If a webhook declares no inputs, a run that probably lacks its prompt by mistake ends with code 2. An option
    sends it nevertheless."""
    for more in ((), ("--yes",), ("--queue",), ("--dry-run",)):
        ended = studio("trigger", "Sunset", *inputs, *more)
        assert (ended.code, ended.out) == (2, "") and message in ended.err
    assert studio.triggers == 0
    assert studio("trigger", "Sunset", *inputs, "--literal", "--unchecked").code == 0


def test_inputs_that_ran_without_a_prompt_are_asked_about_once(studio):
    """A webhook that takes no prompt asks once. Later inputs with several words are accepted, and so are such inputs
    beside a prompt."""
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
    """If a row has a mistyped name, a wrapper or an empty cell instead of its prompt, no row is sent."""
    ended = studio("trigger", "Sunset", "--file", "-", "--format", format, "--yes", stdin=text)
    assert ended.code == 2 and "is not sent" in ended.err and studio.triggers == 0


def test_rows_are_named_by_their_line(studio):
    """Every message names a row by its line, and the header and blank lines count. An element of an array is named as
    an element."""
    table = "prompt,style\n\na fox,ink\n,oil\n"
    ended = studio("trigger", "Sunset", "--file", "-", "--format", "csv", "--yes", "--dry-run", stdin=table)
    assert "Line 4 is not sent: prompt: Missing." in ended.err
    ended = studio("trigger", "Sunset", "--file", "-", "--format", "csv", "--yes", stdin=f"{table}a\0b,x\n")
    assert "Line 5" in ended.err
    array = '[{"prompt": "a fox"}, {"promt": "an owl"}]'
    ended = studio("trigger", "Sunset", "--file", "-", "--format", "json", "--dry-run", stdin=array)
    assert "Element 2 is not sent: " in ended.err


def test_a_command_of_which_a_part_would_be_lost_is_refused(studio, tmp_path):
    """A value for an input that the rows have too ends with code 2. So does an option that is given twice with
    different values."""
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text("prompt,style\na fox,ink\n")
    second.write_text("prompt,style\nan owl,oil\n")
    for argv, message in (
        (("--file", str(first), "style=watercolor"), "Line 2 has its own style"),
        (("--file", str(first), "--file", str(second)), "--file was given twice"),
        (("--file", str(first), "--lane", "batch", "--lane=interactive"), "--lane was given twice"),
    ):
        for more in ((), ("--dry-run",)):
            ended = studio("trigger", "Sunset", *argv, "--yes", *more)
            assert (ended.code, ended.out) == (2, "") and message in ended.err
    assert studio.triggers == 0
    assert (
        studio("trigger", "Sunset", "--file", str(first), "--file", str(first), "style=ink", "seed=7", "--yes").code
        == 0
    )
    assert sent(studio) == [{"prompt": "a fox", "style": "ink", "seed": "7"}]
