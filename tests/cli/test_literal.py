"""The command line sends nothing that looks like a pattern, or is no text, unless the user confirms it."""

import json

import pytest

from tests.cli.test_rerun import run_of, sent

OWN = "a {red|blue} fox"
FOREIGN = "a {2$$red|blue} fox, __styles__"


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        ((OWN,), "'{red|blue}', a pattern that is not expanded"),
        (("a fox\nseed=1..3",), "'seed=1..3', a pattern that is not expanded"),
        (("a fox", "style={ink,oil}"), "The input style has '{ink,oil}'"),
        ((FOREIGN,), "'{2$$red|blue}', a pattern of another program"),
        ((FOREIGN, "--pattern"), "a pattern of another program"),
        (("a ${animal=fox} runs",), "'${animal=fox}'"),
        (("a fox", "style=__styles__", "--pattern"), "The input style has '__styles__'"),
        (("a {1..30} fox",), "'{1..30}', a list of values, which only a field expands"),
        (("a {noir,ink} fox", "--pattern"), "'{noir,ink}', a list of values"),
    ],
)
def test_a_pattern_that_is_not_expanded_is_refused(studio, arguments, part):
    """An unexpanded pattern is refused with 2 and its options, and nothing is sent or queued."""
    for more in ((), ("--yes",), ("--queue",), ("--dry-run",)):
        ended = studio("trigger", "Sunset", *arguments, *more)
        assert (ended.code, ended.out) == (2, "")
        assert part in ended.err and "--literal" in ended.err
        assert ("--pattern" in ended.err) is ("that is not expanded" in ended.err or "a list of values" in ended.err)
    assert studio.triggers == 0
    with studio.store() as store:
        assert store.queue.waiting("studio", 0, 10) == []


def test_the_user_says_what_is_meant(studio):
    """`--pattern` expands the alternatives, `--literal` sends the text, and both together do both."""
    for option in ("--pattern", "--expand"):
        made = studio("trigger", "Sunset", OWN, option, "--dry-run").out.splitlines()
        assert [json.loads(line)["prompt"] for line in made] == ["a red fox", "a blue fox"]
    assert studio("trigger", "Sunset", FOREIGN, "--literal").code == 0
    assert studio("trigger", "Sunset", "a {red|blue} fox, __styles__", "--literal", "--pattern", "--yes").code == 0
    assert sorted(body["prompt"] for body in sent(studio)) == [
        "a blue fox, __styles__",
        "a red fox, __styles__",
        FOREIGN,
    ]


@pytest.mark.parametrize("format", ["lines", "csv", "jsonl"])
def test_a_file_with_patterns_is_refused_whole(studio, format):
    """A file with patterns is refused as a whole, and its rows with patterns are counted."""
    text = {"lines": f"owl\n{OWN}\n__x__\n", "csv": f"prompt\nowl\n{OWN}\n__x__\n"}.get(
        format, "".join(json.dumps({"prompt": prompt}) + "\n" for prompt in ("owl", OWN, "__x__"))
    )
    argv = ("trigger", "Sunset", "--file", "-", "--format", format, "--yes")
    ended = studio(*argv, stdin=text)
    assert (ended.code, studio.triggers) == (2, 0)
    assert "'{red|blue}', a pattern that is not expanded: it would be sent as it is. 1 more has such text." in ended.err
    assert studio(*argv, "--pattern", stdin=text).code == 2, "one of them is of another program"
    assert studio(*argv, "--literal", stdin=text).code == 0
    assert [body["prompt"] for body in sent(studio)] == ["owl", OWN, "__x__"]


def test_a_run_with_a_pattern_is_not_run_again_without_a_word(studio):
    """A rerun with a pattern needs `--literal`, also if the run was sent so before."""
    run_id = run_of(studio, OWN, "--literal")
    for argv in ((run_id,), (run_id, "prompt=__x__"), (run_id, "style={a|b}", "prompt=x")):
        ended = studio("rerun", *argv, "--yes")
        assert (ended.code, studio.triggers) == (2, 1) and "--literal" in ended.err
    assert studio("rerun", run_id, "--literal").code == 0
    assert [body["prompt"] for body in sent(studio)] == [OWN, OWN]


