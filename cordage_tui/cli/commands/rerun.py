"""`cordage-tui rerun`: run earlier runs again, with new numbers for random inputs."""

import argparse

from cordage_tui.cli.base.console import Console
from cordage_tui.cli.base.context import find_context
from cordage_tui.cli.base.engine_context import run_engine
from cordage_tui.cli.base.errors import CommandError, ExitCode, UsageError
from cordage_tui.cli.base.find_run import check_long_enough
from cordage_tui.cli.base.refresh import chosen_runs, print_trouble, read_runs
from cordage_tui.cli.base.run_table import name_of
from cordage_tui.cli.base.where_option import check_chosen
from cordage_tui.cli.commands.trigger.command import TriggerCommand, check_folder, check_queue_options, without_refused
from cordage_tui.cli.commands.trigger.inputs import (
    allowed_faults,
    check_names,
    parse_inputs,
    refuse_unexpanded,
    split_inputs,
)
from cordage_tui.cli.commands.trigger.outputs_as_inputs import with_urls
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.inputs import Inputs
from cordage_tui.domain.run import RUN_AGAIN, RunRow, Status
from cordage_tui.domain.webhook import Profile, Webhook
from cordage_tui.engine.batch.body_checks import BodyChecker
from cordage_tui.engine.batch.draft import BatchDraft
from cordage_tui.engine.batch.pattern import BatchError
from cordage_tui.engine.batch.random_inputs import RandomInputs
from cordage_tui.engine.batch.run_again import EarlierRun, draft_again, earlier_runs
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.errors import ReadOnlyProfile
from cordage_tui.engine.input_fields import Unset

_ANY = frozenset(Status) - {Status.BATCH}
_NAMED = 5
"""Runs that an error names at most."""


def run(options: argparse.Namespace) -> int:
    """Print the id of each run, or with `--wait` its result. Raises CommandError and ConfigError."""
    console = Console(options)
    check_queue_options(options)
    options.runs, options.inputs = split_inputs(options.words)
    options.file = None
    check_chosen(options.runs, options.where)
    check_long_enough(options.runs)
    context = find_context(options, console)
    if context.profile.read_only and not options.dry_run:
        raise CommandError(ExitCode.USAGE, ReadOnlyProfile(context.profile.name).what, "Nothing was sent.")

    async def command(engine: Engine) -> ExitCode:
        rows = await chosen_runs(engine, options, RUN_AGAIN if options.failed else _ANY, console)
        wanted = await _failed(engine, rows, console) if options.failed else rows
        if not wanted:
            if rows:
                console.info("None of these runs failed; nothing was sent.")
            return ExitCode.OK
        if options.where is not None:
            wanted.reverse()  # the oldest first, as they were submitted
        webhook = _webhook_of(wanted, engine.profile)
        whole = _draft(options, webhook, _known(engine, wanted, console))
        draft = without_refused(whole, console, "the inputs")
        refuse_unexpanded(options, draft, console, "Run its alternatives with trigger and --pattern.")
        if draft.sampled:
            console.info(f"Rerun: {draft.sampled}.")
        check_folder(options, context, webhook, console)
        draft = await with_urls(engine, draft, console)
        return await TriggerCommand(engine, webhook, options, console).run(whole, draft)

    sends = not (options.dry_run or options.queue)
    return run_engine(context, console, command, acts=not options.dry_run, calls=sends, for_reader=not options.dry_run)


async def _failed(engine: Engine, rows: list[RunRow], console: Console) -> list[RunRow]:
    """Return those that failed or were rejected, as the server says now."""
    lookup, named = engine.store.run_lookup, [row.id for row in rows]
    code, trouble = await read_runs(engine, lookup.untold(named))
    if trouble:
        print_trouble(console, code, trouble)
    return [row for row in engine.store.rows.many(named) if row.status in RUN_AGAIN]


def _webhook_of(rows: list[RunRow], profile: Profile) -> Webhook:
    """Return the webhook of all these runs. Raises UsageError if they have several, or it has been removed."""
    keys = list(dict.fromkeys(row.webhook_key for row in rows))
    if len(keys) > 1:
        names = ", ".join(profile.label(key) for key in keys)
        raise UsageError(f"The runs are of {len(keys)} webhooks: {names}.", "Run those of one webhook at a time.")
    webhook = profile.webhook(keys[0])
    if webhook is None:
        raise UsageError("The webhook of these runs has been removed from this profile.", "See: cordage-tui webhooks")
    return webhook


def _known(engine: Engine, rows: list[RunRow], console: Console) -> list[EarlierRun]:
    """Find the inputs of the runs, and name those whose inputs are unknown. Raises UsageError if none are known."""
    earlier = earlier_runs(engine.store, [row.id for row in rows])
    known_rows = {run.row for run in earlier}
    unknown = [name_of(row) for row in rows if row.id not in known_rows]
    if unknown:
        more = f" and {len(unknown) - _NAMED:,} more" if len(unknown) > _NAMED else ""
        console.error(
            f"Not rerun, because their inputs are unknown (started elsewhere): {', '.join(unknown[:_NAMED])}{more}"
        )
    if not earlier:
        raise UsageError("None of these runs can be rerun.", "Start it anew: cordage-tui trigger --help")
    return earlier


def _draft(options: argparse.Namespace, webhook: Webhook, originals: list[EarlierRun]) -> BatchDraft:
    """Draft the runs with the given inputs; failed runs keep their random numbers. Raises UsageError."""
    new_inputs = parse_inputs(options.inputs, webhook.inputs)
    check_names(options, new_inputs, webhook)

    def changed(inputs: Inputs) -> Inputs:
        return {name: value for name, value in {**inputs, **new_inputs}.items() if not isinstance(value, Unset)}

    kept = [run.unchanged() for run in originals] if options.failed else originals
    runs = [run.with_inputs(changed(run.inputs), new_inputs) for run in kept]
    try:
        draft = draft_again(runs, RandomInputs(webhook.inputs), times=options.times, seed=options.random_seed)
    except BatchError as error:
        raise UsageError(error.what, "See: cordage-tui rerun --help") from error
    earlier = {name for run in originals for name in run.inputs}
    faults = BodyChecker(webhook.inputs, free=earlier, allowed=new_inputs).faults(draft.bodies)
    return allowed_faults(options, webhook, replace(draft, faults=faults))
