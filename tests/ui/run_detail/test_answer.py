"""The server's answer is shown readable, bounded and without secrets."""

import json
from collections.abc import Callable

import pytest

from cordage_tui.domain.run import RunDetail
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.run_detail.response import MOST_SHOWN, pretty, response_lines
from cordage_tui.ui.run_detail.sections import DetailModel, metadata, raw_json

KEY = "wh_abc123xyz"


def test_metadata_leaves_out_what_is_shown_elsewhere(make: Callable[..., RunDetail]) -> None:
    """Node count has its own line and the webhook key is a secret; the rest is listed, nested values as JSON."""
    raw = json.dumps({"metadata": {"type": "webhook", "node_count": 5, "webhook_key": KEY, "more": {"a": 1}}})
    assert metadata(make(raw=raw)) == [("type", "webhook"), ("more", '{"a": 1}')]


@pytest.mark.parametrize("raw", ["[]", "3", "not JSON", '{"metadata": []}', "[" * 5000, "{}"])
def test_any_answer_is_survived(make: Callable[..., RunDetail], raw: str) -> None:
    """Whatever the server sent, there is no metadata and no crash; the text itself can still be opened."""
    assert metadata(make(raw=raw)) == []
    view = DetailModel(make(raw=raw), SafeText(""), SafeText(""), key=lambda action: SafeText("J"))
    assert bool(raw_json(view, 40, 0.0)) == (raw != "{}")
    assert len(response_lines(pretty(raw, KEY), 40)) >= 1


def test_the_opened_answer_hides_signatures_and_key() -> None:
    """What is masked elsewhere on the pane is masked here."""
    shown = pretty(json.dumps({"webhook_key": KEY, "outputs": ["https://s.example/a.png?sig=CANARY"]}), KEY)
    assert "CANARY" not in shown and KEY not in shown
    assert '"https://s.example/a.png?…"' in shown


def test_a_huge_answer_is_cut() -> None:
    """Eight megabytes are not set in lines."""
    assert len(pretty(json.dumps({"x": "y" * 8_000_000}), KEY)) <= MOST_SHOWN


def test_control_characters_become_visible() -> None:
    """JSON escapes that decode to terminal control stay inert."""
    assert "\x1b" not in pretty('{"a": "\\u001b]0;x\\u0007"}', KEY)
    assert "\x1b" not in pretty("\x1b]0;x\x07", KEY)


def test_no_line_is_wider_than_the_screen(make: Callable[..., RunDetail]) -> None:
    """Long values are broken, and nothing of them is lost."""
    text = pretty(json.dumps({"list": list(range(9)), "long": "日本" * 90, "x": {}}), KEY)
    lines = list(response_lines(text, 20))
    assert max(line.cell_length for line in lines) <= 20
    assert "".join(line.plain for line in lines) == text.replace("\n", "")
