"""Actions on runs: run or send them again, settle, tag and copy them, and use their outputs."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from cordage_tui.domain.formatting import counted
from cordage_tui.domain.run import MatchedBy, RowId, RunRow, Status
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.ui.keys.action import Count
from cordage_tui.ui.keys.disabled_reasons import DisabledReason, not_here
from cordage_tui.ui.main.actions.outputs import relatives_of_row
from cordage_tui.ui.main.actions.table import moves_to_runs
from cordage_tui.ui.main.context import GO, NO_RUN, RUNS, MainAction, MainContext, RunAction, why_no_outputs, why_no_run

if TYPE_CHECKING:
    from cordage_tui.domain.tag import TagChange
    from cordage_tui.ui.main.batch_previews import BatchPreviews
    from cordage_tui.ui.main.copies import RunCopies


class EditInputs(RunAction):
    """Load this run's inputs into the prompt, to edit and rerun."""

    id, keys, word = "run.edit", "e", "edit"
    title, search = "Edit & rerun", "again, repeat, retry"
    in_footer = sends = True
    of_batch = "edit all", "Load this batch into the prompt, to edit and rerun"

    def reason(self, main: MainContext) -> DisabledReason | None:
        return _why_not_edit(main)

    def run(self, main: MainContext) -> None:
        row, detail = main.selection.row, main.selection.detail
        if (line := main.selection.batch) is not None:
            batch_previews(main).edit(line)
        elif row is not None and detail is not None and detail.inputs is not None:
            from cordage_tui.engine.outbox.linked_inputs import OutputNames

            with main.screen.report_errors():
                lineage = main.store.run_lookup.child_lineage(row.id)
                names = OutputNames(main.store, main.engine.profile.stored_as)
                inputs = names.named(detail.inputs, lineage.links)
                main.presenter.load_prompt(row.webhook_key, inputs, lineage=lineage)


class RunAgain(RunAction):
    """Rerun this run, the batch or the marked runs; asks how many times, and random inputs get new values."""

    id, keys, word = "run.again", "A", "rerun"
    title, search = "Rerun…", "run, again, repeat, reroll, times, seed, variations"
    in_footer = sends = True
    count = Count.MARKS

    def reason(self, main: MainContext) -> DisabledReason | None:
        return None if main.selection.has_marks else _why_not_edit(main)

    def run(self, main: MainContext) -> None:
        main.table.end_range()
        batch_previews(main).ask_again(main.table.marked)


class RunFailedAgain(MainAction):
    """Rerun what failed in this batch; previews first."""

    id, keys, word = "batch.run_failed_again", "F", "rerun failed"
    search = "retry, again"
    group = RUNS
    in_footer = sends = rare = True

    def reason(self, main: MainContext) -> DisabledReason | None:
        if main.selection.batch is None:
            return DisabledReason(SafeText("Select a batch to rerun what failed in it."))
        return None if main.selection.failed_in_batch else DisabledReason(SafeText("No run of this batch has failed."))

    def run(self, main: MainContext) -> None:
        if (line := main.selection.batch) is not None:
            batch_previews(main).run_failed_again(line)


class OpenBatchFile(MainAction):
    """Preview the prompts in a file: one per line, CSV, TSV or JSON Lines."""

    id, keys, word = "batch.file", "B", "batch from a file"
    search = "import, csv, tsv, json lines"
    group = RUNS
    sends = True

    def reason(self, main: MainContext) -> DisabledReason | None:
        return None if main.presenter.target is not None else not_here("There is no webhook to send prompts to.")

    def run(self, main: MainContext) -> None:
        batch_previews(main).open_file()


def batch_previews(main: MainContext) -> "BatchPreviews":
    """Return the part that previews and sends batches; the first screen sends none."""
    from cordage_tui.ui.main.batch_previews import BatchPreviews

    return main.part(BatchPreviews)


def _why_not_edit(main: MainContext) -> DisabledReason | None:
    row = main.selection.row
    if row is None:
        return NO_RUN
    if row.size:
        return None
    is_shown = main.pane.shown is not None and main.pane.shown.id == row.id
    detail = main.pane.detail if is_shown else main.selection.detail  # the pane follows the cursor only when that rests
    if detail is not None and detail.inputs is not None:
        return None
    return not_here("Inputs unknown: this run was started elsewhere.")


class SendAgain(MainAction):
    """Resend an uncertain prompt; asks first."""

    id, keys, word = "run.resend", "S", "resend"
    search = "retry, uncertain"
    group = RUNS
    sends = rare = True

    def reason(self, main: MainContext) -> DisabledReason | None:
        row = main.selection.row
        if row is not None and row.status is Status.UNCERTAIN:
            return None
        return DisabledReason(SafeText("Only an uncertain prompt can be resent."))

    def run(self, main: MainContext) -> None:
        from cordage_tui.ui.queue.drop_or_resend import confirm_resend

        if (row := main.selection.row) is not None:
            confirm_resend(main.screen, row)


class SettleUncertain(MainAction):
    """Settle which of several uncertain prompts ran; shows them side by side and asks first."""

    id, keys, word = "run.settle", "U", "settle"
    title = "Settle uncertain prompts"
    group = RUNS
    rare = True

    def reason(self, main: MainContext) -> DisabledReason | None:
        row = main.selection.row
        if row is not None and (row.status is Status.UNCERTAIN or _may_be_in_match_set(row)):
            return None
        return DisabledReason(SafeText("Nothing is uncertain about this run."))

    def run(self, main: MainContext) -> None:
        from cordage_tui.ui.dialogs.settle import open_settle

        if (row := main.selection.row) is not None:
            open_settle(main.screen, main.engine, row.id, main.clock.wall())


