"""The detail pane of a batch."""

from datetime import UTC

from cordage_tui.domain.batch import BatchProgress, BatchSource
from cordage_tui.domain.queue import BlockedBy
from cordage_tui.domain.run import RowId, RunDetail, RunRow, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.run_detail.pane import BATCH_SECTIONS
from cordage_tui.ui.run_detail.sections import DetailModel

NOW = 1_700_000_000.0
SOURCE = BatchSource("t", {"prompt": "{a|b} \x1b[2J fox\nseed=1..2"}, (("prompt", ("a", "b")), ("seed", ("1", "2"))))


def lines(counts, *, left_s=None, blocked_by=None, last_end=None, source=SOURCE, width=44):
    """Return the text of all sections."""
    title = SafeText("a title")
    row = RunRow(RowId(1), "wh", None, Status.BATCH, SafeText("batch"), title, created_at=NOW - 75.0, size=4)
    detail = RunDetail(row, None, (), None, None, None, "{}", None)
    batch = BatchProgress(source, True, counts, last_end)
    batch_fields = {"batch": batch, "batch_left_s": left_s, "batch_blocked": blocked_by}
    view = DetailModel(detail, SafeText("Sunset"), SafeText(""), zone=UTC, **batch_fields)
    return [line.plain.rstrip() for section in BATCH_SECTIONS for line in section.lines(view, width, NOW)]


def test_an_active_batch_shows_its_progress_and_expected_end():
    """An active batch shows a bar, each status with its number, and the expected time."""
    text_lines = lines({Status.COMPLETED: 1, Status.RUNNING: 12}, left_s=130.0)
    assert text_lines[0] == "▤ 1 of 13 ended"
    assert set(text_lines[1]) == {"▰", "▱"}
    assert "✔ completed  1" in text_lines and "● running   12" in text_lines
    assert "so far      1m 15s" in text_lines
    assert "expected    about 2m 00s left" in text_lines


def test_a_blocked_batch_names_the_reason():
    """A batch that is not sent shows the reason instead of a time."""
    assert "expected    unknown: run limit" in lines({Status.QUEUED: 4}, blocked_by=BlockedBy.SPENDING)


def test_an_ended_batch_shows_how_long_it_took():
    """An ended batch shows the time to its last end, and no bar."""
    text_lines = lines({Status.COMPLETED: 3, Status.FAILED: 1}, last_end=NOW - 5)
    assert text_lines[:2] == ["▤ 4 of 4 ended", ""]
    assert "took        1m 10s" in text_lines
    assert not [line for line in text_lines if "expected" in line or "▰" in line]


def test_a_batch_shows_its_source():
    """A batch shows its inert text and its axes, or the title of its file."""
    text_lines = lines({Status.QUEUED: 4})
    assert "{a|b} ␛[2J fox" in text_lines and "seed=1..2" in text_lines
    assert "prompt      a, b" in text_lines and "seed        1, 2" in text_lines
    assert "made of     4 prompts" in text_lines
    assert "a title" in lines({Status.QUEUED: 4}, source=BatchSource("p.csv"))


def test_no_line_is_wider_than_the_pane():
    """No line is wider than the pane at any width."""
    for width in range(2, 50):
        assert all(len(line) <= max(width, 14) for line in lines({Status.RUNNING: 1}, width=width))
