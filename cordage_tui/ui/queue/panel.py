"""Panel of the queue: a list with a cursor and marks."""

from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from textual.binding import BindingType
from textual.content import Content
from textual.message import Message

from cordage_tui.domain.outbox import OutboxState, QueueItem, QueueStanding
from cordage_tui.domain.run import RowId
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.keys.bindings import picking_keys
from cordage_tui.ui.queue.lines import QueueRowContext, queue_lines
from cordage_tui.ui.widgets.line_view import ListView
from cordage_tui.ui.widgets.text import centred, literal

# Widget of the queue; its cursor stays on its prompt.

NOTHING: Final = SafeText("Queue is empty.")


class QueuePanel(ListView):
    """List of queued prompts that reads only those on screen."""

    BINDING_GROUP_TITLE = "Queue"
    BINDINGS: ClassVar[list[BindingType]] = [*picking_keys("queue", "prompt")]

    class Highlighted(Message):
        """Selection changed: another prompt is under the cursor, or it differs."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, QueuePanel.Highlighted)

    def __init__(self) -> None:
        super().__init__()
        self._rows: Sequence[QueueItem] = ()
        self._index_of: Callable[[RowId], int | None] = lambda _: None
        self._row_context = QueueRowContext()
        self._told: QueueItem | None = None

    @property
    def selected(self) -> QueueItem | None:
        """Prompt under the cursor; None when there is none."""
        return self._told

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
        self.index = max(0, min(before if found is None else found, len(rows) - 1))
        self._draw(top=self.top + self._screen_line(self.index) - old if self.top else 0)

    def tick(self, context: QueueRowContext) -> None:
        """Redraw for a later time; the queue is the same."""
        self._row_context = context
        self._draw()

    def go_to(self, row: RowId) -> None:
        """Move the cursor to that prompt, if it is there."""
        found = self._index_of(row)
        self.move_to(self.index if found is None else found)

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
            lines = queue_lines(self._rows, self._row_context, self.text_width, self.index)
            self.draw(lines, self._screen_line(self.index), top)
        else:
            self.draw(self._nothing())

    def _nothing(self) -> list[Content]:
        """Lines with one short sentence in the middle."""
        words = literal(NOTHING, "$quiet").truncate(max(1, self.text_width), ellipsis=True)
        return centred([words], self.text_width, self.size.height)
