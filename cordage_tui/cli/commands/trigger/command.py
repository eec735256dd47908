"""`cordage-tui trigger`: submit prompts through the outbox; each is sent once."""

import argparse
import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

from cordage_tui.cli.base.advice import with_command
from cordage_tui.cli.base.console import Console
from cordage_tui.cli.base.context import REPAIR_ADVICE, CommandContext, find_context, format_command, store_error
from cordage_tui.cli.base.engine_context import key_for_queue, run_engine
from cordage_tui.cli.base.errors import CommandError, ExitCode, UsageError
from cordage_tui.cli.base.output_streams import OutputWriteError, discard_output
from cordage_tui.cli.base.profile import find_webhook
from cordage_tui.cli.base.refresh import WHY_FAILED, read_outputs
from cordage_tui.cli.base.run_table import name_of, print_rows
from cordage_tui.cli.base.store_patience import STORE_S, StorePatience
from cordage_tui.cli.base.wait import (
    TimeLimits,
    download_error,
    exit_code_of_runs,
    wait_for_run_downloads,
    wait_until,
    wait_while,
)
from cordage_tui.cli.commands.show import print_page
from cordage_tui.cli.commands.trigger.inputs import (
    build_bodies,
    describe_estimate,
    estimate,
    lane_of,
    print_bodies,
    refuse_unexpanded,
    without_known_key,
)
from cordage_tui.cli.commands.trigger.outputs_as_inputs import draft_for_each, has_references, input_for_each, with_urls
from cordage_tui.cli.commands.trigger.queue_only import queue_draft
from cordage_tui.cli.commands.trigger.result import SubmissionResult
from cordage_tui.cli.commands.trigger.submission import (
    NOTHING,
    OVER,
    Submission,
    SubmissionWaiter,
    Unfinished,
    beyond_limit,
    guess_words,
    settle_hint,
    uncertain_error,
)
from cordage_tui.cli.linear.sentences import prompt_with, spoken_duration
from cordage_tui.domain.download import Download, DownloadState
from cordage_tui.domain.formatting import counted
from cordage_tui.domain.inputs import PROMPT, REPEAT_S, value_words
from cordage_tui.domain.queue import Lane
from cordage_tui.domain.run import MatchedBy, RowId, RunDetail, RunRow, Status
from cordage_tui.domain.run_json import detail_object
from cordage_tui.domain.safe_text import one_line, visible_id
from cordage_tui.domain.secrets import redact
from cordage_tui.domain.webhook import Webhook
from cordage_tui.engine.batch.draft import BatchDraft, BatchEstimate
from cordage_tui.engine.batch.unexpanded import Doubt
from cordage_tui.engine.downloads.destination import InvalidDestination, tried_target
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.errors import join_sentences, refuse_if_read_only
from cordage_tui.store.errors import DatabaseLocked, StoreError

ANSWER_S = 60.0
"""Seconds to wait for a pending answer before the command ends: cut off, the prompt would be uncertain."""


def run(options: argparse.Namespace) -> int:
    """Print the id of each run, or with `--wait` its result. Raises CommandError and ConfigError."""
    console = Console(options)
    check_queue_options(options)
    context = find_context(options, console)
    webhook = find_webhook(context.profile, options.webhook, context.settings.profiles)
    each_input = input_for_each(options, webhook)
    whole = build_bodies(options, webhook, context.paths.config_dir)
    draft = without_refused(whole, console)
    asks_history = draft.unexpanded is not None and draft.unexpanded.doubt is Doubt.KEY
    if not asks_history:
        refuse_unexpanded(options, draft, console)
    if draft.sampled:
        console.info(f"Made of the patterns: {draft.sampled}.")
    check_folder(options, context, webhook, console)

    async def command(engine: Engine) -> ExitCode:
        known_draft = without_known_key(engine, webhook, draft) if asks_history else draft
        refuse_unexpanded(options, known_draft, console)
        full_draft = (
            known_draft
            if each_input is None
            else await draft_for_each(engine, webhook, options, known_draft, each_input, console)
        )
        return await TriggerCommand(engine, webhook, options, console).run(
            whole, await with_urls(engine, full_draft, console)
        )

    needs_key = not options.queue or each_input is not None or any(map(has_references, draft.bodies))
    key = None if needs_key else key_for_queue(context)
    sends = not (options.dry_run or options.queue)
    return run_engine(
        context, console, command, key=key, acts=not options.dry_run, calls=sends, for_reader=not options.dry_run
    )


