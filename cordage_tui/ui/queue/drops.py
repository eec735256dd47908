"""Drops of queued prompts. They can be undone while the page is open."""

from collections.abc import Mapping, Sequence
from typing import Final

from cordage_tui.domain.formatting import counted
from cordage_tui.domain.queue import QueueItem
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.submission import Expected
from cordage_tui.engine.errors import describe_change, refuse_if_read_only
from cordage_tui.store.outbox.queue_edits import DroppedPrompt, QueueEdits
from cordage_tui.ui.queue.moves import GONE
from cordage_tui.ui.queue.summary import Key
from cordage_tui.ui.screen_base import EngineScreen

NAMED: Final = 60
"""Most characters of a prompt in a toast."""


class QueueDrops:
    """Drops of prompts that were not sent, and their undo."""

    def __init__(self, screen: EngineScreen[None], key: Key) -> None:
        self._screen = screen
        self._key = key
        self._edits = QueueEdits(screen.store.database, screen.store.outbox, screen.engine.profile.stored_as)
        self._dropped: list[Sequence[DroppedPrompt]] = []

    @property
    def can_undo(self) -> bool:
        """True if a drop can be undone."""
        return bool(self._dropped)

    def add(self, dropped: Sequence[DroppedPrompt]) -> None:
        """Remember prompts that were dropped in another way, so that undo brings them back first."""
        self._dropped.append(dropped)

    def drop(self, item: QueueItem) -> None:
        """Drop a prompt, if it still has the state that is on screen."""
        with self._screen.report_errors():
            self._drop({item.row: item.expected}, item.prompt)

    def drop_all(self, rows: Sequence[RowId]) -> None:
        """Drop prompts in one step that can be undone. Prompts that were sent are left alone, and counted in a toast."""
        with self._screen.report_errors():
            self._drop(dict.fromkeys(rows))

    def undo(self) -> RowId | None:
        """Undo the last drop. Return its first row that is queued again; None: none is."""
        restored: Sequence[RowId] = ()
        with self._screen.report_errors():
            refuse_if_read_only(self._screen.engine.profile)
            restored = self._edits.restore(self._dropped[-1])
            self._dropped.pop()
            self._screen.engine.queue.hold_back()
            if not restored:
                self._screen.toast(GONE)
        return next(iter(restored), None)

    def _drop(self, rows: Mapping[RowId, Expected | None], prompt: SafeText | None = None) -> None:
        dropped, unchanged = self._edits.drop(rows)
        if dropped:
            self._dropped.append(dropped)
            what = f": {one_line(prompt, NAMED)}" if prompt else f" {counted(len(dropped), 'prompt')}"
            self._screen.toast(one_line(f"Dropped{what} · {self._key('queue.undo')} undo"))
        if unchanged:
            change = next(iter(unchanged.values()))
            count = f"{len(unchanged):,} left alone. " if len(rows) > 1 else ""
            self._screen.toast(one_line(f"{count}{describe_change(change)}"), error=True)
