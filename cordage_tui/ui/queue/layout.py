"""Layout of the queue: which line shows which prompt, while batches may be folded."""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import Lane
from cordage_tui.domain.run import RowId
from cordage_tui.store.outbox.queue_spans import QueueSpan


class QueueBlock(NamedTuple):
    """Span of prompts with the lines that show it: one line for each prompt, and one for a batch of several prompts."""

    line: int
    """Index of its first line."""
    place: int
    """Index of its first prompt in the queue."""
    span: QueueSpan
    headed: bool
    """Whether its first line is the batch's line."""
    folded: bool

    @property
    def lines(self) -> int:
        """Number of its lines."""
        return 1 if self.folded else len(self.span.rows) + self.headed


class LineUnit(NamedTuple):
    """Group of prompts that one line shows, and that are moved together."""

    rows: Sequence[RowId]
    lane: Lane
    is_batch: bool


class QueueLayout:
    """Lines of a queue: first the prompts before the first queued one, then the spans."""

    def __init__(
        self, first: int = 0, spans: Sequence[QueueSpan] = (), unfolded: Collection[RowId] = frozenset()
    ) -> None:
        """`first`: how many prompts are uncertain or being sent. `unfolded`: rows of the batches whose prompts are shown."""
        self._first = first
        self._blocks: list[QueueBlock] = []
        line = place = first
        for span in spans:
            headed = span.batch is not None and len(span.rows) > 1
            block = QueueBlock(line, place, span, headed, headed and span.batch not in unfolded)
            self._blocks.append(block)
            line, place = line + block.lines, place + len(span.rows)
        self.count = line
        """Number of lines."""
        self._lines = [block.line for block in self._blocks]
        self._places = [block.place for block in self._blocks]

    def block(self, line: int) -> QueueBlock | None:
        """Return the block of a line; None before the first queued prompt."""
        index = bisect_right(self._lines, line) - 1
        return self._blocks[index] if index >= 0 else None

    def head(self, line: int) -> QueueBlock | None:
        """Return the block whose batch's line this is; None: it is the line of a prompt."""
        block = self.block(line)
        return block if block is not None and block.headed and line == block.line else None

    def place(self, line: int) -> int:
        """Return the index in the queue of the prompt on a line; on a batch's line, that of its first prompt."""
        block = self.block(line)
        return line if block is None else block.place + max(0, line - block.line - block.headed)

    def is_member(self, line: int) -> bool:
        """Return whether a line shows a prompt below the line of its batch."""
        block = self.block(line)
        return block is not None and block.headed and line > block.line

    def line(self, place: int) -> int:
        """Return the line of a prompt, or of the folded batch that hides it. `place`: the prompt's index in the queue."""
        index = bisect_right(self._places, place) - 1
        if index < 0:
            return place
        block = self._blocks[index]
        return block.line if block.folded else block.line + block.headed + place - block.place

    def border(self, place: int) -> int:
        """Return the first line of the block that begins at this place in the queue, else the line of the prompt there."""
        index = bisect_right(self._places, place) - 1
        return self._blocks[index].line if index >= 0 and self._blocks[index].place == place else self.line(place)

    def line_of_batch(self, batch: RowId) -> int | None:
        """Return the first line of a batch; None: it has no line of its own."""
        return next((block.line for block in self._blocks if block.headed and block.span.batch == batch), None)

    def parts(self, first: int, end: int) -> Iterator[QueueSpan | range]:
        """Yield the contents of lines `first` up to `end`: the span of each batch's line, and ranges of places in the queue."""
        line = first
        while line < min(end, self.count):
            if (head := self.head(line)) is not None:
                yield head.span
                line += 1
                continue
            block = self.block(line)
            stop = min(end, self._first if block is None else block.line + block.lines)
            yield range(self.place(line), self.place(line) + stop - line)
            line = stop

    def rows(self, lines: range) -> list[RowId]:
        """Return the unsent prompts of these lines. A batch's line has all prompts of its span."""
        return list(dict.fromkeys(chain.from_iterable(self._rows(line) for line in lines)))

    def all_rows(self) -> list[RowId]:
        """Return all unsent prompts."""
        return [row for block in self._blocks for row in block.span.rows]

    def unit(self, line: int) -> LineUnit | None:
        """Return the prompts that a line shows; None: they cannot be moved."""
        block = self.block(line)
        if block is None or block.span.state is not OutboxState.QUEUED or not 0 <= line < self.count:
            return None
        return LineUnit(self._rows(line), block.span.lane, self.head(line) is not None)

    def neighbour(self, line: int, by: int) -> LineUnit | None:
        """Return the prompts above (`by` < 0) or below a line. A batch has only whole groups as neighbours.

        None: there is no neighbour, or it cannot be moved.
        """
        head, block = self.head(line), self.block(line)
        if block is None:
            return None
        next_line = line - 1 if by < 0 else block.line + block.lines if head is not None else line + 1
        if by < 0 and head is None and self.head(next_line) is block:
            next_line -= 1
        other = self.block(next_line)
        if other is None:
            return None
        return self.unit(other.line if other.folded or (other.headed and head is not None) else next_line)

    def _rows(self, line: int) -> Sequence[RowId]:
        block = self.block(line)
        if block is None:
            return ()
        index = line - block.line - block.headed
        return block.span.rows if index < 0 or block.folded else block.span.rows[index : index + 1]
