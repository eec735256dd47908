"""`cordage-tui simulate`: run the built-in simulator."""

import argparse
import asyncio
import gc
import signal

from cordage_tui.cli.base.console import Console
from cordage_tui.cli.base.errors import ExitCode, UsageError
from cordage_tui.engine.processes.watchdog import Watchdog
from cordage_tui.simulator.server import RunningServer, introduction, serve_until


def run(options: argparse.Namespace) -> int:
    """Serve on `options.port` (0: any free one) until interrupted or until the terminal hangs up.

    Raises UsageError when the port cannot be used.
    """
    console = Console(options)

    def announce(served: RunningServer) -> None:
        if console.json:
            console.object("simulator", _object(served))
            return
        for line in introduction(served):
            console.print(line)

    async def serve(watchdog: Watchdog) -> None:
        stop = asyncio.Event()
        watchdog.call(lambda code: stop.set())
        await serve_until(stop, options.port, announce)

    gc.enable()
    try:
        with Watchdog((signal.SIGINT, signal.SIGTERM, signal.SIGHUP)).attached() as watchdog:
            asyncio.run(serve(watchdog))
    except BrokenPipeError:
        raise
    except OSError as error:
        raise UsageError(
            f"port {options.port} cannot be served: {error.strerror}.", "Choose another: cordage-tui simulate --port 0"
        ) from error
    return ExitCode.OK


def _object(served: RunningServer) -> dict[str, object]:
    """JSON for scripts. The keys are whole: they only open the simulator."""
    return {
        "base_url": served.base_url,
        "storage_url": served.storage_url,
        "control_url": served.control_url,
        "api_key": served.api_key,
        "webhooks": [{"key": webhook.key, "name": webhook.name} for webhook in served.world.webhooks],
    }
