"""Layout of the queue: which line has which prompt, while batches are folded."""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from cordage_tui.domain.outbox import Lane
from cordage_tui.domain.run import OutboxState, RowId
from cordage_tui.store.outbox.queue_spans import QueueSpan


class QueueBlock(NamedTuple):
    """Span of prompts with the lines that show it: one for each prompt, and one for the batch if it has several."""

    line: int
    """Index of its first line."""
    place: int
    """Index of its first prompt in the queue."""
    span: QueueSpan
    headed: bool
    """Its first line is the one of the batch."""
    folded: bool

    @property
    def lines(self) -> int:
        """Number of its lines."""
        return 1 if self.folded else len(self.span.rows) + self.headed


class LineUnit(NamedTuple):
    """Group of prompts that one line represents, and that are moved together."""

    rows: Sequence[RowId]
    lane: Lane
    is_batch: bool


class QueueLayout:
    """Lines of a queue: those above the first queued prompt, then the spans."""

    def __init__(
        self, first: int = 0, spans: Sequence[QueueSpan] = (), unfolded: Collection[RowId] = frozenset()
    ) -> None:
        """`first`: how many prompts are uncertain or being sent; `unfolded`: lines of batches whose prompts are shown."""
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
        """Return the block of a line; None above the first queued prompt."""
        at = bisect_right(self._lines, line) - 1
        return self._blocks[at] if at >= 0 else None

    def head(self, line: int) -> QueueBlock | None:
        """Return the block whose batch has that line; None: it is a prompt's."""
        block = self.block(line)
        return block if block is not None and block.headed and line == block.line else None

    def place(self, line: int) -> int:
        """Return the index of a line's prompt in the queue; of a batch's line, that of its first prompt."""
        block = self.block(line)
        return line if block is None else block.place + max(0, line - block.line - block.headed)

    def is_member(self, line: int) -> bool:
        """Return whether a line is that of a prompt below the line of its batch."""
        block = self.block(line)
        return block is not None and block.headed and line > block.line

    def line(self, place: int) -> int:
        """Return the line of a prompt, or of the batch that hides it."""
        at = bisect_right(self._places, place) - 1
        if at < 0:
            return place
        block = self._blocks[at]
        return block.line if block.folded else block.line + block.headed + place - block.place

    def border(self, place: int) -> int:
        """Return the first line of the block that begins at that place, else the line of its prompt."""
        at = bisect_right(self._places, place) - 1
        return self._blocks[at].line if at >= 0 and self._blocks[at].place == place else self.line(place)

    def line_of_batch(self, batch: RowId) -> int | None:
        """Return the line of a batch, of several the first; None: it has none."""
        return next((block.line for block in self._blocks if block.headed and block.span.batch == batch), None)

    def parts(self, first: int, end: int) -> Iterator[QueueSpan | range]:
        """Yield what is on lines `first` up to `end`: the span of a batch's line, or places in the queue."""
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
        """Return the unsent prompts of these lines; of a batch's line, all that it stands for."""
        return list(dict.fromkeys(chain.from_iterable(self._rows(line) for line in lines)))

    def all_rows(self) -> list[RowId]:
        """Return all unsent prompts."""
        return [row for block in self._blocks for row in block.span.rows]

    def unit(self, line: int) -> LineUnit | None:
        """Return the prompts that a line represents; None: nothing that can be moved."""
        block = self.block(line)
        if block is None or block.span.state is not OutboxState.QUEUED or not 0 <= line < self.count:
            return None
        return LineUnit(self._rows(line), block.span.lane, self.head(line) is not None)

    def neighbour(self, line: int, by: int) -> LineUnit | None:
        """Return what is above (`by` < 0) or below a line; beside a batch whole batches, and they are not entered."""
        head, block = self.head(line), self.block(line)
        if block is None:
            return None
        beside = line - 1 if by < 0 else block.line + block.lines if head is not None else line + 1
        if by < 0 and head is None and self.head(beside) is block:
            beside -= 1
        other = self.block(beside)
        if other is None:
            return None
        return self.unit(other.line if other.folded or (other.headed and head is not None) else beside)

    def _rows(self, line: int) -> Sequence[RowId]:
        block = self.block(line)
        if block is None:
            return ()
        at = line - block.line - block.headed
        return block.span.rows if at < 0 or block.folded else block.span.rows[at : at + 1]
