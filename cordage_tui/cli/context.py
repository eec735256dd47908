"""Where a command works: its profile, and the database of this machine."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

from cordage_tui.cli.console import Console
from cordage_tui.cli.errors import NOTHING_HAPPENED, CommandError, ExitCode, UsageError
from cordage_tui.cli.parser import PROGRAM
from cordage_tui.cli.profile import load_settings, pass_on_warnings
from cordage_tui.config.paths import Paths
from cordage_tui.config.settings import Settings
from cordage_tui.domain.clock import SystemClock
from cordage_tui.domain.fast_dataclass import dataclass, replace
from cordage_tui.domain.webhook import Profile
from cordage_tui.store.database import Database
from cordage_tui.store.errors import DatabaseLocked, StoreError
from cordage_tui.store.open import open_database
from cordage_tui.store.servers import Servers

BUSY_S = 2.0
"""How long another process's lock on the database is waited for."""


@dataclass(frozen=True, slots=True)
class CommandContext:
    """What the flags, the environment and the files say."""

    paths: Paths
    settings: Settings
    profile: Profile

    def stored(self, servers: Servers) -> "CommandContext":
        """The same, with the name under which the database keeps the profile's runs and prompts of this server."""
        with database_words():
            return replace(self, profile=replace(self.profile, kept_as=servers.stored_as(self.profile)))


def find_place(options: argparse.Namespace, voice: Console) -> CommandContext:
    """The chosen profile. Raises UsageError where none is configured, and ConfigError."""
    paths = Paths.system()
    settings = load_settings(paths, options)
    pass_on_warnings(settings, voice)
    if settings.chosen is None:
        raise UsageError(
            "No workspace is configured yet.", "Connect one in the app, or: cordage-tui webhooks add KEY NAME"
        )
    return CommandContext(paths, settings, settings.chosen)


def command_of(options: argparse.Namespace) -> Callable[..., str]:
    """How a command is typed that is to work on what `options` name: `command_of(options)("watch", "550e8400")`."""
    from shlex import join

    told = [("--config", options.config), ("--profile", options.profile), ("--base-url", options.base_url)]
    flags = [word for flag, value in told if value for word in (flag, value)]
    return lambda *words: join([PROGRAM, *flags, *words])


@contextmanager
def database_words(meaning: str = NOTHING_HAPPENED) -> Iterator[None]:
    """Says what the database has against it: exit 3 where another process is in the way, else 2."""
    try:
        yield
    except StoreError as error:
        raise database_trouble(error, meaning) from error


def database_trouble(error: StoreError, meaning: str = NOTHING_HAPPENED) -> CommandError:
    """What the database has against a command: exit 3 where another process is in the way, else 2."""
    code = ExitCode.TRY_AGAIN if isinstance(error, DatabaseLocked) else ExitCode.USAGE
    return CommandError(code, error.what, "See: cordage-tui doctor", meaning)


@contextmanager
def opened(place: CommandContext, voice: Console) -> Iterator[Database]:
    """The database alone, for a command that only reads it. Raises CommandError."""
    with database_words():
        found = open_database(place.paths.database, SystemClock(), BUSY_S)
        if found.notice:
            voice.error(found.notice)
        with closing(found.database):
            yield found.database
