"""The detail pane of a batch's line."""

from datetime import UTC

from cordage_tui.domain.outbox import BatchProgress, BatchSource, BlockedBy
from cordage_tui.domain.run import RowId, RunDetail, RunRow, Status
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.run_detail.pane import BATCH_SECTIONS
from cordage_tui.ui.run_detail.sections import DetailModel

NOW = 1_700_000_000.0
SOURCE = BatchSource("t", {"prompt": "{a|b} \x1b[2J fox\nseed=1..2"}, (("prompt", ("a", "b")), ("seed", ("1", "2"))))


def lines(counts, *, left_s=None, blocked_by=None, last_end=None, source=SOURCE, width=44):
    title = SafeText("a title")
    row = RunRow(RowId(1), "wh", None, Status.BATCH, SafeText("batch"), title, created_at=NOW - 75.0, size=4)
    detail = RunDetail(row, None, (), None, None, None, "{}", None)
    batch = BatchProgress(source, True, counts, last_end)
    told = {"batch": batch, "batch_left_s": left_s, "batch_blocked": blocked_by}
    view = DetailModel(detail, SafeText("Sunset"), SafeText(""), zone=UTC, **told)
    return [line.plain.rstrip() for section in BATCH_SECTIONS for line in section.lines(view, width, NOW)]


def test_under_way_it_tells_how_far_it_is_and_when_it_will_have_ended():
    """Every status by sign, word and number; the figures stand under each other."""
    said = lines({Status.COMPLETED: 1, Status.RUNNING: 12}, left_s=130.0)
    assert said[0] == "▤ 1 of 13 ended"
    assert set(said[1]) == {"▰", "▱"}
    assert "✔ completed  1" in said and "● running   12" in said
    assert "so far      1m 15s" in said
    assert "expected    about 2m 00s left" in said


def test_while_it_is_not_sent_it_says_what_is_in_the_way():
    """Instead of a time that is not known."""
    assert "expected    unknown: spending limit" in lines({Status.QUEUED: 4}, blocked_by=BlockedBy.SPENDING)


def test_ended_it_tells_how_long_it_took():
    """To the end of its last run; there is no bar any more."""
    said = lines({Status.COMPLETED: 3, Status.FAILED: 1}, last_end=NOW - 5)
    assert said[:2] == ["▤ 4 of 4 ended", ""]
    assert "took        1m 10s" in said
    assert not [line for line in said if "expected" in line or "▰" in line]


def test_it_shows_what_it_was_made_from():
    """As it was written, inert; and what varies. From a file there is but its title."""
    said = lines({Status.QUEUED: 4})
    assert "{a|b} ␛[2J fox" in said and "seed=1..2" in said
    assert "prompt      a, b" in said and "seed        1, 2" in said
    assert "made of     4 prompts" in said
    assert "a title" in lines({Status.QUEUED: 4}, source=BatchSource("p.csv"))


def test_no_line_is_wider_than_the_pane():
    """At any width."""
    for width in range(2, 50):
        assert all(len(line) <= max(width, 14) for line in lines({Status.RUNNING: 1}, width=width))
