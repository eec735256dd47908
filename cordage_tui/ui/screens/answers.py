"""What the run screen answers to its widgets' messages."""

from textual.events import DescendantFocus, Resize

from cordage_tui.ui.detail.pane import RunDetailPane
from cordage_tui.ui.prompt.panel import PromptPanel
from cordage_tui.ui.runs.table import RunTable
from cordage_tui.ui.screens.bulk import marks_words
from cordage_tui.ui.screens.filterbar import FilterBar
from cordage_tui.ui.screens.panels import Panel
from cordage_tui.ui.screens.parts import MainPanes
from cordage_tui.ui.sidebar.panel import Sidebar


class MessageHandlers(MainPanes):
    """One line or two for each message: that something is done is said here, how is said where it is done."""

    def on_resize(self, event: Resize) -> None:
        self.arrangement.show()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        self.arrangement.focus_moved(event.widget)

    def on_run_table_highlighted(self, event: RunTable.Highlighted) -> None:
        self.follower.moved(event.row)

    def on_run_table_opened(self, event: RunTable.Opened) -> None:
        self.follower.show_now(event.row)
        self.arrangement.go(Panel.RUN)

    def on_run_table_selection_changed(self, event: RunTable.SelectionChanged) -> None:
        self.marked, self.span = event.counts, event.span
        self.shown.marks(marks_words(event.counts, event.span))
        self.refresh_bindings()

    def on_run_table_sort_requested(self, event: RunTable.SortRequested) -> None:
        self.shown.query(self.shown.view.sorted_by(event.key, event.descending))

    def on_filter_bar_changed(self, event: FilterBar.Changed) -> None:
        self.shown.query(self.shown.view.filtered(event.text))

    def on_filter_bar_closed(self) -> None:
        self.arrangement.go(Panel.RUNS)

    def on_sidebar_selected(self, event: Sidebar.Selected) -> None:
        self.shown.webhook(event.key)

    def on_sidebar_opened(self, event: Sidebar.Opened) -> None:
        self.arrangement.go(Panel.RUNS)

    def on_sidebar_add_requested(self) -> None:
        self.commands.add_webhook()

    def on_sidebar_rename_requested(self, event: Sidebar.RenameRequested) -> None:
        self.commands.rename_webhook(event.key)

    def on_sidebar_remove_requested(self, event: Sidebar.RemoveRequested) -> None:
        self.commands.remove_webhook(event.key)

    def on_prompt_panel_submitted(self, event: PromptPanel.Submitted) -> None:
        self.commands.submit(event.webhook_key, event.inputs)
        self.away.active()

    def on_prompt_panel_batch_requested(self, event: PromptPanel.BatchRequested) -> None:
        self.batches.preview_written(event.webhook_key, event.inputs, lines=event.lines)

    def on_run_table_fold_requested(self, event: RunTable.FoldRequested) -> None:
        self.batches.fold(event.line, event.folded)

    def on_prompt_panel_draft_changed(self, event: PromptPanel.DraftChanged) -> None:
        self.commands.keep_draft(event.webhook_key, event.inputs)
        self.away.active()

    def on_prompt_panel_draft_replaced(self, event: PromptPanel.DraftReplaced) -> None:
        self.commands.keep_replaced(event.webhook_key, event.inputs)

    def on_prompt_panel_editor_requested(self, event: PromptPanel.EditorRequested) -> None:
        self.commands.edit_outside(event.text)

    def on_run_detail_pane_output_step_requested(self, event: RunDetailPane.OutputStepRequested) -> None:
        self.outputs.step(event.by)

    def on_run_detail_pane_opened(self) -> None:
        self.outputs.open()

    def on_run_detail_pane_visible_images(self, event: RunDetailPane.VisibleImages) -> None:
        self.outputs.look_at(event.wishes)

    def on_run_detail_pane_closed(self) -> None:
        self.arrangement.go(Panel.RUNS)

    def on_run_detail_pane_copy_requested(self, event: RunDetailPane.CopyRequested) -> None:
        self.copies.copy(event.text, event.what)
