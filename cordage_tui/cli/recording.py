"""Flight records of commands: how each ends, and bugs."""

from collections.abc import Iterator
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


def record_bug(error: Exception) -> None:
    """Record a bug that ends the process. Never raises."""
    with suppress(ConfigError):
        FlightRecorder(Paths.system(), SystemClock(), "a command").record_bug(error)
