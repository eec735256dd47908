"""`cordage-tui queue`: what waits to be sent, and every word that changes that. Needs no API key and no network."""

import argparse
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from cordage_tui.cli.advice import for_shell
from cordage_tui.cli.console import GAP, Console, confirm, table
from cordage_tui.cli.context import find_place, opened
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
from cordage_tui.engine.errors import PAUSED_BY_USER, ReadOnlyProfile, became, queued_elsewhere, refuse_if_read_only
from cordage_tui.engine.lock_holder import SilentHolder, holder_of
from cordage_tui.engine.worker.lock import WorkerLock, sending_lock, working_lock
from cordage_tui.store.downloads import Downloads
from cordage_tui.store.file_lock import FileLock
from cordage_tui.store.match_sets import MatchSets
from cordage_tui.store.outbox import Outbox
from cordage_tui.store.queue import Queue, QueueSettingsTable
from cordage_tui.store.servers import Servers

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
    """One profile's queue, and how to talk of it."""

    profile: Profile
    queue: Queue
    control: QueueSettingsTable
    outbox: Outbox
    downloads: Downloads
    servers: Servers
    sets: MatchSets
    seat: WorkerLock
    sending: FileLock
    voice: Console

    def silent_sender(self) -> SilentHolder | None:
        """The process that should send and gives no sign of life; None: there is none."""
        holder = holder_of(self.sending)
        return None if holder is None else holder.silent(SystemClock().wall())

    def all(self) -> list[QueueItem]:
        """Everything that is not settled."""
        found: list[QueueItem] = []
        while page := self.queue.waiting(self.profile.stored_as, len(found), _AT_ONCE):
            found += page
        return found


def run(options: argparse.Namespace) -> int:
    """Do what `options.action` says. Raises CommandError and ConfigError."""
    if options.action == "work":
        from cordage_tui.cli import worker

        return worker.run(options)
    with _desk(options) as desk:
        match options.action:
            case "pause":
                desk.control.pause(desk.profile.stored_as, PAUSED_BY_USER)
                desk.voice.info("The queue is paused: nothing is sent until cordage-tui queue resume.")
            case "resume":
                refuse_if_read_only(desk.profile)
                desk.control.resume(desk.profile.stored_as)
                desk.voice.info(_resumed(desk))
            case "drop":
                _drop(desk, options.numbers, everything=options.all, yes=options.yes)
            case "settle":
                settle(options, desk.profile, desk.sets, desk.voice)
            case "stop":
                _stop(desk)
            case _:
                _list(desk)
        if desk.voice.json:
            desk.voice.object("queue", _told(desk))
    return ExitCode.OK


@contextmanager
def _desk(options: argparse.Namespace) -> Iterator[_QueueContext]:
    """The profile's queue; what the database or a read-only profile refuses, in words."""
    voice, clock = Console(options), SystemClock()
    place = find_place(options, voice)
    seat, sending = WorkerLock(working_lock(place.profile, place.paths)), sending_lock(place.profile, place.paths)
    try:
        with opened(place, voice) as database:
            servers = Servers(database)
            place = place.stored(servers)
            queue, control = Queue(database, clock), QueueSettingsTable(database, clock)
            outbox, downloads = Outbox(database, clock), Downloads(database, clock)
            sets = MatchSets(database, clock)
            yield _QueueContext(place.profile, queue, control, outbox, downloads, servers, sets, seat, sending, voice)
    except ReadOnlyProfile as refusal:
        raise CommandError(ExitCode.USAGE, refusal.what, "See read_only in config.toml.") from refusal


def _list(desk: _QueueContext) -> None:
    """The prompts as data, one a line, and how the queue stands as talk."""
    if desk.voice.json:
        return
    waiting, control, worker = desk.all(), desk.control.read(desk.profile.stored_as), desk.seat.holder()
    now = SystemClock().wall()
    for line in _lines(desk, waiting, now):
        desk.voice.print(line)
    desk.voice.info(_counts(waiting) or "Nothing waits to be sent.")
    if (elsewhere := queued_elsewhere(desk.servers.queued_elsewhere(desk.profile))) is not None:
        desk.voice.info(elsewhere)
    if loads := _loads(desk):
        desk.voice.info(f"Downloads: {', '.join(f'{count:,} {state}' for state, count in loads.items())}.")
    if control.paused is not None:
        desk.voice.info(f"Paused: {for_shell(control.paused)}")
    if control.max_active is not None:
        desk.voice.info(f"Nothing is sent while {control.max_active} runs are active.")
    silent = desk.silent_sender()
    if silent is not None:
        desk.voice.info(
            f"Nothing is sent: the program that sends, {silent.words}, since {format_age(now - silent.since)}."
        )
        desk.voice.info(silent.cure)
    if worker is not None and (silent is None or silent.pid != worker.pid):
        desk.voice.info(f"A worker is at work (pid {worker.pid}, for {format_age(now - worker.since)}).")


