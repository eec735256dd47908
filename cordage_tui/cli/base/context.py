"""Profile, settings and database of a command."""

import argparse
import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from shlex import join
from typing import Final

from cordage_tui.cli.base.console import Console
from cordage_tui.cli.base.errors import CommandError, ExitCode, UsageError, program_with_flags
from cordage_tui.cli.base.profile import load_settings, print_warnings
from cordage_tui.config.key_lookup import FoundKey, keys_at_hand
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import Settings
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.base.fast_dataclass import dataclass, replace
from cordage_tui.domain.webhook import Profile
from cordage_tui.store.errors import DatabaseCorrupt, DatabaseLocked, StoreError
from cordage_tui.store.file.database import Database
from cordage_tui.store.file.open import open_database
from cordage_tui.store.servers import Servers

BUSY_S = 2.0
"""Seconds to wait for another process's lock on the database."""


@dataclass(frozen=True, slots=True)
class CommandContext:
    """Paths, settings and profile, from flags, environment and files."""

    paths: Paths
    settings: Settings
    profile: Profile
    key: FoundKey | None = None
    """The API key that linear mode has found already; None: not looked for yet."""

    def stored(self, servers: Servers) -> "CommandContext":
        """Return a copy with the name under which the database keeps this profile's data on this server."""
        with reporting_store_errors():
            return replace(self, profile=replace(self.profile, kept_as=servers.stored_as(self.profile)))


def find_context(options: argparse.Namespace, console: Console) -> CommandContext:
    """Load the chosen profile, unless linear mode has opened one. Raises UsageError if none is configured, and ConfigError."""
    opened: CommandContext | None = getattr(options, "opened", None)
    if opened is not None:
        hide_keys_at_hand(opened, console)
        return opened
    paths = Paths.system()
    settings = load_settings(paths, options)
    print_warnings(settings, console)
    if settings.chosen is None:
        raise UsageError(
            "No profile is configured.",
            "Connect in the app: cordage-tui. Without a screen: cordage-tui help connect",
        )
    context = CommandContext(paths, settings, settings.chosen)
    hide_keys_at_hand(context, console)
    return context


def hide_keys_at_hand(context: CommandContext, console: Console) -> None:
    """Mask the profile's API keys in the output, also of a command that reads the database alone and needs no key."""
    if context.key is not None:
        console.hide(context.key.key)
    for key in keys_at_hand(context.paths, context.settings, context.profile.name, os.environ):
        console.hide(key)


def format_command(*words: str) -> str:
    """Format a command with the same profile: `format_command("watch", "550e8400")`."""
    return join([*program_with_flags(), *words])


REPAIR_ADVICE: Final = "Repair it, and look at what waits: cordage-tui queue"
"""Advice for a damaged database: any command repairs it when it opens it."""


@contextmanager
def reporting_store_errors(meaning: str | None = None) -> Iterator[None]:
    """Turn StoreError into CommandError."""
    try:
        yield
    except StoreError as error:
        raise store_error(error, meaning) from error


def store_error(error: StoreError, meaning: str | None = None) -> CommandError:
    """Make a CommandError: exit code 3 if the database is locked, otherwise 2."""
    code = ExitCode.TRY_AGAIN if isinstance(error, DatabaseLocked) else ExitCode.USAGE
    advice = REPAIR_ADVICE if isinstance(error, DatabaseCorrupt) else "See: cordage-tui doctor"
    return CommandError(code, error.what, advice, meaning)


def settle_cut_off(context: CommandContext, servers: Servers, recover: Callable[[str], object]) -> None:
    """Mark the prompts that a dead process was sending as uncertain. A database that cannot be written stays
    unchanged.

    A sender holds its lock while it waits for an answer, so without a holder no process waits.
    """
    try:
        profile = context.stored(servers).profile
        if not servers.is_sending(profile.stored_as):
            return
        from cordage_tui.engine.processes.process_locks import (
            sending_lock,  # late: there is almost never anything to settle
        )

        lock = sending_lock(profile, context.paths)
        try:
            if lock.acquire():
                recover(profile.stored_as)
        finally:
            lock.release()
    except (StoreError, CommandError):
        return


def _recover(database: Database, profile: str) -> None:
    from cordage_tui.store.store import Store

    Store(database, SystemClock()).outbox.recover(profile)


@contextmanager
def command_database(context: CommandContext, console: Console) -> Iterator[Database]:
    """Open the database alone, without a Store. Raises CommandError."""
    with reporting_store_errors():
        opening = open_database(context.paths.database, SystemClock(), BUSY_S)
        if opening.notice:
            console.error(opening.notice)
        with closing(opening.database):
            settle_cut_off(context, Servers(opening.database), partial(_recover, opening.database))
            yield opening.database