class TriggerCommand:
    """State of one command that triggers a webhook."""

    def __init__(self, engine: Engine, webhook: Webhook, options: argparse.Namespace, console: Console) -> None:
        self._engine = engine
        self._webhook = webhook
        self._options = options
        self._console = console
        self._printed = False
        self._patience = StorePatience(console)
        self._answered: Sequence[RunRow] = ()
        """Rows of the submission as they were read when every prompt was answered; empty before."""
        self._limits = TimeLimits.of(options)
        self._waits: bool = options.wait or options.download is not None

    async def run(self, whole: BatchDraft, draft: BatchDraft) -> ExitCode:
        """Submit the fitting part of the `whole` draft, or only print it. Raises CommandError and ReadOnlyProfile."""
        code, lane = ExitCode.OK, lane_of(self._options, draft, self._engine.author)
        if self._options.dry_run:
            print_bodies(self._engine, self._webhook, draft, lane, whole, self._console)
        else:
            refuse_if_read_only(self._engine.profile)
            self._check_author()
            self._confirm(draft, lane)
            if self._options.queue:
                queue_draft(self._engine, self._webhook, draft, lane, self._console)
            else:
                code = await self.submit(draft, lane)
        return ExitCode.FAILED if whole.faults and code is ExitCode.OK else code

    def _confirm(self, draft: BatchDraft, lane: Lane) -> None:
        """Confirm before starting many runs. Raises CommandError."""
        count = len(draft.bodies)
        unexpanded = None if self._options.literal else draft.unexpanded
        doubt = str(unexpanded) if unexpanded is not None else self._repeated(draft)
        if self._options.yes or (count == 1 and doubt is None):
            return
        question = f"Start {count:,} runs of {self._webhook.name}?"
        if self._console.linear:
            question = _spoken_question(self._webhook.name, draft, estimate(self._engine, self._webhook, count, lane))
        else:
            question += f" {describe_estimate(self._engine, self._webhook, count, lane)}"
        if doubt is not None:  # in linear mode alone, see `refuse_unexpanded`
            question = f"{doubt} {question}"
        if not self._console.confirm(question, "start them", count, typed=self._engine.profile.protected):
            raise CommandError(ExitCode.USAGE, "Nothing was sent.", "", "")

    def _repeated(self, draft: BatchDraft) -> str | None:
        """Return the doubt about the same prompt twice within two seconds, as on the screen; None: no doubt.

        It is for linear mode, where a person types: a script means what it says.
        """
        if not self._console.linear or len(draft.bodies) != 1:
            return None
        profile, since = self._engine.profile.name, time.time() - REPEAT_S
        is_repeated = self._engine.store.prompts.submitted_since(profile, self._webhook.key, draft.bodies[0], since)
        return "You have just started this very prompt." if is_repeated else None

    def _check_author(self) -> None:
        """Raise CommandError for options that an author may not use."""
        author = self._engine.author
        if author is not None and self._options.over_limit:
            advice = "Omit --over-limit: then it waits until the limit opens."
            raise CommandError(ExitCode.USAGE, "Only you can send over a run limit; an author cannot.", advice, NOTHING)
        if author is not None and author.is_held and not self._options.queue:
            happened = f"What {author.name} submits waits for the user's approval (agents in config.toml)."
            raise CommandError(ExitCode.USAGE, happened, "Write it down for approval: --queue", NOTHING)

    async def submit(self, draft: BatchDraft, lane: Lane) -> ExitCode:
        """Submit the draft, and wait as the options say. Raises CommandError with the state that remains."""
        await self._engine.start()
        self._check_queue(lane)
        over = self._count_over(len(draft.bodies))
        submission = Submission.create(self._engine, self._webhook.key, draft, lane, over)
        try:
            return await self._complete(submission)
        except asyncio.CancelledError:
            stop = CommandError(ExitCode.INTERRUPTED, "Interrupted.", "")
        except StoreError as error:
            # Its cause alone: a prompt may have been sent, so that nothing may advise to try again.
            stop = CommandError(store_error(error).code, error.why, "See: cordage-tui doctor")
        except InvalidDestination as error:
            stop = UsageError(error.what, "")
        except OutputWriteError as error:
            stop = UsageError(f"The output could not be written: {error}.", "")
            discard_output()
        except CommandError as stopped:
            stop = stopped
        except Exception as bug:
            if (damage := self._engine.store.find_damage()) is not None:
                stop = CommandError(store_error(damage).code, damage.why, REPAIR_ADVICE)
                raise await self._stop_error(submission, stop) from bug
            left = await self._stop_error(submission, CommandError(ExitCode.BUG, "It met a bug.", ""))
            bug.add_note(f"{left.meaning} {left.advice}")
            raise
        raise await self._stop_error(submission, stop)

    async def _complete(self, submission: Submission) -> ExitCode:
        """Wait for answers, runs and downloads; print the result.

        Raises CommandError, StoreError, InvalidDestination and OutputWriteError.
        """
        code, downloads = ExitCode.OK, list[Download]()
        await SubmissionWaiter(submission, self._console, self._limits, self._patience).wait()
        self._answered = await self._patience.retry(submission.rows)
        if self._waits:
            code = await self._wait_for_runs(submission)
            await self._engine.hooks.wait_settled()
            downloads = [*await self._download(submission)]
        result = await self._patience.retry(lambda: SubmissionResult.read(submission))
        self._console.progress.end()
        self._print(submission, result)
        self._print_files(submission, result, downloads)
        if result.counts.get(Status.UNCERTAIN):
            raise uncertain_error(result.first(Status.UNCERTAIN))
        if result.counts.get(Status.REJECTED):
            code = ExitCode.FAILED
        if (sent := result.first(Status.UNMATCHED)) is not None:
            code = ExitCode.UNFINISHED
            self._console.error(with_command(sent.note or ""))
        if guesses := result.guesses:
            code = ExitCode.UNCERTAIN
            self._print_guesses(guesses)
        if submission.size == 1 and code is ExitCode.OK and not self._waits:
            code = self._ended_at_once(result)
        trouble = download_error(downloads, self._limits)
        if trouble and code is ExitCode.OK and self._options.download:
            raise trouble
        if trouble:
            self._console.error(trouble.happened)
        return code

    def _ended_at_once(self, result: SubmissionResult) -> ExitCode:
        """Return the exit code of a prompt that is not waited for: the answer that accepts it may say that it has failed."""
        if exit_code_of_runs(result.counts) is not ExitCode.FAILED:
            return ExitCode.OK
        for detail in result.details:
            reason = redact(detail.error, detail.row.webhook_key) if detail.error else ""
            ended = f"Run {name_of(detail.row)} was started and has ended: {detail.row.status_name}"
            self._console.error(join_sentences(ended, reason))
        return ExitCode.FAILED

    async def _stop_error(self, submission: Submission, stop: CommandError) -> CommandError:
        """Make the final error for `stop`. Waits for pending answers unless interrupted again: cut off, the prompt would be
        uncertain."""
        self._console.progress.end()
        self._engine.leadership.stop_sending()
        unfinished = Unfinished(submission, format_command, self._options.download, self._patience, self._answered)
        try:
            is_interrupted = await self._wait_for_outcome(submission, stop)
            if submission.unstored():
                return unfinished.unstored(stop)
            if is_interrupted:
                ending, result = unfinished.report(stop), SubmissionResult.read(submission)
            else:
                ending = await self._patience.retry(lambda: unfinished.report(stop))
                result = await self._patience.retry(lambda: SubmissionResult.read(submission))
            if stop.code is not ExitCode.INTERRUPTED or not self._waits:
                self._print(submission, result)
        except asyncio.CancelledError:
            return unfinished.unknown(stop, "Interrupted while the database was locked.")
        except StoreError as error:
            return unfinished.unknown(stop, error.why)
        except (OutputWriteError, BrokenPipeError):
            discard_output()
        return ending

    async def _wait_for_outcome(self, submission: Submission, stop: CommandError) -> bool:
        """Wait until no prompt is being sent and each outcome is stored, for `ANSWER_S` at most.

        Return whether it was interrupted.
        """
        until = time.monotonic() + ANSWER_S
        try:
            if await self._patience.retry(lambda: self._is_on_wire(submission)):
                waits = f"Waiting up to {ANSWER_S:.0f} s for the pending answer"
                self._console.error(f"{stop.happened} {waits}; Ctrl-C stops.")
            await wait_while(self._engine, lambda: self._is_pending(submission, until), ANSWER_S + STORE_S)
        except asyncio.CancelledError:
            return True
        return False

    def _is_on_wire(self, submission: Submission) -> bool:
        """Return whether no answer has come yet to a prompt that is being sent. Raises StoreError."""
        return not submission.unstored() and bool(submission.counts().get(Status.SENDING))

    def _is_pending(self, submission: Submission, until: float) -> bool:
        """Return whether an answer is waited for, `until` then, or its outcome waits for a locked database."""
        unstored = submission.unstored()
        self._patience.report([run for run in unstored if run.is_locked])
        if unstored:
            return any(run.is_locked for run in unstored) and not self._patience.is_up
        try:
            is_on_wire = self._is_on_wire(submission)
        except DatabaseLocked as error:
            self._patience.meet(error.why)
            return not self._patience.is_up
        self._patience.end([])
        return is_on_wire and time.monotonic() < until

    def _check_queue(self, own: Lane) -> None:
        """Report how many prompts are sent before those of the lane `own`. Raises CommandError if the queue is paused."""
        paused = self._engine.queue.control().paused
        if paused is not None:
            raise CommandError(ExitCode.TRY_AGAIN, paused, "Resume it: cordage-tui queue resume", NOTHING)
        ahead = sum(n for lane, n in self._engine.queue.lanes().items() if lane <= own)
        if ahead:
            self._console.info(f"{ahead:,} queued earlier {'goes' if ahead == 1 else 'go'} first.")

    def _count_over(self, count: int) -> int:
        """Return how many of `count` prompts are over the run limit. Raises CommandError for more than the option allows."""
        over, happened = beyond_limit(self._engine, self._webhook.key, count)
        if over <= (self._options.over_limit or 0):
            return over
        advice = f"Wait, or send {'it' if count == 1 else 'them'} anyway: --over-limit {over}"
        raise CommandError(ExitCode.TRY_AGAIN, happened, advice, NOTHING)

    async def _wait_for_runs(self, submission: Submission) -> ExitCode:
        """Wait until all its runs have ended. Raises CommandError if they can no longer be read."""

        def over() -> bool:
            counts = submission.counts()
            self._console.progress.show(submission.words(counts, time.time()))
            return OVER.issuperset(counts)

        keys = [submission.webhook_key]
        await wait_until(self._engine, lambda: keys, submission.unended, self._limits, over, self._patience)
        return exit_code_of_runs(await self._patience.retry(submission.counts))

    async def _download(self, submission: Submission) -> Sequence[Download]:
        """Wait for requested and automatic downloads, and return their final states. Raises CommandError."""
        rows = [
            row.id
            for row in await self._patience.retry(submission.rows)
            if row.status is Status.COMPLETED and row.matched is not MatchedBy.GUESS
        ]
        if self._options.download:
            await self._enqueue(rows, Path(self._options.download))
        return await wait_for_run_downloads(self._engine, rows, self._console, self._limits, self._patience, go_on="")

    async def _enqueue(self, rows: Sequence[RowId], folder: Path) -> None:
        """Enqueue the downloads of completed runs. Raises CommandError and InvalidDestination."""
        lookup, downloads = self._engine.store.run_lookup, self._engine.downloads
        code, trouble = await read_outputs(self._engine, rows, self._patience)
        unread = await self._patience.retry(lambda: lookup.untold(rows))
        if trouble is not None and unread:
            raise CommandError(code, f"Its outputs could not be read: {trouble}", "")
        outputs = await self._patience.retry(lambda: lookup.output_refs(rows))
        await self._patience.retry(lambda: downloads.enqueue(outputs, folder))

    def _print(self, submission: Submission, result: SubmissionResult) -> None:
        """Print the result, once: JSON, ids, or with `--wait` the run's page or the table of the batch."""
        if self._printed:
            return
        self._printed = True
        details, now, profile = result.details, time.time(), self._engine.profile
        name = one_line(self._webhook.name)
        if self._console.json:
            runs = [
                detail_object(detail, name, now) | outputs.object()
                for detail, outputs in zip(details, result.outputs, strict=True)
            ]
            self._console.object("trigger", {"profile": profile.name, "webhook": self._webhook.name, "runs": runs})
        elif not self._waits:
            run_ids = [*result.run_ids]
            while run_ids and run_ids[-1] is None:
                run_ids.pop()
            for run_id in run_ids:  # line n belongs to prompt n, even if empty
                self._console.print(visible_id(run_id or ""))
        elif self._options.file is None and submission.size == 1 and details:
            print_page(details[0], result.outputs[0], result.relatives, name, now, self._console)
        else:
            print_rows([detail.row for detail in details], profile, now, self._console)
        self._print_not_started(submission, result)

    def _print_guesses(self, guesses: Sequence[RunDetail]) -> None:
        """Report the runs found only by their times, and the user's choices about them."""
        for detail in guesses:
            saved = " Nothing of it was saved." if self._options.download else ""
            self._console.error(f"{guess_words(detail)}{saved} {settle_hint(detail)}")

    def _print_files(self, submission: Submission, result: SubmissionResult, downloads: Sequence[Download]) -> None:
        """Report the files of a batch, and the way to its failures, which its table does not show."""
        if submission.size == 1 or not self._waits:
            return
        if self._options.download:
            files = sum(download.state is DownloadState.DONE for download in downloads)
            self._console.info(f"{counted(files, 'file')} in {one_line(self._options.download)}.")
        if result.counts.get(Status.FAILED):
            self._console.info(WHY_FAILED)

    def _print_not_started(self, submission: Submission, result: SubmissionResult) -> None:
        """Print each prompt of a batch that was rejected or is uncertain, and why."""
        for number, detail in result.not_started:
            prompt = f" ({one_line(detail.row.prompt, 60)})" if detail.row.prompt else ""
            why = with_command(detail.error or detail.note or "The server gave no reason.")
            self._console.error(f"prompt {number:,} of {submission.size:,}{prompt} is {detail.row.status_name}: {why}")


