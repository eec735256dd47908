"""Main screen: four panels over one engine, their events, and where its keys lead."""

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.events import DescendantFocus
from textual.message import Message
from textual.timer import Timer

from cordage_tui.config.settings import Settings
from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.base.environment import takes_sequences
from cordage_tui.domain.outbox import QueueSettings
from cordage_tui.domain.run import OutboxState, RowId, RunQuery
from cordage_tui.domain.text import SafeText
from cordage_tui.domain.urls import leads_here
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.workspace import WebhookRegistry
from cordage_tui.ui.external.clipboard import Clipboard
from cordage_tui.ui.external.foreground import ForegroundProgram
from cordage_tui.ui.images.renderer import ImageRenderer
from cordage_tui.ui.keys.action import bindings_of
from cordage_tui.ui.keys.bindings import MAIN_BINDINGS
from cordage_tui.ui.keys.footer import Footer, key_from_here, main_key
from cordage_tui.ui.main.actions import kill, panels
from cordage_tui.ui.main.context import MainContext
from cordage_tui.ui.main.counts import CountKeys
from cordage_tui.ui.main.disabled import ReasonedKeys
from cordage_tui.ui.main.handlers import MainScreenBase, MainScreenMixin, MessageHandlers, RunKeys
from cordage_tui.ui.main.layout import CLASSES, Panel, PanelBody, PanelLayout, panel_key, width_class
from cordage_tui.ui.main.output_actions import OutputActions
from cordage_tui.ui.main.presenter import IDLE_TICK_S, TICK_S, MainPresenter
from cordage_tui.ui.main.selection import CursorDebouncer, RunSelection
from cordage_tui.ui.main.sidebar import Sidebar
from cordage_tui.ui.main.status_lines import AwaySummaryController, FilterBar, progress_words
from cordage_tui.ui.notifications import Notifier, finished_runs
from cordage_tui.ui.prompt.editor import PromptEditor
from cordage_tui.ui.prompt.panel import PromptPanel
from cordage_tui.ui.queue.summary import PauseAnnouncer, held_words
from cordage_tui.ui.run_detail.outputs import HyperlinkTargets
from cordage_tui.ui.run_detail.pane import RunDetailPane
from cordage_tui.ui.run_table.columns import SETTING, stored_columns
from cordage_tui.ui.run_table.table import RunTable
from cordage_tui.ui.screen_base import EventBatch
from cordage_tui.ui.textual_patches.app import has_toasts, refresh_toasts
from cordage_tui.ui.textual_patches.screen import FirstFrameScreen
from cordage_tui.ui.widgets.header import Header
from cordage_tui.ui.widgets.line_view import DiffStatic
from cordage_tui.ui.widgets.text import literal

if TYPE_CHECKING:
    from cordage_tui.ui.keys.commands import Command
    from cordage_tui.ui.prompt.linked_output import LinkedOutput
    from cordage_tui.ui.statistics.screen import CountedRuns


class FreezeKeys(MainScreenMixin):
    """Main screen whose list can be frozen."""

    def _tick(self) -> None:
        """Move the times on screen."""
        raise NotImplementedError

    def show_frozen(self) -> None:
        """Show for how long the list is frozen, what has changed since, and the key that ends it."""
        if (frozen := self.selection.frozen) is not None:
            words = literal(SafeText(f" {frozen.words(self.clock.wall())} · "), "$run-wait")
            key = literal(main_key(self, "runs.freeze"), "$accent")
            shown = Content.assemble(words, key, literal(SafeText(" shows the list as it is"), "$quiet"))
            self.query_one("#frozen", DiffStatic).show(shown)

    def action_freeze(self) -> None:
        """Freeze the list, or show it as it is again."""
        if not self.thaw():
            from cordage_tui.ui.run_table.frozen import FrozenRows

            query = self.selection.query
            self.selection.frozen = frozen = FrozenRows(self.selection.source, self.clock.wall())
            self.selection.table.show(frozen, query.sort, query.descending)
            self._tick()

    def thaw(self) -> bool:
        """Show the list as it is again; False: it was not frozen."""
        if self.selection.frozen is None:
            return False
        self.presenter.show_query()
        self._tick()
        return True


