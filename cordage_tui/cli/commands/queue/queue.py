"""`cordage-tui queue`: list, pause and edit the queue. Needs no API key and no network."""

import argparse
import os
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from cordage_tui.cli.base.console import table_lines
from cordage_tui.cli.base.errors import CommandError, ExitCode, UsageError, with_command
from cordage_tui.cli.base.parser import row
from cordage_tui.cli.commands.queue.context import (
    QueueContext,
    open_queue,
    refuse_author,
    select_prompts,
    warn_if_paused,
)
from cordage_tui.cli.commands.queue.match_sets import set_object, settle
from cordage_tui.cli.linear.sentences import FEW, prompts_named, queue_sentences
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.base.environment import child_environment
from cordage_tui.domain.download import DownloadState
from cordage_tui.domain.formatting import format_age
from cordage_tui.domain.inputs import whole_prompt
from cordage_tui.domain.outbox import QueueItem
from cordage_tui.domain.run import OutboxState
from cordage_tui.domain.run_json import moment
from cordage_tui.domain.text import SafeText, action_of, one_line
from cordage_tui.engine.errors import (
    PAUSED_BY_USER,
    describe_change,
    queued_elsewhere,
    refuse_if_read_only,
)

HEADS: Final = ("N", "STATE", "WEBHOOK", "PROMPT", "AGE")
_WIDE: Final = HEADS.index("PROMPT")
_WORDS: Final = (
    (OutboxState.UNCERTAIN, "uncertain"),
    (OutboxState.SENDING, "being sent"),
    (OutboxState.QUEUED, "queued"),
    (OutboxState.HELD, "held"),
)


def run(options: argparse.Namespace) -> int:
    """Run `options.action`. Raises CommandError and ConfigError."""
    if options.action == "work":
        from cordage_tui.cli.commands.queue import worker

        return worker.run(options)
    if options.action == "approve":
        from cordage_tui.cli.commands.queue import approve as queue_approve

        if not queue_approve.run(options).json:
            return ExitCode.OK
        options.action = "list"
    with open_queue(options) as context:
        match options.action:
            case "pause":
                context.store.queue_control.pause(context.profile.stored_as, PAUSED_BY_USER)
                until = "you type resume" if context.console.linear else "cordage-tui queue resume"
                context.console.info(f"The queue is paused: nothing is sent until {until}.")
            case "resume":
                refuse_if_read_only(context.profile)
                context.store.queue_control.resume(context.profile.stored_as)
                context.store.failure_stops.resume(context.profile.stored_as)
                context.console.info(_resumed_message(context))
            case "drop":
                _drop(context, options.numbers, everything=options.all, yes=options.yes)
            case "edit":
                refuse_author(context)
                _edit(context, options)
            case "resend" | "wait" | "move" | "limit":
                from cordage_tui.cli.commands.queue.actions import change  # late: most commands change no prompt

                change(context, options)
            case "settle":
                if options.again:
                    refuse_author(context)
                settle(options, context.profile, context.store.match_sets, context.console)
                if options.again:
                    warn_if_paused(context)
            case "stop":
                _stop(context)
            case _:
                _list(context)
        if context.console.json:
            context.console.object("queue", _queue_object(context))
    return ExitCode.OK


