"""Batches that are previewed on the main screen before they are sent: written ones, files, and runs that run again."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.inputs import PROMPT, Inputs, Json, prompt_of
from cordage_tui.domain.outbox import NO_LINEAGE, BatchSource, Lineage
from cordage_tui.domain.run import RUN_AGAIN, RowId, RunRow
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.batch.again import EarlierRun, draft_again, earlier_runs
from cordage_tui.engine.batch.checks import BodyChecker
from cordage_tui.engine.batch.draft import BatchDraft, draft_from, draft_of, line_count
from cordage_tui.engine.batch.expand import Combine
from cordage_tui.engine.batch.files import FileRequest
from cordage_tui.engine.batch.pattern import MOST, BatchError, Lists
from cordage_tui.engine.batch.random_inputs import NOTHING_RANDOM, RandomInputs
from cordage_tui.engine.batch.sampling import new_seed
from cordage_tui.engine.batch.word_lists import WordLists
from cordage_tui.engine.errors import REFUSALS, UnknownOutput
from cordage_tui.engine.history.failures import draft_rerun
from cordage_tui.engine.input_fields import UNSET, with_defaults
from cordage_tui.engine.outbox.linked_inputs import OutputNames
from cordage_tui.store.errors import StoreError
from cordage_tui.ui.dialogs.again import AgainDialog, AgainTarget
from cordage_tui.ui.main.context import MainContext
from cordage_tui.ui.main.presenter import REMOVED
from cordage_tui.ui.prompt.batch_file import BatchFileDialog
from cordage_tui.ui.prompt.batch_preview import BatchPlan, BatchPreview, ParseOptions, PreviewRequest

if TYPE_CHECKING:
    from cordage_tui.engine.history.failures import FailureCluster

_FAILED: Final = "failed of: "
_UNKNOWN: Final = one_line("Inputs unknown: not started here.")


class BatchPreviews:
    """Batches that are still to be sent: each is previewed, and sent after the user's yes."""

    def __init__(self, main: MainContext) -> None:
        self._host = main.screen
        self._engine = main.engine
        self._batches = main.store.batches
        self._selection = main.selection
        self._presenter = main.presenter
        self._folder = main.registry.paths.config_dir
        """Folder of word lists."""
        self._prompt = main.prompt
        self._file = ""
        """Path of the last file that was previewed and not sent."""

    def preview_written(self, webhook_key: str, inputs: Inputs, *, lines: bool) -> None:
        """Preview what is written in the prompt panel as a batch; it stays there until it is sent."""
        lists = WordLists(self._folder).words
        random = RandomInputs(self._inputs(webhook_key))
        lineage = self._prompt.lineage
        seed = new_seed()  # the same for every way to read it, so that a key changes only what it says

        def propose(reading: ParseOptions) -> BatchPlan:
            draft = draft_of(
                inputs, lines=reading.lines, combine=reading.combine, seed=seed, lists=lists, random=random
            )
            draft = replace(draft, lineages=(lineage,) * len(draft.bodies))
            return self._plan(webhook_key, self._checked(webhook_key, draft, free=inputs), faulty=reading.faulty)

        self._preview(
            webhook_key,
            PreviewRequest(
                self._name(webhook_key),
                propose,
                ParseOptions(lines),
                by_lines=line_count(inputs) > 1,
                written=True,
            ),
        )

    def open_file(self) -> None:
        """Ask for a file, and preview its prompts for the target webhook. Offers the file that was not sent last time."""
        webhook_key = self._presenter.target
        if webhook_key is None:
            return
        inputs = self._inputs(webhook_key)
        written = {name: value for name, value in self._prompt.inputs().items() if name != PROMPT}
        given = {**dict.fromkeys(inputs, UNSET), **written}
        given.pop(PROMPT, None)
        dialog = BatchFileDialog(self._name(webhook_key), FileRequest(inputs, given), self._file)

        def answered(draft: BatchDraft | None) -> None:
            if draft is not None:
                self._file = dialog.path
                self._preview_draft(webhook_key, draft, self._forget_file)

        self._host.app.push_screen(dialog, answered)

    def _forget_file(self) -> None:
        self._file = ""

    def _inputs(self, webhook_key: str) -> Mapping[str, Json]:
        webhook = self._engine.profile.webhook(webhook_key)
        return webhook.inputs if webhook is not None else {}

    def preview_outputs(self, webhook_key: str, name: str, outputs: Sequence[str]) -> None:
        """Preview a batch with one body for each named output in that input, beside what is written for the webhook; several
        bodies where that has alternatives."""
        written: Inputs | None = self._prompt.inputs()
        if self._prompt.webhook is None or self._prompt.webhook.key != webhook_key:
            found = self._host.reads.last_good(self._presenter.read_prompts, None, webhook_key)
            written = found[0] if found else None
        beside = with_defaults(self._inputs(webhook_key), {}) if written is None else written
        lists, random, seed = WordLists(self._folder).words, RandomInputs(self._inputs(webhook_key)), new_seed()
        try:
            drafts = [
                draft_of(
                    {**beside, name: output},
                    lines=False,
                    combine=Combine.PRODUCT,
                    seed=seed + place,  # other outputs draw otherwise
                    lists=lists,
                    random=random,
                )
                for place, output in enumerate(outputs)
            ]
            draft = draft_from(f"{len(outputs):,} outputs as {name}", (body for one in drafts for body in one.bodies))
        except (BatchError, StoreError) as error:
            self._host.toast(error.what, error=True)
        else:
            unexpanded = next((one.unexpanded for one in drafts if one.unexpanded), None)
            draft = replace(draft, unexpanded=unexpanded)
            self._preview_draft(webhook_key, self._checked(webhook_key, draft, free={*beside, name}))

    def run_failed_again(self, line: RunRow) -> None:
        """Preview a new batch of the runs that went wrong in this one."""
        try:
            title = _FAILED + self._source(line).title.removeprefix(_FAILED)
            failed = earlier_runs(self._host.store, self._batches.members(line.id, RUN_AGAIN))
            draft = draft_again([run.unchanged() for run in failed], NOTHING_RANDOM, title=title)
        except (BatchError, StoreError) as error:
            self._host.toast(error.what, error=True)
        else:
            self._preview_draft(line.webhook_key, self._checked(line.webhook_key, draft))

    def rerun_cluster(self, cluster: "FailureCluster", sent: Callable[[], object]) -> None:
        """Preview a new batch of the prompts that have not completed since they failed with an error; then call `sent`."""
        try:
            draft = draft_rerun(self._host.store, cluster)
        except (BatchError, StoreError) as error:
            self._host.toast(error.what, error=True)
        else:
            self._preview_draft(cluster.webhook_key, self._checked(cluster.webhook_key, draft), sent)

    def ask_again(self, marked: Sequence[RowId]) -> None:
        """Ask how many times the marked runs are run again, else those of the batch or the run under the cursor."""
        row = self._selection.row
        wanted = marked or ((row.id,) if row is not None else ())
        with self._host.report_errors():
            found = earlier_runs(self._host.store, wanted)
            known = [run for run in found if self._engine.profile.webhook(run.webhook_key)]
            if not known:
                self._host.toast(REMOVED if found else _UNKNOWN)
                return
            target = self._again_target(known, self._selected(wanted) - len(known))
            self._host.app.push_screen(AgainDialog(target), partial(self._run_again, known))

    def _selected(self, wanted: Sequence[RowId]) -> int:
        """Count runs, of the line of a batch those in it."""
        lines = self._host.store.run_lookup.lines(wanted)
        return sum(len(self._batches.members(row)) if row in lines else 1 for row in wanted)

    def _again_target(self, found: Sequence[EarlierRun], left_out: int) -> AgainTarget:
        keys = list(dict.fromkeys(run.webhook_key for run in found))
        random = {key: RandomInputs(self._inputs(key)) for key in keys}
        bodies = ((run.webhook_key, random[run.webhook_key].renewed(run.inputs, run.fixed)) for run in found)
        return AgainTarget(
            self._name(keys[0]) if len(keys) == 1 else one_line(f"{len(keys)} webhooks"),
            len(found),
            one_line(prompt_of(found[0].inputs)),
            tuple(dict.fromkeys(name for key, body in bodies for name in random[key].open_in(body))),
            left_out,
            max(1, MOST // len(found)),
        )

    def _run_again(self, found: Sequence[EarlierRun], times: int | None) -> None:
        """Send one run that is run again once; preview more of them, those of one webhook after those of another."""
        if times is None:
            return
        key = found[0].webhook_key
        rest = [run for run in found if run.webhook_key != key]
        own = [run for run in found if run.webhook_key == key]
        try:
            draft = self._checked(key, draft_again(own, RandomInputs(self._inputs(key)), times=times))
            if len(found) * times > 1 or draft.faults or draft.unexpanded:
                self._preview_draft(key, draft, lambda: self._run_again(rest, times) if rest else None)
            else:
                self._presenter.show_submitted(
                    self._engine.queue.submit(key, draft.bodies[0], lineage=draft.lineages[0])
                )
        except (BatchError, *REFUSALS) as error:
            self._host.toast(error.what, error=True)

    def edit(self, line: RunRow) -> None:
        """Load the batch into the prompt panel as it was written; preview one that came from a file."""
        try:
            source = self._source(line)
            if source.inputs:
                self.load_source(line.webhook_key, source, Lineage(line.id))
            else:
                found = [run.unchanged() for run in earlier_runs(self._host.store, (line.id,))]
                draft = draft_again(found, NOTHING_RANDOM, title=source.title)
                self._preview_draft(line.webhook_key, self._checked(line.webhook_key, draft))
        except (BatchError, StoreError) as error:
            self._host.toast(error.what, error=True)

    def load_source(self, webhook_key: str, source: BatchSource, lineage: Lineage = NO_LINEAGE) -> None:
        """Load a batch into the prompt panel as it was written, with the lineage of what it becomes; Enter previews it."""
        by_lines = _by_lines(source, WordLists(self._folder).words)
        self._presenter.load_prompt(webhook_key, source.inputs, batch_lines=by_lines, lineage=lineage)

    def _source(self, line: RunRow) -> BatchSource:
        """Source of the batch. Raises BatchError when the batch has gone."""
        progress = self._batches.progress(line.id)
        if progress is None:
            raise BatchError("This batch no longer exists.")
        return progress.source

    def _preview_draft(self, webhook_key: str, draft: BatchDraft, go_on: Callable[[], object] = lambda: None) -> None:
        """Preview a draft; once it is sent, `go_on`."""
        if self._engine.profile.webhook(webhook_key) is None:
            self._host.toast(REMOVED)
            return
        self._preview(
            webhook_key,
            PreviewRequest(
                self._name(webhook_key), lambda reading: self._plan(webhook_key, draft, faulty=reading.faulty)
            ),
            go_on,
        )

    def _preview(self, webhook_key: str, request: PreviewRequest, go_on: Callable[[], object] = lambda: None) -> None:
        preview = BatchPreview(replace(request, protected=self._engine.profile.protected))

        def answered(yes: bool | None) -> None:
            if yes and preview.chosen is None:
                self._prompt.send_as_written()
            elif yes and preview.chosen and self._send(webhook_key, preview.chosen, written=request.written):
                go_on()

        self._host.app.push_screen(preview, answered)

    def _checked(self, webhook_key: str, draft: BatchDraft, free: Collection[str] | None = None) -> BatchDraft:
        """Mark the bodies that do not fit their webhook; those of a file are marked when it is read. `free`: inputs that the user
        has added as fields; None: all that are in the bodies, which have run."""
        names = {name for body in draft.bodies for name in body} if free is None else free
        faults = BodyChecker(self._inputs(webhook_key), free=names).faults(draft.bodies)
        return replace(draft, faults=faults)

    def _plan(self, webhook_key: str, draft: BatchDraft, *, faulty: bool) -> BatchPlan:
        """Plan of a draft with its price; with its `faulty` prompts or without. Raises StoreError."""
        sent = draft if faulty or not draft.faults else draft.without_faulty()
        names = OutputNames(self._engine.store, self._engine.profile.stored_as)
        try:
            bodies = [names.resolve(body)[0] for body in draft.bodies]
        except UnknownOutput as error:
            raise BatchError(error.what) from None
        before = self._host.store.prompts.ran_before(self._engine.profile.stored_as, webhook_key, bodies)
        price = self._engine.batches.estimate(webhook_key, len(sent.bodies) if sent else 0)
        return BatchPlan(draft, sent, price, before, draft.repeated())

    def _send(self, webhook_key: str, draft: BatchDraft, *, written: bool) -> bool:
        """Write all of the batch to the outbox, or say why not; then what was written stays in the prompt panel."""
        try:
            left: Inputs | None = {} if written else None
            line = self._submit(webhook_key, draft, left)
        except REFUSALS as error:
            self._host.toast(error.what, error=True)
            return False
        if written:
            self._prompt.batch_sent()
        self._presenter.show_submitted(line)
        return True

    def _submit(self, webhook_key: str, draft: BatchDraft, left: Inputs | None) -> RowId:
        """Write the prompts into the outbox; one that nothing was expanded in is no batch. Raises as `QueueService` does."""
        queue = self._engine.queue
        if len(draft.bodies) == 1 and draft.unexpanded is not None and not draft.axes:
            lineage = next(iter(draft.lineages), NO_LINEAGE)
            return queue.submit(webhook_key, draft.bodies[0], left, lineage=lineage)
        return queue.submit_batch(webhook_key, draft.source, draft.bodies, left, lineages=draft.lineages)

    def _name(self, webhook_key: str) -> SafeText:
        return one_line(self._engine.profile.label(webhook_key), 60)


def _by_lines(source: BatchSource, lists: Lists) -> bool:
    """Return whether each line of the prompt was a prompt: only so its first axis comes out as it was."""
    try:
        read = draft_of(source.inputs, lines=True, combine=Combine.PRODUCT, lists=lists)
    except BatchError:
        return False
    return line_count(source.inputs) > 1 and read.source.axes == source.axes
