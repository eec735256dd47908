"""Message and key handlers of the main screen."""

from textual.events import DescendantFocus, Resize

from cordage_tui.domain.run import MatchedBy, RunRow, Status
from cordage_tui.ui.keys.footer import KeyLabel
from cordage_tui.ui.main.batch_actions import batch_words
from cordage_tui.ui.main.layout import Panel
from cordage_tui.ui.main.panes import MainPanes
from cordage_tui.ui.main.run_actions import key_words, marks_words
from cordage_tui.ui.main.sidebar import Sidebar
from cordage_tui.ui.main.status_lines import FilterBar
from cordage_tui.ui.prompt.panel import PromptPanel
from cordage_tui.ui.run_detail.pane import RunDetailPane
from cordage_tui.ui.run_table.table import RunTable

# What the run screen answers to its widgets' messages.


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
        self.commands.submit(event.webhook_key, event.inputs, event.draft)
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

    def on_run_detail_pane_closed(self) -> None:
        self.arrangement.go(Panel.RUNS)

    def on_run_detail_pane_copy_requested(self, event: RunDetailPane.CopyRequested) -> None:
        self.copies.copy(event.text, event.what)


# What keys do on the run screen to the marked runs, else to the batch under the cursor, else to the run under it.


class KeyHandlers(MainPanes):
    """Each action finds out what it is about; how it is done is said in `commands`, `copies`, `outputs`, `taking`, `batches` and `bulk`."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "stop_kills":
            return self.stoppable
        if action == "new_key":
            return self.refused
        if action == "run_failed_again":
            line = self.batch_line
            return line is not None and self.batches.failed(line) > 0
        if action == "meanwhile":
            return self.is_mounted and self.away.has_runs
        if action == "settle":
            row = self.selected if self.is_mounted else None
            return row is not None and _may_be_in_a_set(row)
        row = self.selected if action == "resend" and self.is_mounted else None
        return action != "resend" or (row is not None and row.status is Status.UNCERTAIN)

    def key_words(self, action: str) -> KeyLabel | None:
        """What keys say while runs are marked, or of a batch."""
        marked = key_words(action, self.marked, self.span)
        return marked or (batch_words(action) if self.batch_line is not None else None)

    def action_kill(self) -> None:
        if rows := self.shown.table.marked():
            self.bulk.kill(rows)
        elif (line := self.batch_line) is not None:
            self.batches.kill(line)
        else:
            self.commands.kill(self.selected)

    def action_stop_kills(self) -> None:
        self.bulk.stop()

    def action_resend(self) -> None:
        self.commands.resend(self.selected)

    def action_settle(self) -> None:
        self.commands.settle(self.selected)

    def action_edit(self) -> None:
        if (line := self.batch_line) is not None:
            self.batches.edit(line)
        else:
            self.commands.load_inputs(self.selected)

    def action_run_failed_again(self) -> None:
        if (line := self.batch_line) is not None:
            self.batches.run_failed_again(line)

    def action_batch_file(self) -> None:
        self.batches.from_file()

    def action_refresh(self) -> None:
        if rows := self.shown.table.marked():
            self.bulk.refresh(rows)
        else:
            self.commands.refresh(self.shown.view.query.webhook_key)

    def action_output(self, by: int) -> None:
        self.outputs.step(by)

    def action_pictures(self) -> None:
        self.outputs.switch()

    def action_copy_id(self) -> None:
        self.copies.ids()

    def action_copy_urls(self) -> None:
        self.copies.urls()

    def action_copy(self) -> None:
        self.copies.open_menu()

    def action_open_output(self) -> None:
        self.taking.open()

    def action_download(self) -> None:
        self.taking.download()

    def action_download_all(self) -> None:
        self.taking.download_all()

    def action_sheet(self) -> None:
        self.sheets.open(self.shown.table.marked(), self.selected)

    def action_compare(self) -> None:
        self.sheets.compare(self.shown.table.marked())


def _may_be_in_a_set(row: RunRow) -> bool:
    """A prompt that cannot be told from others, or a run that may be such a one's: it has no prompt (yet)."""
    unclear = row.status in (Status.UNCERTAIN, Status.SENT) or row.matched is MatchedBy.GUESS
    return unclear or (not row.prompt and row.run_id is not None)
