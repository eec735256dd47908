"""What stands on a line of the queue."""

from datetime import UTC
from typing import Any

import pytest
from rich.cells import cell_len

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.outbox import AWAITS_APPROVAL, WAITS_FOR_TWIN, QueueEstimate
from cordage_tui.domain.run import OutboxState
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.queue.lines import QueueRowContext, queue_lines, row_line, why
from cordage_tui.ui.widgets.tables import LazySequence

NOW = 1_000_000.0
SCENE = QueueRowContext(NOW, {"wh_a": SafeText("Sunset [/x]")}, first=1, drain=QueueEstimate(12, 60.0, None), zone=UTC)


def test_a_line_tells_place_state_webhook_prompt_and_age(prompt) -> None:
    """Numbers stand right-aligned; markup in a name is letters."""
    assert row_line(prompt(5), 3, SCENE, 80, cursor=True).plain == (
        "▌ 3  ◌ queued     Sunset…   prompt 5" + " " * 40 + "  2m"
    )
    assert row_line(prompt(5), 12, SCENE, 80, cursor=False).plain.startswith(" 12  ◌ queued")


def test_a_queued_prompt_tells_when_it_is_sent(prompt) -> None:
    """In the place of its age, which tells less. Others keep their age, and all do while nothing is sent."""
    going = replace(SCENE, drain=QueueEstimate(12, 60.0, 31.0))
    assert row_line(prompt(5), 12, going, 80, cursor=False).plain.endswith("~30s")
    assert row_line(prompt(5), 1, going, 80, cursor=False).plain.endswith("~20s")
    assert row_line(prompt(5, OutboxState.HELD), 13, going, 80, cursor=False).plain.endswith("2m")


def test_the_lanes_have_a_line_between_them(line) -> None:
    """Wherever the piece that is drawn begins; the line is no prompt, and all prompts are there."""
    queue = line(30)
    for border in (0, 7, 29):
        scene = replace(SCENE, border=border)
        for first in range(31):
            lines = queue_lines(queue.waiting(0, 30), scene, 80, 0)
            drawn = [one.plain for one in lines[first : first + 5]]
            wanted = [f"prompt {n + 1}" for n in range(30)]
            wanted.insert(border, "batches")
            assert all(words in text for words, text in zip(wanted[first : first + 5], drawn, strict=True))
            assert len(lines) == 31


def test_only_what_is_queued_has_a_place(prompt) -> None:
    """What is uncertain, being sent or held is not in line."""
    for state in (OutboxState.UNCERTAIN, OutboxState.SENDING, OutboxState.HELD):
        assert row_line(prompt(5, state), 0, SCENE, 80, cursor=False).plain.split()[1] == state.value


@pytest.mark.parametrize(
    ("state", "told", "words"),
    [
        (OutboxState.QUEUED, {}, ""),
        (OutboxState.QUEUED, {"author": SafeText("claude")}, "claude"),
        (OutboxState.HELD, {"author": SafeText("claude"), "note": AWAITS_APPROVAL}, "claude: waits for you"),
        (OutboxState.QUEUED, {"note": SafeText(WAITS_FOR_TWIN)}, "same as an uncertain one"),
        (OutboxState.HELD, {"note": SafeText("Key refused\nfor wh_a.")}, "Key refused for wh_…."),
        (OutboxState.UNCERTAIN, {"note": SafeText("Long words"), "next_check": NOW + 43}, "next check 13:47:23"),
        (OutboxState.UNCERTAIN, {"note": SafeText("Long words"), "next_check": NOW - 90}, "next check is due"),
        (OutboxState.UNCERTAIN, {"note": SafeText("Long words")}, "send again, wait or drop?"),
    ],
)
def test_why_it_waits_is_told_in_a_few_words(prompt, state: OutboxState, told: dict[str, Any], words: str) -> None:
    """And nothing where it just waits its turn. The webhook's key is a secret in notes too."""
    found = why(prompt(1, state, **told), SCENE)
    assert found == words or (words.endswith("wh_….") and "wh_a." not in found)


def test_the_reason_gets_room_only_where_there_is_one(prompt) -> None:
    """The prompt is what people know it by: it is not cut for an empty column."""
    long = SafeText("a very long prompt " * 10)
    plain = row_line(prompt(1, prompt=long), 1, SCENE, 120, cursor=False).plain
    told = row_line(prompt(1, prompt=long, note=SafeText(WAITS_FOR_TWIN)), 1, SCENE, 120, cursor=False).plain
    assert plain.index("…") > told.index("…") and "same as an uncertain one" in told


@pytest.mark.parametrize("width", [0, 1, 2, 5, 8, 20, 28, 40, 62, 79, 200])
def test_a_line_fits_whatever_the_width(prompt, width: int) -> None:
    """Wide characters too."""
    for state in OutboxState.QUEUED, OutboxState.UNCERTAIN:
        drawn = row_line(prompt(1, state, prompt=SafeText("日本語 " * 30)), 3, SCENE, width, cursor=True)
        assert cell_len(drawn.plain) <= width


def test_only_lines_on_screen_are_asked_for(line) -> None:
    """Of ten thousand the few that are seen, and a few more so that a step asks nothing."""
    queue = line(10_000)
    lines = queue_lines(LazySequence(10_000, lambda a, b: queue.waiting(a, b - a), 40), SCENE, 80, 0)
    assert len(lines) == 10_000 and len(lines[5_000:5_030]) == 30
    assert "prompt 5001" in lines[5_000].plain and "prompt 5032" in lines[5_031].plain
    assert len(queue.asked) == 1 and sum(queue.asked) < 200
