"""Pasted curl commands."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cordage_tui.domain.curl_line import InvalidCurlLine, is_curl, parse_curl
from cordage_tui.ui.run_detail.sections import curl_line

QUICK_START = """curl -X POST https://api.example.com/v1/wh_sunset/trigger \\
  -H "Authorization: Bearer sk-secret" \\
  -H "Content-Type: application/json" \\
  -d '{"prompt": "A fox", "steps": 30}'"""
BROWSER = """curl 'https://api.example.com/v1/wh_sunset/trigger' -H 'accept: */*' -H 'authorization: Bearer sk-secret' -b 'session=1' \
--data-raw $'{"prompt":"it\\'s a\\\\nfox \\u00e9","steps":30}' --compressed"""


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        (QUICK_START, {"prompt": "A fox", "steps": 30}),
        (BROWSER, {"prompt": "it's a\nfox é", "steps": 30}),
        ("$ curl --json '{}' --url https://x.example/wh_sunset/trigger", {}),
        ("curl -sS -XPOST https://x.example/wh_sunset/trigger -d'{\"a\": null}'", {"a": None}),
        ("curl https://x.example/wh_sunset/trigger --max-time 5 --data-binary '{\"a\": 1}'", {"a": 1}),
    ],
)
def test_webhook_and_body_are_read(text, inputs):
    """Webhook and body are read from curl commands as shells, browsers and people write them."""
    assert is_curl(text)
    line = parse_curl(text)
    assert (line.webhook_key, line.inputs) == ("wh_sunset", inputs)
    assert "sk-secret" not in repr(line)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("curl https://example.com", "does not trigger"),
        ("curl https://x.example/wh/trigger -d @body.json", "in a file"),
        ("curl https://x.example/wh/trigger -d a=1", "not JSON"),
        ("curl https://x.example/wh/trigger -d '[1]'", "not a JSON object"),
        ("curl https://x.example/wh/trigger -d '{\"a\": NaN}'", "not JSON"),
        ('curl https://x.example/wh/trigger -d \'{"a": "\\ud800"}\'', "not JSON"),
        ("curl 'https://x.example/wh/trigger -d {}", "not whole"),
        ("curl -d '{}'", "does not trigger"),
    ],
)
def test_what_triggers_nothing_says_why(text, message):
    """A curl command that triggers nothing is still recognised as one, because it may contain an API key."""
    assert is_curl(text)
    with pytest.raises(InvalidCurlLine, match=message):
        parse_curl(text)


def test_other_text_is_no_curl_command():
    """A prompt may begin with the word."""
    for text in ("curly hair", "a curl of smoke", "curl", "Curl the line"):
        assert not is_curl(text)


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3))


@given(st.dictionaries(st.text(min_size=1), JSON, max_size=4))
@example({"$'": None})
@example({"prompt": "a \"$'b'\" \\ sign"})
def test_what_this_program_copies_is_read_back(inputs):
    """A curl command copied from this program is read back with the same inputs; the webhook in it is a variable."""
    inputs = json.loads(json.dumps(inputs))
    line = parse_curl(curl_line("https://x.example/v1", inputs))
    assert (line.webhook_key, line.inputs) == (None, inputs)


@given(st.text())
def test_no_text_crashes_it(text):
    """A paste is anything."""
    line = "curl " + text
    try:
        parse_curl(line)
    except InvalidCurlLine as error:
        assert error.words


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_each_end_of_line_is_read(end):
    """Terminals paste a carriage return for each end of a line."""
    lines = ["curl -X POST \\", "  https://x.example/api/webhooks/wh_a/trigger \\", '  -d \'{"prompt": "a fox"}\'']
    line = parse_curl(end.join(lines))
    assert (line.webhook_key, line.inputs) == ("wh_a", {"prompt": "a fox"})
