"""What a batch costs in time."""

import pytest

from cordage_tui.domain.queue import QueueEstimate
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.statistics.duration_model import DurationModel, DurationSample
from cordage_tui.engine.batch.draft import estimate_batch

FREE = QueueEstimate(0, 60.0, 0.0)
LEARNED = DurationModel.fit([DurationSample(100.0 + n * 37 % 101) for n in range(101)])


def test_it_is_sent_at_the_trigger_budgets_pace_behind_what_waits():
    """48 prompts take 48 s at 60 a minute; what is queued goes first."""
    assert estimate_batch(48, FREE, DurationModel.memoryless(), None).send_s == 48
    behind = estimate_batch(48, QueueEstimate(12, 60.0, 11.0), DurationModel.memoryless(), None)
    assert (behind.send_s, behind.ahead) == (59.0, 12)


def test_it_ends_with_the_slowest_that_so_many_runs_have_among_them():
    """The more runs, the later; and nothing is said without history."""
    assert estimate_batch(1, FREE, LEARNED, None).finish_s == pytest.approx(1 + 150, abs=1)
    assert estimate_batch(99, FREE, LEARNED, None).finish_s == pytest.approx(99 + 199, abs=1)
    assert estimate_batch(99, FREE, DurationModel.memoryless(), None).finish_s is None


def test_a_limit_of_active_runs_makes_rounds():
    """Ten at a time make ten rounds of the typical length."""
    assert estimate_batch(100, FREE, LEARNED, 10).finish_s == pytest.approx(10 * 150, abs=1)


def test_while_the_queue_stands_still_no_time_is_told():
    """But why it stands."""
    stands = estimate_batch(3, QueueEstimate(5, 60.0, None, SafeText("Paused by you")), LEARNED, None)
    assert (stands.send_s, stands.finish_s, stands.blocked) == (None, None, "Paused by you")