def _told(desk: _QueueContext) -> dict[str, object]:
    """The queue as it is now, for programs."""
    control, worker = desk.control.read(desk.profile.stored_as), desk.seat.holder()
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
        "sets": [set_object(desk.profile, one) for one in desk.sets.all(desk.profile.stored_as)],
        "downloads": _loads(desk),
    }


def _loads(desk: _QueueContext) -> dict[str, int]:
    """How many downloads are not done; empty when none are on their way or have failed."""
    counts = desk.downloads.counts(desk.profile.stored_as)
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
    """Number, state, webhook, prompt and age. For a pipe: no heads, tabs between the cells, nothing cut."""
    rows = [
        (
            *(str(one.row), one.state.value, one_line(desk.profile.label(one.webhook_key), 200)),
            *(one.prompt.replace("\t", " "), format_age(now - one.submitted_at)),
        )
        for one in waiting
    ]
    if desk.voice.width is None:
        yield from ("\t".join(row) for row in rows)
    elif rows:
        yield from (GAP.join(line).rstrip() for line in table([HEADS, *rows], desk.voice.width, _WIDE))


def _counts(waiting: Sequence[QueueItem]) -> str:
    """`1 uncertain, 37 queued`; empty when nothing waits."""
    counts = [(sum(one.state is state for one in waiting), word) for state, word in _WORDS]
    return ", ".join(f"{count:,} {word}" for count, word in counts if count)


def _resumed(desk: _QueueContext) -> str:
    """Asked of the lock: a sender that was killed has left its mark in the database."""
    if desk.sending.signature() is None and desk.queue.counts(desk.profile.stored_as):
        return "The queue goes on as soon as a window or worker is open: cordage-tui queue work"
    return "The queue goes on."


def _drop(desk: _QueueContext, numbers: Collection[int], *, everything: bool, yes: bool) -> None:
    if everything == bool(numbers):
        raise UsageError("What is to be dropped?", "Give numbers from cordage-tui queue list, or --all.")
    chosen = _chosen(desk, numbers)
    if chosen and not yes and not confirm(_question(chosen), "drop", len(chosen)):
        raise CommandError(ExitCode.USAGE, "Nothing was dropped.", "")
    changes = desk.outbox.drop_all({one.row: one.expected for one in chosen})
    dropped = sum(map(bool, changes.values()))
    desk.voice.info(f"{dropped:,} dropped." if dropped else "Nothing was dropped.")
    for row, change in changes.items():
        if not change.done:
            desk.voice.info(f"Number {row}: {became(change)}")


def _chosen(desk: _QueueContext, numbers: Collection[int]) -> list[QueueItem]:
    """Those of the numbers; without any all that was not sent. Raises UsageError."""
    waiting = {one.row: one for one in desk.all()}
    if not numbers:
        return [one for one in waiting.values() if one.state in _UNSENT]
    for number in numbers:
        if RowId(number) not in waiting:
            raise UsageError(f"Nothing waits under number {number}.", "See: cordage-tui queue list")
        if waiting[RowId(number)].state is OutboxState.SENDING:
            raise UsageError(f"Number {number} is being sent right now.", "Kill its run when it has an id.")
    return [waiting[RowId(number)] for number in dict.fromkeys(numbers)]


def _question(chosen: Sequence[QueueItem]) -> str:
    uncertain = any(one.state is OutboxState.UNCERTAIN for one in chosen)
    return f"Drop {_counts(chosen)}?{' What is uncertain may run, and be charged, all the same.' if uncertain else ''}"


def _stop(desk: _QueueContext) -> None:
    from cordage_tui.engine.worker.daemon import STOP_S, stop

    worker = desk.seat.holder()
    if worker is None:
        desk.voice.info("No worker is at work.")
        return
    if not stop(desk.seat):
        raise CommandError(
            ExitCode.TRY_AGAIN,
            f"The worker (pid {worker.pid}) has been told to end and is still there after {STOP_S:.0f} s.",
            "It ends when its last call is answered. Look again: cordage-tui queue list",
        )
    desk.voice.info(f"The worker (pid {worker.pid}) has ended. What is queued stays queued.")
