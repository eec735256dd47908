"""The queue as a widget: its cursor stays on its prompt, whatever is sent, moved or dropped around it."""

from typing import ClassVar, Final

from textual.binding import BindingType
from textual.content import Content
from textual.message import Message

from cordage_tui.domain.outbox import QueueItem
from cordage_tui.domain.run import RowId
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.ink import literal
from cordage_tui.ui.keys.moving import picking_keys
from cordage_tui.ui.picking_view import ListView
from cordage_tui.ui.queue.lines import QueueRowContext, queue_lines
from cordage_tui.ui.queue.pages import QueueRowCache

NOTHING: Final = SafeText("Nothing waits to be sent.")


class QueuePanel(ListView):
    """One line a prompt, of which only those on screen are asked for."""

    BINDING_GROUP_TITLE = "Queue"
    BINDINGS: ClassVar[list[BindingType]] = [*picking_keys("queue", "prompt")]

    class Highlighted(Message):
        """The cursor is on another prompt, or the prompt under it stands differently."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, QueuePanel.Highlighted)

    def __init__(self) -> None:
        super().__init__()
        self._pages: QueueRowCache | None = None
        self._scene = QueueRowContext()
        self._told: QueueItem | None = None

    @property
    def selected(self) -> QueueItem | None:
        """The prompt under the cursor; None when there is none."""
        return self._told

    def show(self, pages: QueueRowCache, scene: QueueRowContext) -> None:
        """The queue is this now. The cursor goes with its prompt; when that has left, to the one that took its place. The
        prompt keeps its line, unless the first line is in view: that stays, so that what comes on top is seen."""
        before, found = self.index, pages.index_of(self._told.row) if self._told else None
        self._pages, self._scene = pages, scene
        self.index = max(0, min(before if found is None else found, pages.count - 1))
        self._draw(top=self.top + self.index - before if self.top else 0)

    def tick(self, scene: QueueRowContext) -> None:
        """Time has passed; the queue is the same."""
        self._scene = scene
        self._draw()

    def go_to(self, row: RowId) -> None:
        """Put the cursor on that prompt, if it is there."""
        found = self._pages.index_of(row) if self._pages else None
        self.move_to(self.index if found is None else found)

    def redraw(self) -> None:
        self._draw()

    @property
    def count(self) -> int:
        return self._pages.count if self._pages else 0

    def moved(self) -> None:
        self._draw()

    def _draw(self, top: int | None = None) -> None:
        """Says where the cursor is, if that is news, and draws."""
        if self._pages is None:
            return
        selected = self._pages.at(self.index)
        if selected != self._told:
            self._told = selected
            self.post_message(self.Highlighted())
        if self._pages.count:
            self.draw(queue_lines(self._pages, self._scene, self.text_width, self.index), self.index, top)
        else:
            self.draw(self._nothing())

    def _nothing(self) -> list[Content]:
        """One short sentence in the middle."""
        words = literal(NOTHING, "$quiet").truncate(max(1, self.text_width), ellipsis=True)
        left = max(0, (self.text_width - words.cell_length) // 2)
        return [Content("")] * ((self.size.height - 1) // 2) + [words.pad_left(left)]
