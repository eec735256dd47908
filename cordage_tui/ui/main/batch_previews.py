"""Batches that are previewed on the main screen before they are sent: written prompts, files, and runs to run again."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Final

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.inputs import PROMPT, Inputs, Json, prompt_of
from cordage_tui.domain.run import RUN_AGAIN, RowId, RunRow
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.submission import NO_LINEAGE, Lineage
from cordage_tui.engine.batch.body_checks import BodyChecker
from cordage_tui.engine.batch.draft import BatchDraft, draft_from, draft_of, line_count
from cordage_tui.engine.batch.expand import Combine
from cordage_tui.engine.batch.pattern import MOST, BatchError, Lists
from cordage_tui.engine.batch.prompt_files import FileRequest
from cordage_tui.engine.batch.random_inputs import NOTHING_RANDOM, RandomInputs
from cordage_tui.engine.batch.run_again import EarlierRun, draft_again, earlier_runs
from cordage_tui.engine.batch.sampling import new_seed
from cordage_tui.engine.batch.word_lists import WordLists
from cordage_tui.engine.errors import REFUSALS, UnknownOutput
from cordage_tui.engine.history.failure_clusters import FailureCluster, draft_rerun
from cordage_tui.engine.input_fields import UNSET, with_defaults
from cordage_tui.engine.outbox.linked_inputs import OutputNames
from cordage_tui.store.errors import StoreError
from cordage_tui.ui.dialogs.run_again import AgainDialog, AgainTarget
from cordage_tui.ui.main.context import MainContext
from cordage_tui.ui.main.presenter import REMOVED
from cordage_tui.ui.prompt.batch_file import BatchFileDialog
from cordage_tui.ui.prompt.batch_preview import BatchPlan, BatchPreview, ParseOptions, PreviewRequest

_FAILED: Final = "failed of: "
_UNKNOWN: Final = one_line("Inputs unknown: started elsewhere.")


class BatchPreviews:
    """Batches that are not sent yet. Each is previewed, and sent after the user has said yes."""

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
        """Path of the last file that was previewed and not sent; empty: there is none."""

    def preview_written(self, webhook_key: str, inputs: Inputs, *, lines: bool) -> None:
        """Preview the text of the prompt panel as a batch. The text stays there until the batch is sent."""
        lists = WordLists(self._folder).words
        random = RandomInputs(self._inputs(webhook_key))
        lineage = self._prompt.lineage
        seed = new_seed()  # the same for every way to read the text, so that a key changes nothing else

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
        """Ask for a file, and preview its prompts for the target webhook. The last file is offered if it was not sent."""
        webhook_key = self._presenter.target
        if webhook_key is None:
            return
        inputs = self._inputs(webhook_key)
        written = {name: value for name, value in self._prompt.inputs().items() if name != PROMPT}
        fields = {**dict.fromkeys(inputs, UNSET), **written}
        fields.pop(PROMPT, None)
        dialog = BatchFileDialog(self._name(webhook_key), FileRequest(inputs, fields), self._file)

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
        """Preview a batch that puts each named output into the input `name`, together with the written prompt.

        Each output has one body, or several if the prompt has alternatives.
        """
        written: Inputs | None = self._prompt.inputs()
        if self._prompt.webhook is None or self._prompt.webhook.key != webhook_key:
            prompts = self._host.reads.last_good(self._presenter.read_prompts, None, webhook_key)
            written = prompts[0] if prompts else None
        base_inputs = with_defaults(self._inputs(webhook_key), {}) if written is None else written
        lists, random, seed = WordLists(self._folder).words, RandomInputs(self._inputs(webhook_key)), new_seed()
        try:
            drafts = [
                draft_of(
                    {**base_inputs, name: output},
                    lines=False,
                    combine=Combine.PRODUCT,
                    seed=seed + index,  # each output draws other random values
                    lists=lists,
                    random=random,
                )
                for index, output in enumerate(outputs)
            ]
            draft = draft_from(
                f"{len(outputs):,} outputs as {name}", (body for of_output in drafts for body in of_output.bodies)
            )
        except (BatchError, StoreError) as error:
            self._host.toast(error.what, error=True)
        else:
            unexpanded = next((of_output.unexpanded for of_output in drafts if of_output.unexpanded), None)
            draft = replace(draft, unexpanded=unexpanded)
            self._preview_draft(webhook_key, self._checked(webhook_key, draft, free={*base_inputs, name}))

    def run_failed_again(self, line: RunRow) -> None:
        """Preview a new batch of the runs that failed in this batch."""
        try:
            title = _FAILED + self._source(line).title.removeprefix(_FAILED)
            failed = earlier_runs(self._host.store, self._batches.members(line.id, RUN_AGAIN))
            draft = draft_again([run.unchanged() for run in failed], NOTHING_RANDOM, title=title)
        except (BatchError, StoreError) as error:
            self._host.toast(error.what, error=True)
        else:
            self._preview_draft(line.webhook_key, self._checked(line.webhook_key, draft))

    def rerun_cluster(self, cluster: FailureCluster, sent: Callable[[], object]) -> None:
        """Preview a new batch of the prompts that failed with an error and have not completed since. Then call `sent`."""
        try:
            draft = draft_rerun(self._host.store, cluster)
        except (BatchError, StoreError) as error:
            self._host.toast(error.what, error=True)
        else:
            self._preview_draft(cluster.webhook_key, self._checked(cluster.webhook_key, draft), sent)

    def ask_again(self, marked: Sequence[RowId]) -> None:
        """Ask how many times to run again the marked runs, else the batch or the run under the cursor."""
        row = self._selection.row
        rows = marked or ((row.id,) if row is not None else ())
        with self._host.report_errors():
            runs = earlier_runs(self._host.store, rows)
            known = [run for run in runs if self._engine.profile.webhook(run.webhook_key)]
            if not known:
                self._host.toast(REMOVED if runs else _UNKNOWN)
                return
            target = self._again_target(known, self._count_selected(rows) - len(known))
            self._host.app.push_screen(AgainDialog(target), partial(self._run_again, known))

    def _count_selected(self, rows: Sequence[RowId]) -> int:
        """Count the runs of these rows. A batch's line counts as the runs of the batch."""
        lines = self._host.store.run_lookup.lines(rows)
        return sum(len(self._batches.members(row)) if row in lines else 1 for row in rows)

    def _again_target(self, runs: Sequence[EarlierRun], left_out: int) -> AgainTarget:
        keys = list(dict.fromkeys(run.webhook_key for run in runs))
        random = {key: RandomInputs(self._inputs(key)) for key in keys}
        bodies = ((run.webhook_key, random[run.webhook_key].renewed(run.inputs, run.fixed)) for run in runs)
        return AgainTarget(
            self._name(keys[0]) if len(keys) == 1 else one_line(f"{len(keys)} webhooks"),
            len(runs),
            one_line(prompt_of(runs[0].inputs)),
            tuple(dict.fromkeys(name for key, body in bodies for name in random[key].open_in(body))),
            left_out,
            max(1, MOST // len(runs)),
        )

    def _run_again(self, runs: Sequence[EarlierRun], times: int | None) -> None:
        """Submit a single run immediately; preview several. The runs of each webhook are previewed one after the other."""
        if times is None:
            return
        key = runs[0].webhook_key
        rest = [run for run in runs if run.webhook_key != key]
        of_webhook = [run for run in runs if run.webhook_key == key]
        try:
            draft = self._checked(key, draft_again(of_webhook, RandomInputs(self._inputs(key)), times=times))
            if len(runs) * times > 1 or draft.faults or draft.unexpanded:
                self._preview_draft(key, draft, lambda: self._run_again(rest, times) if rest else None)
            else:
                self._presenter.show_submitted(
                    self._engine.queue.submit(key, draft.bodies[0], lineage=draft.lineages[0])
                )
        except (BatchError, *REFUSALS) as error:
            self._host.toast(error.what, error=True)

    def edit(self, line: RunRow) -> None:
        """Load the batch into the prompt panel as it was written. A batch from a file is previewed instead."""
        try:
            source = self._source(line)
            if source.inputs:
                self.load_source(line.webhook_key, source, Lineage(line.id))
            else:
                runs = [run.unchanged() for run in earlier_runs(self._host.store, (line.id,))]
                draft = draft_again(runs, NOTHING_RANDOM, title=source.title)
                self._preview_draft(line.webhook_key, self._checked(line.webhook_key, draft))
        except (BatchError, StoreError) as error:
            self._host.toast(error.what, error=True)

    def load_source(self, webhook_key: str, source: BatchSource, lineage: Lineage = NO_LINEAGE) -> None:
        """Load a batch into the prompt panel as it was written. `lineage`: of the runs that are made from it."""
        by_lines = _by_lines(source, WordLists(self._folder).words)
        self._presenter.load_prompt(webhook_key, source.inputs, batch_lines=by_lines, lineage=lineage)

    def _source(self, line: RunRow) -> BatchSource:
        """Return the source of the batch. Raises BatchError if the batch does not exist any more, and StoreError."""
        progress = self._batches.progress(line.id)
        if progress is None:
            raise BatchError("This batch no longer exists.")
        return progress.source

    def _preview_draft(
        self, webhook_key: str, draft: BatchDraft, when_sent: Callable[[], object] = lambda: None
    ) -> None:
        """Preview a draft. Call `when_sent` when it is sent."""
        if self._engine.profile.webhook(webhook_key) is None:
            self._host.toast(REMOVED)
            return
        self._preview(
            webhook_key,
            PreviewRequest(
                self._name(webhook_key), lambda reading: self._plan(webhook_key, draft, faulty=reading.faulty)
            ),
            when_sent,
        )

    def _preview(
        self, webhook_key: str, request: PreviewRequest, when_sent: Callable[[], object] = lambda: None
    ) -> None:
        preview = BatchPreview(replace(request, protected=self._engine.profile.protected))

        def answered(yes: bool | None) -> None:
            if yes and preview.chosen is None:
                self._prompt.send_as_written()
            elif yes and preview.chosen and self._send(webhook_key, preview.chosen, written=request.written):
                when_sent()

        self._host.app.push_screen(preview, answered)

    def _checked(self, webhook_key: str, draft: BatchDraft, free: Collection[str] | None = None) -> BatchDraft:
        """Mark the bodies that do not fit their webhook. (Bodies of a file are marked when the file is read.)

        `free`: inputs that the user has added as fields; None: all inputs of the bodies, because they have run before.
        """
        names = {name for body in draft.bodies for name in body} if free is None else free
        faults = BodyChecker(self._inputs(webhook_key), free=names).faults(draft.bodies)
        return replace(draft, faults=faults)

    def _plan(self, webhook_key: str, draft: BatchDraft, *, faulty: bool) -> BatchPlan:
        """Plan a draft with its price, with or without its `faulty` prompts. Raises BatchError and StoreError."""
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
        """Write the whole batch to the outbox. If it is refused, say why, and keep the text in the prompt panel."""
        try:
            remaining: Inputs | None = {} if written else None
            line = self._submit(webhook_key, draft, remaining)
        except REFUSALS as error:
            self._host.toast(error.what, error=True)
            return False
        if written:
            self._prompt.batch_sent()
        self._presenter.show_submitted(line)
        return True

    def _submit(self, webhook_key: str, draft: BatchDraft, remaining: Inputs | None) -> RowId:
        """Write the prompts into the outbox. A single prompt without lists is not a batch. Raises as `QueueService` does."""
        queue = self._engine.queue
        if len(draft.bodies) == 1 and draft.unexpanded is not None and not draft.axes:
            lineage = next(iter(draft.lineages), NO_LINEAGE)
            return queue.submit(webhook_key, draft.bodies[0], remaining, lineage=lineage)
        return queue.submit_batch(webhook_key, draft.source, draft.bodies, remaining, lineages=draft.lineages)

    def _name(self, webhook_key: str) -> SafeText:
        return one_line(self._engine.profile.label(webhook_key), 60)


def _by_lines(source: BatchSource, lists: Lists) -> bool:
    """Return whether each line of the text was a prompt: only then does its first axis come out as it was."""
    try:
        read = draft_of(source.inputs, lines=True, combine=Combine.PRODUCT, lists=lists)
    except BatchError:
        return False
    return line_count(source.inputs) > 1 and read.source.axes == source.axes
