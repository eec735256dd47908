"""Flight records of commands: how each ends, and bugs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from cordage_tui.cli.errors import CommandError, ExitCode
from cordage_tui.cli.stdout import OutputWriteError
from cordage_tui.config.errors import ConfigError
from cordage_tui.config.paths import Paths
from cordage_tui.domain.clock import SystemClock
from cordage_tui.engine.flight_recorder import FlightRecorder


@contextmanager
def recorded(paths: Paths, command: str) -> Iterator[FlightRecorder]:
    """Open the flight recorder of a command; one that ends well with a code other than 0 records that itself."""
    recorder = FlightRecorder(paths, SystemClock(), command)
    try:
        yield recorder
    except BaseException as error:
        recorder.record_end(_code_of(error))
        raise
    recorder.record_end(ExitCode.OK)


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
    from cordage_tui.cli.command_line import command_in  # late: only a bug needs them
    from cordage_tui.cli.commands import COMMANDS

    name = command_in(argv)
    command = "app" if name is None else name if name in {one.name for one in COMMANDS} else "unknown"
    with suppress(ConfigError):
        recorder = FlightRecorder(Paths.system(), SystemClock(), command)
        recorder.record_bug(error)
        recorder.record_end(ExitCode.BUG)
