"""The text of a line of the queue."""

from datetime import UTC
from typing import Any

import pytest
from rich.cells import cell_len

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import QueueEstimate
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.submission import AWAITS_APPROVAL, WAITS_FOR_TWIN
from cordage_tui.ui.queue.lines import QueueRowContext, queue_lines, row_line, why
from cordage_tui.ui.widgets.tables import LazySequence

NOW = 1_000_000.0
SCENE = QueueRowContext(NOW, {"wh_a": SafeText("Sunset [/x]")}, first=1, drain=QueueEstimate(12, 60.0, None), zone=UTC)


def test_a_line_shows_place_state_webhook_prompt_and_age(prompt) -> None:
    """A line has the place right-aligned, then state, webhook, prompt and age; markup in a name is text."""
    assert row_line(prompt(5), 3, SCENE, 80, cursor=True).plain == (
        "▌ 3  ◌ queued     Sunset…   prompt 5" + " " * 40 + "  2m"
    )
    assert row_line(prompt(5), 12, SCENE, 80, cursor=False).plain.startswith(" 12  ◌ queued")


def test_a_queued_prompt_shows_when_it_is_sent(prompt) -> None:
    """While the queue sends, a queued prompt shows the time until it is sent instead of its age."""
    going = replace(SCENE, drain=QueueEstimate(12, 60.0, 31.0))
    assert row_line(prompt(5), 12, going, 80, cursor=False).plain.endswith("~30s")
    assert row_line(prompt(5), 1, going, 80, cursor=False).plain.endswith("~20s")
    assert row_line(prompt(5, OutboxState.HELD), 13, going, 80, cursor=False).plain.endswith("2m")


def test_the_lanes_have_a_line_between_them(line) -> None:
    """A line separates the lanes at any scroll position, and it is no prompt."""
    queue = line(30)
    for border in (0, 7, 29):
        scene = replace(SCENE, border=border)
        for first in range(31):
            lines = queue_lines(queue.waiting(0, 30), scene, 80, 0)
            drawn = [each.plain for each in lines[first : first + 5]]
            expected = [f"prompt {n + 1}" for n in range(30)]
            expected.insert(border, "batches")
            assert all(
                expected_text in text for expected_text, text in zip(expected[first : first + 5], drawn, strict=True)
            )
            assert len(lines) == 31


def test_only_what_is_queued_has_a_place(prompt) -> None:
    """An uncertain, sending or held prompt has no place number."""
    for state in (OutboxState.UNCERTAIN, OutboxState.SENDING, OutboxState.HELD):
        assert row_line(prompt(5, state), 0, SCENE, 80, cursor=False).plain.split()[1] == state.value


@pytest.mark.parametrize(
    ("state", "fields", "reason"),
    [
        (OutboxState.QUEUED, {}, ""),
        (OutboxState.QUEUED, {"author": SafeText("claude")}, "claude"),
        (OutboxState.HELD, {"author": SafeText("claude"), "note": AWAITS_APPROVAL}, "claude: waits for you"),
        (OutboxState.QUEUED, {"note": SafeText(WAITS_FOR_TWIN)}, "same as an uncertain one"),
        (OutboxState.HELD, {"note": SafeText("Key refused\nfor wh_a.")}, "Key refused for wh_…."),
        (OutboxState.UNCERTAIN, {"note": SafeText("Long words"), "next_check": NOW + 43}, "next check 13:47:23"),
        (OutboxState.UNCERTAIN, {"note": SafeText("Long words"), "next_check": NOW - 90}, "next check is due"),
        (OutboxState.UNCERTAIN, {"note": SafeText("Long words")}, "resend, wait or drop?"),
    ],
)
def test_the_reason_for_waiting_is_short(prompt, state: OutboxState, fields: dict[str, Any], reason: str) -> None:
    """A prompt shows why it waits in a few words without the webhook key, and nothing while it waits its turn."""
    shown_reason = why(prompt(1, state, **fields), SCENE)
    assert shown_reason == reason or (reason.endswith("wh_….") and "wh_a." not in shown_reason)


def test_the_reason_gets_room_only_where_there_is_one(prompt) -> None:
    """A prompt is not cut for a column of reasons that is empty."""
    long = SafeText("a very long prompt " * 10)
    plain = row_line(prompt(1, prompt=long), 1, SCENE, 120, cursor=False).plain
    line_with_reason = row_line(
        prompt(1, prompt=long, note=SafeText(WAITS_FOR_TWIN)), 1, SCENE, 120, cursor=False
    ).plain
    assert plain.index("…") > line_with_reason.index("…") and "same as an uncertain one" in line_with_reason


@pytest.mark.parametrize("width", [0, 1, 2, 5, 8, 20, 28, 40, 62, 79, 200])
def test_a_line_fits_whatever_the_width(prompt, width: int) -> None:
    """A line fits any width, also with wide characters."""
    for state in OutboxState.QUEUED, OutboxState.UNCERTAIN:
        drawn = row_line(prompt(1, state, prompt=SafeText("日本語 " * 30)), 3, SCENE, width, cursor=True)
        assert cell_len(drawn.plain) <= width


def test_only_lines_on_screen_are_read(line) -> None:
    """Of ten thousand prompts only the visible ones, and a few more, are read."""
    queue = line(10_000)
    lines = queue_lines(LazySequence(10_000, lambda a, b: queue.waiting(a, b - a), 40), SCENE, 80, 0)
    assert len(lines) == 10_000 and len(lines[5_000:5_030]) == 30
    assert "prompt 5001" in lines[5_000].plain and "prompt 5032" in lines[5_031].plain
    assert len(queue.requested) == 1 and sum(queue.requested) < 200
