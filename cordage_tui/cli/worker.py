"""`cordage-tui queue work`: the engine without a screen, here or in the background."""

import argparse
import asyncio
import gc
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cordage_tui.cli.advice import for_shell
from cordage_tui.cli.console import Console
from cordage_tui.cli.context import CommandContext, database_words, find_place
from cordage_tui.cli.engine_context import found_key, whole_store
from cordage_tui.cli.errors import CommandError, ExitCode, UsageError
from cordage_tui.cli.profile import config_file
from cordage_tui.config.credentials import checked_key
from cordage_tui.domain.child_environment import child_environment
from cordage_tui.domain.clock import SystemClock
from cordage_tui.domain.secret import Secret
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.job_control import stops_in_order
from cordage_tui.engine.watchdog import GRACE_S, Watchdog
from cordage_tui.engine.worker.daemon import LogFile, WorkerOptions, WorkerStartError, hand_over
from cordage_tui.engine.worker.lock import WorkerInfo, WorkerLock, working_lock
from cordage_tui.engine.worker.worker import STOP_GRACE_S, Outcome, Worker
from cordage_tui.engine.workspace import build_engine
from cordage_tui.store.store import Store

_ENDINGS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_KEPT: Final = "What is queued stays queued."
_HELD: Final = "What was queued is held, and goes when there is a key that works."
_MAY_RUN: Final = (
    "It was sent, and no answer came: it may be running and may be charged. Nothing is sent again by itself."
)
Say = Callable[[SafeText], None]


def run(options: argparse.Namespace) -> int:
    """Work, or have it done in the background, and return the exit code. Raises CommandError and ConfigError."""
    voice = Console(options)
    place = find_place(options, voice)
    _check(place)
    if options.detached:
        os.umask(0o077)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        key = checked_key(sys.stdin.read())
        log = LogFile(place.paths.worker_log(place.profile.name))
        return _work(place, key, voice, lambda words: log.write_line(for_shell(words)))
    seat = WorkerLock(working_lock(place.profile, place.paths))
    if (already := seat.holder()) is not None:
        voice.info(_there_is_one(already))
        return ExitCode.OK
    key = found_key(place).key
    if options.detach:
        return _detach(place, key, config_file(options), seat, voice)
    return _work(place, key, voice, lambda words: voice.info(f"{time.strftime('%H:%M:%S')} {for_shell(words)}"))


def _check(place: CommandContext) -> None:
    if not place.profile.webhooks:
        raise UsageError(
            f"Profile {place.profile.name!r} has no webhook.", "Add one: cordage-tui webhooks add KEY NAME"
        )
    if place.profile.read_only:
        raise UsageError(
            f"Profile {place.profile.name} is read-only, so nothing can be sent.", "Leave --read-only out."
        )


def _detach(place: CommandContext, key: Secret, config: Path | None, seat: WorkerLock, voice: Console) -> int:
    environ = child_environment(os.environ, place.settings.secret_env_vars)
    try:
        seated = hand_over(WorkerOptions(place.profile, key, place.paths, config, environ), seat)
    except WorkerStartError as error:
        raise CommandError(ExitCode.USAGE, error.what, "See the log, and: cordage-tui doctor", _KEPT) from error
    if seated is None:
        voice.info("There was nothing to do: no prompt waits, and no run is active.")
        return ExitCode.OK
    voice.info(f"A worker sends and follows (pid {seated.pid}). Its log: {place.paths.worker_log(place.profile.name)}")
    voice.info("It ends when all is done, or by: cordage-tui queue stop")
    return ExitCode.OK


def _there_is_one(already: WorkerInfo | None) -> SafeText:
    who = f" (pid {already.pid}, since {time.strftime('%H:%M', time.localtime(already.since))})" if already else ""
    return one_line(f"a worker is at work already{who}")


def _work(place: CommandContext, key: Secret, voice: Console, say: Say) -> int:
    """Until all is done, as `ExitCode` tells. Raises CommandError."""
    seat = WorkerLock(working_lock(place.profile, place.paths))
    try:
        with database_words():
            is_ours = seat.acquire(WorkerInfo(os.getpid(), SystemClock().wall()))
        if not is_ours:
            say(_there_is_one(seat.holder()))
            return ExitCode.OK
        with whole_store(place, voice) as store:
            gc.enable()
            with Watchdog(_ENDINGS, grace_s=STOP_GRACE_S + GRACE_S).attached() as watchdog:
                return asyncio.run(_worked(place, key, store, say, watchdog))
    finally:
        seat.leave()


async def _worked(place: CommandContext, key: Secret, store: Store, say: Say, watchdog: Watchdog) -> int:
    clock = SystemClock()
    engine = build_engine(place.profile, key, place.paths, store, clock, place.settings)
    worker = Worker(engine, say, clock)
    watchdog.call(lambda code: worker.stop())
    with stops_in_order(engine):
        outcome = await worker.run()
    match outcome:
        case Outcome.STOPPED:
            return watchdog.code or ExitCode.INTERRUPTED
        case Outcome.REFUSED:
            what = engine.refused or "The API key is refused."
            raise CommandError(ExitCode.KEY_REFUSED, what, "Set a new key, and start the worker again.", _HELD)
    if uncertain := worker.uncertain():
        prompts = "1 prompt is" if uncertain == 1 else f"{uncertain} prompts are"
        advice = "Look whether they run: cordage-tui runs. Then decide: cordage-tui queue list"
        raise CommandError(ExitCode.UNCERTAIN, f"{prompts} uncertain.", advice, _MAY_RUN)
    return ExitCode.OK
