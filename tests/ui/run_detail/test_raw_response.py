"""The server's response is shown readable, bounded and without secrets."""

import json
from collections.abc import Callable

import pytest

from cordage_tui.domain.run import RunDetail
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.run_detail.raw_response import MOST_SHOWN, pretty, response_lines
from cordage_tui.ui.run_detail.sections import DetailModel, metadata, raw_json

KEY = "wh_abc123xyz"


def test_metadata_leaves_out_what_is_shown_elsewhere(make: Callable[..., RunDetail]) -> None:
    """Metadata lists everything except the node count and the webhook key, with nested values as JSON."""
    raw = json.dumps({"metadata": {"type": "webhook", "node_count": 5, "webhook_key": KEY, "more": {"a": 1}}})
    assert metadata(make(raw=raw)) == [("type", "webhook"), ("more", '{"a": 1}')]


@pytest.mark.parametrize("raw", ["[]", "3", "not JSON", '{"metadata": []}', "[" * 5000, "{}"])
def test_an_invalid_response_has_no_metadata_and_can_be_opened(make: Callable[..., RunDetail], raw: str) -> None:
    """Any invalid response has no metadata, raises nothing, and can still be opened as text."""
    assert metadata(make(raw=raw)) == []
    view = DetailModel(make(raw=raw), SafeText(""), SafeText(""), key=lambda action: SafeText("J"))
    assert bool(raw_json(view, 40, 0.0)) == (raw != "{}")
    assert len(response_lines(pretty(raw, KEY), 40)) >= 1


def test_the_opened_answer_hides_signatures_and_key() -> None:
    """The opened response hides signatures and the webhook key."""
    response_text = pretty(json.dumps({"webhook_key": KEY, "outputs": ["https://s.example/a.png?sig=CANARY"]}), KEY)
    assert "CANARY" not in response_text and KEY not in response_text
    assert '"https://s.example/a.png?…"' in response_text


def test_a_huge_answer_is_cut() -> None:
    """A response of megabytes is cut."""
    assert len(pretty(json.dumps({"x": "y" * 8_000_000}), KEY)) <= MOST_SHOWN


def test_control_characters_become_visible() -> None:
    """Control characters of the response, also escaped ones, are shown as symbols."""
    assert "\x1b" not in pretty('{"a": "\\u001b]0;x\\u0007"}', KEY)
    assert "\x1b" not in pretty("\x1b]0;x\x07", KEY)


def test_no_line_is_wider_than_the_screen(make: Callable[..., RunDetail]) -> None:
    """Long values are wrapped without losing a character."""
    text = pretty(json.dumps({"list": list(range(9)), "long": "日本" * 90, "x": {}}), KEY)
    lines = list(response_lines(text, 20))
    assert max(line.cell_length for line in lines) <= 20
    assert "".join(line.plain for line in lines) == text.replace("\n", "")
