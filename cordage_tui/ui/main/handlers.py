"""Message and key handlers of the main screen."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from textual.content import Content
from textual.events import DescendantFocus, Resize

from cordage_tui.domain.run import RowId, Status
from cordage_tui.domain.text import one_line
from cordage_tui.engine.workspace import WebhookRegistry
from cordage_tui.ui.external.clipboard import Clipboard
from cordage_tui.ui.external.foreground import ForegroundProgram
from cordage_tui.ui.keys.action import KeyLabel
from cordage_tui.ui.main.context import MainContext
from cordage_tui.ui.main.layout import Panel, PanelLayout
from cordage_tui.ui.main.output_actions import OutputActions
from cordage_tui.ui.main.presenter import MainPresenter
from cordage_tui.ui.main.selection import CursorDebouncer, RunSelection
from cordage_tui.ui.main.sidebar import Sidebar
from cordage_tui.ui.main.status_lines import AwaySummaryController, FilterBar
from cordage_tui.ui.prompt.panel import PromptPanel
from cordage_tui.ui.run_detail.pane import RunDetailPane
from cordage_tui.ui.run_table.table import RunTable
from cordage_tui.ui.screen_base import EngineScreen
from cordage_tui.ui.widgets.selection import SelectableView

if TYPE_CHECKING:
    from cordage_tui.config.user_programs import UserCommand
    from cordage_tui.ui.main.batch_actions import BatchActions
    from cordage_tui.ui.main.copy_actions import CopyActions
    from cordage_tui.ui.main.input_actions import InputActions
    from cordage_tui.ui.main.matches import MatchActions
    from cordage_tui.ui.main.prompt_actions import PromptActions
    from cordage_tui.ui.main.run_actions import RunActions
    from cordage_tui.ui.main.user_commands import UserCommands
    from cordage_tui.ui.main.views import SavedViews
    from cordage_tui.ui.main.webhook_actions import WebhookActions


class MainScreenBase(EngineScreen[None]):
    """Parts of the main screen, made when it is mounted; those that the first frame does without at their first use."""

    registry: WebhookRegistry
    clipboard: Clipboard
    foreground: ForegroundProgram
    panels: PanelLayout
    selection: RunSelection
    presenter: MainPresenter
    debouncer: CursorDebouncer
    outputs: OutputActions
    context: MainContext
    away: AwaySummaryController
    marked: Mapping[Status, int] = {}
    """Marked runs by status."""
    span: int = 0
    """Length of the open range."""
    can_stop_kills: bool = False
    """A bulk kill is under way."""
    refused: bool = False
    """The server refuses the API key."""

    commands: "Sequence[UserCommand]" = ()
    """Commands of the user."""
    command_keys: Mapping[str, str] = {}
    """Free keys of the commands, by name."""

    @cached_property
    def user_commands(self) -> "UserCommands":
        from cordage_tui.ui.main.user_commands import UserCommands

        parts = (self, self.selection, self.presenter, self.panels, self.foreground)
        return UserCommands(*parts, self.commands, self.command_keys, lambda: bool(self.marked or self.span))

    @cached_property
    def prompts(self) -> "PromptActions":
        from cordage_tui.ui.main.prompt_actions import PromptActions

        return PromptActions(self, self.presenter, self.foreground, self.registry.paths.config_dir)

    @cached_property
    def runs(self) -> "RunActions":
        from cordage_tui.ui.main.run_actions import RunActions

        return RunActions(self, self.selection, self.presenter)

    @cached_property
    def batches(self) -> "BatchActions":
        from cordage_tui.ui.main.batch_actions import BatchActions

        return BatchActions(self, self.selection, self.presenter, self.registry.paths.config_dir)

    @cached_property
    def inputs(self) -> "InputActions":
        from cordage_tui.ui.main.input_actions import InputActions

        return InputActions(self, self.selection, self.presenter, self.panels, self.batches)

    @cached_property
    def copies(self) -> "CopyActions":
        from cordage_tui.ui.main.copy_actions import CopyActions

        return CopyActions(self, self.selection, self.clipboard)

    @cached_property
    def matches(self) -> "MatchActions":
        from cordage_tui.ui.main.matches import MatchActions

        return MatchActions(self, self.selection, self.presenter, lambda line: self.batches.fold(line, False))

    @cached_property
    def webhooks(self) -> "WebhookActions":
        from cordage_tui.ui.main.webhook_actions import WebhookActions

        return WebhookActions(self, self.registry, self.presenter)

    @cached_property
    def views(self) -> "SavedViews":
        from cordage_tui.ui.main.views import SavedViews

        return SavedViews(self, self.registry.paths, self.selection, self.presenter, self.panels)


if TYPE_CHECKING:
    MainScreenMixin = MainScreenBase
else:
    MainScreenMixin = object  # docs/library-traps.md T38


class PromptHandlers(MainScreenMixin):
    """Handlers of what the prompt panel asks for."""

    def on_prompt_panel_submitted(self, event: PromptPanel.Submitted) -> None:
        self.prompts.submit(event.webhook_key, event.inputs, event.draft, event.lineage)
        self.away.last_seen.save_if_due()

    def on_prompt_panel_rows_needed(self, event: PromptPanel.RowsNeeded) -> None:
        self.panels.fit(rows=event.rows)

    def on_prompt_panel_batch_requested(self, event: PromptPanel.BatchRequested) -> None:
        self.batches.preview_written(event.webhook_key, event.inputs, lines=event.lines)

    def on_prompt_panel_draft_changed(self, event: PromptPanel.DraftChanged) -> None:
        self.prompts.save_draft(event.webhook_key, event.inputs, event.lineage)
        self.away.last_seen.save_if_due()

    def on_prompt_panel_draft_replaced(self, event: PromptPanel.DraftReplaced) -> None:
        self.prompts.save_replaced(event.webhook_key, event.inputs)

    def on_prompt_panel_editor_requested(self, event: PromptPanel.EditorRequested) -> None:
        self.prompts.open_editor(event.text)

    def on_prompt_panel_webhook_requested(self, event: PromptPanel.WebhookRequested) -> None:
        self.prompts.take_to_webhook(event.by) if event.key is None else self.prompts.follow(event.key)

    def action_search_history(self) -> None:
        """Open the history at once: a message would let the next key, such as Enter, come to the prompt before it."""
        if (webhook := self.query_one(PromptPanel).webhook) is not None:
            self.outputs.open_history(webhook.key, lambda found: self.prompts.load_found(found, self.batches))

    def on_prompt_panel_completion_requested(self, event: PromptPanel.CompletionRequested) -> None:
        self.prompts.complete(event.webhook_key, event.text)


class ViewHandlers(MainScreenMixin):
    """Handlers of what sidebar and filter ask for about views."""

    def on_filter_bar_save_requested(self, event: FilterBar.SaveRequested) -> None:
        self.views.save(event.text)

    def on_sidebar_view_selected(self, event: Sidebar.ViewSelected) -> None:
        self.views.choose(event.name)

    def on_sidebar_view_rename_requested(self, event: Sidebar.ViewRenameRequested) -> None:
        self.views.rename(event.name)

    def on_sidebar_view_remove_requested(self, event: Sidebar.ViewRemoveRequested) -> None:
        self.views.remove(event.name)


class MessageHandlers(PromptHandlers, ViewHandlers):
    """Handlers of the widgets' messages; each hands over to the part that does it."""

    def on_resize(self, event: Resize) -> None:
        self.panels.show()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        self.panels.focus_moved(event.widget)

    def on_filter_bar_closed(self, event: FilterBar.Closed) -> None:
        if self.presenter.search.is_typed:
            self.presenter.show_query()  # as far as it is found
        if event.kept and (row := self.selection.row) is not None:
            self.selection.table.go_to(row.id)  # the cursor stays there, as if it had been moved
        self.panels.go(Panel.RUNS)

    def on_sidebar_opened(self) -> None:
        self.panels.go(Panel.RUNS)

    def on_run_detail_pane_closed(self) -> None:
        self.panels.go(Panel.RUNS)

    def on_run_table_highlighted(self, event: RunTable.Highlighted) -> None:
        self.debouncer.moved(event.row, at_once=not self.query_one(FilterBar).has_class("-typing"))

    def on_run_table_opened(self, event: RunTable.Opened) -> None:
        self.debouncer.show_now(event.row)
        self.panels.go(Panel.RUN)

    def on_run_table_selection_changed(self, event: RunTable.SelectionChanged) -> None:
        self.marked, self.span = event.counts, event.span
        self.presenter.show_marks(marks_words(event.counts, event.span))
        self.refresh_bindings()

    def on_run_table_sort_requested(self, event: RunTable.SortRequested) -> None:
        self.presenter.show_query(sort=event.key, descending=event.descending)

    def on_run_table_fold_requested(self, event: RunTable.FoldRequested) -> None:
        self._fold(event.line, event.folded)

    def _fold(self, line: RowId, folded: bool) -> None:
        """Hide the rows of a batch, or show them; a frozen list cannot, and is shown as it is."""
        if self.selection.frozen is not None:
            self.presenter.show_query()
        self.batches.fold(line, folded)

    def on_filter_bar_changed(self, event: FilterBar.Changed) -> None:
        self.views.follow_filter(event.text)
        if event.typed:
            self.presenter.search.prepare(event.text)
        else:
            self.presenter.show_query(text=event.text, besides=())

    def on_filter_bar_painted(self) -> None:
        self.presenter.search.painted()

    def on_sidebar_selected(self, event: Sidebar.Selected) -> None:
        self.presenter.show_webhook(event.key, **self.views.leave())

    def on_sidebar_add_requested(self) -> None:
        self.webhooks.add()

    def on_sidebar_rename_requested(self, event: Sidebar.RenameRequested) -> None:
        self.webhooks.rename(event.key)

    def on_sidebar_remove_requested(self, event: Sidebar.RemoveRequested) -> None:
        self.webhooks.remove(event.key)

    def on_run_detail_pane_output_step_requested(self, event: RunDetailPane.OutputStepRequested) -> None:
        self.outputs.step(event.by)

    def on_run_detail_pane_opened(self) -> None:
        self.outputs.open_viewer()

    def on_selectable_view_text_selected(self, event: SelectableView.TextSelected) -> None:
        self.clipboard.copy(event.text, one_line("selection"))

    def on_run_detail_pane_copy_requested(self, event: RunDetailPane.CopyRequested) -> None:
        self.clipboard.copy(event.text, event.what)


