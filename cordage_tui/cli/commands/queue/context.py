"""Queue of a profile, as the command line reads and changes it."""

import argparse
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from cordage_tui.cli.base.advice import with_command
from cordage_tui.cli.base.command_log import recorded
from cordage_tui.cli.base.console import Console
from cordage_tui.cli.base.context import CommandContext, command_database, find_context
from cordage_tui.cli.base.errors import CommandError, ExitCode, UsageError
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import QueueItem
from cordage_tui.domain.run import RowId
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.errors import (
    AGAIN_WHILE_PAUSED,
    ReadOnlyProfile,
    UserOnly,
    refuse_held_author,
)
from cordage_tui.engine.log.transition_recorder import TransitionRecorder
from cordage_tui.engine.processes.process_locks import SilentHolder, WorkerLock, holder_of, sending_lock, working_lock
from cordage_tui.store.file.file_lock import FileLock
from cordage_tui.store.outbox.queued_prompts import UNLIMITED
from cordage_tui.store.store import Store

_UNSENT: Final = frozenset({OutboxState.QUEUED, OutboxState.HELD})


@dataclass(frozen=True, slots=True)
class QueueContext:
    """Queue of one profile with its tables and locks."""

    profile: Profile
    store: Store
    seat: WorkerLock
    sending: FileLock
    console: Console
    open: CommandContext
    """Settings and paths of the command."""

    def silent_sender(self) -> SilentHolder | None:
        """Return the process that holds the sending lock but does not respond; None if there is none."""
        holder = holder_of(self.sending)
        return None if holder is None else holder.silent(SystemClock().wall())

    def all(self) -> list[QueueItem]:
        """List all unsettled prompts."""
        return self.store.queue.waiting(self.profile.stored_as, limit=UNLIMITED)


@contextmanager
def open_queue(options: argparse.Namespace) -> Iterator[QueueContext]:
    """Open the profile's queue; StoreError, ReadOnlyProfile and UserOnly become CommandError."""
    console = Console(options)
    context = find_context(options, console)
    seat, sending = (
        WorkerLock(working_lock(context.profile, context.paths)),
        sending_lock(context.profile, context.paths),
    )
    with recorded(context.paths, console.command) as log:
        try:
            with command_database(context, console) as database:
                store = Store(database, SystemClock())
                profile = context.stored(store.servers).profile
                TransitionRecorder(log, store, profile).attach()
                yield QueueContext(profile, store, seat, sending, console, context)
        except ReadOnlyProfile as refusal:
            raise CommandError(ExitCode.USAGE, refusal.what, "See read_only in config.toml.") from refusal
        except UserOnly as refusal:
            raise CommandError(ExitCode.USAGE, refusal.what, "") from refusal


def refuse_author(context: QueueContext) -> None:
    """Raise UserOnly if an author whose prompts are held would change or repeat queued prompts."""
    refuse_held_author(context.profile, context.open.settings.author)


def warn_if_paused(context: QueueContext) -> None:
    """Print that the resent prompts wait until the queue is resumed, if it is paused. Raises StoreError."""
    if context.store.queue_control.read(context.profile.stored_as).paused is not None:
        context.console.info(with_command(AGAIN_WHILE_PAUSED))


def select_prompts(context: QueueContext, numbers: Collection[int]) -> list[QueueItem]:
    """Select the prompts by number, or all unsent ones without numbers. Raises UsageError."""
    waiting = {item.row: item for item in context.all()}
    if not numbers:
        return [item for item in waiting.values() if item.state in _UNSENT]
    batches: dict[int, list[QueueItem]] = {}
    for item in waiting.values():
        if item.batch is not None and item.batch in numbers and item.state in _UNSENT:
            batches.setdefault(item.batch, []).append(item)
    rows = [row for number in numbers for row in ([item.row for item in batches.get(number, [])] or [RowId(number)])]
    for number in rows:
        if number not in waiting:
            raise UsageError(f"There is no prompt {number} in the queue.", "See: cordage-tui queue list")
        if waiting[number].state is OutboxState.SENDING:
            raise UsageError(f"Prompt {number} is being sent.", "Kill its run when it has an id.")
    return [waiting[number] for number in dict.fromkeys(rows)]


_STATES: Final = (
    (OutboxState.UNCERTAIN, "uncertain"),
    (OutboxState.SENDING, "being sent"),
    (OutboxState.QUEUED, "queued"),
    (OutboxState.HELD, "held"),
)


def state_counts(waiting: Sequence[QueueItem]) -> str:
    """Format `1 uncertain, 37 queued`; empty for an empty queue."""
    counts = [(sum(item.state is state for item in waiting), word) for state, word in _STATES]
    return ", ".join(f"{count:,} {word}" for count, word in counts if count)
