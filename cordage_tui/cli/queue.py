"""`cordage-tui queue`: what waits to be sent, and every word that changes that. Needs no API key and no network."""

import argparse
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from cordage_tui.cli.errors import Stopped, UsageError
from cordage_tui.cli.exit_codes import ExitCode
from cordage_tui.cli.profile import load_settings, pass_on_warnings
from cordage_tui.cli.voice import Voice
from cordage_tui.config.paths import Paths
from cordage_tui.domain.clock import SystemClock
from cordage_tui.domain.lapse import age
from cordage_tui.domain.outbox import OutboxState, Waiting
from cordage_tui.domain.run import RowId
from cordage_tui.domain.text import one_line
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.errors import ReadOnlyProfile, refuse_if_read_only
from cordage_tui.engine.seat import Seat, working_lock
from cordage_tui.engine.words import PAUSED_BY_USER
from cordage_tui.store.errors import StoreError
from cordage_tui.store.store import Store

TYPED_FROM: Final = 11
"""Prompts from which their number must be typed (FAULTS.md D 18)."""
_AT_ONCE: Final = 1_000
_PROMPT: Final = 60
"""Characters of a prompt in a list for people."""
_UNSENT: Final = frozenset({OutboxState.QUEUED, OutboxState.HELD})
_WORDS: Final = (
    (OutboxState.UNCERTAIN, "uncertain"),
    (OutboxState.SENDING, "being sent"),
    (OutboxState.QUEUED, "queued"),
    (OutboxState.HELD, "held"),
)


@dataclass(frozen=True, slots=True)
class _Desk:
    """One profile's queue, and how to talk of it."""

    profile: Profile
    store: Store
    seat: Seat
    voice: Voice

    def all(self) -> list[Waiting]:
        """Everything that is not settled."""
        found: list[Waiting] = []
        while page := self.store.queue.waiting(self.profile.name, len(found), _AT_ONCE):
            found += page
        return found


def run(options: argparse.Namespace) -> int:
    """Do what `options.action` says. Raises Stopped and ConfigError."""
    if options.action == "work":
        from cordage_tui.cli import worker

        return worker.run(options)
    with _desk(options) as desk:
        match options.action:
            case "pause":
                desk.store.queue.pause(desk.profile.name, PAUSED_BY_USER)
                desk.voice.say("The queue is paused: nothing is sent until cordage-tui queue resume.")
            case "resume":
                refuse_if_read_only(desk.profile)
                desk.store.queue.resume(desk.profile.name)
                desk.voice.say(_resumed(desk))
            case "drop":
                _drop(desk, options.numbers, everything=options.all, yes=options.yes)
            case "stop":
                _stop(desk)
            case _:
                _list(desk)
        if desk.voice.json:
            desk.voice.object("queue", _told(desk))
    return ExitCode.OK


@contextmanager
def _desk(options: argparse.Namespace) -> Iterator[_Desk]:
    """The profile's queue; what the store or a read-only profile refuses, in words."""
    paths, voice = Paths.system(), Voice(options)
    settings = load_settings(paths, options)
    pass_on_warnings(settings, voice)
    profile = settings.chosen
    if profile is None:
        raise UsageError("No profile is configured.", "Start cordage-tui to connect.")
    try:
        store = Store.open(paths.database, SystemClock())
        try:
            yield _Desk(profile, store, Seat(working_lock(profile, paths)), voice)
        finally:
            store.close()
    except StoreError as error:
        raise UsageError(error.what, f"The database is {paths.database}.") from error
    except ReadOnlyProfile as error:
        raise UsageError(error.what, "Nothing has changed.") from error


def _list(desk: _Desk) -> None:
    if desk.voice.json:
        return
    waiting, control, worker = desk.all(), desk.store.queue.control(desk.profile.name), desk.seat.holder()
    now = SystemClock().wall()
    for line in _lines(desk.profile, waiting, now):
        desk.voice.line(line)
    desk.voice.say(_counts(waiting))
    if control.paused is not None:
        desk.voice.say(f"Paused: {control.paused}")
    if control.max_active is not None:
        desk.voice.say(f"Nothing is sent while {control.max_active} runs are active.")
    if worker is not None:
        desk.voice.say(f"A worker is at work (pid {worker.pid}, for {age(now - worker.since)}).")


