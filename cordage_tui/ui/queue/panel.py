"""Panel of the queue: a list with a cursor and marks."""

from collections.abc import Callable, Sequence
from typing import Final

from textual.binding import Binding
from textual.content import Content
from textual.message import Message

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import QueueItem, QueueStanding
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.keys.action import Action, ActionNode, bindings_of
from cordage_tui.ui.keys.disabled_reasons import DisabledReason, not_here
from cordage_tui.ui.keys.moves import picking_actions
from cordage_tui.ui.queue.layout import QueueLayout
from cordage_tui.ui.queue.lines import QueueRowContext, queue_lines
from cordage_tui.ui.widgets.line_view import ListView
from cordage_tui.ui.widgets.text import centred, literal

# Widget of the queue. Its cursor stays on its prompt.

NOTHING: Final = SafeText("Queue is empty.")


_MARK: Final = Binding.Group("Mark", compact=True)


class UnfoldQueued(Action["QueuePanel"]):
    """Show the prompts of this batch."""

    id, keys, word = "queue.unfold", "right", "unfold"
    title, search = "Unfold the batch of the queue", "expand"
    folds = False

    def reason(self, panel: "QueuePanel") -> DisabledReason | None:
        if panel.in_batch:
            return None
        return DisabledReason(SafeText("This prompt is in no batch of the queue."))

    def run(self, panel: "QueuePanel") -> None:
        panel.fold(self.folds)


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

    def reason(self, panel: "QueuePanel") -> DisabledReason | None:
        return None if panel.count else not_here(NOTHING)

    def run(self, panel: "QueuePanel") -> None:
        panel.mark()


class MarkQueuedRange(MarkQueued):
    """Start a range; move to extend it, press again to mark it."""

    id, keys, word = "queue.mark_range", "V", "range"
    title, search = "Mark a range of the queue", "select, visual"

    def run(self, panel: "QueuePanel") -> None:
        panel.mark_range()


class MarkAllQueued(MarkQueued):
    """Mark all unsent prompts; press again to unmark."""

    id, keys, word = "queue.mark_all", "*", "mark all"
    title, search = "Mark all of the queue", "select all"

    def run(self, panel: "QueuePanel") -> None:
        panel.mark_all()


class UnmarkQueued(Action["QueuePanel"]):
    """Cancel the range, else unmark all."""

    id, keys, word = "queue.unmark", "escape", "unmark all"
    title, search = "Unmark all of the queue", "deselect"
    group = _MARK

    def reason(self, panel: "QueuePanel") -> DisabledReason | None:
        """Return a reason while nothing is marked, so that the screen gets the key."""
        return None if panel.has_marks else DisabledReason(SafeText("Nothing is marked."))

    def run(self, panel: "QueuePanel") -> None:
        panel.unmark()


