"""Panel of the queue: a list with a cursor and marks."""

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.outbox import QueueItem, QueueStanding
from cordage_tui.domain.run import OutboxState, RowId
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.keys.action import Action, ActionNode, bindings_of
from cordage_tui.ui.keys.bindings import picking_keys
from cordage_tui.ui.keys.disabled import DisabledReason, not_here
from cordage_tui.ui.queue.layout import QueueLayout
from cordage_tui.ui.queue.lines import QueueRowContext, queue_lines
from cordage_tui.ui.widgets.line_view import ListView
from cordage_tui.ui.widgets.text import centred, literal

# Widget of the queue; its cursor stays on its prompt.

NOTHING: Final = SafeText("Queue is empty.")


_MARK: Final = Binding.Group("Mark", compact=True)


class UnfoldQueued(Action["QueuePanel"]):
    """Show the prompts of this batch."""

    id, keys, word = "queue.unfold", "right", "unfold"
    title, search = "Unfold the batch of the queue", "expand"
    folds = False

    def reason(self, on: "QueuePanel") -> DisabledReason | None:
        if on.in_batch:
            return None
        return DisabledReason(SafeText("This prompt is in no batch of the queue."))

    def run(self, on: "QueuePanel") -> None:
        on.fold(self.folds)


class FoldQueued(UnfoldQueued):
    """Show this batch as one line."""

    id, keys, word = "queue.fold", "left", "fold"
    title, search = "Fold the batch of the queue", "collapse"
    folds = True


class MarkQueued(Action["QueuePanel"]):
    """Mark or unmark this prompt and move down."""

    id, keys, word = "queue.mark", "space", "mark"
    title, search = "Mark the queued prompt", "select"
    group = _MARK

    def reason(self, on: "QueuePanel") -> DisabledReason | None:
        return None if on.count else not_here(NOTHING)

    def run(self, on: "QueuePanel") -> None:
        on.mark()


class MarkQueuedRange(MarkQueued):
    """Start a range; move to extend it, press again to mark it."""

    id, keys, word = "queue.mark_range", "V", "range"
    title, search = "Mark a range of the queue", "select, visual"

    def run(self, on: "QueuePanel") -> None:
        on.mark_range()


class MarkAllQueued(MarkQueued):
    """Mark all unsent prompts; press again to unmark."""

    id, keys, word = "queue.mark_all", "*", "mark all"
    title, search = "Mark all of the queue", "select all"

    def run(self, on: "QueuePanel") -> None:
        on.mark_all()


class UnmarkQueued(Action["QueuePanel"]):
    """Cancel the range, else unmark all."""

    id, keys, word = "queue.unmark", "escape", "unmark all"
    title, search = "Unmark all of the queue", "deselect"
    group = _MARK

    def reason(self, on: "QueuePanel") -> DisabledReason | None:
        """Leave the key to the screen while nothing is marked."""
        return None if on.has_marks else DisabledReason(SafeText("Nothing is marked."))

    def run(self, on: "QueuePanel") -> None:
        on.unmark()


