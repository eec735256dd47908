"""Engine and event loop of a command."""

import asyncio
import gc
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import FrameType
from typing import Any, Final

from cordage_tui.api.client import load_transport
from cordage_tui.cli.console import Console
from cordage_tui.cli.context import BUSY_S, CommandContext, database_words
from cordage_tui.cli.errors import NOTHING_HAPPENED, CommandError, ExitCode, UsageError
from cordage_tui.config.credentials import FoundKey, find_key
from cordage_tui.domain.clock import SystemClock
from cordage_tui.domain.fast_dataclass import replace
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.errors import ReadOnlyProfile
from cordage_tui.engine.events import EngineCrashed, Event, HookFailed
from cordage_tui.engine.job_control import stops_in_order
from cordage_tui.engine.watchdog import Watchdog
from cordage_tui.engine.workspace import build_engine
from cordage_tui.store.store import Store

# Ctrl-C while a command runs on its event loop.

_CANCELS: Final = 2
"""The first Ctrl-C has the command end in good order, which may take a while; the second has it wait for nothing more."""


@contextmanager
def ctrl_c_cancels(task: "asyncio.Task[Any]") -> Iterator[None]:
    """Have Ctrl-C cancel `task`, each time anew, so that a command can say what it leaves behind; the third one ends it wherever it
    is, as KeyboardInterrupt. Where SIGINT is ignored (`nohup`, a script's background job) it stays so."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:
        yield
        return
    loop, pressed = asyncio.get_running_loop(), 0

    def cancel(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        pressed += 1
        if pressed > _CANCELS:
            raise KeyboardInterrupt
        loop.call_soon_threadsafe(task.cancel)

    signal.signal(signal.SIGINT, cancel)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


# The engine behind a command: opened, run on an event loop, and let go of cleanly.

_GRACE_S: Final = 70.0
"""What a command is given after SIGTERM: what is on the wire may be waited for."""


def found_key(place: CommandContext) -> FoundKey:
    """The profile's API key. Raises UsageError where there is none, and ConfigError."""
    key = find_key(place.paths, place.settings, place.profile.name, os.environ)
    if key is None:
        raise UsageError(
            f"There is no API key for profile {place.profile.name!r}.", "Set CORDAGE_API_KEY, or save one in the app."
        )
    return key


@contextmanager
def whole_store(place: CommandContext, voice: Console, meaning: str = NOTHING_HAPPENED) -> Iterator[Store]:
    """The open database with all its rooms; what goes wrong with it inside is said. Raises CommandError."""
    with database_words(meaning):
        store = Store.open(place.paths.database, SystemClock(), busy_s=BUSY_S)
        try:
            if store.notice:
                voice.error(store.notice)
            store.query.name_webhooks({webhook.key: webhook.name for webhook in place.profile.webhooks})
            yield store
        finally:
            store.close()


@asynccontextmanager
async def engine(
    place: CommandContext,
    key: FoundKey,
    store: Store,
    say: Callable[[str], None],
    *,
    acts: bool = False,
) -> AsyncIterator[Engine]:
    """The profile's engine, not started. Unless it `acts`, it triggers and kills nothing, whatever is queued.

    What goes wrong beside the command, such as a hook, is told to `say`. Raises what a bug inside ended with.
    """
    profile = place.profile if acts else replace(place.profile, read_only=True)
    found = build_engine(profile, key.key, place.paths, store, SystemClock(), place.settings)
    bugs: list[BaseException] = []
    task = asyncio.current_task()

    def listen(event: Event) -> None:
        if isinstance(event, EngineCrashed):
            bugs.append(event.error)
            if task is not None:
                task.cancel()
        elif isinstance(event, HookFailed):
            say(event.words)

    unsubscribe = found.events.subscribe(listen)
    await asyncio.to_thread(load_transport)
    try:
        with stops_in_order(found):
            yield found
    finally:
        unsubscribe()
        await found.stop()
        if bugs:
            raise bugs[0]


def on_loop(main: Callable[[], Coroutine[Any, Any, ExitCode]]) -> ExitCode:
    """Runs `main` to its end, which may be far: garbage is collected. SIGTERM and SIGHUP end it as Ctrl-C does, which is raised as KeyboardInterrupt."""
    gc.enable()
    try:
        with Watchdog(grace_s=_GRACE_S).attached() as watchdog:
            return asyncio.run(_watched(main, watchdog))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    except ReadOnlyProfile as refusal:
        raise CommandError(ExitCode.USAGE, refusal.what, "See read_only in config.toml.") from refusal


async def _watched(main: Callable[[], Coroutine[Any, Any, ExitCode]], watchdog: Watchdog) -> ExitCode:
    task = asyncio.ensure_future(main())
    watchdog.call(lambda code: task.cancel())
    with ctrl_c_cancels(task):
        return await task
