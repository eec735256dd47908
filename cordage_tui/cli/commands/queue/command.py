"""`cordage-tui queue`: list, pause and edit the queue. Needs no API key and no network."""

import argparse
from collections.abc import Iterator, Sequence
from typing import Final

from cordage_tui.cli.base.advice import pause_in_words
from cordage_tui.cli.base.console import table_lines
from cordage_tui.cli.base.errors import CommandError, ExitCode
from cordage_tui.cli.commands.queue.context import (
    QueueContext,
    open_queue,
    refuse_author,
    state_counts,
    warn_if_paused,
)
from cordage_tui.cli.commands.queue.settle import set_object, settle
from cordage_tui.domain.advised_text import action_of
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.download import DownloadState
from cordage_tui.domain.formatting import format_age
from cordage_tui.domain.inputs import whole_prompt
from cordage_tui.domain.queue import QueueItem
from cordage_tui.domain.run_json import moment
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.errors import (
    PAUSED_BY_USER,
    queued_elsewhere,
    refuse_if_read_only,
)

HEADS: Final = ("N", "STATE", "WEBHOOK", "PROMPT", "AGE")
_WIDE: Final = HEADS.index("PROMPT")


def run(options: argparse.Namespace) -> int:
    """Run `options.action`. Raises CommandError and ConfigError."""
    if options.action == "work":
        from cordage_tui.cli.commands.queue import work

        return work.run(options)
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
                from cordage_tui.cli.commands.queue.drop import drop  # late: most commands drop no prompt

                drop(context, options.numbers, everything=options.all, yes=options.yes)
            case "edit":
                from cordage_tui.cli.commands.queue.edit import edit  # late: most commands edit no prompt

                refuse_author(context)
                edit(context, options)
            case "resend" | "wait" | "move" | "limit":
                from cordage_tui.cli.commands.queue.actions import change  # late: most commands change no prompt

                change(context, options)
            case "settle":
                if options.resend:
                    refuse_author(context)
                settle(options, context.profile, context.store.match_sets, context.console)
                if options.resend:
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
    waiting, control, work = (
        context.all(),
        context.store.queue_control.read(context.profile.stored_as),
        context.seat.holder(),
    )
    now, spoken = SystemClock().wall(), context.console.linear
    if spoken and len(waiting) > 1:  # how much there is to hear
        context.console.info(f"{state_counts(waiting)}.")
    for line in (_sentences if spoken else _table)(waiting, context, now):
        context.console.print(line)
    if not spoken or not waiting:
        context.console.info(state_counts(waiting) or "The queue is empty.")
    if unapproved := sum(action_of(item.note) == "queue.approve" for item in waiting):
        does = "waits" if unapproved == 1 else "wait"
        context.console.info(f"{unapproved:,} {does} for your approval: cordage-tui queue approve --all")
    if (elsewhere := queued_elsewhere(context.store.servers.queued_elsewhere(context.profile))) is not None:
        context.console.info(elsewhere)
    if loads := _downloadstate_counts(context):
        context.console.info(f"Downloads: {', '.join(f'{count:,} {state}' for state, count in loads.items())}.")
    if control.paused is not None:
        context.console.info(pause_in_words(control.paused))
    if control.max_active is not None:
        context.console.info(f"Max active runs: {control.max_active}.")
    silent = context.silent_sender()
    if silent is not None:
        context.console.info(
            f"Nothing is sent: the sending process, {silent.words}, since {format_age(now - silent.since)}."
        )
        context.console.info(silent.advice)
    if work is not None and (silent is None or silent.pid != work.pid):
        context.console.info(f"A worker is running (pid {work.pid}, for {format_age(now - work.since)}).")


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
    from cordage_tui.cli.linear.sentences import FEW, queue_sentences  # late: for linear mode only

    about = context.store.batches.varying([item.row for item in waiting[:FEW] if item.batch is not None])
    return queue_sentences(waiting, about, context.profile.label, now)


def _queue_object(context: QueueContext) -> dict[str, object]:
    """Return the queue as JSON."""
    control, work = context.store.queue_control.read(context.profile.stored_as), context.seat.holder()
    silent = context.silent_sender()
    return {
        "profile": context.profile.name,
        "paused": control.paused,
        "repaired": control.repaired,
        "max_active": control.max_active,
        "worker": None if work is None else {"pid": work.pid, "since": moment(work.since)},
        "silent": None
        if silent is None
        else {"pid": silent.pid, "since": moment(silent.since), "stopped": silent.stopped},
        "waiting": [_prompt_object(context, item) for item in context.all()],
        "sets": [
            set_object(context.profile, match_set)
            for match_set in context.store.match_sets.all(context.profile.stored_as)
        ],
        "downloads": _downloadstate_counts(context),
    }


def _downloadstate_counts(context: QueueContext) -> dict[str, int]:
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


def _resumed_message(context: QueueContext) -> str:
    """Say who sends next, judged by the sending lock: the database may still name a sender that was killed."""
    if context.sending.signature() is None and context.store.queue.counts(context.profile.stored_as):
        return "The queue is resumed; a window or worker sends it: cordage-tui queue work"
    return "The queue is resumed."


def _stop(context: QueueContext) -> None:
    from cordage_tui.engine.processes.detached_worker import STOP_S, stop

    work = context.seat.holder()
    if work is None:
        context.console.info("No worker is running.")
        return
    if not stop(context.seat):
        raise CommandError(
            ExitCode.TRY_AGAIN,
            f"The worker (process {work.pid}) was asked to stop, and still runs after {STOP_S:.0f} s.",
            "It stops when its last request is answered. To check: cordage-tui queue list",
        )
    context.console.info(f"The worker (pid {work.pid}) has stopped. Queued prompts stay queued.")
