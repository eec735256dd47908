"""Report of a bug that ends a command: on stderr, in the log, and to the next start."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from cordage_tui.cli.arguments.commands import COMMANDS
from cordage_tui.cli.base.command_line import command_in
from cordage_tui.cli.base.command_log import command_member
from cordage_tui.cli.base.errors import CommandError, ExitCode, print_error
from cordage_tui.cli.base.stdout import print_message
from cordage_tui.config.errors import ConfigError
from cordage_tui.config.paths import Paths
from cordage_tui.domain.advised_text import BUG_ADVICE
from cordage_tui.domain.base.file_system import exists
from cordage_tui.domain.secrets import traceback_text
from cordage_tui.engine.log.process_log import ProcessLog
from cordage_tui.engine.log.record_kinds import ProcessKind
from cordage_tui.store.file.database import mark_damaged

_UNKNOWN: Final = "unknown"


def report_bug(bug: Exception, argv: Sequence[str]) -> ExitCode:
    """Print and record a bug that ends the process with this command line; returns the exit code. Never raises."""
    with suppress(ConfigError):
        _record(bug, argv, Paths.system())
    with suppress(ConfigError):
        _have_database_checked(Paths.system())
    print_message(f"{traceback_text(bug)}\n{BUG_ADVICE}")
    if isinstance(bug.__context__, CommandError):  # the error that the command was about to end with
        print_error(bug.__context__.happened, bug.__context__.meaning or "", bug.__context__.advice)
    return ExitCode.BUG


def _record(bug: Exception, argv: Sequence[str], paths: Paths) -> None:
    name = command_in(argv) or ProcessKind.APP
    is_known = name in {ProcessKind.APP, *(command.name for command in COMMANDS)}
    log = ProcessLog(paths, command_member(name if is_known else _UNKNOWN))
    log.record_bug(bug)
    log.record_end(ExitCode.BUG)


def _have_database_checked(paths: Paths) -> None:
    """Have the next start look through the database: a value in it that nothing expects may be damage."""
    if exists(paths.database):
        mark_damaged(paths.database)