def _list(context: QueueContext) -> None:
    """Print queued prompts to stdout, and the state of the queue to stderr."""
    if context.console.json:
        return
    waiting, control, worker = (
        context.all(),
        context.store.queue_control.read(context.profile.stored_as),
        context.seat.holder(),
    )
    now, spoken = SystemClock().wall(), context.console.linear
    if spoken and len(waiting) > 1:  # how much there is to hear
        context.console.info(f"{_counts(waiting)}.")
    for line in (_sentences if spoken else _table)(waiting, context, now):
        context.console.print(line)
    if not spoken or not waiting:
        context.console.info(_counts(waiting) or "The queue is empty.")
    if unapproved := sum(action_of(item.note) == "queue.approve" for item in waiting):
        does = "waits" if unapproved == 1 else "wait"
        context.console.info(f"{unapproved:,} {does} for your approval: cordage-tui queue approve --all")
    if (elsewhere := queued_elsewhere(context.store.servers.queued_elsewhere(context.profile))) is not None:
        context.console.info(elsewhere)
    if loads := _download_counts(context):
        context.console.info(f"Downloads: {', '.join(f'{count:,} {state}' for state, count in loads.items())}.")
    if control.paused is not None:
        context.console.info(f"Paused: {with_command(control.paused)}")
    if control.max_active is not None:
        context.console.info(f"Max active runs: {control.max_active}.")
    silent = context.silent_sender()
    if silent is not None:
        context.console.info(
            f"Nothing is sent: the sending program, {silent.words}, since {format_age(now - silent.since)}."
        )
        context.console.info(silent.advice)
    if worker is not None and (silent is None or silent.pid != worker.pid):
        context.console.info(f"A worker is running (pid {worker.pid}, for {format_age(now - worker.since)}).")


def _table(waiting: Sequence[QueueItem], context: QueueContext, now: float) -> Iterator[str]:
    heads = (*HEADS, "AUTHOR") if any(item.author for item in waiting) else HEADS
    rows = [
        (
            *(str(item.row), item.state.value, one_line(context.profile.label(item.webhook_key), 200)),
            (_whole(context, item) if context.console.width is None else item.prompt).replace("\t", " "),
            format_age(now - item.submitted_at),
            item.author or "",
        )[: len(heads)]
        for item in waiting
    ]
    return table_lines(heads, rows, _WIDE, context.console.width)


def _sentences(waiting: Sequence[QueueItem], context: QueueContext, now: float) -> Iterator[str]:
    about = context.store.batches.varying([item.row for item in waiting[:FEW] if item.batch is not None])
    return queue_sentences(waiting, about, context.profile.label, now)


def _queue_object(context: QueueContext) -> dict[str, object]:
    """Return the queue as JSON."""
    control, worker = context.store.queue_control.read(context.profile.stored_as), context.seat.holder()
    silent = context.silent_sender()
    return {
        "profile": context.profile.name,
        "paused": control.paused,
        "repaired": control.repaired,
        "max_active": control.max_active,
        "worker": None if worker is None else {"pid": worker.pid, "since": moment(worker.since)},
        "silent": None
        if silent is None
        else {"pid": silent.pid, "since": moment(silent.since), "stopped": silent.stopped},
        "waiting": [_prompt_object(context, item) for item in context.all()],
        "sets": [
            set_object(context.profile, match_set)
            for match_set in context.store.match_sets.all(context.profile.stored_as)
        ],
        "downloads": _download_counts(context),
    }


def _download_counts(context: QueueContext) -> dict[str, int]:
    """Count unfinished downloads by state; empty if there are none."""
    counts = context.store.downloads.counts(context.profile.stored_as)
    states = (DownloadState.LOADING, DownloadState.WAITING, DownloadState.FAILED)
    return {state.value: counts[state] for state in states if counts.get(state)}


def _whole(context: QueueContext, item: QueueItem) -> SafeText:
    """Return the prompt uncut, on one line."""
    detail = context.store.query.detail(item.row) if item.prompt.endswith("…") else None
    return item.prompt if detail is None else whole_prompt(item.prompt, detail.inputs)


def _prompt_object(context: QueueContext, item: QueueItem) -> dict[str, object]:
    return {
        "row": item.row,
        "state": item.state.value,
        "webhook": context.profile.label(item.webhook_key),
        "prompt": _whole(context, item),
        "submitted_at": moment(item.submitted_at),
        "sent_at": moment(item.sent_at),
        "note": item.note,
        "checks": item.checks,
        "next_check": moment(item.next_check),
        "batch": item.batch,
        "lane": item.lane.name.lower(),
        "author": item.author,
    }


