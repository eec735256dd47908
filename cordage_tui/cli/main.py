"""Entry point of `cordage-tui`. Light: a command imports what it needs when it runs."""

import argparse
import os
import sys
from collections.abc import Sequence

from cordage_tui.cli.complaint import UsageError, complain
from cordage_tui.cli.exit_codes import ExitCode
from cordage_tui.config.errors import ConfigError

_NOTHING_HAPPENED = "Nothing was sent to Cordage, and no file was changed."


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line, `sys.argv` by default, and return its exit code (`ExitCode`). Never raises SystemExit."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _answer(sys.argv[1:] if argv is None else argv)
        return _flushed(code)
    except BrokenPipeError:
        _silence_stdout()
        return ExitCode.OK
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED


def _answer(argv: Sequence[str]) -> int:
    from cordage_tui.cli.parser import parse

    try:
        return _run(parse(argv))
    except SystemExit as ended:  # argparse, after --help and --version
        return ended.code if isinstance(ended.code, int) else ExitCode.OK
    except (UsageError, ConfigError) as error:
        complain(error.happened, _NOTHING_HAPPENED, error.advice)
    return ExitCode.USAGE


def _run(options: argparse.Namespace) -> int:
    if options.command == "webhooks":
        from cordage_tui.cli import webhooks

        return webhooks.run(options)
    if options.command == "simulate":
        from cordage_tui.cli import simulate

        return simulate.run(options.port)
    from cordage_tui.cli import launch

    return launch.run(options)


def _flushed(code: int) -> int:
    """`code`, when all that was printed has arrived. Raises BrokenPipeError."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        _silence_stdout()
        complain(f"What was printed did not arrive: {error.strerror}.", "The output is cut.", "Print it elsewhere.")
        return ExitCode.USAGE
    return code


def _silence_stdout() -> None:
    """Nobody reads: what is still buffered must not complain when Python flushes it at exit."""
    if sys.stdout is not None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
