"""`cordage-tui trigger`: through the outbox, as from a window; each prompt is sent once."""

import argparse
import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from cordage_tui.cli.advice import for_shell
from cordage_tui.cli.console import Console, Progress, confirm
from cordage_tui.cli.context import CommandContext, command_of, database_trouble, find_place
from cordage_tui.cli.engine_context import engine, found_key, on_loop, whole_store
from cordage_tui.cli.errors import CommandError, ExitCode, UsageError
from cordage_tui.cli.follow import (
    POLL_S,
    ChangeSignal,
    change_signal,
    code_of_ends,
    fetched_of,
    trouble_with,
    wait_until,
)
from cordage_tui.cli.profile import find_webhook
from cordage_tui.cli.refresh import read_runs
from cordage_tui.cli.run_table import print_rows
from cordage_tui.cli.show import LocalOutputs, print_page
from cordage_tui.cli.stdout import OutputWriteError, discard_output
from cordage_tui.cli.submission import NOTHING, OVER, Submission, SubmissionWaiter, Unfinished, uncertain
from cordage_tui.cli.trigger_inputs import build_bodies, priced, print_bodies
from cordage_tui.domain.download import Download
from cordage_tui.domain.outbox import OutboxState
from cordage_tui.domain.run import Status
from cordage_tui.domain.run_json import detail_object
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.webhook import Webhook
from cordage_tui.engine.batch.draft import BatchDraft
from cordage_tui.engine.downloads.destination import InvalidDestination, tried_target
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.errors import refuse_if_read_only
from cordage_tui.store.errors import StoreError

ANSWER_S = 60.0
"""What a prompt on the wire is given to be answered when the command ends: cut off, it would be uncertain."""


def run(options: argparse.Namespace) -> int:
    """Prints the id of each run, or with `--wait` what became of it. Raises CommandError and ConfigError."""
    voice = Console(options)
    place = find_place(options, voice)
    webhook = find_webhook(place.profile, options.webhook)
    draft = build_bodies(options, webhook)
    _check_folder(options, place, webhook, voice)
    key = found_key(place)
    with whole_store(place, voice) as store:
        place = place.stored(store.servers)

        async def main() -> ExitCode:
            if not options.dry_run:
                refuse_if_read_only(place.profile)
            async with engine(place, key, store, voice.error, acts=not options.dry_run) as found:
                if options.dry_run:
                    print_bodies(found, webhook, draft, voice)
                    return ExitCode.OK
                _confirm(found, webhook, draft, options, place)
                return await TriggerCommand(found, place, webhook, options, voice).submitted(draft)

        return on_loop(main)