def _told(desk: _Desk) -> dict[str, object]:
    """The queue as it is now, for programs."""
    control, worker = desk.store.queue.control(desk.profile.name), desk.seat.holder()
    return {
        "profile": desk.profile.name,
        "paused": control.paused,
        "max_active": control.max_active,
        "worker": None if worker is None else {"pid": worker.pid, "since": worker.since},
        "waiting": [_row(desk.profile, one) for one in desk.all()],
    }


def _row(profile: Profile, one: Waiting) -> dict[str, object]:
    return {
        "number": one.row,
        "state": one.state.value,
        "webhook": profile.label(one.webhook_key),
        "prompt": one.prompt,
        "submitted_at": one.submitted_at,
        "sent_at": one.sent_at,
        "note": one.note,
        "checks": one.checks,
        "next_check": one.next_check,
        "batch": one.batch,
    }


def _lines(profile: Profile, waiting: Sequence[Waiting], now: float) -> Iterator[str]:
    """Number, state, webhook, prompt and age, one prompt a line, in columns."""
    cells = [
        (
            str(one.row),
            one.state.value,
            one_line(profile.label(one.webhook_key)),
            age(now - one.submitted_at),
            one.prompt,
        )
        for one in waiting
    ]
    widths = [max((len(row[column]) for row in cells), default=0) for column in range(4)]
    for number, state, webhook, waits, prompt in cells:
        head = f"{number:>{widths[0]}}  {state:<{widths[1]}}  {webhook:<{widths[2]}}  {waits:>{widths[3]}}"
        yield f"{head}  {one_line(prompt, _PROMPT)}"


def _counts(waiting: Sequence[Waiting]) -> str:
    counts = [(sum(one.state is state for one in waiting), word) for state, word in _WORDS]
    return ", ".join(f"{count:,} {word}" for count, word in counts if count) or "Nothing waits to be sent."


def _resumed(desk: _Desk) -> str:
    if desk.store.queue.open_since(desk.profile.name) is None and desk.store.queue.counts(desk.profile.name):
        return "The queue goes on as soon as a window or worker is open: cordage-tui queue work"
    return "The queue goes on."


def _drop(desk: _Desk, numbers: Collection[int], *, everything: bool, yes: bool) -> None:
    if everything == bool(numbers):
        raise UsageError("What is to be dropped?", "Give numbers from cordage-tui queue list, or --all.")
    waiting = {one.row: one for one in desk.all()}
    unknown = [number for number in numbers if RowId(number) not in waiting]
    if unknown:
        raise UsageError(f"Nothing waits under number {unknown[0]}.", "See: cordage-tui queue list")
    chosen = [one for one in waiting.values() if (one.state in _UNSENT if everything else one.row in numbers)]
    on_the_wire = next((one for one in chosen if one.state is OutboxState.SENDING), None)
    if on_the_wire is not None:
        raise UsageError(f"Number {on_the_wire.row} is being sent right now.", "Kill its run when it has an id.")
    if chosen and not yes and not _agreed(chosen):
        raise Stopped(ExitCode.USAGE, "Nothing was dropped.", "")
    dropped = desk.store.outbox.drop_all([one.row for one in chosen])
    desk.voice.say(f"{dropped:,} dropped." if dropped else "Nothing was dropped.")


def _agreed(chosen: Sequence[Waiting]) -> bool:
    """Asks on the terminal; many have their number typed. Raises UsageError where nobody can be asked."""
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(f"{_counts(chosen)} would be dropped, and nobody can be asked.", "Say --yes if you mean it.")
    wanted = str(len(chosen)) if len(chosen) >= TYPED_FROM else "y"
    uncertain = any(one.state is OutboxState.UNCERTAIN for one in chosen)
    note = " What is uncertain may run, and be charged, all the same." if uncertain else ""
    print(f"Drop {_counts(chosen)}?{note} Type {wanted} to drop: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip() == wanted


def _stop(desk: _Desk) -> None:
    from cordage_tui.engine.handover import STOP_S, stop

    worker = desk.seat.holder()
    if worker is None:
        desk.voice.say("No worker is at work.")
        return
    if not stop(desk.seat):
        raise Stopped(
            ExitCode.TRY_AGAIN,
            f"The worker (pid {worker.pid}) has been told to end and is still there after {STOP_S:.0f} s.",
            "It ends when its last call is answered. Look again: cordage-tui queue list",
        )
    desk.voice.say(f"The worker (pid {worker.pid}) has ended. What is queued stays queued.")
