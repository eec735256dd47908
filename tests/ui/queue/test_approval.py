"""What stands in the approval of a prompt: every input by name and value."""

import json

import pytest

from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.outbox import Lane, OutboxState
from cordage_tui.domain.queue_changes import UnsentPrompt
from cordage_tui.domain.run import RowId
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.queue.approval import prompt_lines, short_line

SUNSET = SafeText("Sunset")


def held(inputs: Inputs) -> UnsentPrompt:
    body = json.dumps(inputs)
    return UnsentPrompt(RowId(41), "wh_abc123xyz", OutboxState.HELD, 0, Lane.BATCH, body, author=SafeText("claude"))


@pytest.mark.parametrize(
    ("inputs", "shown"),
    [
        ({"prompt": "a fox", "style": "noir", "seed": 7}, ["a fox", "style  noir", "seed  7"]),
        ({"prompt": "a fox", "negative": "a fox"}, ["a fox", "negative  a fox"]),
        ({"style": "noir", "caption": "noir", "up": True}, ["style  noir", "caption  noir", "up  true"]),
        ({"prompt": 5, "style": "noir"}, ["prompt  5", "style  noir"]),
        ({"prompt": " ", "seed": 7}, ["prompt", "seed  7"]),
        ({"seed": 7}, ["seed  7"]),
        ({"": "b", "prompt": "a"}, ["a", "  b"]),
    ],
)
def test_every_input_is_shown_with_its_name(inputs: Inputs, shown: list[str]) -> None:
    """Also one that equals the prompt, and the text of a webhook whose prompt has another name. Only the text under `prompt`
    has no name before it."""
    head, *lines = [line.plain.rstrip() for line in prompt_lines(held(inputs), SUNSET, 60)]
    assert head == "41 · Sunset · claude" and lines == [f"  {line}" for line in shown]
    parts = " · ".join(line.replace("  ", " ").strip() for line in shown)
    assert short_line(held(inputs), 80).plain.replace("prompt  ·", "prompt ·") == f"41  {parts}"


def test_what_is_cut_or_covered_is_marked() -> None:
    """The text of an input that is wrapped stands further right than names do: it passes for no other input."""
    long = {"prompt": "x" * 200_000, "note": "y\nseed  7", "image": "https://a.example/i.png?sig=CANARY"}
    lines = [line.plain for line in prompt_lines(held(long), SUNSET, 100)]
    assert sum(line.count("x") for line in lines) > 99_000 and lines[-4].endswith("…")
    assert lines[-3:] == ["  note  y", "    seed  7", "  image  https://a.example/i.png?…"]
    assert short_line(held(long), 40).plain.endswith("x…") and short_line(held(long), 40).cell_length == 40
