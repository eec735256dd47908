"""What the run screen does about batches: previews, sends, folds, kills, and runs them again."""

from typing import TYPE_CHECKING, Final

from cordage_tui.domain.fast_dataclass import replace
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.run import BatchSource, RowId, RunRow, Status
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.batch.draft import BatchDraft, draft_from, draft_of, line_count
from cordage_tui.engine.batch.expand import BatchError, Combine
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.errors import ReadOnlyProfile
from cordage_tui.engine.input_fields import with_defaults
from cordage_tui.store.errors import StoreError
from cordage_tui.ui.app_base import toast
from cordage_tui.ui.keys.footer import KeyLabel
from cordage_tui.ui.main.layout import Panel
from cordage_tui.ui.prompt.batch_preview import BatchPlan, ParseOptions, PreviewRequest

if TYPE_CHECKING:
    from cordage_tui.ui.main.screen import MainScreen

RUN_AGAIN: Final = frozenset({Status.FAILED, Status.REJECTED})
"""Those that went wrong and surely are not running."""
_AGAIN: Final = "failed of: "


class BatchActions:
    """Use-cases of one screen over the batches of one engine."""

    def __init__(self, screen: "MainScreen", engine: Engine) -> None:
        self._screen = screen
        self._engine = engine
        self._store = engine.store

    def preview_written(self, webhook_key: str, inputs: Inputs, *, lines: bool) -> None:
        """What stands in the prompt panel, as a batch; it stays there until it is sent."""

        def propose(reading: ParseOptions) -> BatchPlan:
            return self._plan(webhook_key, draft_of(inputs, lines=reading.lines, combine=reading.combine))

        offer = PreviewRequest(
            self._name(webhook_key), propose, ParseOptions(lines), by_lines=line_count(inputs) > 1, written=True
        )
        self._preview(webhook_key, offer)

    def from_file(self) -> None:
        """Asks for the file, then previews what it holds for the webhook that is written for."""
        from cordage_tui.ui.prompt.batch_file import BatchFileDialog

        webhook_key = self._screen.shown.target
        if webhook_key is None:
            self._say(one_line("There is no webhook to send prompts to."))
            return
        self._screen.app.push_screen(
            BatchFileDialog(self._name(webhook_key)),
            lambda draft: self._preview_file(webhook_key, draft) if draft is not None else None,
        )

    def _preview_file(self, webhook_key: str, draft: BatchDraft) -> None:
        """As the command line sends it: with the defaults of the webhook's inputs."""
        webhook = self._engine.profile.webhook(webhook_key)
        inputs = webhook.inputs if webhook is not None else {}
        try:
            bodies = [with_defaults(inputs, body) for body in draft.bodies]
            self._preview_draft(webhook_key, draft_from(draft.source.title, bodies))
        except BatchError as error:
            self._say(error.what, error=True)

    def fold(self, line: RowId, folded: bool) -> None:
        """Hides the rows of a batch behind its line, or shows them below it; the cursor goes to the line when they go."""
        try:
            if folded:
                self._screen.shown.table.go_to(line)
            self._store.batches.fold(line, folded)
        except StoreError as error:
            self._say(error.what, error=True)

    def kill(self, line: RunRow) -> None:
        """All that is left of it, as a bulk kill does: what is queued is dropped, what runs is killed."""
        self._screen.bulk.kill(tuple(self._screen.shown.kept.members(line.id)))

    def run_failed_again(self, line: RunRow) -> None:
        """A new batch of what went wrong in this one, previewed like any other."""
        try:
            source = self._source(line)
            bodies = self._store.batches.bodies(self._store.batches.members(line.id, RUN_AGAIN))
            draft = draft_from(_AGAIN + source.title.removeprefix(_AGAIN), bodies)
        except (BatchError, StoreError) as error:
            self._say(error.what, error=True)
        else:
            self._preview_draft(line.webhook_key, draft)

    def edit(self, line: RunRow) -> None:
        """All of it again: into the prompt panel as it was written; one that came from a file is previewed as it was."""
        try:
            source = self._source(line)
            if source.inputs:
                self._load(line, source)
            else:
                bodies = self._store.batches.bodies(self._store.batches.members(line.id))
                self._preview_draft(line.webhook_key, draft_from(source.title, bodies))
        except (BatchError, StoreError) as error:
            self._say(error.what, error=True)

    def failed(self, line: RunRow) -> int:
        """How many of it can be run again because they went wrong."""
        progress = self._screen.shown.kept.batch(line.id)
        return sum(progress.counts.get(status, 0) for status in RUN_AGAIN) if progress else 0

    def _load(self, line: RunRow, source: BatchSource) -> None:
        if self._engine.profile.webhook(line.webhook_key) is None:
            self._say(one_line("Its webhook has been removed from this profile."))
            return
        self._screen.shown.write_for(line.webhook_key)
        self._screen.shown.prompt.load(source.inputs, batch_lines=_by_lines(source))
        self._screen.arrangement.go(Panel.PROMPT)

    def _source(self, line: RunRow) -> BatchSource:
        """Raises BatchError when the batch has gone."""
        progress = self._store.batches.progress(line.id)
        if progress is None:
            raise BatchError("This batch no longer exists.")
        return progress.source

    def _preview_draft(self, webhook_key: str, draft: BatchDraft) -> None:
        if self._engine.profile.webhook(webhook_key) is None:
            self._say(one_line("Its webhook has been removed from this profile."))
            return
        self._preview(webhook_key, PreviewRequest(self._name(webhook_key), lambda _: self._plan(webhook_key, draft)))

    def _preview(self, webhook_key: str, offer: PreviewRequest) -> None:
        from cordage_tui.ui.prompt.batch_preview import BatchPreview

        preview = BatchPreview(replace(offer, protected=self._engine.profile.protected))

        def answered(yes: bool | None) -> None:
            if yes and preview.chosen is None:
                self._screen.shown.prompt.send_as_written()
            elif yes and preview.chosen is not None:
                self._send(webhook_key, preview.chosen, written=offer.written)

        self._screen.app.push_screen(preview, answered)

    def _plan(self, webhook_key: str, draft: BatchDraft) -> BatchPlan:
        """Raises StoreError."""
        before = self._store.prompts.ran_before(self._engine.profile.stored_as, webhook_key, draft.bodies)
        return BatchPlan(draft, self._engine.batches.estimate(webhook_key, len(draft.bodies)), before, draft.repeated())

    def _send(self, webhook_key: str, draft: BatchDraft, *, written: bool) -> None:
        """Writes all of it down, or says why not; then what was written stays in the prompt panel."""
        try:
            line = self._engine.queue.submit_batch(webhook_key, draft.source, draft.bodies, {} if written else None)
        except (StoreError, ReadOnlyProfile) as error:
            self._say(error.what, error=True)
            return
        if written:
            self._screen.shown.prompt.batch_sent()
        self._screen.shown.submitted(line)

    def _name(self, webhook_key: str) -> SafeText:
        return one_line(self._engine.profile.label(webhook_key), 60)

    def _say(self, words: SafeText, *, error: bool = False) -> None:
        toast(self._screen.app, words, error=error)


def batch_words(action: str) -> KeyLabel | None:
    """What a key says of a batch's line, if that differs from what it says of one run."""
    words = {
        "run.kill": ("kill remaining", "Kill this batch's runs and drop its queued prompts; asks first"),
        "run.copy": ("copy…", "Copy ids, prompts, URLs, files or JSON of this batch's runs"),
        "run.copy_id": ("copy ids", "Copy the ids of this batch's runs, one per line"),
        "run.copy_urls": ("copy URLs", "Copy the URLs of this batch's outputs, one per line"),
        "run.download_all": ("download batch", "Download all outputs of this batch's runs"),
        "run.edit": ("edit & rerun all", "Load this batch into the prompt, to edit and rerun"),
    }.get(action)
    return KeyLabel(one_line(words[0]), one_line(words[1])) if words else None


def _by_lines(source: BatchSource) -> bool:
    """Whether each line of it was a prompt: only so its first axis comes out as it was."""
    try:
        read = draft_of(source.inputs, lines=True, combine=Combine.PRODUCT)
    except BatchError:
        return False
    return line_count(source.inputs) > 1 and read.source.axes == source.axes