class RelationKeys(MainScreenMixin):
    """Main screen whose runs lead to the ones that they were made from, and are tagged."""

    def action_parent(self) -> None:
        self.matches.go_to_parent()

    def action_tag(self) -> None:
        self.selection.table.end_range()
        row = self.selection.row
        self.runs.ask_tags(self.selection.rows or ((row.id,) if row is not None else ()))


class StatisticsKeys(MainScreenMixin):
    """Main screen from which the statistics open, and to whose runs they lead."""

    def action_statistics(self) -> None:
        self._open_statistics(at_errors=False)

    def action_failures(self) -> None:
        self._open_statistics(at_errors=True)

    def _open_statistics(self, *, at_errors: bool) -> None:
        from cordage_tui.ui.statistics.screen import StatisticsScreen

        screen = StatisticsScreen(self.engine, self.clock, self.batches.rerun_cluster, at_errors=at_errors)
        self.app.push_screen(screen, self._show_counted)

    def _show_counted(self, counted: "CountedRuns | None") -> None:
        """Show the runs that a figure counts."""
        if counted is not None:
            self.query_one(Sidebar).select(counted.webhook_key)
            self.query_one(FilterBar).show_text(counted.filter)
            self.presenter.show_webhook(counted.webhook_key, text=counted.filter, ended_after=None)
            self.panels.go(Panel.RUNS)


class KeeperKeys(MainScreenMixin):
    """Main screen from which the page of keepers opens."""

    def action_keepers(self) -> None:
        self.outputs.open_keepers(self.selection.table.marked, self.registry.paths.config_dir)


def _linked_output(engine: Engine, renderer: ImageRenderer) -> "LinkedOutput":
    from cordage_tui.ui.prompt.linked_output import LinkedOutput  # late: no field of the first screen names an output

    return LinkedOutput(engine, renderer)


