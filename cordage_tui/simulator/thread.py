"""Serving a world from a thread of its own, so that the program's loop is not held up by it."""

import asyncio
from collections import deque
from concurrent.futures import Future
from threading import Thread

from cordage_tui.simulator.messages import LogEntry
from cordage_tui.simulator.server import RunningServer, serve
from cordage_tui.simulator.world import SimulatedWorkspace

_PATIENCE_S = 10.0


class ServerThread:
    """A world being served by a thread. To be closed by whoever started it; the thread dies with the process anyway."""

    def __init__(
        self, served: RunningServer, loop: asyncio.AbstractEventLoop, stop: asyncio.Event, thread: Thread
    ) -> None:
        self._served = served
        self._loop = loop
        self._stop = stop
        self._thread = thread
        self.world: SimulatedWorkspace = served.world
        self.base_url: str = served.base_url
        self.control_url: str = served.control_url
        self.storage_url: str = served.storage_url
        self.api_key: str = served.api_key

    @property
    def log(self) -> deque[LogEntry]:
        """Every request to the API and the control endpoint, oldest first."""
        return self._served.log

    @property
    def storage_log(self) -> deque[LogEntry]:
        """Every request to storage, oldest first."""
        return self._served.storage_log

    def close(self) -> None:
        """Stop serving and wait for the thread to end, 10 s at most. May be called twice."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(_PATIENCE_S)


def run_in_thread(
    world: SimulatedWorkspace, host: str = "127.0.0.1", port: int = 0, storage_port: int = 0
) -> ServerThread:
    """Serve `world` from a daemon thread; returns once it accepts. Raises OSError when a port is taken."""
    ready: Future[tuple[RunningServer, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def main() -> None:
        stop = asyncio.Event()
        try:
            served = await serve(world, host, port, storage_port)
        except OSError as error:
            ready.set_exception(error)
            return
        ready.set_result((served, asyncio.get_running_loop(), stop))
        try:
            await stop.wait()
        finally:
            await served.close()

    thread = Thread(target=lambda: asyncio.run(main()), name="cordage simulator", daemon=True)
    thread.start()
    served, loop, stop = ready.result(_PATIENCE_S)
    return ServerThread(served, loop, stop, thread)
