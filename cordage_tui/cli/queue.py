"""`cordage-tui queue`: list, pause and edit the queue. Needs no API key and no network."""

import argparse
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from cordage_tui.cli.advice import for_shell
from cordage_tui.cli.console import GAP, Console, confirm, table
from cordage_tui.cli.context import command_database, find_context
from cordage_tui.cli.errors import CommandError, ExitCode, UsageError
from cordage_tui.cli.match_sets import set_object, settle
from cordage_tui.domain.clock import SystemClock
from cordage_tui.domain.download import DownloadState
from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.formatting import format_age
from cordage_tui.domain.outbox import OutboxState, QueueItem
from cordage_tui.domain.run import RowId
from cordage_tui.domain.run_json import moment
from cordage_tui.domain.text import one_line
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.errors import (
    PAUSED_BY_USER,
    ReadOnlyProfile,
    describe_change,
    queued_elsewhere,
    refuse_if_read_only,
)
from cordage_tui.engine.lock_holder import SilentHolder, holder_of
from cordage_tui.engine.worker.lock import WorkerLock, sending_lock, working_lock
from cordage_tui.store.file_lock import FileLock
from cordage_tui.store.store import Store

HEADS: Final = ("N", "STATE", "WEBHOOK", "PROMPT", "AGE")
_WIDE: Final = HEADS.index("PROMPT")
_AT_ONCE: Final = 1_000
_UNSENT: Final = frozenset({OutboxState.QUEUED, OutboxState.HELD})
_WORDS: Final = (
    (OutboxState.UNCERTAIN, "uncertain"),
    (OutboxState.SENDING, "being sent"),
    (OutboxState.QUEUED, "queued"),
    (OutboxState.HELD, "held"),
)


@dataclass(frozen=True, slots=True)
class _QueueContext:
    """Queue of one profile with its tables and locks."""

    profile: Profile
    store: Store
    seat: WorkerLock
    sending: FileLock
    console: Console

    def silent_sender(self) -> SilentHolder | None:
        """Return the process that holds the sending lock but does not respond; None if there is none."""
        holder = holder_of(self.sending)
        return None if holder is None else holder.silent(SystemClock().wall())

    def all(self) -> list[QueueItem]:
        """List all unsettled prompts."""
        found: list[QueueItem] = []
        while page := self.store.queue.waiting(self.profile.stored_as, len(found), _AT_ONCE):
            found += page
        return found


def run(options: argparse.Namespace) -> int:
    """Run `options.action`. Raises CommandError and ConfigError."""
    if options.action == "work":
        from cordage_tui.cli import worker

        return worker.run(options)
    with _desk(options) as desk:
        match options.action:
            case "pause":
                desk.store.queue_control.pause(desk.profile.stored_as, PAUSED_BY_USER)
                desk.console.info("The queue is paused: nothing is sent until cordage-tui queue resume.")
            case "resume":
                refuse_if_read_only(desk.profile)
                desk.store.queue_control.resume(desk.profile.stored_as)
                desk.console.info(_resumed(desk))
            case "drop":
                _drop(desk, options.numbers, everything=options.all, yes=options.yes)
            case "settle":
                settle(options, desk.profile, desk.store.match_sets, desk.console)
            case "stop":
                _stop(desk)
            case _:
                _list(desk)
        if desk.console.json:
            desk.console.object("queue", _told(desk))
    return ExitCode.OK


@contextmanager
def _desk(options: argparse.Namespace) -> Iterator[_QueueContext]:
    """Open the profile's queue; StoreError and ReadOnlyProfile become CommandError."""
    console = Console(options)
    context = find_context(options, console)
    seat, sending = (
        WorkerLock(working_lock(context.profile, context.paths)),
        sending_lock(context.profile, context.paths),
    )
    try:
        with command_database(context, console) as database:
            store = Store(database, SystemClock())
            yield _QueueContext(context.stored(store.servers).profile, store, seat, sending, console)
    except ReadOnlyProfile as refusal:
        raise CommandError(ExitCode.USAGE, refusal.what, "See read_only in config.toml.") from refusal


def _list(desk: _QueueContext) -> None:
    """Print queued prompts to stdout, and the state of the queue to stderr."""
    if desk.console.json:
        return
    waiting, control, worker = desk.all(), desk.store.queue_control.read(desk.profile.stored_as), desk.seat.holder()
    now = SystemClock().wall()
    for line in _lines(desk, waiting, now):
        desk.console.print(line)
    desk.console.info(_counts(waiting) or "The queue is empty.")
    if (elsewhere := queued_elsewhere(desk.store.servers.queued_elsewhere(desk.profile))) is not None:
        desk.console.info(elsewhere)
    if loads := _loads(desk):
        desk.console.info(f"Downloads: {', '.join(f'{count:,} {state}' for state, count in loads.items())}.")
    if control.paused is not None:
        desk.console.info(f"Paused: {for_shell(control.paused)}")
    if control.max_active is not None:
        desk.console.info(f"Max active runs: {control.max_active}.")
    silent = desk.silent_sender()
    if silent is not None:
        desk.console.info(
            f"Nothing is sent: the sending program, {silent.words}, since {format_age(now - silent.since)}."
        )
        desk.console.info(silent.cure)
    if worker is not None and (silent is None or silent.pid != worker.pid):
        desk.console.info(f"A worker is running (pid {worker.pid}, for {format_age(now - worker.since)}).")


