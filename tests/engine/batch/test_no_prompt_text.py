"""Text that is a command, JSON, a table or a page is not paid for as a prompt without a question."""

import pytest

from cordage_tui.domain.inputs import nearly_prompt
from cordage_tui.engine.batch.unexpanded import Doubt, asks_about, find_unexpanded, structure_of

CURL = "curl -X POST https://x.example/api/webhooks/wh_other/trigger -H 'Authorization: Bearer sk-secret' -d '{}'"


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        (CURL, Doubt.CURL),
        (f" {CURL}", Doubt.CURL),
        (f"t{CURL}", Doubt.CURL),
        (f"a fox\n$ {CURL}", Doubt.CURL),
        ("curl.exe https://x.example/wh/trigger", Doubt.CURL),
        ('curl "$BASE/webhooks/$KEY/trigger" -d "{}"', Doubt.CURL),
        ('{"prompt":"a red fox","seed":5}', Doubt.JSON),
        ('{"promt":"a red fox"}', Doubt.JSON),
        ('[{"prompt":"a"},{"prompt":"b"}]', Doubt.JSON),
        ('{"prompt":"a"}\n{"prompt":"b"}\n', Doubt.JSON),
        ('{"data":[{"prompt":"a"}]}', Doubt.JSON),
        ("prompt,style\na fox,ink\nan owl,oil\n", Doubt.TABLE),
        ("Prompt;style\r\na fox;ink\r\n", Doubt.TABLE),
        ("<!DOCTYPE html>\n<html>x</html>", Doubt.MARKUP),
        ('<?xml version="1.0"?><a/>', Doubt.MARKUP),
        ("<html><body>a fox</body></html>", Doubt.MARKUP),
    ],
)
def test_a_prompt_that_is_no_text_for_people_is_doubted(text, doubt):
    """On every way, also where patterns of this program are expanded; an API key in it is not quoted."""
    found = find_unexpanded([{"prompt": text}], own=False)
    assert found is not None and found.doubt is doubt
    assert "sk-secret" not in str(found) and "wh_other" not in str(found)
    assert asks_about({"prompt": text})


@pytest.mark.parametrize(
    "text",
    [
        "a curl of smoke",
        "curly hair, https://x.example/a.png --ar 16:9",
        "a curl of smoke, as in https://x.example/a.png",
        '{"a": {"b": 1}}',
        '["a","b"]',
        "[red] fox",
        "prompt, style",
        "prompt, style\none, two, three",
        "the prompt is, as ever\na fox, an owl",
        "<lora:x:1> a fox",
        "a <html> page",
    ],
)
def test_text_for_people_is_not_doubted(text):
    """Words of commands, brackets and commas occur in prompts."""
    assert find_unexpanded([{"prompt": text}], own=False) is None
    assert not asks_about({"prompt": text})


def test_a_curl_command_is_doubted_in_every_input():
    """Other inputs may be JSON or a page, as a webhook takes them."""
    assert find_unexpanded([{"prompt": "x", "note": f" {CURL}"}])
    assert find_unexpanded([{"prompt": "x", "page": "<html></html>", "mask": '{"prompt": "x"}'}]) is None


def test_json_is_told_from_text_in_brackets():
    """Also where no prompt is named: a file of JSON is no list of prompts."""
    assert structure_of('{"text": "a"}\n{"text": "b"}') is Doubt.JSON
    assert structure_of('["a fox", "an owl"]') is Doubt.JSON
    for text in ("[1]", "[]", "{a} fox", "a fox", "", '"a fox"', '{"a": 1}\nan owl'):
        assert structure_of(text) is None, text
    assert structure_of("[" * 100_000) is None
    assert structure_of('{"a":' * 100_000) is None


@pytest.mark.parametrize(
    "name", ["promt", "PROMPT", "Prompt", "prompts", "pormpt", "prompy", "prom", "prrompt", " prompt"]
)
def test_a_mistyped_prompt_is_known(name):
    """One letter more, one less, one other, two exchanged, or in capitals."""
    assert nearly_prompt(name) is (name != "prom")


def test_other_names_are_no_mistyped_prompt():
    """The prompt itself, and what has another meaning."""
    for name in ("prompt", "negative_prompt", "text", "style", "", "port", "promoter"):
        assert not nearly_prompt(name), name