def _may_be_in_match_set(row: RunRow) -> bool:
    """Return True if the row may be one of several uncertain prompts and runs that look alike.

    These are prompts that ran, not known as which run, and runs without a prompt or with a guessed one.
    """
    return (
        row.status is Status.UNMATCHED or row.matched is MatchedBy.GUESS or (not row.prompt and row.run_id is not None)
    )


class UseRunOutput(RunAction):
    """Use this output as an input of a webhook."""

    id, keys, word = "run.use_output", "u", "use"
    title, search = "Use as input", "chain, next workflow, image_url, upscale"
    in_footer = sends = True
    count = Count.MARKS
    of_marked = (
        "use as inputs",
        "Preview a batch with one prompt for each output of the marked runs; rejected ones are left out",
    )
    of_batch = (
        "use as inputs",
        "Preview a batch with one prompt for each output of this batch; rejected ones are left out",
    )

    def reason(self, main: MainContext) -> DisabledReason | None:
        return why_no_outputs(main)

    def run(self, main: MainContext) -> None:
        from cordage_tui.ui.main.output_use import OutputUse

        main.table.end_range()
        main.part(OutputUse).use_selected()


class GoToParent(MainAction):
    """Go to the run that this one was made from."""

    id, keys, word = "run.parent", "p", "parent"
    title, search = "Go to the parent", "lineage, made from, origin, source"
    group = GO

    def reason(self, main: MainContext) -> DisabledReason | None:
        relatives = relatives_of_row(main)
        if relatives is not None and relatives.removed:
            return not_here("The run that this one was made from was removed.")
        if relatives is not None and relatives.parent is not None:
            return None
        return NO_RUN if main.selection.row is None else not_here("This run was not made from another one.")

    def run(self, main: MainContext) -> None:
        detail = main.selection.detail
        if detail is not None and detail.parent is not None:
            moves_to_runs(main).show_run(detail.parent)


class TagRuns(RunAction):
    """Tag this run, or the batch, or the marked runs, to find them again."""

    id, keys, word = "run.tag", "a", "tag"
    title, search = "Tag…", "label, keyword, group"
    count = Count.MARKS
    of_marked = "tag marked", "Tag the marked runs"
    of_batch = "tag batch", "Tag all runs of this batch"

    def reason(self, main: MainContext) -> DisabledReason | None:
        return why_no_run(main)

    def run(self, main: MainContext) -> None:
        """Ask which tags to add and to remove. The runs that were selected when the dialog opened are changed."""
        from cordage_tui.ui.dialogs.tags import TagsDialog, TagTarget

        main.table.end_range()
        if rows := main.selection.chosen_rows:
            with main.screen.report_errors():
                tags = main.store.tags
                target = TagTarget.of(rows, tags.of_rows(rows), tags.counts(main.engine.profile.stored_as))
                main.screen.app.push_screen(TagsDialog(target), partial(_tag, main, rows))


def _tag(main: MainContext, rows: Sequence[RowId], change: "TagChange | None") -> None:
    if change:
        with main.screen.report_errors():
            main.store.tags.change(rows, change)
            signed = [*(f"+{tag}" for tag in sorted(change.added)), *(f"-{tag}" for tag in sorted(change.removed))]
            main.screen.toast(one_line(f"{counted(len(rows), 'run')}: {' '.join(signed)}"))


class ChooseCopy(RunAction):
    """Copy the prompt, JSON, a curl command, a URL or a file's path; asks which."""

    id, keys, word = "run.copy", "c", "copy…"
    search = "clipboard, yank"
    count = Count.MARKS
    of_marked = "copy…", "Copy ids, prompts, URLs, files or JSON of the marked runs"
    of_batch = "copy…", "Copy ids, prompts, URLs, files or JSON of this batch's runs"

    def reason(self, main: MainContext) -> DisabledReason | None:
        return why_no_run(main)

    def run(self, main: MainContext) -> None:
        _copies(main).open_menu()


class CopyIds(RunAction):
    """Copy this run's id."""

    id, keys, word = "run.copy_id", "y", "copy id"
    count = Count.MARKS
    of_marked = "copy ids", "Copy the ids of the marked runs, one per line"
    of_batch = "copy ids", "Copy the ids of this batch's runs, one per line"

    def reason(self, main: MainContext) -> DisabledReason | None:
        row = main.selection.row
        if main.selection.has_marks or (row is not None and (row.size or row.run_id is not None)):
            return None
        return NO_RUN if row is None else not_here("This run has no id yet.")

    def run(self, main: MainContext) -> None:
        _copies(main).copy_ids()


class CopyUrls(RunAction):
    """Copy the URLs of this run's outputs."""

    id, keys, word = "run.copy_urls", "Y", "copy URLs"
    search = "links, addresses"
    count = Count.MARKS
    of_marked = "copy URLs", "Copy the URLs of the marked runs' outputs, one per line"
    of_batch = "copy URLs", "Copy the URLs of this batch's outputs, one per line"

    def reason(self, main: MainContext) -> DisabledReason | None:
        return why_no_outputs(main)

    def run(self, main: MainContext) -> None:
        _copies(main).copy_urls()


def _copies(main: MainContext) -> "RunCopies":
    """Return the copies of the marked runs, of the batch or of the run."""
    from cordage_tui.ui.main.copies import RunCopies

    main.table.end_range()
    return RunCopies(main)


AGAIN_ACTIONS = (EditInputs(), RunAgain(), RunFailedAgain(), OpenBatchFile(), SendAgain(), SettleUncertain())
ACTIONS = (UseRunOutput(), ChooseCopy(), CopyIds(), CopyUrls(), TagRuns(), GoToParent())
