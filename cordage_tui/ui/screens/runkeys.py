"""What keys do on the run screen to the marked runs, else to the batch under the cursor, else to the run under it."""

from cordage_tui.domain.run import Status
from cordage_tui.ui.keys.hints import KeyLabel
from cordage_tui.ui.screens.batches import batch_words
from cordage_tui.ui.screens.bulk import key_words
from cordage_tui.ui.screens.parts import MainPanes


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
