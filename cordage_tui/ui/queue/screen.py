"""The queue and the downloads over the whole screen: lives while it is open, and costs nothing when it is not."""

from collections.abc import Callable
from functools import partial
from typing import Final

from textual.app import ComposeResult
from textual.content import Content
from textual.events import DescendantFocus
from textual.timer import Timer
from textual.widgets import Static

from cordage_tui.domain.clock import Clock
from cordage_tui.domain.outbox import OutboxState
from cordage_tui.domain.text import one_line
from cordage_tui.engine.engine import Engine
from cordage_tui.ui.downloads.deeds import DownloadQueueActions
from cordage_tui.ui.downloads.panel import DownloadsPanel
from cordage_tui.ui.downloads.shelf import DownloadsPresenter
from cordage_tui.ui.keys.footer import Footer
from cordage_tui.ui.keys.main_key import main_key
from cordage_tui.ui.outward.clipboard import Clipboard
from cordage_tui.ui.queue.deeds import QueueActions
from cordage_tui.ui.queue.detail import SelectedPrompt
from cordage_tui.ui.queue.keys import QueueBindings
from cordage_tui.ui.queue.lines import QueueRowContext
from cordage_tui.ui.queue.pages import QueueRowCache
from cordage_tui.ui.queue.panel import QueuePanel
from cordage_tui.ui.queue.reader import PromptView
from cordage_tui.ui.queue.standing import QueueState, notice, subtitle, title
from cordage_tui.ui.screens import present
from cordage_tui.ui.screens.feed import EventBatch, EventFeed
from cordage_tui.ui.screens.steady import LastGoodReads
from cordage_tui.ui.toast import toast

TICK_S: Final = 1.0
"""Between two moves of what counts down."""
IDLE_TICK_S: Final = 60.0
"""While nothing does, only ages move, and those show minutes."""


class QueueScreen(QueueBindings):
    """What stands in the way, the queue, the prompt under the cursor, the downloads if there are any, and the keys."""

    AUTO_FOCUS = "QueuePanel"
    TITLE = "Queue"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-tall")]

    def __init__(
        self, engine: Engine, clock: Clock, submit: str, new_key: Callable[[], object], clip: Clipboard
    ) -> None:
        """`submit` is the setting of that name; `new_key` asks for another API key."""
        super().__init__()
        self._engine = engine
        self._clock = clock
        self.new_key = new_key
        self._key = partial(main_key, self)
        self._kept = LastGoodReads(engine, lambda words: toast(self.app, words, error=True))
        self._notice = Static(classes="notice")
        self.panel = QueuePanel()
        self.reader = PromptView(self._key)
        self.deeds = QueueActions(self, engine, submit, self._key)
        self.downloads = DownloadsPanel()
        self.download_deeds = DownloadQueueActions(self, engine, clip)
        self._shelf = DownloadsPresenter(self.downloads, engine, self._kept, clock)
        self._feed: EventFeed | None = None
        self._below = self._warning = Content("")
        self._able: tuple[bool, ...] = ()
        self._ticking: Timer | None = None

    def compose(self) -> ComposeResult:
        yield self._notice
        yield self.panel
        yield self.reader
        yield self.downloads
        yield Footer()

    def on_mount(self) -> None:
        self._feed = EventFeed(self._engine, self.call_later, self._hear)
        self._look_at_downloads()
        self._look()
        if self.has_class("-idle", "-loads"):
            self.go_to_panel(self.downloads)

    def on_unmount(self) -> None:
        if self._feed is not None:
            self._feed.close()

    def _hear(self, news: EventBatch) -> None:
        if news.downloads:
            self._look_at_downloads()
        if news.rows or news.state:
            self._look()

    def _look_at_downloads(self) -> None:
        """Downloads have begun, gone on or ended. Their panel stays while it has the keys: another would do other things by
        the same ones."""
        self.set_class(self._shelf.refresh_rows() > 0 or self.at_downloads, "-loads")
        self.failed = self._shelf.failed

    def _look(self) -> None:
        """The queue has changed."""
        standing = self._tell()
        self.panel.show(QueueRowCache(self._kept, standing.total), self._scene(standing))
        if self.wanted is not None:
            self.panel.go_to(self.wanted)
            self.wanted = None
        self._read()

    def _tick(self) -> None:
        """Time has passed."""
        if self._kept.recovers():
            self._look()
            self._look_at_downloads()
            return
        if self._shelf.loads:
            self._look_at_downloads()
        self.panel.tick(self._scene(self._tell()))
        self.reader.tick(self._clock.wall())

    def _tell(self) -> QueueState:
        """Title and notice say how the queue stands; soon again while that counts down."""
        kept = self._kept
        standing = QueueState(
            kept.counts(), kept.control(), kept.drain(), self._engine.refused, self._engine.silent_sender
        )
        self.refused, self.paused = standing.refused is not None, standing.control.paused is not None
        self.set_class(not standing.total, "-idle")
        self.panel.set_title(title(standing))
        self._say_below(subtitle(standing))
        self._warn(notice(standing, self._key))
        if self._ticking is not None:
            self._ticking.stop()
        self._ticking = self.set_timer(
            TICK_S if standing.drain.seconds or kept.troubled or self._shelf.loads else IDLE_TICK_S, self._tick
        )
        return standing

    def _scene(self, standing: QueueState) -> QueueRowContext:
        queued = standing.count(OutboxState.QUEUED)
        return QueueRowContext(self._clock.wall(), present.webhook_names(self._engine.profile), standing.first, queued)

    def _say_below(self, words: Content) -> None:
        """Textual draws a border again also for the words it has already."""
        if not words.is_same(self._below):
            self._below = self.panel.border_subtitle = words

    def _warn(self, words: Content) -> None:
        if not words.is_same(self._warning):
            self._warning = words
            self._notice.set_class(bool(words.plain), "-on")
            self._notice.update(words)

    def on_queue_panel_highlighted(self) -> None:
        self._read()

    def on_downloads_panel_highlighted(self) -> None:
        self._shelf.look_closer()
        self.refresh_bindings()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        self.set_class(event.widget is self.downloads, "-at-downloads")
        self.set_class(self.downloads.count > 0 or self.at_downloads, "-loads")

    def _read(self) -> None:
        """The prompt under the cursor, at length; and the footer offers what can be done with it."""
        waiting = self.panel.selected
        detail = self._kept.detail(waiting.row) if waiting else None
        selected = None
        if waiting is not None and detail is not None:
            selected = SelectedPrompt(waiting, detail, one_line(self._engine.profile.label(waiting.webhook_key)))
        self.reader.show(selected, self._clock.wall())
        able = (self.is_uncertain, self.deeds.can_undo, self.refused, self.paused, self.failed > 0)
        if able != self._able:
            self._able = able
            self.refresh_bindings()
