"""Lines of a queue with folded and unfolded batches."""

import pytest

from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import Lane
from cordage_tui.domain.run import RowId
from cordage_tui.store.outbox.queue_spans import QueueSpan
from cordage_tui.ui.queue.layout import LineUnit, QueueLayout

ONE, TWO = RowId(100), RowId(200)


def span(batch, *rows, lane=Lane.BATCH, state=OutboxState.QUEUED) -> QueueSpan:
    """Return a span of these rows."""
    return QueueSpan(batch, state, lane, tuple(map(RowId, rows)))


def layout(*unfolded: RowId) -> QueueLayout:
    """Return a queue with two prompts being sent, two typed ones, batches of three, one and two, and a held one."""
    spans = [
        span(None, 1, 2, lane=Lane.INTERACTIVE),
        span(ONE, 3, 4, 5),
        span(TWO, 6),
        span(ONE, 7, 8),
        span(None, 9, state=OutboxState.HELD),
    ]
    return QueueLayout(2, spans, {*unfolded})


def drawn(shape: QueueLayout) -> list[str]:
    """Return each line as the place of its prompt, with `>` for a folded batch and `v` for an unfolded one."""
    lines = []
    for line in range(shape.count):
        head = shape.head(line)
        sign = "" if head is None else ">" if head.folded else "v"
        lines.append(f"{' ' * shape.is_member(line)}{sign}{shape.place(line)}")
    return lines


def test_a_batch_is_one_line_until_it_is_unfolded() -> None:
    """A folded batch is one line, and a batch with one prompt left has no line of its own."""
    assert drawn(layout()) == ["0", "1", "2", "3", ">4", "7", ">8", "10"]
    assert drawn(layout(ONE)) == ["0", "1", "2", "3", "v4", " 4", " 5", " 6", "7", "v8", " 8", " 9", "10"]


@pytest.mark.parametrize("unfolded", [(), (ONE,)])
def test_each_prompt_has_its_line_or_that_of_its_batch(unfolded) -> None:
    """Each prompt has a line of its own, or that of its folded batch."""
    shape = layout(*unfolded)
    for place in range(11):
        line = shape.line(place)
        head = shape.head(line)
        assert shape.place(line) == place or (head is not None and head.folded)
    assert shape.line_of_batch(ONE) == 4 and shape.line_of_batch(TWO) is None
    assert shape.border(4) == 4, "the line of the batch, not of its first prompt"


@pytest.mark.parametrize("unfolded", [(), (ONE,)])
def test_any_window_is_read_in_parts_that_follow_each_other(unfolded) -> None:
    """The parts of any window are the same items as those of the whole."""
    shape = layout(*unfolded)
    whole = list(shape.parts(0, shape.count))
    lines = [item for part in whole for item in ([part] if isinstance(part, QueueSpan) else part)]
    assert len(lines) == shape.count
    for first in range(shape.count):
        for end in range(first, shape.count + 3):
            parts = shape.parts(first, end)
            items = [item for part in parts for item in ([part] if isinstance(part, QueueSpan) else part)]
            assert items == lines[first:end]


def test_lines_stand_for_their_prompts() -> None:
    """The rows of a line are its prompt, or all prompts of its batch."""
    shape = layout(ONE)
    assert shape.rows(range(1, 3)) == [1]
    assert shape.rows(range(4, 5)) == [3, 4, 5] == shape.rows(range(4, 8))
    assert shape.all_rows() == list(range(1, 10))


def test_what_is_beside_a_line_is_moved_past_as_a_whole() -> None:
    """A line moves past a folded batch as a whole, and into an unfolded one."""
    whole_batch, alone = LineUnit((3, 4, 5), Lane.BATCH, True), LineUnit((6,), Lane.BATCH, False)
    folded, unfolded = layout(), layout(ONE)
    assert (
        folded.unit(4) == whole_batch
        and folded.neighbour(3, 1) == whole_batch
        and folded.neighbour(5, -1) == whole_batch
    )
    assert folded.neighbour(4, -1) == LineUnit((2,), Lane.INTERACTIVE, False)
    assert folded.neighbour(4, 1) == alone == unfolded.neighbour(4, 1)
    assert unfolded.neighbour(8, -1) == LineUnit((5,), Lane.BATCH, False), "an unfolded batch is entered"
    assert unfolded.neighbour(9, -1) == alone and unfolded.neighbour(5, -1) == LineUnit((2,), Lane.INTERACTIVE, False)
    assert folded.neighbour(6, 1) is None, "what is held is not queued"
    assert folded.unit(7) is None and folded.unit(1) is None and folded.neighbour(2, -1) is None


def test_without_batches_a_line_is_a_prompt() -> None:
    """Without batches each line is a prompt."""
    shape = QueueLayout(1, [span(None, 1, 2, lane=Lane.INTERACTIVE)])
    assert drawn(shape) == ["0", "1", "2"] and [*shape.parts(0, 9)] == [range(1), range(1, 3)]
    assert QueueLayout().count == 0 and QueueLayout(2).count == 2 and [*QueueLayout(2).parts(0, 9)] == [range(2)]
