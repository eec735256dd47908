"""Logs of commands: how each ends, and bugs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import StrEnum
from typing import Final

from cordage_tui.cli.base.command_line import command_in
from cordage_tui.cli.base.errors import CommandError, ExitCode
from cordage_tui.cli.base.stdout import OutputWriteError
from cordage_tui.config.errors import ConfigError
from cordage_tui.config.paths import Paths
from cordage_tui.engine.log.process_log import ProcessLog
from cordage_tui.engine.log.record_kinds import ProcessKind

_UNKNOWN: Final = "unknown"


@contextmanager
def recorded(paths: Paths, command: str) -> Iterator[ProcessLog]:
    """Open the log of a command, and record how it ends. One that ends with a code other than 0 without an exception records
    that before."""
    log = ProcessLog(paths, _command(command))
    try:
        yield log
    except BaseException as error:
        log.record_end(_code_of(error))
        raise
    log.record_end(ExitCode.OK)


def _command(name: str) -> StrEnum:
    """Return a parsed command as the only member of an enumeration: a log takes no text."""
    return StrEnum("Command", {"NAME": name}, module=__name__).NAME  # type: ignore[attr-defined,no-any-return]


def _code_of(error: BaseException) -> ExitCode:
    """Return the exit code of a command that ends with this error."""
    match error:
        case CommandError():
            return error.code
        case ConfigError() | OutputWriteError():
            return ExitCode.USAGE
        case KeyboardInterrupt():
            return ExitCode.INTERRUPTED
        case BrokenPipeError():
            return ExitCode.OK
    return ExitCode.BUG


def record_bug(error: Exception, argv: Sequence[str]) -> None:
    """Record a bug that ends the process with this command line. Never raises."""
    from cordage_tui.cli.arguments.commands import COMMANDS  # late: only a bug needs them

    name = command_in(argv) or ProcessKind.APP
    with suppress(ConfigError):
        is_known = name in {ProcessKind.APP, *(command.name for command in COMMANDS)}
        log = ProcessLog(Paths.system(), _command(name if is_known else _UNKNOWN))
        log.record_bug(error)
        log.record_end(ExitCode.BUG)
