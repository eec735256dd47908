"""Logs of commands: how each ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from cordage_tui.cli.base.errors import CommandError, ExitCode
from cordage_tui.cli.base.output_streams import OutputWriteError
from cordage_tui.config.errors import ConfigError
from cordage_tui.config.paths import Paths
from cordage_tui.engine.log.process_log import ProcessLog


@contextmanager
def recorded(paths: Paths, command: str) -> Iterator[ProcessLog]:
    """Open the log of a command, and record how it ends. One that ends with a code other than 0 without an exception records
    that before."""
    log = ProcessLog(paths, command_member(command))
    try:
        yield log
    except BaseException as error:
        log.record_end(_code_of(error))
        raise
    log.record_end(ExitCode.OK)


def command_member(name: str) -> StrEnum:
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
