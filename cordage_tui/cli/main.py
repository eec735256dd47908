"""Entry point of `cordage-tui`. Light: a command imports what it needs when it runs."""

import argparse
import atexit
import gc
import sys
from collections.abc import Sequence
from importlib import import_module

from cordage_tui.cli.base.command_line import module_of, parse, unchanged
from cordage_tui.cli.base.errors import CommandError, ExitCode, advise_with, print_error
from cordage_tui.cli.base.output_streams import OutputWriteError, discard_output, finish_output

HIDDEN = "__complete"
"""Hidden command for shell completion, followed by the words typed so far."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code (`ExitCode`). Never raises SystemExit. Without `argv` it is that of this
    process, which ends with the command."""
    gc.disable()  # imports and a first screen create no garbage worth collecting,
    atexit.register(gc.freeze)  # neither does the exit
    try:
        code = _reported(sys.argv[1:] if argv is None else argv)
    except KeyboardInterrupt:  # another one, while the first was reported
        code = ExitCode.INTERRUPTED
    finally:
        gc.enable()
    if argv is None:
        try:
            finish_output()
        except KeyboardInterrupt:  # of a command that has its outcome, and has said it
            discard_output()
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
        print_error(
            f"The output could not be written: {error}.", "It is incomplete.", "Check disk space and permissions."
        )
        return ExitCode.USAGE
    except KeyboardInterrupt:
        discard_output()
        return ExitCode.INTERRUPTED
    except Exception as bug:  # noqa: BLE001  any other error is a bug: report it in full, never as exit code 1
        from cordage_tui.cli.base.bug_report import report_bug

        return report_bug(bug, argv)


def _answer(argv: Sequence[str]) -> int:
    try:
        if argv[:1] == [HIDDEN]:
            from cordage_tui.cli.completion.candidates import print_candidates

            return print_candidates(argv[1:])

        return _run(parse(argv), argv)
    except SystemExit as ended:  # argparse, after --help and --version
        return ended.code if isinstance(ended.code, int) else ExitCode.OK
    except CommandError as stopped:
        meaning = unchanged(argv) if stopped.meaning is None else stopped.meaning
        print_error(stopped.happened, meaning, stopped.advice)
        return stopped.code


def _run(options: "argparse.Namespace", argv: Sequence[str]) -> int:
    from cordage_tui.config.errors import ConfigError

    advise_with()
    name = module_of(options.command)
    command = import_module(name)
    try:
        return int(command.run(options))
    except ConfigError as error:
        print_error(error.happened, unchanged(argv), error.advice)
        return ExitCode.USAGE
