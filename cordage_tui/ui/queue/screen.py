"""Screen of the queue."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.events import DescendantFocus, Key, Mount, MouseDown
from textual.timer import Timer

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.queue import Lane, QueueEstimate, QueueItem, QueueSettings
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import one_line
from cordage_tui.domain.webhook import worst_health
from cordage_tui.engine.engine import Engine
from cordage_tui.store.outbox.queue_spans import QueueSpan, QueueSpans
from cordage_tui.ui.external.clipboard import Clipboard
from cordage_tui.ui.external.foreground import ForegroundProgram
from cordage_tui.ui.keys.action import bindings_of
from cordage_tui.ui.keys.footer import Footer
from cordage_tui.ui.queue.actions import ACTIONS
from cordage_tui.ui.queue.context import QueueScreenContext
from cordage_tui.ui.queue.downloads import DownloadsPresenter
from cordage_tui.ui.queue.layout import QueueLayout
from cordage_tui.ui.queue.lines import QueueRowContext, is_unapproved
from cordage_tui.ui.queue.panel import QueuePanel
from cordage_tui.ui.queue.selected_prompt import SelectedPrompt
from cordage_tui.ui.queue.summary import QueueState, notice, subtitle, title
from cordage_tui.ui.screen_base import EngineScreen, EventBatch
from cordage_tui.ui.terminal.paste_guard import PasteGuard
from cordage_tui.ui.widgets.header import Header, HeaderModel, counts_down
from cordage_tui.ui.widgets.line_view import DiffStatic
from cordage_tui.ui.widgets.tables import LazySequence
from cordage_tui.ui.widgets.text import with_place

# Screen of queue and downloads. It exists only while it is open.

TICK_S: Final = 1.0
"""Seconds between two updates while a time counts down."""
IDLE_TICK_S: Final = 60.0
"""Seconds between two updates while only ages change, because they show minutes."""
SPARE: Final = 40
"""Rows that are read above and below the screen, so that not every step of the cursor reads again."""


class QueueScreen(EngineScreen[None]):
    """Screen of the queue: notice, prompts, the selected prompt, and downloads if there are any."""

    AUTO_FOCUS = "QueuePanel"
    TITLE = "Queue"
    ACTIONS = ACTIONS
    BINDINGS = bindings_of(ACTIONS)
    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-tall")]

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        submit: str,
        new_key: Callable[[], object],
        clip: Clipboard,
        foreground: ForegroundProgram,
        folder: Path,
    ) -> None:
        """Create the screen. `submit`: the setting of that name. `new_key` opens the dialog for another API key. `folder`
        keeps files of the queue that are not applied."""
        super().__init__(engine, clock)
        self._pastes = PasteGuard()
        self.context = QueueScreenContext(
            self,
            submit=submit,
            new_key=new_key,
            clipboard=clip,
            foreground=foreground,
            folder=folder,
            is_pasted=lambda: self._pastes.in_burst,
        )
        self.panel = self.context.panel
        self.downloads = self.context.downloads
        self._header = Header(wall=clock.wall)
        self._subtitle = Content("")
        self._notice = DiffStatic(classes="notice")
        self._downloads_presenter = DownloadsPresenter(self.downloads, engine, self.reads, clock)
        self._spans = QueueSpans(engine.store.database, engine.profile.stored_as)
        self._layout = QueueLayout()
        self._unfolded: set[RowId] = set()
        """Rows of the unfolded batches. All others are folded, as in the run table."""
        self._key_state: tuple[object, ...] = ()
        """State on which the keys in the footer depend, as of their last refresh."""
        self._ticking: Timer | None = None

    def compose(self) -> ComposeResult:
        yield self._header
        yield self._notice
        yield self.panel
        yield self.context.reader
        yield self.downloads
        yield Footer()

    @on(Mount)
    def _record_opening(self, event: Mount) -> None:
        self._pastes.record_opening(event, self.app)

    @on(Key)
    def _record_input(self, event: Key) -> None:
        self._pastes.record(event)

    @on(MouseDown)
    def _record_click(self) -> None:
        self._pastes.record_click()

    def on_mount(self) -> None:
        self._show_downloads()
        self._show_queue()
        if self.has_class("-idle", "-loads"):
            self.context.panels.go_to(self.downloads)

    def acted_on(self) -> QueueScreenContext:
        return self.context

    def apply_events(self, batch: EventBatch) -> None:
        if batch.downloads:
            self._show_downloads()
        if batch.rows or batch.state or batch.budgets:
            self._show_queue()

    def _show_downloads(self) -> None:
        """Show the downloads. An empty panel stays while it has the focus: in another panel its keys have another meaning."""
        self.set_class(self._downloads_presenter.refresh_rows() > 0 or self.context.panels.at_downloads, "-loads")
        self.context.count_failed(self._downloads_presenter.failed)

    def _show_queue(self) -> None:
        """Read the queue again and show it."""
        state = self._show_state()
        self._layout = QueueLayout(state.first, self.reads.last_good(self._spans.all, ()), self._unfolded)
        rows = LazySequence(self._layout.count, self._read_rows, SPARE)
        self.panel.show(rows, self._line_of, self._row_context(state))
        self._show_selected()

    def _tick(self) -> None:
        """Update everything that depends on the time."""
        if self.reads.recovers():
            self._show_queue()
            self._show_downloads()
            return
        if self._downloads_presenter.loads:
            self._show_downloads()
        self.panel.tick(self._row_context(self._show_state()))
        self._show_selected()

    def _show_state(self) -> QueueState:
        """Update titles and notice, and set the timer for the next update."""
        read, queue = self.reads.last_good, self.engine.queue
        state = QueueState(
            read(queue.counts, {}),
            read(queue.control, QueueSettings()),
            read(self.engine.forecast.drain, QueueEstimate(0, 0.0, None)),
            self.engine.leadership.refused,
            self.engine.leadership.silent_sender,
            read(self.store.queue.unapproved, 0, self.engine.profile.stored_as),
        )
        self.context.update_state(state)
        self.set_class(not state.total, "-idle")
        self._subtitle = subtitle(state)
        self.panel.set_titles(title(state), with_place(self._subtitle, self.panel.index, self.panel.count))
        self._notice.show(notice(state, self.context.key))
        has_countdown = (
            self._show_header() or state.drain.seconds or self.reads.troubled or self._downloads_presenter.loads
        )
        if self._ticking is not None:
            self._ticking.stop()
        self._ticking = self.set_timer(TICK_S if has_countdown else IDLE_TICK_S, self._tick)
        return state

    def _show_header(self) -> bool:
        """Show the budgets, which explain why prompts wait. Return True if the header counts seconds."""
        profile, budgets = self.engine.profile, self.engine.rate_limiter.views()
        worst = worst_health(self.engine.health.of(key) for key in profile.webhook_keys)
        header = HeaderModel(one_line(profile.name), budgets, worst.health, worst.ok_at, worst.next_at)
        self._header.show(replace(header, read_only=profile.read_only, protected=profile.protected))
        return counts_down(budgets, worst, self.clock.wall())

    def _row_context(self, state: QueueState) -> QueueRowContext:
        lanes = self.reads.last_good(self.engine.queue.lanes, {})
        border = self._layout.border(state.first + lanes.get(Lane.INTERACTIVE, 0)) if lanes.get(Lane.BATCH) else None
        names = self.engine.profile.names
        return QueueRowContext(self.clock.wall(), names, state.first, state.drain, border, layout=self._layout)

    def _read_rows(self, first: int, end: int) -> list[QueueItem]:
        """Read lines of the panel. Consecutive prompts are read in one query, and all lines of batches in another."""
        parts = [*self._layout.parts(first, end)]
        spans = [part for part in parts if isinstance(part, QueueSpan)]
        batches = iter(self.reads.last_good(self._spans.lines, (), spans) if spans else ())
        items: list[QueueItem] = []
        for part in parts:
            if isinstance(part, QueueSpan):
                items += [batch for batch in [next(batches, None)] if batch is not None]
            else:
                items += self.reads.last_good(self.engine.queue.waiting, [], part.start, len(part))
        return items

    def _line_of(self, row: RowId) -> int | None:
        """Return the line of a batch or prompt, or of the folded batch that hides the prompt. None: it has left the queue."""
        if (line := self._layout.line_of_batch(row)) is not None:
            return line
        place = self.reads.last_good(self.engine.queue.ahead, None, row)
        return None if place is None else self._layout.line(place)

    def on_queue_panel_fold_requested(self, event: QueuePanel.FoldRequested) -> None:
        """Fold a batch, with the cursor on its line, or unfold it."""
        if event.folded:
            self._unfolded.discard(event.batch)
            self.panel.go_to(event.batch)
        else:
            self._unfolded.add(event.batch)
        self._show_queue()

    def on_queue_panel_highlighted(self) -> None:
        self._show_selected()

    def on_downloads_panel_highlighted(self) -> None:
        self._downloads_presenter.show_subtitle()
        self.refresh_bindings()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        self.set_class(event.widget is self.downloads, "-at-downloads")
        self.set_class(self.downloads.count > 0 or self.context.panels.at_downloads, "-loads")

    def _show_selected(self) -> None:
        """Show the prompt under the cursor and its position, and update the keys in the footer."""
        marked = Content(f"{len(self.panel.marked):,} marked" if self.panel.marked else "")
        text = Content(" · ").join([part for part in (marked, self._subtitle) if part])
        self.panel.set_titles(subtitle=with_place(text, self.panel.index, self.panel.count))
        item = self.panel.selected
        detail = self.reads.last_good(self.store.query.detail, None, item.row) if item else None
        selected = None
        if item is not None and detail is not None:
            name = one_line(self.engine.profile.label(item.webhook_key))
            batch = self.reads.last_good(self.store.batches.progress, None, item.row) if item.members else None
            selected = SelectedPrompt(item, detail, name, self.panel.standing, batch=batch)
        self.context.reader.show(selected, self.clock.wall())
        several = len(self.panel.several), bool(item and item.members)
        key_state = (
            item.state if item else None,
            is_unapproved(item),
            several,
            self.context.drops.can_undo,
            self.context.is_refused,
            self.context.is_paused,
            self.context.failed_downloads > 0,
        )
        if key_state != self._key_state:
            self._key_state = key_state
            self.refresh_bindings()
