"""Listeners of the simulator, and a server in a thread."""

import asyncio
from collections import deque
from concurrent.futures import Future
from threading import Thread

from cordage_tui.simulator.api import BASE, ApiApp, App, FileApp
from cordage_tui.simulator.messages import LogEntry
from cordage_tui.simulator.sockets import Socket
from cordage_tui.simulator.world import SimulatedWorkspace

# Serving a world on two loopback ports: the API, and storage as an origin of its own.


class Listener:
    """One origin on one port. It can be taken down and put back on the same port."""

    def __init__(self, origin: App, host: str, port: int) -> None:
        self.origin = origin
        self.host = host
        self.port = port
        """The port once open; 0 before: any."""
        self._server: asyncio.Server | None = None
        self._talking: dict[asyncio.Task[None], Socket] = {}

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    async def open(self) -> None:
        """Start to accept. Raises OSError when the port is taken."""
        self._server = await asyncio.start_server(self._accepted, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Accept no more and reset whoever is connected. Does nothing when it is closed."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        talking = dict(self._talking)
        for task, wire in talking.items():
            wire.reset()
            task.cancel()
        await asyncio.gather(*talking, return_exceptions=True)
        await server.wait_closed()

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        from cordage_tui.simulator.connection import converse  # loads h11: not before it is needed

        wire = Socket(reader, writer)
        task = asyncio.get_running_loop().create_task(converse(wire, self.origin), name=f"simulated {self.url}")
        self._talking[task] = wire
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._talking[task]
        if not task.cancelled() and (bug := task.exception()) is not None:
            message = "the simulator failed to answer"
            task.get_loop().call_exception_handler({"message": message, "exception": bug, "task": task})


class RunningServer:
    """A world being served. Everything in it may be changed while it is: `served.world.faults.add(…)`."""

    def __init__(self, world: SimulatedWorkspace, api: Listener, storage: Listener) -> None:
        self.world = world
        self._api = api
        self._storage = storage

    @property
    def base_url(self) -> str:
        """What a client takes for `https://api.trycordage.com/api/webhooks`."""
        return self._api.url + BASE

    @property
    def control_url(self) -> str:
        """Where faults are switched by HTTP; see `simulator.api`."""
        return self._api.url + "/_sim/faults"

    @property
    def storage_url(self) -> str:
        """Origin of the output links."""
        return self._storage.url

    @property
    def api_key(self) -> str:
        """An API key that is accepted."""
        return self.world.api_key

    @property
    def log(self) -> deque[LogEntry]:
        """Every request to the API and the control endpoint, oldest first."""
        return self._api.origin.log

    @property
    def storage_log(self) -> deque[LogEntry]:
        """Every request to storage, oldest first."""
        return self._storage.origin.log

    async def go_offline(self) -> None:
        """Reset all connections of both origins and refuse new ones."""
        await self._api.close()
        await self._storage.close()

    async def come_back(self) -> None:
        """Accept again, on the same ports. Raises OSError when somebody has taken one."""
        await self._api.open()
        await self._storage.open()

    async def close(self) -> None:
        """Stop serving. May be called twice."""
        await self.go_offline()


async def serve(
    world: SimulatedWorkspace, host: str = "127.0.0.1", port: int = 0, storage_port: int = 0
) -> RunningServer:
    """Serve `world` on the running loop; port 0 is any free one. Raises OSError when a port is taken."""
    api = Listener(ApiApp(world), host, port)
    storage = Listener(FileApp(world), host, storage_port)
    await api.open()
    try:
        await storage.open()
    except OSError:
        await api.close()
        raise
    world.storage_url = storage.url
    return RunningServer(world, api, storage)


# Serving a world from a thread of its own, so that the program's loop is not held up by it.

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
