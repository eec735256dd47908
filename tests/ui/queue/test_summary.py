"""The state of the whole queue in words."""

from dataclasses import replace

import pytest

from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import QueueEstimate, QueueSettings
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.engine.processes.process_locks import SilentHolder
from cordage_tui.ui.queue.summary import QueueState, header_words, notice, subtitle, title

S = OutboxState
FLOWS = QueueState({S.QUEUED: 1037, S.SENDING: 1, S.UNCERTAIN: 2}, QueueSettings(), QueueEstimate(1037, 59.01, 1037.2))
PAUSED = replace(
    FLOWS, control=QueueSettings(SafeText("You paused it"), 5.0), drain=QueueEstimate(1037, 59.0, None, SafeText("no"))
)
BLOCKED = replace(
    FLOWS, control=QueueSettings(max_active=4), drain=QueueEstimate(1037, 59.0, None, SafeText("4 runs are active."))
)
SILENT = replace(FLOWS, silent=SilentHolder(4242, 5.0, stopped=True))
REFUSED = QueueState({S.HELD: 40}, QueueSettings(), QueueEstimate(0, 60.0, 0.0), SafeText("Invalid API key"))


def key(action: str) -> SafeText:
    return SafeText({"queue.new_key": "A", "queue.pause": "p", "queue.limit": "n"}[action])


@pytest.mark.parametrize(
    ("standing", "text"),
    [
        (FLOWS, "Queue · 1,037 queued · 17m 18s"),
        (PAUSED, "Queue · 1,037 queued · paused"),
        (BLOCKED, "Queue · 1,037 queued · not sending"),
        (SILENT, "Queue · 1,037 queued · not sending"),
        (replace(FLOWS, counts={}, drain=QueueEstimate(0, 60.0, 0.0)), "Queue"),
        (replace(PAUSED, counts={}, drain=QueueEstimate(0, 60.0, None)), "Queue · paused"),
    ],
)
def test_the_title_shows_how_many_and_how_long(standing: QueueState, text: str) -> None:
    """The title has the number of prompts and the time, or says that none is sent."""
    assert title(standing).plain == text


@pytest.mark.parametrize(
    ("standing", "text"),
    [
        (FLOWS, "1 being sent · 2 uncertain · 59/min"),
        (PAUSED, "1 being sent · 2 uncertain"),
        (BLOCKED, "1 being sent · 2 uncertain · max active runs 4"),
        (REFUSED, "40 held"),
    ],
)
def test_the_subtitle_counts_other_states(standing: QueueState, text: str) -> None:
    """The subtitle counts other states, and has the pace only while prompts are sent."""
    assert subtitle(standing).plain == text


@pytest.mark.parametrize(
    ("standing", "text"),
    [
        (FLOWS, ""),
        (PAUSED, "You paused it. p resumes."),
        (BLOCKED, "4 runs are active. n changes the limit."),
        (REFUSED, "API key rejected: 40 prompts are held. A enters a new key."),
        (
            replace(REFUSED, refused=SafeText("the account cannot pay for this (402): Payment required")),
            "Account cannot pay: 40 prompts are held. Pay for the account. A then enters its key, or another.",
        ),
        (replace(BLOCKED, control=QueueSettings()), "4 runs are active."),
        (
            replace(PAUSED, refused=SafeText("no"), counts={S.HELD: 1}),
            "API key rejected: 1 prompt is held. A enters a new key.\nYou paused it. p resumes.",
        ),
    ],
)
def test_what_stands_in_the_way_is_one_line_with_the_key_that_helps(standing: QueueState, text: str) -> None:
    """Each obstacle is one line with the key that helps, for any number of prompts."""
    assert notice(standing, key).plain == text


def test_the_run_screen_says_that_the_queue_is_paused() -> None:
    """The header shows a paused queue with the key that opens it, and nothing otherwise."""
    assert header_words(QueueSettings(), SafeText("w")) is None
    assert header_words(PAUSED.control, SafeText("w")) == "queue paused · w"
    assert header_words(PAUSED.control, SafeText("")) == "queue paused"


def test_a_sender_that_stands_still_is_named() -> None:
    """A stopped sender is named with advice, and a pause is shown instead of it."""
    assert "pid 4242 is stopped" in notice(SILENT, key).plain and "kill" in notice(SILENT, key).plain
    assert header_words(SILENT.control, SafeText("w"), SILENT.silent) == "not sent: pid 4242 is stopped"
    paused = header_words(PAUSED.control, SafeText("w"), SILENT.silent)
    assert paused is not None and "paused" in paused
