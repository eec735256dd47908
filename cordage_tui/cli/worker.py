"""`cordage-tui queue work`: the engine without a screen, here or in the background."""

import argparse
import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cordage_tui.cli.errors import Stopped, UsageError
from cordage_tui.cli.exit_codes import ExitCode
from cordage_tui.cli.profile import config_file, load_settings, pass_on_warnings
from cordage_tui.cli.voice import Voice
from cordage_tui.config.credentials import checked_key, find_key
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import Settings
from cordage_tui.domain.clock import SystemClock
from cordage_tui.domain.secret import Secret
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.connect import build_engine
from cordage_tui.engine.handover import NotHandedOver, Start, hand_over
from cordage_tui.engine.logbook import Logbook
from cordage_tui.engine.seat import Seat, Seated, working_lock
from cordage_tui.engine.worker import Outcome, Worker
from cordage_tui.store.errors import StoreError
from cordage_tui.store.store import Store

_ENDINGS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_HELD: Final = "What was queued is held, and goes when there is a key that works."
_MAY_RUN: Final = (
    "It was sent, and no answer came: it may be running and may be charged. Nothing is sent again by itself."
)
Say = Callable[[SafeText], None]


@dataclass(frozen=True, slots=True)
class _Job:
    """What a worker is given."""

    paths: Paths
    settings: Settings
    profile: Profile
    key: Secret


def run(options: argparse.Namespace) -> int:
    """Work, or have it done in the background, and return the exit code. Raises Stopped and ConfigError."""
    paths, voice = Paths.system(), Voice(options)
    settings = load_settings(paths, options)
    profile = _profile(settings)
    if options.detached:
        os.umask(0o077)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        key = checked_key(sys.stdin.read())
        return _work(_Job(paths, settings, profile, key), Logbook(paths.worker_log(profile.name)).say)
    pass_on_warnings(settings, voice)
    seat = Seat(working_lock(profile, paths))
    if (already := seat.holder()) is not None:
        voice.say(_there_is_one(already))
        return ExitCode.OK
    found = find_key(paths, settings, profile.name, os.environ)
    if found is None:
        raise UsageError(f"No API key for profile {profile.name!r}.", "Set CORDAGE_API_KEY, or save one in the app.")
    job = _Job(paths, settings, profile, found.key)
    if options.detach:
        return _detach(job, config_file(options), seat, voice)
    return _work(job, lambda words: voice.say(f"{time.strftime('%H:%M:%S')} {words}"))


def _profile(settings: Settings) -> Profile:
    profile = settings.chosen
    if profile is None or not profile.webhooks:
        raise UsageError("No profile with a webhook is configured.", "Start cordage-tui to connect.")
    if profile.read_only:
        raise UsageError(f"Profile {profile.name} is read-only, so nothing can be sent.", "Leave --read-only out.")
    return profile


def _detach(job: _Job, config: Path | None, seat: Seat, voice: Voice) -> int:
    try:
        seated = hand_over(Start(job.profile, job.key, job.paths, config, os.environ), seat)
    except NotHandedOver as error:
        raise Stopped(ExitCode.USAGE, error.what, "What is queued stays queued.") from error
    if seated is None:
        voice.say("There was nothing to do: no prompt waits, and no run is active.")
        return ExitCode.OK
    voice.say(f"A worker sends and follows (pid {seated.pid}). Its log: {job.paths.worker_log(job.profile.name)}")
    voice.say("It ends when all is done, or by: cordage-tui queue stop")
    return ExitCode.OK


def _there_is_one(already: Seated | None) -> SafeText:
    who = f" (pid {already.pid}, since {time.strftime('%H:%M', time.localtime(already.since))})" if already else ""
    return one_line(f"a worker is at work already{who}")


def _work(job: _Job, say: Say) -> int:
    """Until all is done, as `ExitCode` tells. Raises Stopped."""
    seat = Seat(working_lock(job.profile, job.paths))
    try:
        if not seat.take(Seated(os.getpid(), SystemClock().wall())):
            say(_there_is_one(seat.holder()))
            return ExitCode.OK
        store = Store.open(job.paths.database, SystemClock())
        try:
            return asyncio.run(_worked(job, store, say))
        finally:
            store.close()
    except StoreError as error:
        raise UsageError(error.what, f"The database is {job.paths.database}.") from error
    finally:
        seat.leave()


async def _worked(job: _Job, store: Store, say: Say) -> int:
    clock = SystemClock()
    engine = build_engine(job.profile, job.key, job.paths, store, clock, job.settings.read_share, job.settings.hook)
    worker, endings = Worker(engine, say, clock), list[int]()

    def end(number: int) -> None:
        endings.append(number)
        worker.stop()

    for number in _ENDINGS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            asyncio.get_running_loop().add_signal_handler(number, end, number)
    match await worker.run():
        case Outcome.STOPPED:
            return 128 + endings[0]
        case Outcome.REFUSED:
            what = engine.refused or "The API key is refused."
            raise Stopped(ExitCode.KEY_REFUSED, what, "Set a new key, and start the worker again.", _HELD)
    if uncertain := worker.uncertain():
        prompts = "1 prompt is" if uncertain == 1 else f"{uncertain} prompts are"
        advice = "Open cordage-tui and press w: look at the run list there, then send again, wait or drop."
        raise Stopped(ExitCode.UNCERTAIN, f"{prompts} uncertain.", advice, _MAY_RUN)
    return ExitCode.OK