class QueuePanel(ActionNode, ListView):
    """List of queued prompts that reads only those on screen."""

    BINDING_GROUP_TITLE = "Queue"
    ACTIONS = (
        UnfoldQueued(),
        FoldQueued(),
        MarkQueued(),
        MarkQueuedRange(),
        MarkAllQueued(),
        UnmarkQueued(),
    )
    BINDINGS: ClassVar[list[BindingType]] = [*picking_keys("queue", "prompt"), *bindings_of(ACTIONS)]

    class Highlighted(Message):
        """Selection changed: another prompt is under the cursor, or it differs."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, QueuePanel.Highlighted)

    class FoldRequested(Message):
        """A batch is to be folded, or its prompts shown."""

        def __init__(self, batch: RowId, folded: bool) -> None:
            super().__init__()
            self.batch = batch
            self.folded = folded

    def __init__(self) -> None:
        super().__init__()
        self._rows: Sequence[QueueItem] = ()
        self._index_of: Callable[[RowId], int | None] = lambda _: None
        self._row_context = QueueRowContext()
        self._told: QueueItem | None = None
        self._marks: dict[RowId, None] = {}
        self._followed: RowId | None = None
        """Prompt to move the cursor to once it is in the queue."""
        self._anchor: RowId | None = None
        """Prompt or batch at which a range begins."""

    @property
    def marked(self) -> Sequence[RowId]:
        """Marked prompts, in the order in which they were marked, then those of an open range."""
        return tuple(dict.fromkeys((*self._marks, *self.line_layout.rows(self._range()))))

    @property
    def several(self) -> Sequence[RowId]:
        """Marked prompts, else those of the batch under the cursor; empty: a key acts on the prompt under it."""
        return self.marked or (self._told.members if self._told is not None else ())

    @property
    def selected(self) -> QueueItem | None:
        """Prompt under the cursor, or the line of a batch, which has `members`; None when there is none."""
        return self._told

    @property
    def line_layout(self) -> QueueLayout:
        """Layout of the lines on which the prompts are."""
        return self._row_context.layout

    @property
    def standing(self) -> QueueStanding | None:
        """Position of the prompt under the cursor; None when it is not queued."""
        queued = self._told is not None and self._told.state is OutboxState.QUEUED
        return self._row_context.standing(self.index) if queued else None

    def show(
        self, rows: Sequence[QueueItem], index_of: Callable[[RowId], int | None], context: QueueRowContext
    ) -> None:
        """Show this queue; `index_of` finds a prompt in it, None when it is settled.

        The cursor goes with its prompt; when that has left, to the one that took its place. The prompt keeps its line,
        unless the first line is in view: that stays, so that what comes on top is seen.
        """
        before, found = self.index, index_of(self._told.row) if self._told else None
        old = self._screen_line(before)
        self._rows, self._index_of, self._row_context = rows, index_of, context
        if self._marks:
            self._marks = {row: None for row in context.layout.all_rows() if row in self._marks}
        self.index = max(0, min(before if found is None else found, len(rows) - 1))
        self._draw(top=self.top + self._screen_line(self.index) - old if self.top else 0)
        if self._followed is not None:
            self.go_to(self._followed)
            self._followed = None

    def follow(self, row: RowId) -> None:
        """Move the cursor to that prompt when the queue is shown next."""
        self._followed = row

    def tick(self, context: QueueRowContext) -> None:
        """Redraw for a later time; the queue is the same."""
        self._row_context = context
        self._draw()

    def go_to(self, row: RowId) -> None:
        """Move the cursor to that prompt, if it is there."""
        found = self._index_of(row)
        self.move_to(self.index if found is None else found)

    def fold(self, folded: bool) -> None:
        """Fold the batch of the cursor's prompt, or show its prompts."""
        block = self.line_layout.block(self.index)
        if block is not None and block.headed and block.span.batch is not None:
            self.post_message(self.FoldRequested(block.span.batch, folded))

    def mark(self) -> None:
        """Mark or unmark the cursor's prompt, or all of its batch, and go one down. In a range it ends that, as `V` does."""
        if self._anchor is not None:
            self.mark_range()
            return
        rows = self.line_layout.rows(range(self.index, self.index + 1))
        if self._marks.keys() >= {*rows}:
            self._marks = {row: None for row in self._marks if row not in rows}
        else:
            self._marks |= dict.fromkeys(rows)
        self.index = min(self.index + 1, self.count - 1)
        self._changed_marks()

    def mark_range(self) -> None:
        """Begin a range at the cursor; the second time, mark what it spans."""
        rows = self.line_layout.rows(self._range())
        self._anchor = self._told.row if self._anchor is None and self._told is not None else None
        self._marks |= dict.fromkeys(rows)
        self._changed_marks()

    def mark_all(self) -> None:
        """Mark all unsent prompts, or unmark them when all are marked."""
        rows = self.line_layout.all_rows()
        self._marks = {} if len(self._marks) == len(rows) else dict.fromkeys(rows)
        self._anchor = None
        self._changed_marks()

    def unmark(self) -> None:
        """Cancel the range; without one, remove all marks."""
        self._marks = self._marks if self._anchor is not None else {}
        self._anchor = None
        self._changed_marks()

    @property
    def has_marks(self) -> bool:
        """True if something is marked, or a range is open."""
        return bool(self._marks) or self._anchor is not None

    @property
    def in_batch(self) -> bool:
        """True if the cursor is on a batch, or on one of its prompts."""
        block = self.line_layout.block(self.index)
        return block is not None and block.headed

    def _range(self) -> range:
        """Return the lines of the open range."""
        first = None if self._anchor is None else self._index_of(self._anchor)
        return range(0) if first is None else range(min(first, self.index), max(first, self.index) + 1)

    def _changed_marks(self) -> None:
        self._draw()
        self.post_message(self.Highlighted())

    def redraw(self) -> None:
        self._draw()

    @property
    def count(self) -> int:
        return len(self._rows)

    def moved(self) -> None:
        self._draw()

    def line_at(self, y: int) -> int | None:
        """Index of the prompt on screen line `y`; None below the last, and on the border of the batch lane."""
        line, border = super().line_at(y), self._row_context.border
        if line is None or border is None or line < border:
            return line
        return None if line == border else line - 1

    def _screen_line(self, index: int) -> int:
        border = self._row_context.border
        return index + (border is not None and index >= border)

    def _draw(self, top: int | None = None) -> None:
        """Post `Highlighted` if the selected prompt differs, and draw."""
        selected = next(iter(self._rows[self.index : self.index + 1]), None)
        if selected != self._told:
            self._told = selected
            self.post_message(self.Highlighted())
        if self._rows:
            context = replace(self._row_context, marks=self._marks, span=self._range())
            lines = queue_lines(self._rows, context, self.text_width, self.index)
            self.draw(lines, self._screen_line(self.index), top)
        else:
            self.draw(self._nothing())

    def _nothing(self) -> list[Content]:
        """Lines with one short sentence in the middle."""
        words = literal(NOTHING, "$quiet").truncate(max(1, self.text_width), ellipsis=True)
        return centred([words], self.text_width, self.size.height)
