"""Actions of `cordage-tui queue` on prompts, as the app's queue has them: resend, wait, move, limit."""

import argparse
from collections.abc import Mapping, Sequence

from cordage_tui.cli.base.errors import CommandError, ExitCode, UsageError
from cordage_tui.cli.commands.queue.context import QueueContext, refuse_author, select_prompts, warn_if_paused
from cordage_tui.cli.linear.sentences import prompts_named
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import Lane, QueueItem
from cordage_tui.domain.run import RowId
from cordage_tui.domain.submission import StateChange
from cordage_tui.engine.errors import describe_change, refuse_if_read_only
from cordage_tui.engine.outbox.queue_service import KEEP_WAITING_S, keep_waiting
from cordage_tui.store.outbox.queue_edits import QueueEdits

_LIST = "See: cordage-tui queue list"


def change(context: QueueContext, options: argparse.Namespace) -> None:
    """Carry out `options.action`. Raises CommandError, StoreError and ReadOnlyProfile."""
    match options.action:
        case "resend":
            _resend(context, options)
        case "wait":
            _wait(context, options.numbers)
        case "move":
            _move(context, options)
        case _:
            limit = None if options.runs == 0 else options.runs
            context.store.queue_control.limit_active(context.profile.stored_as, limit)
            context.console.info("No limit of active runs." if limit is None else f"Max active runs: {limit}.")


def _resend(context: QueueContext, options: argparse.Namespace) -> None:
    """Send uncertain prompts again, after a question: a prompt that did run is charged twice."""
    refuse_if_read_only(context.profile)
    refuse_author(context)
    chosen = _uncertain(context, options.numbers)
    count = len(chosen)
    prompts_text = "this uncertain prompt" if count == 1 else f"these {count:,} uncertain prompts"
    if context.console.linear:
        prompts_text = prompts_named(chosen)
    question = f"Resend {prompts_text}? If the first one ran, both run and both are charged."
    if not options.yes and not context.console.confirm(question, "resend", count, typed=context.profile.protected):
        raise CommandError(ExitCode.USAGE, "Nothing was resent.", "", "")
    changes = {item.row: context.store.queue.resend(item.row, item.expected) for item in chosen}
    _report(context, changes, "queued again")
    warn_if_paused(context)


def _wait(context: QueueContext, numbers: Sequence[int]) -> None:
    chosen = _uncertain(context, numbers)
    done = sum(keep_waiting(context.store, SystemClock(), context.profile.stored_as, item.row) for item in chosen)
    context.console.info(f"{done:,} to be looked for in the run list once more, in {KEEP_WAITING_S / 60:.0f} minutes.")


def _move(context: QueueContext, options: argparse.Namespace) -> None:
    rows = [item.row for item in _of_state(context, options.numbers, OutboxState.QUEUED, "queued")]
    beside = options.before or options.after
    if beside is None:
        context.store.queue.reorder(context.profile.stored_as, rows, 0, Lane.INTERACTIVE)
    else:
        (other,) = _of_state(context, [beside], OutboxState.QUEUED, "queued")
        if other.row in rows:
            raise UsageError(f"Prompt {beside} cannot be moved before or after itself.", _LIST)
        edits = QueueEdits(context.store.database, context.store.outbox, context.profile.stored_as)
        edits.move(rows, other.lane, other.row, after=options.before is None)
    context.console.info(f"{len(rows):,} moved.")


def _uncertain(context: QueueContext, numbers: Sequence[int]) -> list[QueueItem]:
    return _of_state(context, numbers, OutboxState.UNCERTAIN, "uncertain")


def _of_state(context: QueueContext, numbers: Sequence[int], state: OutboxState, word: str) -> list[QueueItem]:
    """Return the prompts of these numbers. Raises UsageError if one is in another state."""
    chosen = select_prompts(context, numbers)
    for item in chosen:
        if item.state is not state:
            raise UsageError(f"Prompt {item.row} is {item.state.value}, not {word}.", _LIST)
    return chosen


def _report(context: QueueContext, changes: Mapping[RowId, StateChange], word: str) -> None:
    """Print how many were changed, and why others were not. Raises CommandError if none was."""
    for row, change in changes.items():
        if not change:
            context.console.error(f"Prompt {row}: {describe_change(change)}")
    done = sum(map(bool, changes.values()))
    if not done:
        raise CommandError(ExitCode.TRY_AGAIN, f"Nothing was {word}.", _LIST, "")
    context.console.info(f"{done:,} {word}.")