def _counts(waiting: Sequence[QueueItem]) -> str:
    """Format `1 uncertain, 37 queued`; empty for an empty queue."""
    counts = [(sum(item.state is state for item in waiting), word) for state, word in _WORDS]
    return ", ".join(f"{count:,} {word}" for count, word in counts if count)


def _resumed_message(context: QueueContext) -> str:
    """Say who sends next, judged by the sending lock: the database may still name a sender that was killed."""
    if context.sending.signature() is None and context.store.queue.counts(context.profile.stored_as):
        return "The queue is resumed; a window or worker sends it: cordage-tui queue work"
    return "The queue is resumed."


def _drop(context: QueueContext, numbers: Collection[int], *, everything: bool, yes: bool) -> None:
    if everything == bool(numbers):
        raise UsageError("Nothing selected.", "Give numbers from cordage-tui queue list, or --all.")
    chosen = select_prompts(context, numbers)
    question, verb = (_spoken_question if context.console.linear else _question)(chosen)
    if chosen and not yes and not context.console.confirm(question, verb, len(chosen)):
        raise CommandError(ExitCode.USAGE, "Nothing was dropped.", "")
    changes = context.store.outbox.drop_all({item.row: item.expected for item in chosen})
    dropped = [item for item in chosen if changes.get(item.row)]
    context.console.info(_dropped_message(dropped, context) if dropped else "Nothing was dropped.")
    for number, change in changes.items():
        if not change.done:
            context.console.info(f"Prompt {number}: {describe_change(change)}")


def _edit(context: QueueContext, options: argparse.Namespace) -> None:
    from cordage_tui.cli.commands.queue.edit import QueueEditCommand
    from cordage_tui.cli.commands.trigger.inputs import split_inputs

    edits = context.store.queue_edits(context.profile.stored_as)
    environ = child_environment(os.environ, context.open.settings.secret_env_vars)
    command = QueueEditCommand(context.profile, edits, environ, context.open.paths.state_dir, context.console)
    numbers, inputs = split_inputs(options.words)
    try:
        rows = list(map(row, numbers))
    except argparse.ArgumentTypeError as wrong:
        raise UsageError(f"Numbers of prompts: {wrong}.", "See: cordage-tui queue list") from wrong
    if inputs:
        command.set_inputs(rows, inputs, unchecked=options.unchecked)
    else:
        command.run(rows, yes=options.yes, unchecked=options.unchecked)


def _question(chosen: Sequence[QueueItem]) -> tuple[str, str]:
    """Return the question, and the verb that its answer is to."""
    return f"Drop {_counts(chosen)}?{_uncertainty(chosen)}", "drop"


def _spoken_question(chosen: Sequence[QueueItem]) -> tuple[str, str]:
    return f"Discard {prompts_named(chosen)}?{_uncertainty(chosen)}" if chosen else "", "discard"


def _uncertainty(chosen: Sequence[QueueItem]) -> str:
    uncertain = any(item.state is OutboxState.UNCERTAIN for item in chosen)
    return " Uncertain prompts may still run and be charged." if uncertain else ""


def _dropped_message(dropped: Sequence[QueueItem], context: QueueContext) -> str:
    if not context.console.linear:
        return f"{len(dropped):,} dropped."

    named = prompts_named(dropped)
    return f"{named[:1].upper()}{named[1:]}, {'is' if len(dropped) == 1 else 'are'} discarded."


def _stop(context: QueueContext) -> None:
    from cordage_tui.engine.processes.daemon import STOP_S, stop

    worker = context.seat.holder()
    if worker is None:
        context.console.info("No worker is running.")
        return
    if not stop(context.seat):
        raise CommandError(
            ExitCode.TRY_AGAIN,
            f"The worker (pid {worker.pid}) was told to stop and is still running after {STOP_S:.0f} s.",
            "It stops when its last call is answered. See: cordage-tui queue list",
        )
    context.console.info(f"The worker (pid {worker.pid}) has stopped. Queued prompts stay queued.")