class TriggerCommand:
    """One command at work."""

    def __init__(
        self, found: Engine, place: CommandContext, webhook: Webhook, options: argparse.Namespace, voice: Console
    ) -> None:
        self._found = found
        self._place = place
        self._webhook = webhook
        self._options = options
        self._voice = voice
        self._progress = Progress(options)
        self._printed = False
        self._waits: bool = options.wait or options.download is not None

    async def submitted(self, draft: BatchDraft) -> ExitCode:
        """Sends it, and waits for as much as was asked for. Raises CommandError, with the code that says what was left behind."""
        await self._found.start()
        self._check_queue()
        order = Submission.placed(self._found, self._webhook.key, draft)
        try:
            return await self._carried_out(order)
        except asyncio.CancelledError:
            stop = CommandError(ExitCode.INTERRUPTED, "Interrupted.", "")
        except StoreError as error:
            stop = database_trouble(error)
        except InvalidDestination as error:
            stop = UsageError(error.what, "")
        except OutputWriteError as error:
            stop = UsageError(f"The output could not be written: {error}.", "")
            discard_output()
        except CommandError as stopped:
            stop = stopped
        except Exception as bug:
            left = await self._ended_early(order, CommandError(ExitCode.BUG, "It met a bug.", ""))
            bug.add_note(f"{left.meaning} {left.advice}")
            raise
        raise await self._ended_early(order, stop)

    async def _carried_out(self, order: Submission) -> ExitCode:
        """All that was asked for. Raises CommandError, StoreError, InvalidDestination and OutputWriteError where it does not get to its end."""
        code, downloads = ExitCode.OK, list[Download]()
        async with change_signal(self._found) as rung:
            await SubmissionWaiter(order, rung, self._progress, self._options.timeout).done()
            if self._waits:
                code = await self._ended(order, rung)
                await self._found.hooks.settled()
                downloads = [*await self._downloaded(order)]
        self._progress.end()
        self._print(order)
        if order.counts().get(Status.UNCERTAIN):
            raise uncertain(order.first(Status.UNCERTAIN))
        if order.counts().get(Status.REJECTED):
            code = ExitCode.FAILED
        if (sent := order.first(Status.SENT)) is not None:
            code = ExitCode.UNFINISHED
            self._voice.error(for_shell(sent.note or ""))
        trouble = trouble_with(downloads)
        if trouble and code is ExitCode.OK and self._options.download:
            raise trouble
        if trouble:
            self._voice.error(trouble.happened)
        return code

    async def _ended_early(self, order: Submission, stop: CommandError) -> CommandError:
        """What to end with where `stop` keeps it from its end. What is on the wire is given its time, unless it is interrupted
        (again): cut off, it would be uncertain."""
        self._progress.end()
        self._found.leadership.stop_sending()
        unfinished = Unfinished(order, command_of(self._options), self._options.download)
        try:
            with suppress(asyncio.CancelledError):
                await self._answered(order, stop)
            found = unfinished.left_behind(stop)
            if stop.code is not ExitCode.INTERRUPTED or not self._waits:
                self._print(order)
        except StoreError as error:
            return unfinished.unknown(stop, error.what)
        except OutputWriteError:
            discard_output()
        return found

    async def _answered(self, order: Submission, stop: CommandError) -> None:
        """Until nothing is on the wire any more, for `ANSWER_S` at most."""
        if not order.counts().get(Status.SENDING):
            return
        waits = f"It is on the wire, and its answer is waited for, {ANSWER_S:.0f} s at most"
        self._voice.error(f"{stop.happened} {waits}; Ctrl-C ends that too.")
        until = time.monotonic() + ANSWER_S
        async with change_signal(self._found) as rung:
            while order.counts().get(Status.SENDING) and time.monotonic() < until:
                await rung.wait(POLL_S)

    def _check_queue(self) -> None:
        """What stands before this prompt is said; a queue that stands still is not added to. Raises CommandError."""
        paused = self._found.queue.control().paused
        if paused is not None:
            raise CommandError(ExitCode.TRY_AGAIN, paused, "Let it go on: cordage-tui queue resume", NOTHING)
        ahead = self._found.queue.counts().get(OutboxState.QUEUED, 0)
        if ahead:
            self._voice.info(f"{ahead:,} queued earlier {'goes' if ahead == 1 else 'go'} first.")

    async def _ended(self, order: Submission, rung: ChangeSignal) -> ExitCode:
        """Until all its runs have ended. Raises CommandError where they cannot be followed any more."""

        def over() -> bool:
            counts = order.counts()
            self._progress.show(order.words(counts, time.time()))
            return OVER.issuperset(counts)

        await wait_until(self._found, rung, [order.webhook_key], self._options.timeout, over)
        return code_of_ends(order.counts())

    async def _downloaded(self, order: Submission) -> Sequence[Download]:
        """What was asked for, and what the settings download by themselves: how it stands in the end. Raises CommandError."""
        rows = [row.id for row in order.rows() if row.status is Status.COMPLETED]
        if self._options.download:
            code, trouble = await read_runs(self._found, self._found.bulk_refresh.untold(rows))
            if trouble is not None and self._found.bulk_refresh.untold(rows):
                raise CommandError(code, f"What it has put out could not be read: {trouble}", "")
            self._found.downloads.enqueue(self._found.store.picked.output_refs(rows), Path(self._options.download))
        return await fetched_of(self._found, rows, self._progress, self._voice, self._options.timeout, go_on="")

    def _print(self, order: Submission) -> None:
        """What became of it, once: with `--json` all of it; else ids, or with `--wait` the run's page or the batch's table."""
        if self._printed:
            return
        self._printed = True
        details, now, profile = order.details(), time.time(), self._place.profile
        name, store = SafeText(self._webhook.name), self._found.store
        if self._voice.json:
            runs = [detail_object(one, name, now) | LocalOutputs.of(store, one.row.id).object() for one in details]
            self._voice.object("trigger", {"profile": profile.name, "webhook": self._webhook.name, "runs": runs})
        elif not self._waits:
            run_ids = order.run_ids()
            while run_ids and run_ids[-1] is None:
                run_ids.pop()
            for run_id in run_ids:  # the n-th line is that of the n-th prompt, be it empty
                self._voice.print(SafeText(run_id or ""))
        elif self._options.file is None and order.size == 1 and details:
            print_page(details[0], LocalOutputs.of(store, details[0].row.id), name, now, self._voice)
        else:
            print_rows([detail.row for detail in details], profile, now, self._voice)
        if order.size > 1:
            self._tell_not_started(order)

    def _tell_not_started(self, order: Submission) -> None:
        """Names each prompt that the server refused, or that may run for all we know, and why."""
        for place, detail in order.not_started():
            prompt = f" ({one_line(detail.row.prompt, 60)})" if detail.row.prompt else ""
            why = for_shell(detail.error or detail.note or "The server gave no reason.")
            self._voice.error(f"prompt {place:,} of {order.size:,}{prompt} is {detail.row.status_name}: {why}")


def _check_folder(options: argparse.Namespace, place: CommandContext, webhook: Webhook, voice: Console) -> None:
    """Try the folder before anything is sent that would then have nowhere to go. Raises UsageError for one that was named with
    `--download`; of one where the webhook's outputs go by themselves it is only said, as they can be had later."""
    downloads = place.settings.downloads
    wanted = webhook.download and options.wait and not options.download
    if options.dry_run or not (options.download or wanted):
        return
    try:
        tried_target(Path(options.download) if options.download else downloads.place(place.paths), downloads.template)
    except InvalidDestination as error:
        if not wanted:
            raise UsageError(error.what, "Choose another folder: --download DIR") from error
        voice.info(f"warning: outputs will not be downloaded by themselves. {error.what}")


def _confirm(
    found: Engine, webhook: Webhook, draft: BatchDraft, options: argparse.Namespace, place: CommandContext
) -> None:
    """Many are not started by accident. Raises CommandError."""
    count = len(draft.bodies)
    if count == 1 or options.yes:
        return
    question = f"Start {count:,} runs of {webhook.name}? {priced(found, webhook, count)}"
    if not confirm(question, "start them", count, typed=place.profile.protected):
        raise CommandError(ExitCode.USAGE, "Nothing was sent.", "", "")
