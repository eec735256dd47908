"""Engine and event loop of a command."""

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from typing import Any, Final

from cordage_tui.api.client import load_transport
from cordage_tui.cli.base.command_log import recorded
from cordage_tui.cli.base.console import Console
from cordage_tui.cli.base.context import BUSY_S, CommandContext, reporting_store_errors, settle_cut_off
from cordage_tui.cli.base.errors import CommandError, ExitCode, UsageError
from cordage_tui.cli.base.interrupts import Interruption
from cordage_tui.cli.base.profile import check_before_connecting
from cordage_tui.config.key_lookup import FoundKey, find_key
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.secrets import Secret
from cordage_tui.domain.webhook import Profile
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.errors import KeyInInputs, ReadOnlyProfile
from cordage_tui.engine.events import EngineCrashed, Event, HookFailed
from cordage_tui.engine.log.process_log import ProcessLog
from cordage_tui.engine.processes.watchdog import Watchdog, handle_stop_signal
from cordage_tui.engine.workspace import build_engine
from cordage_tui.store.store import Store

# Engine of a command: open, run on an event loop, stop.

STDOUT: Final = 1
"""Descriptor of the data, which a client may read."""
_GRACE_S: Final = 70.0
"""Seconds that a command may take after SIGTERM, to wait for pending answers."""


def require_key(context: CommandContext) -> FoundKey:
    """Return the profile's API key. Raises UsageError if there is none, and ConfigError."""
    check_before_connecting(context.settings, context.profile)
    key = context.key or find_key(context.paths, context.settings, context.profile.name, os.environ)
    if key is None:
        raise UsageError(
            f"There is no API key for profile {context.profile.name!r}.",
            "Set CORDAGE_API_KEY, or save one: cordage-tui key set",
        )
    return key


def key_for_queue(context: CommandContext) -> FoundKey:
    """Return the profile's API key, or one that no server accepts. Raises ConfigError.

    An engine that is not started makes no call unless it is asked to.
    """
    key = context.key or find_key(context.paths, context.settings, context.profile.name, os.environ)
    return key or FoundKey(Secret("none"), SafeText("none"))


@contextmanager
def open_store(context: CommandContext, console: Console, meaning: str | None = None) -> Iterator[Store]:
    """Open the store; StoreError inside becomes CommandError with `meaning`."""
    with reporting_store_errors(meaning):
        store = Store.open(context.paths.database, SystemClock(), busy_s=BUSY_S)
        try:
            if store.notice:
                console.error(store.notice)
            settle_cut_off(context, store.servers, store.outbox.recover)
            store.query.name_webhooks({webhook.key: webhook.name for webhook in context.profile.webhooks})
            yield store
        finally:
            store.close()


@asynccontextmanager
async def _open_engine(
    context: CommandContext,
    profile: Profile,
    key: FoundKey,
    store: Store,
    console: Console,
    log: ProcessLog,
    *,
    calls: bool,
) -> AsyncIterator[Engine]:
    """Build an engine and stop it at the end; print errors of hooks. Raises the exception of a crashed engine task."""
    console.hide(key.key)
    engine = build_engine(profile, key.key, context.paths, store, SystemClock(), context.settings)
    engine.start_recording(log)
    bugs: list[BaseException] = []
    task = asyncio.current_task()

    def listen(event: Event) -> None:
        if isinstance(event, EngineCrashed):
            bugs.append(event.error)
            if task is not None:
                task.cancel()
        elif isinstance(event, HookFailed):
            console.error(event.words)

    unsubscribe = engine.events.subscribe(listen)
    if calls:  # at once, not when a prompt has been claimed
        await asyncio.to_thread(load_transport)
    try:
        with nullcontext() if console.linear else handle_stop_signal(engine):
            yield engine
    finally:
        unsubscribe()
        await engine.stop()
        if bugs:
            raise bugs[0]


def run_engine(
    context: CommandContext,
    console: Console,
    command: Callable[[Engine], Awaitable[ExitCode]],
    *,
    key: FoundKey | None = None,
    acts: bool = False,
    calls: bool = True,
    for_reader: bool = False,
) -> ExitCode:
    """Run `command` with the profile's engine, not started, on an event loop.

    SIGTERM and SIGHUP cancel it like Ctrl-C, and have exit codes of their own. With `for_reader` it also ends, as by
    SIGHUP, when the reader of stdout is gone. Unless it `acts`, the engine is read-only and does not send the queue.
    Unless it `calls` the server, the HTTP library is loaded only at its first call, which saves a third of the time.
    The key is found if not given. Raises CommandError, ConfigError and KeyboardInterrupt.
    """
    key, interruption = key or require_key(context), Interruption()

    async def run_command(profile: Profile, store: Store) -> ExitCode:
        async with _open_engine(context, profile, key, store, console, log, calls=calls) as engine:
            try:
                return await command(engine)
            finally:
                interruption.decide()

    with recorded(context.paths, console.command) as log, open_store(context, console) as store:
        profile = context.stored(store.servers).profile
        gc.enable()
        watchdog = Watchdog(read_by_client=(STDOUT,) if for_reader else (), grace_s=_GRACE_S)
        try:
            with nullcontext() if console.linear else watchdog.attached():
                work = run_command(profile if acts else replace(profile, read_only=True), store)
                code = asyncio.run(_cancellable(work, interruption, watchdog, console))
        except asyncio.CancelledError:
            if watchdog.code is None:
                raise KeyboardInterrupt from None
            code = ExitCode.INTERRUPTED
        except CommandError as stopped:
            stopped.code = _code_of_signal(stopped.code, watchdog)
            raise
        except (ReadOnlyProfile, KeyInInputs) as refusal:
            raise _refused(refusal) from refusal
        code = _code_of_signal(code, watchdog)
        log.record_end(code)
        return code


async def _cancellable(
    work: Coroutine[Any, Any, ExitCode], interruption: Interruption, watchdog: Watchdog, console: Console
) -> ExitCode:
    """Run `work` as a task, which signals and Ctrl-C cancel."""
    task = asyncio.ensure_future(work)
    if not console.linear:  # linear mode has its own, and interrupts as Ctrl-C does
        watchdog.call(lambda code: interruption.cancel(task))
    with interruption.ctrl_c_cancels(task, ends=not console.linear):
        return await task


def _refused(refusal: ReadOnlyProfile | KeyInInputs) -> CommandError:
    advice = "See read_only in config.toml." if isinstance(refusal, ReadOnlyProfile) else ""
    return CommandError(ExitCode.USAGE, refusal.what, advice)


def _code_of_signal(code: ExitCode, watchdog: Watchdog) -> ExitCode:
    """Return the exit code of the signal that interrupted a command; any other code stays."""
    return code if code is not ExitCode.INTERRUPTED or watchdog.code is None else ExitCode(watchdog.code)
