"""Main screen: four panels over one engine, and the handling of their messages."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.events import DescendantFocus, Key, Resize
from textual.message import Message
from textual.timer import Timer

from cordage_tui.config.settings import Settings
from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.base.environment import takes_sequences
from cordage_tui.domain.run import RowId, RunQuery
from cordage_tui.domain.safe_text import one_line
from cordage_tui.domain.urls import leads_here
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.workspace import WebhookRegistry
from cordage_tui.ui.external.clipboard import Clipboard
from cordage_tui.ui.external.foreground import ForegroundProgram
from cordage_tui.ui.images.renderer import ImageRenderer
from cordage_tui.ui.keys.action import bindings_of
from cordage_tui.ui.keys.footer import Footer
from cordage_tui.ui.main.actions import kill, navigation, outputs, runs, table
from cordage_tui.ui.main.actions.outputs import ShownOutputs
from cordage_tui.ui.main.context import MainContext
from cordage_tui.ui.main.filter_bar import FilterBar
from cordage_tui.ui.main.layout import CLASSES, Panel, PanelBody, PanelLayout, panel_key, width_class
from cordage_tui.ui.main.notices import AwaySummaryController, NoticeLines
from cordage_tui.ui.main.presenter import IDLE_TICK_S, TICK_S, MainPresenter
from cordage_tui.ui.main.selection import CursorDebouncer, RunSelection
from cordage_tui.ui.main.sidebar import Sidebar
from cordage_tui.ui.notifications import Notifier, finished_runs
from cordage_tui.ui.prompt.editor import PromptEditor
from cordage_tui.ui.prompt.panel import PromptPanel
from cordage_tui.ui.run_detail.output_links import HyperlinkTargets
from cordage_tui.ui.run_detail.pane import RunDetailPane
from cordage_tui.ui.run_table.columns import SETTING, stored_columns
from cordage_tui.ui.run_table.table import RunTable
from cordage_tui.ui.screen_base import EngineScreen, EventBatch
from cordage_tui.ui.textual_patches.app import has_toasts, refresh_toasts
from cordage_tui.ui.widgets.header import Header
from cordage_tui.ui.widgets.line_view import DiffStatic
from cordage_tui.ui.widgets.mouse_selection import SelectableView

if TYPE_CHECKING:
    from cordage_tui.ui.keys.command_search import Command
    from cordage_tui.ui.main.key_count import KeyCount
    from cordage_tui.ui.main.palette_commands import MainCommands
    from cordage_tui.ui.main.views import SavedViews
    from cordage_tui.ui.main.written_prompts import WrittenPrompts
    from cordage_tui.ui.prompt.linked_output import LinkedOutput


def _linked_output(engine: Engine, renderer: ImageRenderer) -> "LinkedOutput":
    from cordage_tui.ui.prompt.linked_output import LinkedOutput  # late: no field of the first screen names an output

    return LinkedOutput(engine, renderer)


class MainScreen(EngineScreen[None]):
    """Four panels over one engine. It composes them, and passes on their messages, the engine's events and the user's keys."""

    DRAWS_FIRST_FRAME_ONCE = True
    ACTIONS = (
        *navigation.ACTIONS,
        *kill.ACTIONS,
        *outputs.SCREEN_ACTIONS,
        *runs.AGAIN_ACTIONS,
        *outputs.ACTIONS,
        *table.ACTIONS,
        *runs.ACTIONS,
        *navigation.PAGE_ACTIONS,
    )
    BINDINGS = bindings_of(ACTIONS)
    HORIZONTAL_BREAKPOINTS = CLASSES
    AUTO_FOCUS = "RunTable"

    context: MainContext
    """What the actions act on; made when the screen is mounted."""
    selection: RunSelection
    presenter: MainPresenter
    panels: PanelLayout
    away: AwaySummaryController
    _key_count: "KeyCount | None" = None
    """Number that is typed before a key; None: no key was pressed yet."""

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
        command_keys: Mapping[str, str] | None = None,
    ) -> None:
        """`command_keys`: free keys of the user's commands, by name."""
        super().__init__(engine, clock)
        self.registry = registry
        self._settings = settings
        self._notifier = notifier
        self._clipboard = clipboard
        self._foreground = foreground
        self._renderer = renderer
        self._demo = demo
        self._command_keys = command_keys or {}
        self._ticking: Timer | None = None
        self._tick_s = IDLE_TICK_S

    def compose(self) -> ComposeResult:
        self.add_class(
            width_class(self.app.size.width), update=False
        )  # Textual would set it after the first frame, and draw a second one
        yield Header(wall=self.clock.wall)
        with PanelBody(id="body"):
            yield Sidebar()
            with Vertical(id="middle"):
                table = RunTable(classes="panel")
                table.has_focus = True  # AUTO_FOCUS would do this later, and style the table a second time
                yield table
                yield FilterBar()
                yield PromptPanel(
                    submit=self._settings.submit,
                    linked=partial(_linked_output, self.engine, self._renderer),
                    search_history=lambda: self.prompts.open_history(),
                )
            yield RunDetailPane(wall=self.clock.wall)
        for notice in ("away", "refused", "bulk-kill", "frozen"):
            yield DiffStatic(id=notice, classes="notice-line")
        yield Footer()

    def on_mount(self) -> None:
        self.context = main = self._make_context()
        self.selection, self.presenter, self.panels = main.selection, main.presenter, main.panels
        self.away = main.part(AwaySummaryController)
        self._notices = NoticeLines(main)
        settle = main.part(ShownOutputs).settle
        self._debouncer = CursorDebouncer(self._open_row, settle, self.set_timer, self.clock.monotonic)
        self.screen_layout_refresh_signal.subscribe(self, self._place_toasts)
        self.panels.show()
        self.presenter.show_all()
        self._tick()
        if self._settings.commands:
            from cordage_tui.ui.main.user_commands import UserCommands

            main.part(UserCommands).bind()
        self.call_after_refresh(lambda: self.views.load())  # imported after the first frame, which has no filter

    def _make_context(self) -> MainContext:
        """Make the parts of the screen that act on its panels."""
        prompt, runs, pane = self.query_one(PromptPanel), self.query_one(RunTable), self.query_one(RunDetailPane)
        profile = self.engine.profile
        runs.columns = self._settings.columns or stored_columns(self.setting(SETTING))
        pane.links = HyperlinkTargets(
            able=takes_sequences(self._clipboard.environ), loopback=leads_here(profile.base_url)
        )
        layout = PanelLayout(
            {Panel.WEBHOOKS: self.query_one(Sidebar), Panel.RUNS: runs, Panel.PROMPT: prompt, Panel.RUN: pane},
            {Panel.PROMPT: prompt.editor},
            self.query_one("#middle"),
            load=self.setting,
            save=self.keep_setting,
        )
        layout.keys = {panel: panel_key(self, panel) for panel in Panel}
        self.query_one(PanelBody).layout_of = layout
        selection = RunSelection(runs, self.reads, self.store, RunQuery(profile.stored_as))
        self.query_one(FilterBar).selection = selection
        return MainContext(
            self,
            selection,
            MainPresenter(self, selection, layout, demo=self._demo),
            layout,
            settings=self._settings,
            registry=self.registry,
            clipboard=self._clipboard,
            renderer=self._renderer,
            foreground=self._foreground,
            command_keys=self._command_keys,
            tick=self._tick,
        )

    def acted_on(self) -> MainContext | None:
        return self.context if self.is_mounted else None

    def on_unmount(self) -> None:
        self._renderer.changed.unsubscribe(self)
        if self._ticking is not None:
            self.away.last_seen.save()

    @property
    def _count(self) -> "KeyCount":
        from cordage_tui.ui.main.key_count import KeyCount  # late: the first frame needs no keys

        self._key_count = self._key_count or KeyCount(self.context)
        return self._key_count

    @property
    def views(self) -> "SavedViews":
        """Views in the sidebar."""
        return table.saved_views(self.context)

    @property
    def prompts(self) -> "WrittenPrompts":
        """Part that handles what is written in the prompt panel."""
        from cordage_tui.ui.main.written_prompts import WrittenPrompts

        return self.context.part(WrittenPrompts)

    def toast_margin(self) -> tuple[int, int, int, int]:
        """Put the toasts over the last rows of the table, if it is on screen. There they cover no field and no picture."""
        return self.panels.toast_margin() if self.is_mounted else super().toast_margin()

    def _place_toasts(self, _: object) -> None:
        """Move the toasts with the panels."""
        if has_toasts(self.app) and self.is_current:
            refresh_toasts(self.app)

    # The engine and the time.

    def apply_events(self, batch: EventBatch) -> None:
        """Show what the engine reported. A bug in the engine is raised, and ends the app."""
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
            self.context.part(ShownOutputs).downloads.report_finished()
        self._notifier.active(self.presenter.show_state())
        self.views.counter.refresh()
        self._notices.show_state()
        self._announce(batch)
        if self._tick_s == IDLE_TICK_S or (batch.rows and self._tick_s != TICK_S):
            self._tick()

    def _announce(self, batch: EventBatch) -> None:
        """Announce what ended or went wrong."""
        if batch.hook is not None:
            self.toast(batch.hook, error=True)
        for message in batch.stopped:
            self.toast(message, error=True)
        for report in batch.bulk:
            self.toast(report.words, error=report.is_bad)
        self.away.show_if_due()
        finished = self.away.without_summarized(batch.finished)
        for finish in finished_runs(finished, batch.batches, self.engine.profile, seen=self.app.app_focus):
            self._notifier.finished(finish)

    def _tick(self) -> None:
        """Update the times on screen, and set the next tick. Reported events are shown in the same frame."""
        self.flush_events()
        self._tick_s = self.presenter.show_times()
        self._notices.show_times()
        if self._ticking:
            self._ticking.stop()
        self._ticking = self.set_timer(self._tick_s, self._tick)

    # Keys and focus.

    async def on_key(self, event: Key) -> None:
        if self.is_mounted:
            await self._count.handle_key(event)

    def on_run_table_count_requested(self) -> None:
        self._count.begin_count()

    def on_resize(self, event: Resize) -> None:
        self.panels.show()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        if self._key_count is not None and event.widget is not self.selection.table:
            self._key_count.cancel_count()
        self.panels.focus_moved(event.widget)
        self._notices.show_refused()  # while text is typed, a letter is not a key: the line then names another

    @on(Sidebar.Opened)
    @on(RunDetailPane.Closed)
    def _go_to_runs(self) -> None:
        self.panels.go(Panel.RUNS)

    @property
    def _commands(self) -> "MainCommands":
        from cordage_tui.ui.main.palette_commands import MainCommands

        return MainCommands(self.context)

    def palette_commands(self) -> Iterator["Command"]:
        """Return the commands of all panels, and everything else that can be found by its name."""
        return self._commands.all()

    def otherwise_command(self, typed: str) -> "Command":
        """Return the command for a text that matches no name: it filters the runs."""
        return self._commands.filter_by(typed)

    # The table and the run under its cursor.

    def on_run_table_highlighted(self, event: RunTable.Highlighted) -> None:
        self._debouncer.moved(event.row, at_once=not self.query_one(FilterBar).has_class("-typing"))

    def on_run_table_opened(self, event: RunTable.Opened) -> None:
        self._debouncer.show_now(event.row)
        self.panels.go(Panel.RUN)

    def _open_row(self, row: RowId | None) -> None:
        """Show the row under the cursor. The engine reads an active one more often."""
        self.presenter.show_run(row)
        self.selection.table.set_titles()
        self.engine.selected_run.select(row)
        if self._tick_s not in (
            TICK_S,
            IDLE_TICK_S,
        ):  # rows that have come into view still show their times as of the last tick
            self._tick()

    def on_run_table_selection_changed(self, event: RunTable.SelectionChanged) -> None:
        self._count.show_marks()
        self.refresh_bindings()

    def on_run_table_sort_requested(self, event: RunTable.SortRequested) -> None:
        self.presenter.show_query(sort=event.key, descending=event.descending)

    def on_run_table_fold_requested(self, event: RunTable.FoldRequested) -> None:
        if self.selection.frozen is not None:
            self.presenter.show_query()  # a frozen list cannot fold, so show the list as it is now
        self.context.fold(event.line, event.folded)

    def on_run_detail_pane_output_step_requested(self, event: RunDetailPane.OutputStepRequested) -> None:
        self.context.part(ShownOutputs).step(event.by)

    def on_run_detail_pane_opened(self) -> None:
        outputs.open_viewer(self.context)

    @on(RunDetailPane.CopyRequested)
    @on(SelectableView.TextSelected)
    def _copy(self, event: RunDetailPane.CopyRequested | SelectableView.TextSelected) -> None:
        what = event.what if isinstance(event, RunDetailPane.CopyRequested) else one_line("selection")
        self._clipboard.copy(event.text, what)

    # The filter and the sidebar.

    def on_filter_bar_changed(self, event: FilterBar.Changed) -> None:
        self.views.follow_filter(event.text)
        if event.typed:
            self.presenter.search.prepare(event.text)
        else:
            self.presenter.show_query(text=event.text, besides=())

    def on_filter_bar_closed(self, event: FilterBar.Closed) -> None:
        if self.presenter.search.is_typed:
            self.presenter.show_query()  # the rows found so far
        if event.kept and (row := self.selection.row) is not None:
            self.selection.table.go_to(row.id)  # as if the user had moved it: the cursor stays on this row
        self.panels.go(Panel.RUNS)

    def on_filter_bar_save_requested(self, event: FilterBar.SaveRequested) -> None:
        self.views.save(event.text)

    def on_sidebar_selected(self, event: Sidebar.Selected) -> None:
        self.presenter.show_webhook(event.key, **self.views.leave())

    def on_sidebar_view_selected(self, event: Sidebar.ViewSelected) -> None:
        self.views.choose(event.name)

    @on(Sidebar.AddRequested)
    @on(Sidebar.RenameRequested)
    @on(Sidebar.RemoveRequested)
    @on(Sidebar.ViewRenameRequested)
    @on(Sidebar.ViewRemoveRequested)
    def _change_sidebar(self, event: Message) -> None:
        """Ask the user about a change of the webhooks or the views, and make it."""
        webhooks = table.webhook_changes(self.context)
        match event:
            case Sidebar.AddRequested():
                webhooks.add()
            case Sidebar.RenameRequested():
                webhooks.rename(event.key)
            case Sidebar.RemoveRequested():
                webhooks.remove(event.key)
            case Sidebar.ViewRenameRequested():
                self.views.rename(event.name)
            case Sidebar.ViewRemoveRequested():
                self.views.remove(event.name)

    # The prompt panel.

    @on(PromptPanel.Submitted)
    @on(PromptPanel.BatchRequested)
    @on(PromptPanel.DraftChanged)
    @on(PromptPanel.DraftReplaced)
    @on(PromptPanel.EditorRequested)
    @on(PromptPanel.WebhookRequested)
    @on(PromptPanel.CompletionRequested)
    @on(PromptEditor.CurlPasted)
    def _handle_prompt(self, event: Message) -> None:
        self.prompts.handle_message(event)

    def on_prompt_panel_rows_needed(self, event: PromptPanel.RowsNeeded) -> None:
        self.panels.fit(rows=event.rows)