class RunKeys(MainScreenMixin):
    """Actions of the keys on the marked runs, else on the batch under the cursor, else on the run under it."""

    def key_words(self, action: str) -> KeyLabel | None:
        """Label of a key while runs are marked, or on the line of a batch."""
        if (label := super().key_words(action)) is not None:
            return label
        on_batch = self.is_mounted and self.selection.batch is not None
        if not (self.marked or self.span or on_batch):
            return None
        from cordage_tui.ui.main.key_labels import batch_label, marked_label  # late: the first frame has no such runs

        return marked_label(action, self.marked, self.span) or (batch_label(action) if on_batch else None)

    def _end_range(self) -> tuple[RowId, ...]:
        """Mark what an open range spans, and return the marked rows."""
        self.selection.table.end_range()
        return self.selection.table.marked

    def action_user_command(self, number: int) -> None:
        self.user_commands.start(number)

    def action_resend(self) -> None:
        self.runs.resend(self.selection.row)

    def action_settle(self) -> None:
        self.runs.settle(self.selection.row)

    def action_edit(self) -> None:
        if (line := self.selection.batch) is not None:
            self.batches.edit(line)
        else:
            self.runs.edit()

    def action_again(self) -> None:
        self.batches.ask_again(self._end_range())

    def action_run_failed_again(self) -> None:
        if (line := self.selection.batch) is not None:
            self.batches.run_failed_again(line)

    def action_batch_file(self) -> None:
        self.batches.open_file()

    def action_match(self, by: int) -> None:
        self.matches.go(by)

    def action_refresh(self) -> None:
        if rows := self._end_range():
            self.runs.refresh_many(rows)
        else:
            self.webhooks.reload()
            self.views.load()
            self.runs.refresh(self.selection.query.webhook_key)

    def action_output(self, by: int) -> None:
        self.outputs.step(by)

    def action_pictures(self) -> None:
        self.outputs.switch_pictures()

    def action_copy_id(self) -> None:
        self._end_range()
        self.copies.copy_ids()

    def action_copy_urls(self) -> None:
        self._end_range()
        self.copies.copy_urls()

    def action_copy(self) -> None:
        self._end_range()
        self.copies.open_menu()

    def action_open_output(self) -> None:
        self.outputs.open_outside()

    def action_download(self) -> None:
        self.outputs.download()

    def action_download_all(self) -> None:
        self._end_range()
        self.outputs.download_all()

    def action_use_output(self) -> None:
        self._end_range()
        self.inputs.use_selected()

    def action_sheet(self) -> None:
        self.outputs.open_sheet(self._end_range())

    def action_compare(self) -> None:
        self.outputs.open_compare(self._end_range())


def marks_words(counts: Mapping[Status, int], span: int) -> Content | None:
    """Format `12 marked: 8 running, 3 completed, 1 failed`, with the length of an open range. None: no marks."""
    from cordage_tui.ui.dialogs.kill import statuses

    total = sum(counts.values())
    parts = [f"{total:,} marked: {statuses(counts)}"] if total else []
    if span:
        parts.append(f"range of {span:,}, V marks it")
    return Content.styled(one_line(" · ".join(parts)), "$accent") if parts else None
