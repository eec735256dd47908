"""Logs of commands: how each ends, and bugs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from enum import StrEnum
from functools import cache
from typing import Final

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
    log = ProcessLog(paths, command_of(command))
    try:
        yield log
    except BaseException as error:
        log.record_end(_code_of(error))
        raise
    log.record_end(ExitCode.OK)


@cache
def command_of(name: str) -> StrEnum:
    """Return the member of the enumeration of all commands, workers included, that has this name; else `unknown`."""
    from cordage_tui.cli.arguments.commands import COMMANDS  # late: lists are what scripts call, and they make no log

    names = {_UNKNOWN, *ProcessKind}
    for command in COMMANDS:
        names |= {command.name, *(f"{command.name} {action.name}" for action in command.actions)}
    kinds = StrEnum("Command", {known: known for known in names}, module=__name__)  # type: ignore[misc]  # mypy reads literals only
    return kinds(name if name in names else _UNKNOWN)


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
    from cordage_tui.cli.base.command_line import command_in  # late: only a bug needs it

    with suppress(ConfigError):
        log = ProcessLog(Paths.system(), command_of(command_in(argv) or ProcessKind.APP))
        log.record_bug(error)
        log.record_end(ExitCode.BUG)
