"""`cordage-tui queue drop`: take prompts out of the queue."""

from collections.abc import Collection, Sequence

from cordage_tui.cli.base.errors import CommandError, ExitCode, UsageError
from cordage_tui.cli.commands.queue.context import QueueContext, select_prompts, state_counts
from cordage_tui.cli.linear.sentences import prompts_named
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import QueueItem
from cordage_tui.engine.errors import describe_change


def drop(context: QueueContext, numbers: Collection[int], *, everything: bool, yes: bool) -> None:
    """Drop these prompts, or all of them, after a question. Raises UsageError and CommandError."""
    if everything == bool(numbers):
        raise UsageError(
            "Give the run numbers of prompts, or --all, and not both.", "To list the numbers: cordage-tui queue list"
        )
    chosen = select_prompts(context, numbers)
    question, verb = (_spoken_question if context.console.linear else _question)(chosen)
    if chosen and not yes and not context.console.confirm(question, verb, len(chosen)):
        raise CommandError(ExitCode.USAGE, "Nothing was dropped.", "", "")
    changes = context.store.outbox.drop_all({item.row: item.expected for item in chosen})
    dropped = [item for item in chosen if changes.get(item.row)]
    context.console.info(_dropped_message(dropped, context) if dropped else "Nothing was dropped.")
    for number, change in changes.items():
        if not change.done:
            context.console.info(f"Prompt {number}: {describe_change(change)}")


def _question(chosen: Sequence[QueueItem]) -> tuple[str, str]:
    """Return the question, and the verb that its answer is to."""
    return f"Drop {state_counts(chosen)}?{_uncertainty(chosen)}", "drop"


def _spoken_question(chosen: Sequence[QueueItem]) -> tuple[str, str]:
    return f"Drop {prompts_named(chosen)}?{_uncertainty(chosen)}" if chosen else "", "drop"


def _uncertainty(chosen: Sequence[QueueItem]) -> str:
    uncertain = any(item.state is OutboxState.UNCERTAIN for item in chosen)
    if not uncertain:
        return ""
    return " Uncertain prompts may still run and be charged. Identical prompts that wait for them are then sent."


def _dropped_message(dropped: Sequence[QueueItem], context: QueueContext) -> str:
    if not context.console.linear:
        return f"{len(dropped):,} dropped."

    named = prompts_named(dropped)
    return f"{named[:1].upper()}{named[1:]}, {'is' if len(dropped) == 1 else 'are'} dropped."
