"""Entry point of `cordage-tui`. Light: a command imports what it needs when it runs."""

import atexit
import gc
import sys
from collections.abc import Sequence
from importlib import import_module

from cordage_tui.cli.base.command_line import module_of, parse
from cordage_tui.cli.base.errors import NOTHING_HAPPENED, CommandError, ExitCode, advise_with, print_error
from cordage_tui.cli.base.stdout import OutputWriteError, discard_output, finish_output, print_message

TYPE_CHECKING = False  # the one of `typing` would cost a tenth of what --help takes
if TYPE_CHECKING:
    import argparse


HIDDEN = "__complete"
"""Hidden command for shell completion, followed by the words typed so far."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code (`ExitCode`). Never raises SystemExit. Without `argv` it is that of this
    process, which ends with the command."""
    gc.disable()  # imports and a first screen create no garbage worth collecting,
    atexit.register(gc.freeze)  # neither does the exit
    try:
        code = _reported(sys.argv[1:] if argv is None else argv)
    finally:
        gc.enable()
    if argv is None:
        finish_output()
    return code


def _reported(argv: Sequence[str]) -> int:
    """Run the command line; an error that ends it is printed to stderr."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        return _answer(argv)
    except BrokenPipeError:
        discard_output()
        return ExitCode.OK
    except OutputWriteError as error:
        discard_output()
        _complain(
            f"The output could not be written: {error}.", "It is incomplete.", "Check disk space and permissions."
        )
        return ExitCode.USAGE
    except KeyboardInterrupt:
        discard_output()
        return ExitCode.INTERRUPTED
    except Exception as bug:  # noqa: BLE001  any other error is a bug: report it in full, never as exit code 1
        return _bug(bug, argv)


def _answer(argv: Sequence[str]) -> int:
    try:
        if argv[:1] == [HIDDEN]:
            from cordage_tui.cli.completion import completion

            return completion.print_candidates(argv[1:])

        return _run(parse(argv))
    except SystemExit as ended:  # argparse, after --help and --version
        return ended.code if isinstance(ended.code, int) else ExitCode.OK
    except CommandError as stopped:
        _complain(stopped.happened, stopped.meaning, stopped.advice)
        return stopped.code


def _run(options: "argparse.Namespace") -> int:
    from cordage_tui.config.errors import ConfigError

    advise_with()
    name = module_of(options.command)
    command = import_module(name)
    try:
        return int(command.run(options))
    except ConfigError as error:
        _complain(error.happened, NOTHING_HAPPENED, error.advice)
        return ExitCode.USAGE


def _bug(bug: Exception, argv: Sequence[str]) -> ExitCode:
    from cordage_tui.cli.base.recording import record_bug
    from cordage_tui.domain.text import BUG_ADVICE, traceback_text

    record_bug(bug, argv)
    _have_database_checked()
    print_message(f"{traceback_text(bug)}\n{BUG_ADVICE}")
    if isinstance(bug.__context__, CommandError):  # the error that the command was about to end with
        _complain(bug.__context__.happened, bug.__context__.meaning, bug.__context__.advice)
    return ExitCode.BUG


def _have_database_checked() -> None:
    """Have the next start look through the database: a value in it that nothing expects may be damage."""
    from cordage_tui.config.errors import ConfigError
    from cordage_tui.config.paths import Paths
    from cordage_tui.domain.base.file_system import exists
    from cordage_tui.store.file.database import mark_damaged

    try:
        database = Paths.system().database
    except ConfigError:
        return
    if exists(database):
        mark_damaged(database)


def _complain(happened: str, meaning: str, advice: str) -> None:
    print_error(happened, meaning, advice)
