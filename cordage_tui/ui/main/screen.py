"""The run screen: composes the four panels, binds the keys, and forwards between widgets and engine."""

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import DescendantFocus
from textual.timer import Timer

from cordage_tui.config.settings import Settings
from cordage_tui.domain.clock import Clock
from cordage_tui.domain.environment import takes_sequences
from cordage_tui.domain.outbox import OutboxState
from cordage_tui.domain.run import RowId
from cordage_tui.domain.text import SafeText
from cordage_tui.domain.urls import leads_here
from cordage_tui.engine.completions import LastSeen
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.workspace import WebhookRegistry
from cordage_tui.ui.app_base import toast
from cordage_tui.ui.external.clipboard import Clipboard
from cordage_tui.ui.keys.bindings import ActionScope, bindings
from cordage_tui.ui.keys.footer import Footer, key_from_here, main_key
from cordage_tui.ui.main.batch_actions import BatchActions
from cordage_tui.ui.main.copy_actions import CopyActions
from cordage_tui.ui.main.download_actions import DownloadActions
from cordage_tui.ui.main.event_feed import EventBatch, EventFeed
from cordage_tui.ui.main.handlers import KeyHandlers, MessageHandlers
from cordage_tui.ui.main.header import Header
from cordage_tui.ui.main.layout import CursorDebouncer, Panel, PanelLayout
from cordage_tui.ui.main.output_actions import ContactSheetOpener, OutputActions
from cordage_tui.ui.main.panes import PaneNavigation
from cordage_tui.ui.main.presenter import MainPresenter
from cordage_tui.ui.main.run_actions import BulkActions, RunActions
from cordage_tui.ui.main.sidebar import Sidebar
from cordage_tui.ui.main.status_lines import (
    AwaySummaryController,
    AwaySummaryLine,
    BulkKillProgress,
    FilterBar,
    RefusedLine,
    progress_words,
)
from cordage_tui.ui.notifications import Notifier, finishes
from cordage_tui.ui.prompt.panel import PromptPanel
from cordage_tui.ui.queue.summary import PauseAnnouncer, refused_words
from cordage_tui.ui.run_detail.outputs import HyperlinkTargets
from cordage_tui.ui.run_detail.pane import RunDetailPane
from cordage_tui.ui.run_table.table import RunTable
from cordage_tui.ui.terminal_images.renderer import ImageRenderer

TICK_S = 1.0
"""Between two moves of the times on screen while something is active."""
IDLE_TICK_S = 60.0
"""While nothing is, only ages move, and those show minutes."""