def _told(desk: _QueueContext) -> dict[str, object]:
    """Return the queue as JSON."""
    control, worker = desk.store.queue_control.read(desk.profile.stored_as), desk.seat.holder()
    silent = desk.silent_sender()
    return {
        "profile": desk.profile.name,
        "paused": control.paused,
        "max_active": control.max_active,
        "worker": None if worker is None else {"pid": worker.pid, "since": moment(worker.since)},
        "silent": None
        if silent is None
        else {"pid": silent.pid, "since": moment(silent.since), "stopped": silent.stopped},
        "waiting": [_row(desk.profile, one) for one in desk.all()],
        "sets": [set_object(desk.profile, one) for one in desk.store.match_sets.all(desk.profile.stored_as)],
        "downloads": _loads(desk),
    }


def _loads(desk: _QueueContext) -> dict[str, int]:
    """Count unfinished downloads by state; empty if there are none."""
    counts = desk.store.downloads.counts(desk.profile.stored_as)
    states = (DownloadState.LOADING, DownloadState.WAITING, DownloadState.FAILED)
    return {state.value: counts[state] for state in states if counts.get(state)}


def _row(profile: Profile, one: QueueItem) -> dict[str, object]:
    return {
        "row": one.row,
        "state": one.state.value,
        "webhook": profile.label(one.webhook_key),
        "prompt": one.prompt,
        "submitted_at": moment(one.submitted_at),
        "sent_at": moment(one.sent_at),
        "note": one.note,
        "checks": one.checks,
        "next_check": moment(one.next_check),
        "batch": one.batch,
    }


def _lines(desk: _QueueContext, waiting: Sequence[QueueItem], now: float) -> Iterator[str]:
    """Format number, state, webhook, prompt and age; tab-separated and uncut in a pipe."""
    rows = [
        (
            *(str(one.row), one.state.value, one_line(desk.profile.label(one.webhook_key), 200)),
            *(one.prompt.replace("\t", " "), format_age(now - one.submitted_at)),
        )
        for one in waiting
    ]
    if desk.console.width is None:
        yield from ("\t".join(row) for row in rows)
    elif rows:
        yield from (GAP.join(line).rstrip() for line in table([HEADS, *rows], desk.console.width, _WIDE))


def _counts(waiting: Sequence[QueueItem]) -> str:
    """Format `1 uncertain, 37 queued`; empty for an empty queue."""
    counts = [(sum(one.state is state for one in waiting), word) for state, word in _WORDS]
    return ", ".join(f"{count:,} {word}" for count, word in counts if count)


def _resumed(desk: _QueueContext) -> str:
    """Say who sends next, judged by the sending lock: the database may still name a sender that was killed."""
    if desk.sending.signature() is None and desk.store.queue.counts(desk.profile.stored_as):
        return "The queue is resumed; a window or worker sends it: cordage-tui queue work"
    return "The queue is resumed."


def _drop(desk: _QueueContext, numbers: Collection[int], *, everything: bool, yes: bool) -> None:
    if everything == bool(numbers):
        raise UsageError("Nothing selected.", "Give numbers from cordage-tui queue list, or --all.")
    chosen = _chosen(desk, numbers)
    if chosen and not yes and not confirm(_question(chosen), "drop", len(chosen)):
        raise CommandError(ExitCode.USAGE, "Nothing was dropped.", "")
    changes = desk.store.outbox.drop_all({one.row: one.expected for one in chosen})
    dropped = sum(map(bool, changes.values()))
    desk.console.info(f"{dropped:,} dropped." if dropped else "Nothing was dropped.")
    for row, change in changes.items():
        if not change.done:
            desk.console.info(f"Prompt {row}: {describe_change(change)}")


def _chosen(desk: _QueueContext, numbers: Collection[int]) -> list[QueueItem]:
    """Select the prompts by number, or all unsent ones without numbers. Raises UsageError."""
    waiting = {one.row: one for one in desk.all()}
    if not numbers:
        return [one for one in waiting.values() if one.state in _UNSENT]
    for number in numbers:
        if RowId(number) not in waiting:
            raise UsageError(f"There is no prompt {number} in the queue.", "See: cordage-tui queue list")
        if waiting[RowId(number)].state is OutboxState.SENDING:
            raise UsageError(f"Prompt {number} is being sent.", "Kill its run when it has an id.")
    return [waiting[RowId(number)] for number in dict.fromkeys(numbers)]


def _question(chosen: Sequence[QueueItem]) -> str:
    uncertain = any(one.state is OutboxState.UNCERTAIN for one in chosen)
    return f"Drop {_counts(chosen)}?{' Uncertain prompts may still run and be charged.' if uncertain else ''}"


def _stop(desk: _QueueContext) -> None:
    from cordage_tui.engine.worker.daemon import STOP_S, stop

    worker = desk.seat.holder()
    if worker is None:
        desk.console.info("No worker is running.")
        return
    if not stop(desk.seat):
        raise CommandError(
            ExitCode.TRY_AGAIN,
            f"The worker (pid {worker.pid}) was told to stop and is still running after {STOP_S:.0f} s.",
            "It stops when its last call is answered. See: cordage-tui queue list",
        )
    desk.console.info(f"The worker (pid {worker.pid}) has stopped. Queued prompts stay queued.")