class MainScreen(
    FirstFrameScreen,
    ReasonedKeys,
    CountKeys,
    FreezeKeys,
    RelationKeys,
    StatisticsKeys,
    KeeperKeys,
    RunKeys,
    MessageHandlers,
    MainScreenBase,
):
    """Four panels over one engine."""

    ACTIONS = (*panels.ACTIONS, *kill.ACTIONS)
    BINDINGS = [*bindings_of(ACTIONS), *MAIN_BINDINGS]
    HORIZONTAL_BREAKPOINTS = CLASSES
    AUTO_FOCUS = "RunTable"

    class ProfileSwitchRequested(Message):
        """Ask which profile to open."""

    class KeyWanted(Message):
        """Ask for another API key."""

    def __init__(
        self,
        engine: Engine,
        registry: WebhookRegistry,
        settings: Settings,
        clock: Clock,
        notifier: Notifier,
        clipboard: Clipboard,
        renderer: ImageRenderer,
        foreground: ForegroundProgram,
        *,
        demo: bool = False,
    ) -> None:
        super().__init__(engine, clock)
        self.registry = registry
        self.clipboard = clipboard
        self.foreground = foreground
        self._settings = settings
        self.commands = settings.commands
        self._notifier = notifier
        self._renderer = renderer
        self._demo = demo
        self._ticking: Timer | None = None
        self._tick_s = IDLE_TICK_S
        self._pauses = PauseAnnouncer()

    def compose(self) -> ComposeResult:
        self.add_class(
            width_class(self.app.size.width), update=False
        )  # Textual does it after the first frame, and draws a second one
        yield Header(wall=self.clock.wall)
        with PanelBody(id="body"):
            yield Sidebar()
            with Vertical(id="middle"):
                table = RunTable(classes="panel")
                table.has_focus = True  # by AUTO_FOCUS; set here it is not styled again for it
                yield table
                yield FilterBar()
                yield PromptPanel(
                    submit=self._settings.submit, linked=partial(_linked_output, self.engine, self._renderer)
                )
            yield RunDetailPane(wall=self.clock.wall)
        for notice in ("away", "refused", "bulk-kill", "frozen"):
            yield DiffStatic(id=notice, classes="notice-line")
        yield Footer()

    def on_mount(self) -> None:
        prompt, table, pane = self.query_one(PromptPanel), self.query_one(RunTable), self.query_one(RunDetailPane)
        panels = {
            Panel.WEBHOOKS: self.query_one(Sidebar),
            Panel.RUNS: table,
            Panel.PROMPT: prompt,
            Panel.RUN: pane,
        }
        profile = self.engine.profile
        table.columns = self._settings.columns or stored_columns(self.setting(SETTING))
        pane.links = HyperlinkTargets(
            able=takes_sequences(self.clipboard.environ), loopback=leads_here(profile.base_url)
        )
        self.panels = PanelLayout(
            *(panels, {Panel.PROMPT: prompt.editor}, self.query_one("#middle")),
            load=self.setting,
            save=self.keep_setting,
        )
        self.panels.keys = {panel: panel_key(self, panel) for panel in Panel}
        self.query_one(PanelBody).layout_of = self.panels
        self.selection = RunSelection(table, self.reads, self.store, RunQuery(profile.stored_as))
        self.query_one(FilterBar).selection = self.selection
        self.presenter = MainPresenter(self, self.selection, self.panels, demo=self._demo)
        self.context = MainContext(
            self,
            self.selection,
            self.presenter,
            self.panels,
            settings=self._settings,
            registry=self.registry,
            clipboard=self.clipboard,
            renderer=self._renderer,
        )
        self.outputs = OutputActions(
            *(self, self.selection, self.presenter, self._renderer, self.clipboard),
            use=lambda outputs: self.inputs.use(outputs),
        )
        self.debouncer = CursorDebouncer(self._open_row, self.outputs.settle, self.set_timer, self.clock.monotonic)
        self.away = AwaySummaryController(self, self.presenter)
        self.screen_layout_refresh_signal.subscribe(self, lambda _: self._place_toasts())
        self.panels.show()
        self.presenter.show_all()
        self._tick()
        if self.commands:
            self.user_commands.bind()
        self.call_after_refresh(lambda: self.views.load())  # imported after the first frame, which has no filter

    def acted_on(self) -> MainContext | None:
        return self.context if self.is_mounted else None

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        self._show_refused()  # a letter is no key where it is typed

    def on_prompt_editor_curl_pasted(self, event: PromptEditor.CurlPasted) -> None:
        self.prompts.load_curl(event.text)

    def on_unmount(self) -> None:
        self._renderer.changed.unsubscribe(self)
        if self._ticking is not None:
            self.away.last_seen.save()

    def _open_row(self, row: RowId | None) -> None:
        """Show the row under the cursor; the engine reads an active one more often."""
        self.presenter.show_run(row)
        self.selection.table.set_titles()
        self.engine.selected_run.select(row)
        if self._tick_s not in (
            TICK_S,
            IDLE_TICK_S,
        ):  # rows that have come into view show their times as of the last tick
            self._tick()

    def toast_margin(self) -> tuple[int, int, int, int]:
        """Put the toasts over the last rows of the table, where that is on screen: they cover no field and no picture."""
        return self.panels.toast_margin() if self.is_mounted else super().toast_margin()

    def _place_toasts(self) -> None:
        """Move the toasts with the panels."""
        if has_toasts(self.app) and self.is_current:
            refresh_toasts(self.app)

    def apply_events(self, batch: EventBatch) -> None:
        """Show what the engine reported. A bug in the engine ends the app, loudly."""
        if batch.bug is not None:
            raise batch.bug
        if batch == EventBatch(budgets=True):
            self.query_one(Header).show_budgets(self.engine.rate_limiter.views())
            if self._tick_s == IDLE_TICK_S:
                self._tick()
            return
        if batch.rows:
            self.presenter.show_changed(frozenset(batch.rows))
        if batch.images:
            self.query_one(RunDetailPane).pictures_changed(batch.images)
        if batch.downloads:
            self.presenter.count_downloads()
            self.outputs.downloads.report_finished()
        self._notifier.active(self.presenter.show_state())
        self.views.counter.refresh()
        self._show_bulk_kill()
        self.show_frozen()
        self._announce_pause()
        if batch.hook is not None:
            self.toast(batch.hook, error=True)
        for words in batch.stopped:
            self.toast(words, error=True)
        for report in batch.bulk:
            self.toast(report.words, error=report.is_bad)
        self.away.show_if_due()
        finished = self.away.without_summarized(batch.finished)
        for finish in finished_runs(finished, batch.batches, self.engine.profile, seen=self.app.app_focus):
            self._notifier.finished(finish)
        if self.refused != (self.engine.leadership.refused is not None):
            self.refused = not self.refused
            self.refresh_bindings()
        self._show_refused()
        if self._tick_s == IDLE_TICK_S or (batch.rows and self._tick_s != TICK_S):
            self._tick()

    def _show_refused(self) -> None:
        """Show a line while the server refuses the key or prompts wait for approval: nobody is asked who may be typing."""
        read = self.reads.last_good
        waits = read(self.store.queue.unapproved, 0, self.engine.profile.stored_as)
        held = read(self.engine.queue.counts, {}).get(OutboxState.HELD, 0) - waits if self.refused else 0
        words = held_words(held, waits, partial(key_from_here, self), self.engine.leadership.refused)
        self.query_one("#refused", DiffStatic).show(words)

    def _announce_pause(self) -> None:
        """Announce a pause of the queue where the queue itself is not on screen."""
        control = self.reads.last_good(self.engine.queue.control, QueueSettings())
        self.away.update_pause(control.paused)
        why = self._pauses.news(control)
        if why is not None and self.is_current and not self.away.takes_pause(why):
            self.toast(why)

    def _show_bulk_kill(self) -> None:
        """Show the progress of a bulk kill, and the key that stops it."""
        progress = self.engine.bulk_kill.progress
        if self.can_stop_kills != (progress is not None and not progress.stopping):
            self.can_stop_kills = self.query_one(Sidebar).killing = not self.can_stop_kills
            self.refresh_bindings()
        key = main_key(self, "run.stop_kills") if self.can_stop_kills else SafeText("")
        self.query_one("#bulk-kill", DiffStatic).show(progress_words(progress, key) if progress is not None else None)

    def _tick(self) -> None:
        """Move the times on screen, and set the next tick; what has been reported is shown in the same frame."""
        self.flush_events()
        self._tick_s = self.presenter.show_times()
        self._show_bulk_kill()
        self.show_frozen()
        if self._ticking:
            self._ticking.stop()
        self._ticking = self.set_timer(self._tick_s, self._tick)

    def palette_commands(self) -> Iterator["Command"]:
        """Return the commands of all panels, and what else can be found by its name."""
        from cordage_tui.ui.main.commands import MainCommands

        return MainCommands(self).all()

    def otherwise_command(self, typed: str) -> "Command":
        """Return the command for what no name matches: the filter."""
        from cordage_tui.ui.main.commands import MainCommands

        return MainCommands(self).filter_by(typed)

    def action_back(self) -> None:
        if not self.panels.back() and not self.thaw() and not self.away.hide():
            self.query_one(FilterBar).action_clear()

    async def action_leave(self) -> None:
        if not self.panels.back():
            await self.app.run_action("quit")

    def action_meanwhile(self) -> None:
        self.away.show_runs()

    def action_filter(self) -> None:
        self.panels.show(Panel.RUNS)
        self.query_one(FilterBar).open()

    def action_choose_profile(self) -> None:
        self.post_message(self.ProfileSwitchRequested())

    def action_new_key(self) -> None:
        self.post_message(self.KeyWanted())

    def action_limits(self) -> None:
        from cordage_tui.ui.limits.screen import LimitsScreen

        self.app.push_screen(LimitsScreen(self.engine, self.clock, self.clipboard.copy))

    def action_queue(self) -> None:
        from cordage_tui.ui.queue.screen import QueueScreen

        submit, folder = self._settings.submit, self.registry.paths.state_dir
        self.app.push_screen(
            QueueScreen(self.engine, self.clock, submit, self.action_new_key, self.clipboard, self.foreground, folder)
        )