def test_a_prompt_that_is_not_utf8_is_refused(studio, tmp_path):
    """Bytes that are not UTF-8 are refused from arguments, stdin and files."""
    latin = tmp_path / "prompt.txt"
    latin.write_bytes(b"caf\xe9")
    half = b"bad \xff byte".decode("utf-8", "surrogateescape")
    for argv in ((half,), ("a fox", f"note={half}"), (f"prompt=@{latin}",), ("--file", str(latin))):
        ended = studio("trigger", "Sunset", *argv)
        assert (ended.code, ended.out) == (2, "") and "UTF-8" in ended.err
    run_id = run_of(studio, "a fox")
    assert studio("rerun", run_id, f"prompt={half}").code == 2
    assert studio.triggers == 1


def test_json_that_says_two_things_is_refused(studio):
    """JSON with two values for one name, or with U+0000, is refused."""
    for text in (
        '{"prompt": "a", "prompt": "b"}',
        '{"prompt": "a", "m": [{"x": 1, "x": 2}]}',
        '{"prompt": "a\\u0000b"}',
    ):
        ended = studio("trigger", "Sunset", "--file", "-", "--format", "jsonl", stdin=text)
        assert (ended.code, studio.triggers) == (2, 0), text
    ended = studio("trigger", "Sunset", "a fox", 'mask:={"x": 1, "x": 2}')
    assert (ended.code, studio.triggers) == (2, 0) and "two values for 'x'" in ended.err


CURL = "curl -X POST https://x.example/api/webhooks/wh_other/trigger -H 'Authorization: Bearer sk-secret' -d '{}'"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (CURL, "has a curl command in it"),
        (f"t{CURL}", "has a curl command in it"),
        ('{"prompt":"a red fox","seed":5}', "--format jsonl"),
        ("prompt,style\na fox,ink\n", "--format csv"),
        ("<!DOCTYPE html><html></html>", "HTML or XML"),
    ],
)
def test_what_is_no_text_for_people_is_refused_as_a_prompt(studio, text, message):
    """A curl command, JSON, a table or a page as a prompt is refused, unless `--literal` is given."""
    one_line = "\n" not in text
    for argv, stdin in (((text,), ""), (("-",), text), *([(("--file", "-"), f"an owl\n{text}\n")] if one_line else [])):
        for more in ((), ("--yes",), ("--queue",), ("--dry-run",)):
            ended = studio("trigger", "Sunset", *argv, *more, stdin=stdin)
            assert (ended.code, ended.out) == (2, "")
            assert message in ended.err and "--literal" in ended.err and "sk-secret" not in ended.err
    assert studio.triggers == 0
    assert studio("trigger", "Sunset", text, "--literal").code == 0
    assert [body["prompt"] for body in sent(studio)] == [text.strip()]


def test_the_own_api_key_is_never_sent(studio, tmp_path):
    """The API key is refused in every prompt and input, whatever the options are, and is not printed."""
    key = studio.server.api_key
    lines = tmp_path / "p.txt"
    lines.write_text(f"a fox\nan owl {key}\n")
    run_id = run_of(studio, "a fox")
    for argv in (
        ("trigger", "Sunset", f"a fox {key}"),
        ("trigger", "Sunset", CURL.replace("sk-secret", key)),
        ("trigger", "Sunset", "a fox", f"style={key}"),
        ("trigger", "Sunset", "a fox", f'mask:={{"x": ["{key}"]}}'),
        ("trigger", "Sunset", "--file", str(lines)),
        ("rerun", run_id, f"prompt={key}"),
    ):
        for more in ((), ("--queue",), ("--dry-run",)):
            ended = studio(*argv, "--literal", "--unchecked", "--undeclared", "--yes", *more)
            assert ended.code == 2 and "API key of this profile" in ended.err, argv
            assert key not in ended.out + ended.err
    assert studio.triggers == 1