def check_folder(options: argparse.Namespace, context: CommandContext, webhook: Webhook, console: Console) -> None:
    """Test the download folder before anything is sent.

    Raises UsageError for `--download`. For automatic downloads it only warns, as they can be repeated later.
    """
    downloads = context.settings.downloads
    wanted = webhook.download and options.wait and not options.download
    if options.dry_run or not (options.download or wanted):
        return
    try:
        tried_target(Path(options.download) if options.download else downloads.place(context.paths), downloads.template)
    except InvalidDestination as error:
        if not wanted:
            raise UsageError(error.what, "Choose another folder: --download DIR") from error
        console.info(f"warning: outputs will not be downloaded automatically. {error.what}")


def check_queue_options(options: argparse.Namespace) -> None:
    """Raise UsageError for an option that has no meaning with `--queue`."""
    for name in ("wait", "download", "over_limit", "dry_run") if options.queue else ():
        if getattr(options, name):
            raise UsageError(f"--queue and --{name.replace('_', '-')} cannot be combined.", "Omit one of them.")


def without_refused(draft: BatchDraft, console: Console, of: str = "the file") -> BatchDraft:
    """Print a line for each row that does not fit the webhook, and return the others. Raises UsageError if there are
    none.

    `of` names the source of the rows.
    """
    for place, faults in draft.faults.items():
        console.error(f"{draft.place(place)} is not sent: {' '.join(map(str, faults))}")
    fit = draft.without_faulty()
    if fit is None:
        raise UsageError("No row can be sent.", f"Correct {of}, or send it as it is with --unchecked.")
    return fit


def _spoken_question(webhook: str, draft: BatchDraft, price: BatchEstimate) -> str:
    """Return the question whether to start the runs of a batch: the first ones, their cost if known, and their time."""
    names = draft.varying()
    about = [
        " · ".join(f"{name} {value_words(body[name])}" for name in names if name in body) for body in draft.bodies[:3]
    ]
    prompts = [
        prompt_with(str(body.get(PROMPT, "")), values) for body, values in zip(draft.bodies[:3], about, strict=True)
    ]
    more = f"; and {price.count - 3:,} more" if price.count > 3 else ""
    cost = f" They cost {price.amount}." if price.amount else ""
    left = "" if price.left is None else f" {price.left:,} are left of the run limit."
    if price.send_s is None:
        time = f" The queue does not send: {price.blocked}"
    else:
        ahead = f" after {counted(price.ahead, 'prompt')} queued earlier" if price.ahead else ""
        ends = "" if price.finish_s is None else f", and have ended in about {spoken_duration(price.finish_s)}"
        time = f" They are sent in about {spoken_duration(price.send_s)}{ahead}{ends}."
    return f"Start {counted(price.count, 'run')} of {one_line(webhook)}: {'; '.join(filter(None, prompts))}{more}?{cost}{left}{time}"
