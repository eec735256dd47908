"""`cordage-tui simulate`: a Cordage on this machine."""

import argparse
import gc
from typing import TYPE_CHECKING

from cordage_tui.cli.console import Console
from cordage_tui.cli.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from cordage_tui.simulator.server import RunningServer


def run(options: argparse.Namespace) -> int:
    """Serve on `options.port` until interrupted; 0 is any free port. Raises UsageError when the port cannot be had."""
    from cordage_tui.simulator import command

    voice = Console(options)

    def announce(served: "RunningServer") -> None:
        if voice.json:
            voice.object("simulator", _object(served))
            return
        for line in command.introduction(served):
            voice.print(line)

    gc.enable()
    try:
        command.run(options.port, announce)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageError(
            f"port {options.port} cannot be served: {error.strerror}.", "Choose another: cordage-tui simulate --port 0"
        ) from error
    return ExitCode.OK


def _object(served: "RunningServer") -> dict[str, object]:
    """Its keys open nothing but itself, so they stand whole."""
    return {
        "base_url": served.base_url,
        "storage_url": served.storage_url,
        "control_url": served.control_url,
        "api_key": served.api_key,
        "webhooks": [{"key": webhook.key, "name": webhook.name} for webhook in served.world.webhooks],
    }