class MainScreen(MessageHandlers, KeyHandlers, PaneNavigation):
    """Four panels over one engine."""

    BINDINGS = [*bindings(ActionScope.RUNS_SCREEN)]
    HORIZONTAL_BREAKPOINTS = [(0, "-small"), (80, "-medium"), (120, "-wide"), (144, "-roomy"), (190, "-huge")]
    AUTO_FOCUS = "RunTable"

    def __init__(
        self,
        engine: Engine,
        webhook_registry: WebhookRegistry,
        settings: Settings,
        clock: Clock,
        announcer: Notifier,
        clip: Clipboard,
        painter: ImageRenderer,
        *,
        demo: bool = False,
    ) -> None:
        super().__init__()
        self._announcer = announcer
        self._clip = clip
        self._painter = painter
        self.engine = engine
        self._roster = webhook_registry
        self._settings = settings
        self._clock = clock
        self._demo = demo
        self._feed: EventFeed | None = None
        self._ticking: Timer | None = None
        self._busy = False
        self._pauses = PauseAnnouncer()

    def compose(self) -> ComposeResult:
        yield Header(wall=self._clock.wall)
        with Horizontal(id="body"):
            yield Sidebar()
            with Vertical(id="middle"):
                yield RunTable(classes="panel")
                yield FilterBar()
                yield PromptPanel(submit=self._settings.submit)
            yield RunDetailPane(wall=self._clock.wall)
        yield AwaySummaryLine()
        yield RefusedLine()
        yield BulkKillProgress()
        yield Footer()

    def on_mount(self) -> None:
        prompt = self.query_one(PromptPanel)
        panels = {
            Panel.WEBHOOKS: self.query_one(Sidebar),
            Panel.RUNS: self.query_one(RunTable),
            Panel.PROMPT: prompt,
            Panel.RUN: self.query_one(RunDetailPane),
        }
        self.arrangement = PanelLayout(panels, {Panel.PROMPT: prompt.editor}, self.query_one("#middle"))
        self.shown = MainPresenter(self, self.engine, self._clock, demo=self._demo)
        loopback = leads_here(self.engine.profile.base_url)
        self.query_one(RunDetailPane).links = HyperlinkTargets(
            able=takes_sequences(self._clip.environ), loopback=loopback
        )
        self.commands = RunActions(self, self.engine, self._roster, self._clock)
        self.copies = CopyActions(self, self.engine, self._clock, self._clip)
        self.bulk = BulkActions(self, self.engine)
        self.taking = DownloadActions(self, self.engine, self._clip)
        self.batches = BatchActions(self, self.engine)
        self.outputs = OutputActions(self, self.engine, self._painter)
        self.follower = CursorDebouncer(self._look_at, self.outputs.settled, self.set_timer, self._clock.monotonic)
        self.sheets = ContactSheetOpener(self, self.engine, self._painter, self._clock)
        self.away = AwaySummaryController(
            self, self.engine, LastSeen(self.engine.profile.stored_as, self.engine.store, self._clock)
        )
        self._feed = EventFeed(self.engine, self.call_later, self._hear)
        self.arrangement.show()
        self.shown.all()
        self._tick()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        super().on_descendant_focus(event)
        if self.refused:  # a letter is no key where it is typed
            self._tell_of_key()

    def on_unmount(self) -> None:
        if self._feed:
            self._feed.close()
            self.away.leave()

    def keep_draft(self) -> None:
        """Writes down what stands in the prompt panel, before the program ends."""
        self.commands.end_editor()
        webhook, inputs = self.shown.prompt.webhook, self.shown.prompt.unsaved()
        if webhook is not None and inputs is not None:
            self.commands.keep_draft(webhook.key, inputs)

    def _look_at(self, row: RowId | None) -> None:
        """The user looks at this run."""
        self.shown.run(row)
        self.commands.look_at(row)

    def _hear(self, news: EventBatch) -> None:
        """What happened outside the screen, at most once a frame. A bug in the engine ends the app, loudly."""
        if news.bug is not None:
            raise news.bug
        if news.rows:
            self.shown.rows(frozenset(news.rows))
        if news.pictures:
            self.outputs.heard(news.pictures)
        if news.downloads:
            self.shown.downloads()
            self.taking.report_finished()
        self._announcer.active(self.shown.state())
        self._look_at_bulk()
        self._look_at_queue()
        if news.hook is not None:
            toast(self.app, news.hook, error=True)
        for report in news.bulk:
            self.bulk.ended(report)
        self.away.show_if_due()
        finished = self.away.news(news.finished)
        for finish in finishes(finished, news.batches, self.engine.profile, seen=self.app.app_focus):
            self._announcer.finished(finish)
        self._look_at_key()
        if not self._busy:
            self._tick()

    def _look_at_key(self) -> None:
        """Whether the server takes the key. A line says that it does not: nothing is asked of somebody who may be typing."""
        if self.refused != (self.engine.leadership.refused is not None):
            self.refused = not self.refused
            self.refresh_bindings()
        self._tell_of_key()

    def _tell_of_key(self) -> None:
        words = None
        if self.refused:
            held = self.shown.kept.counts().get(OutboxState.HELD, 0)
            words = Content.assemble(" ", refused_words(held, key_from_here(self, "app.new_key")))
        self.query_one(RefusedLine).show(words)

    def _look_at_queue(self) -> None:
        """A pause is told where the queue itself is not on screen."""
        control = self.shown.kept.control()
        self.away.pause_is(control.paused)
        why = self._pauses.news(control)
        if why is not None and self.is_current and not self.away.tells_pause(why):
            toast(self.app, why)

    def _look_at_bulk(self) -> None:
        """The progress line, and the key that stops it."""
        progress = self.engine.bulk_kill.progress
        if self.stoppable != (progress is not None and not progress.stopping):
            self.stoppable = not self.stoppable
            self.refresh_bindings()
        key = main_key(self, "run.stop_kills") if self.stoppable else SafeText("")
        self.query_one(BulkKillProgress).show(progress_words(progress, key) if progress is not None else None)

    def _tick(self) -> None:
        """Times move on screen, and the next tick is set: soon while something is active, else late."""
        self._busy = self.shown.refresh_times()
        self._look_at_bulk()
        if self._ticking:
            self._ticking.stop()
        self._ticking = self.set_timer(TICK_S if self._busy else IDLE_TICK_S, self._tick)
