"""`cordage-tui queue work`: run the engine without a screen, here or in the background."""

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

from cordage_tui.cli.base.advice import with_command
from cordage_tui.cli.base.command_log import recorded
from cordage_tui.cli.base.console import Console
from cordage_tui.cli.base.context import CommandContext, find_context, reporting_store_errors
from cordage_tui.cli.base.engine_context import STDOUT, open_store, require_key
from cordage_tui.cli.base.errors import CommandError, ExitCode, UsageError
from cordage_tui.cli.base.interrupts import ignore_ctrl_c
from cordage_tui.cli.base.profile import config_file
from cordage_tui.cli.base.refusal import refusal_advice
from cordage_tui.config.key_lookup import checked_key
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.base.environment import child_environment
from cordage_tui.domain.formatting import counted
from cordage_tui.domain.safe_text import SafeText, one_line, visible_id
from cordage_tui.domain.secrets import Secret
from cordage_tui.engine.log.process_log import ProcessLog
from cordage_tui.engine.processes.detached_worker import LogFile, WorkerOptions, WorkerStartError, hand_over
from cordage_tui.engine.processes.leadership import LOCK_S
from cordage_tui.engine.processes.process_locks import WorkerInfo, WorkerLock, working_lock
from cordage_tui.engine.processes.watchdog import GRACE_S, Watchdog, handle_stop_signal
from cordage_tui.engine.processes.worker import STOP_GRACE_S, Outcome, Worker
from cordage_tui.engine.workspace import build_engine
from cordage_tui.store.store import Store

_ENDINGS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_KEPT: Final = "Queued prompts stay queued."
_HELD: Final = "Queued prompts are held until there is a valid key."
_MAY_RUN: Final = "No answer came: it may be running and may be charged. Nothing is resent automatically."
Say = Callable[[SafeText], None]


def run(options: argparse.Namespace) -> int:
    """Run the worker here or in the background; return the exit code. Raises CommandError and ConfigError."""
    console = Console(options)
    context = find_context(options, console)
    _check_profile(context)
    if options.detached:
        os.umask(0o077)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        key = checked_key(sys.stdin.read())
        log = LogFile(context.paths.worker_log(context.profile.name))
        return _run_worker(context, key, console, lambda text: log.write_line(with_command(text)))
    seat = WorkerLock(working_lock(context.profile, context.paths))
    if (already := seat.holder()) is not None:
        console.info(_running_message(already))
        return ExitCode.OK
    key = require_key(context).key
    if options.detach:
        return _detach(context, key, config_file(options), seat, console)
    return _run_worker(
        context, key, console, lambda text: console.info(f"{time.strftime('%H:%M:%S')} {with_command(text)}")
    )


def _check_profile(context: CommandContext) -> None:
    if not context.profile.webhooks:
        raise UsageError(
            f"Profile {context.profile.name!r} has no webhook.", "Add one: cordage-tui webhooks add KEY NAME"
        )
    if context.profile.read_only:
        raise UsageError(f"Profile {context.profile.name} is read-only, so nothing can be sent.", "Omit --read-only.")


def _detach(context: CommandContext, key: Secret, config: Path | None, seat: WorkerLock, console: Console) -> int:
    environ = child_environment(os.environ, context.settings.secret_env_vars)
    try:
        seated = hand_over(WorkerOptions(context.profile, key, context.paths, config, environ), seat)
    except WorkerStartError as error:
        raise CommandError(ExitCode.USAGE, error.what, "See the log, and: cordage-tui doctor", _KEPT) from error
    if seated is None:
        console.info("Nothing to do: the queue is empty, and no run is active.")
        return ExitCode.OK
    console.info(f"Worker started (pid {seated.pid}). Log: {context.paths.worker_log(context.profile.name)}")
    console.info("It ends when the queue is done. To stop it: cordage-tui queue stop")
    return ExitCode.OK


def _running_message(already: WorkerInfo | None) -> SafeText:
    process = f" (pid {already.pid}, since {time.strftime('%H:%M', time.localtime(already.since))})" if already else ""
    return one_line(f"a worker is already running{process}")


def _run_worker(context: CommandContext, key: Secret, console: Console, say: Say) -> int:
    """Run the worker until the queue is done. Raises CommandError."""
    seat = WorkerLock(working_lock(context.profile, context.paths))
    try:
        with reporting_store_errors():
            is_ours = seat.acquire(WorkerInfo(os.getpid(), SystemClock().wall()))
        if not is_ours:
            say(_running_message(seat.holder()))
            return ExitCode.OK
        with recorded(context.paths, "worker") as log, open_store(context, console) as store:
            gc.enable()
            watched = Watchdog(_ENDINGS, read_by_client=(STDOUT,), grace_s=LOCK_S + STOP_GRACE_S + GRACE_S)
            try:
                with watched.attached() as watchdog:
                    code = asyncio.run(_run_engine(context, key, store, say, watchdog, log))
            finally:
                ignore_ctrl_c()
            log.record_end(code)
            return code
    finally:
        seat.release()


async def _run_engine(
    context: CommandContext, key: Secret, store: Store, say: Say, watchdog: Watchdog, log: ProcessLog
) -> int:
    clock = SystemClock()
    engine = build_engine(context.profile, key, context.paths, store, clock, context.settings)
    engine.start_recording(log)
    worker = Worker(engine, say, clock)
    watchdog.call(lambda code: worker.stop())
    with handle_stop_signal(engine):
        outcome = await worker.run()
    if unstored := engine.leadership.unstored():
        ids = ", ".join(visible_id(run.run_id) for run in unstored.values())
        happened = f"Started, and could not be stored: {ids}"
        raise CommandError(ExitCode.UNFINISHED, happened, "See whether it is there: cordage-tui runs", _KEPT)
    match outcome:
        case Outcome.STOPPED:
            return watchdog.code or ExitCode.INTERRUPTED
        case Outcome.REFUSED:
            refused = engine.leadership.refused or "API key rejected."
            advice = f"{refusal_advice(refused)}. Then start the worker again: cordage-tui queue work"
            raise CommandError(ExitCode.KEY_REFUSED, refused, advice, _HELD)
        case Outcome.DAMAGED:
            advice = "Start it again, which repairs what can be repaired: cordage-tui queue work"
            raise CommandError(ExitCode.TRY_AGAIN, str(store.damaged), advice, _KEPT)
    if uncertain := worker.uncertain():
        prompts = counted(uncertain, "prompt is", "prompts are")
        advice = "Check whether they run: cordage-tui runs. Then resend or drop them: cordage-tui queue list"
        raise CommandError(ExitCode.UNCERTAIN, f"{prompts} uncertain.", advice, _MAY_RUN)
    return ExitCode.OK
