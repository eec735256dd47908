"""`cordage-tui simulate`: a Cordage on this machine."""

import argparse
import gc

from cordage_tui.cli.errors import UsageError
from cordage_tui.cli.exit_codes import ExitCode
from cordage_tui.cli.output import put


def run(options: argparse.Namespace) -> int:
    """Serve on `options.port` until interrupted; 0 is any free port. Raises UsageError when the port cannot be had."""
    from cordage_tui.simulator import command

    gc.enable()
    try:
        command.run(options.port, put)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageError(
            f"port {options.port} cannot be served: {error.strerror}.", "Choose another: cordage-tui simulate --port 0"
        ) from error
    return ExitCode.OK