class QueuePanel(ActionNode, ListView):
    """List of queued prompts that reads only those on screen."""

    BINDING_GROUP_TITLE = "Queue"
    ACTIONS = (
        *picking_actions("queue", "prompt"),
        UnfoldQueued(),
        FoldQueued(),
        MarkQueued(),
        MarkQueuedRange(),
        MarkAllQueued(),
        UnmarkQueued(),
    )
    BINDINGS = bindings_of(ACTIONS)

    class Highlighted(Message):
        """Selection changed: another prompt is under the cursor, or that prompt has changed."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, QueuePanel.Highlighted)

    class FoldRequested(Message):
        """Fold a batch, or unfold it."""

        def __init__(self, batch: RowId, folded: bool) -> None:
            super().__init__()
            self.batch = batch
            self.folded = folded

    def __init__(self) -> None:
        super().__init__()
        self._rows: Sequence[QueueItem] = ()
        self._index_of: Callable[[RowId], int | None] = lambda _: None
        self._row_context = QueueRowContext()
        self._selected: QueueItem | None = None
        self._marks: dict[RowId, None] = {}
        self._followed: RowId | None = None
        """Prompt that the cursor moves to when the queue is shown next."""
        self._anchor: RowId | None = None
        """Prompt or batch at which the open range begins; None: no range is open."""

    @property
    def marked(self) -> Sequence[RowId]:
        """Marked prompts in the order in which they were marked, then those of an open range."""
        return tuple(dict.fromkeys((*self._marks, *self.line_layout.rows(self._range()))))

    @property
    def several(self) -> Sequence[RowId]:
        """Marked prompts, else those of the batch under the cursor. Empty: keys act on the prompt under the cursor."""
        return self.marked or (self._selected.members if self._selected is not None else ())

    @property
    def selected(self) -> QueueItem | None:
        """Prompt under the cursor, or a batch's line, which has `members`. None: the queue is empty."""
        return self._selected

    @property
    def line_layout(self) -> QueueLayout:
        """Layout of the lines."""
        return self._row_context.layout

    @property
    def standing(self) -> QueueStanding | None:
        """Standing of the prompt under the cursor; None: it is not queued."""
        is_queued = self._selected is not None and self._selected.state is OutboxState.QUEUED
        return self._row_context.standing(self.index) if is_queued else None

    def show(
        self, rows: Sequence[QueueItem], index_of: Callable[[RowId], int | None], context: QueueRowContext
    ) -> None:
        """Show this queue. `index_of` returns the index of a prompt; None: it has left the queue.

        The cursor follows its prompt; if that has left, it stays at its index. The prompt keeps its line on screen, unless
        the first line is in view: that stays in view, so that new prompts at the top are seen.
        """
        before, index = self.index, index_of(self._selected.row) if self._selected else None
        old_line = self._screen_line(before)
        self._rows, self._index_of, self._row_context = rows, index_of, context
        if self._marks:
            self._marks = {row: None for row in context.layout.all_rows() if row in self._marks}
        self.index = max(0, min(before if index is None else index, len(rows) - 1))
        self._draw(top=self.top + self._screen_line(self.index) - old_line if self.top else 0)
        if self._followed is not None:
            self.go_to(self._followed)
            self._followed = None

    def follow(self, row: RowId) -> None:
        """Move the cursor to that prompt when the queue is shown next."""
        self._followed = row

    def tick(self, context: QueueRowContext) -> None:
        """Draw the same queue for a later time."""
        self._row_context = context
        self._draw()

    def go_to(self, row: RowId) -> None:
        """Move the cursor to that prompt, if it is in the queue."""
        index = self._index_of(row)
        self.move_to(self.index if index is None else index)

    def fold(self, folded: bool) -> None:
        """Ask to fold or unfold the batch of the cursor's prompt."""
        block = self.line_layout.block(self.index)
        if block is not None and block.headed and block.span.batch is not None:
            self.post_message(self.FoldRequested(block.span.batch, folded))

    def mark(self) -> None:
        """Mark or unmark the cursor's prompt, or all prompts of its batch, and move down one line.

        If a range is open, mark its prompts instead, as `V` does.
        """
        if self._anchor is not None:
            self.mark_range()
            return
        rows = self.line_layout.rows(range(self.index, self.index + 1))
        if self._marks.keys() >= {*rows}:
            self._marks = {row: None for row in self._marks if row not in rows}
        else:
            self._marks |= dict.fromkeys(rows)
        self.index = min(self.index + 1, self.count - 1)
        self._show_marks()

    def mark_range(self) -> None:
        """Open a range at the cursor; the second time, mark its prompts."""
        rows = self.line_layout.rows(self._range())
        self._anchor = self._selected.row if self._anchor is None and self._selected is not None else None
        self._marks |= dict.fromkeys(rows)
        self._show_marks()

    def mark_all(self) -> None:
        """Mark all unsent prompts, or unmark them if all are marked."""
        rows = self.line_layout.all_rows()
        self._marks = {} if len(self._marks) == len(rows) else dict.fromkeys(rows)
        self._anchor = None
        self._show_marks()

    def unmark(self) -> None:
        """Close the range without marking; if no range is open, remove all marks."""
        self._marks = self._marks if self._anchor is not None else {}
        self._anchor = None
        self._show_marks()

    @property
    def has_marks(self) -> bool:
        """True if prompts are marked, or a range is open."""
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

    def _show_marks(self) -> None:
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
        """Return the index of the prompt on screen line `y`; None below the last prompt and on the border of the batch lane."""
        line, border = super().line_at(y), self._row_context.border
        if line is None or border is None or line < border:
            return line
        return None if line == border else line - 1

    def _screen_line(self, index: int) -> int:
        border = self._row_context.border
        return index + (border is not None and index >= border)

    def _draw(self, top: int | None = None) -> None:
        """Post `Highlighted` if the selected prompt has changed, and draw."""
        selected = next(iter(self._rows[self.index : self.index + 1]), None)
        if selected != self._selected:
            self._selected = selected
            self.post_message(self.Highlighted())
        if self._rows:
            context = replace(self._row_context, marks=self._marks, span=self._range())
            lines = queue_lines(self._rows, context, self.text_width, self.index)
            self.draw(lines, self._screen_line(self.index), top)
        else:
            self.draw(self._empty_lines())

    def _empty_lines(self) -> list[Content]:
        """Return the lines of an empty queue: one short sentence in the middle."""
        sentence = literal(NOTHING, "$quiet").truncate(max(1, self.text_width), ellipsis=True)
        return centred([sentence], self.text_width, self.size.height)
