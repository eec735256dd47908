"""Entry point of `cordage-tui`. Light: a command imports what it needs when it runs."""

import argparse
import gc
import sys
from collections.abc import Sequence

from cordage_tui.cli.complaint import UsageError, complain
from cordage_tui.cli.exit_codes import ExitCode
from cordage_tui.cli.output import OutputLost, silence
from cordage_tui.config.errors import ConfigError

_NOTHING_HAPPENED = "Nothing was sent to Cordage, and no file was changed."


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line, `sys.argv` by default, and return its exit code (`ExitCode`). Never raises SystemExit."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        return _answer(sys.argv[1:] if argv is None else argv)
    except BrokenPipeError:
        silence()
        return ExitCode.OK
    except OutputLost as error:
        silence()
        complain(f"The output could not be written: {error}.", "What arrived is incomplete.", "Print it elsewhere.")
        return ExitCode.USAGE
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
    gc.disable()  # nothing that is imported and built for the first screen is garbage; the app turns it on after that
    try:
        from cordage_tui.cli import launch

        return launch.run(options)
    finally:
        gc.enable()
