"""The engine behind a command: opened, run on an event loop, and let go of cleanly."""

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

from cordage_tui.api.client import load_transport
from cordage_tui.cli.errors import NOTHING_HAPPENED, CommandError, UsageError
from cordage_tui.cli.exit_codes import ExitCode
from cordage_tui.cli.interrupts import ctrl_c_cancels
from cordage_tui.cli.place import BUSY_S, CommandContext, database_words
from cordage_tui.cli.voice import Console
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

    unsubscribe = found.subscribe(listen)
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
