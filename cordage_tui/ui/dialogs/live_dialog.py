"""Question that follows the state of its subject, and holds its prompts back while it is open."""

from collections.abc import Callable, Collection
from time import monotonic
from typing import Any, Final

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.events import Event, RunsChanged, StateChanged
from cordage_tui.store.errors import StoreError
from cordage_tui.ui.dialogs.base import ConfirmDialog
from cordage_tui.ui.widgets.text import literal

LOOK_S: Final = 1.0
"""Seconds between two checks of values that change without an event, such as a run's elapsed time."""

_REST: Final = 20
"""Rest after a check, as a multiple of its duration. A check of thousands of runs takes longer than a frame."""


@dataclass(frozen=True, slots=True)
class Question:
    """Present wording of a question."""

    title: SafeText
    lines: tuple[Content, ...]
    yes: SafeText
    """Label of the button."""
    typed: SafeText | None = None
    """Text that must be typed before yes works; None: no text is required."""
    possible: bool = True
    """Whether yes is possible. If not, the lines say why."""


class LiveDialog(ConfirmDialog):
    """Question that `look` words again after each change. While it is open, the prompts it is `about` are not sent."""

    def __init__(
        self, engine: Engine, look: Callable[[], Question], about: Collection[RowId], *, danger: bool = True
    ) -> None:
        """Raises StoreError."""
        self._question = question = look()
        super().__init__(question.title, question.lines, question.yes, danger=danger, typed=question.typed)
        self._possible = question.possible
        self._engine = engine
        self._look = look
        self._held = engine.queue.ask_about(about)
        self._unsubscribe: Callable[[], None] = lambda: None
        self._is_called = False
        """Whether a check is already scheduled."""
        self._not_before = 0.0
        """Earliest time of the next check, monotonic seconds."""

    def on_mount(self) -> None:
        self._unsubscribe = self._engine.events.subscribe(self._on_event)
        self.set_interval(LOOK_S, self.follow)

    def on_unmount(self) -> None:
        self._unsubscribe()
        self._held.close()

    def _on_event(self, event: Event) -> None:
        if isinstance(event, RunsChanged | StateChanged) and not self._is_called:
            self._is_called = True
            self.call_later(self.follow)

    def follow(self) -> None:
        """Show the present wording of the question. If the state cannot be read, the question stays as it is."""
        self._is_called = False
        self._held.renew()
        if (started_at := monotonic()) < self._not_before:
            return
        try:
            question = self._look()
        except StoreError:
            return
        self._not_before = started_at + _REST * (monotonic() - started_at)
        if self.is_attached and _as_read(question) != _as_read(self._question):
            self._question = question
            self.query_one(VerticalScroll).border_title = literal(question.title)
            self.query_one(".lines", Static).update(Content("\n").join(question.lines))
            self.set_question(question.yes, question.typed, possible=question.possible)


def _as_read(question: Question) -> tuple[Any, ...]:
    """Return values by which two questions can be compared. Contents themselves compare only by their text."""
    return question.title, [line.markup for line in question.lines], question.yes, question.typed, question.possible
