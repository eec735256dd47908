"""Listeners of the simulator: a server in a thread, and the one of `cordage-tui simulate`, which says how to use it."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from threading import Thread

from cordage_tui.simulator.api import BASE, PATH, ApiApp, App, FileApp
from cordage_tui.simulator.connection_faults import Socket
from cordage_tui.simulator.demo import demo_world
from cordage_tui.simulator.world import SimulatedWorkspace

# Serving on two loopback ports: the API and storage are separate origins.


class Listener:
    """Listening socket of one origin. It can be closed and reopened on the same port."""

    def __init__(self, origin: App, host: str, port: int) -> None:
        self.origin = origin
        self.host = host
        self.port = port
        """Port; 0 for any free one before it is open."""
        self._server: asyncio.Server | None = None
        self._talking: dict[asyncio.Task[None], Socket] = {}

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    async def open(self) -> None:
        """Start to accept connections. Raises OSError when the port is taken."""
        self._server = await asyncio.start_server(self._accepted, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop accepting, and reset all connections. May be called twice."""
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
        from cordage_tui.simulator.connection import serve_connection  # late: it loads h11

        wire = Socket(reader, writer)
        task = asyncio.get_running_loop().create_task(serve_connection(wire, self.origin), name=f"simulated {self.url}")
        self._talking[task] = wire
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._talking[task]
        if not task.cancelled() and (bug := task.exception()) is not None:
            message = "the simulator failed to answer"
            task.get_loop().call_exception_handler({"message": message, "exception": bug, "task": task})


class ServedWorkspace:
    """A served workspace with its URLs. It may be changed at any time: `served.world.faults.add(…)`."""

    def __init__(self, world: SimulatedWorkspace, api: Listener, storage: Listener) -> None:
        self.world = world
        self.api = api
        self.storage = storage
        self.api_key = world.api_key
        """An accepted API key."""
        self.base_url = api.url + BASE
        """Base URL for clients, in place of `https://api.trycordage.com/api/webhooks`."""
        self.control_url = api.url + PATH
        """URL of the fault control; see `simulator.api`."""
        self.storage_url = storage.url
        """Origin of the output links."""
        self.log = api.origin.log
        """Requests to the API and the fault control, oldest first."""
        self.storage_log = storage.origin.log
        """Requests to storage, oldest first."""


class RunningServer(ServedWorkspace):
    """A workspace served on the running event loop."""

    async def go_offline(self) -> None:
        """Reset all connections of both origins and refuse new ones."""
        await self.api.close()
        await self.storage.close()

    async def come_back(self) -> None:
        """Accept again on the same ports. Raises OSError when one is taken."""
        await self.api.open()
        await self.storage.open()

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


# Serving in a thread, apart from the program's event loop.

_PATIENCE_S = 10.0


class ServerThread(ServedWorkspace):
    """A workspace served by a daemon thread. The creator must close it."""

    def __init__(
        self, served: RunningServer, loop: asyncio.AbstractEventLoop, stop: asyncio.Event, thread: Thread
    ) -> None:
        super().__init__(served.world, served.api, served.storage)
        self._loop = loop
        self._stop = stop
        self._thread = thread

    def curl_line(self, webhook_key: str) -> str:
        """Return a shell command that starts a run here."""
        return curl_line(self.base_url, self.api_key, webhook_key)

    def close(self) -> None:
        """Stop serving and wait for the thread to end, 10 s at most. May be called twice."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(_PATIENCE_S)


def run_in_thread(
    world: SimulatedWorkspace, host: str = "127.0.0.1", port: int = 0, storage_port: int = 0
) -> ServerThread:
    """Serve `world` in a daemon thread; return once it accepts. Raises OSError when a port is taken."""
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


# `cordage-tui simulate`: serve the demo's world, and say how to use it.


async def serve_until(stop: asyncio.Event, port: int, announce: Callable[[RunningServer], None]) -> None:
    """Serve on `port` (0: any free one) until `stop` is set; call `announce` once connections are accepted.

    Raises OSError when the port is taken.
    """
    served = await serve(demo_world(), port=port)
    try:
        announce(served)
        await stop.wait()
    finally:
        await served.close()


def introduction(served: RunningServer) -> Iterator[str]:
    """Yield lines with all addresses and keys, and commands that work when copied."""
    webhooks = served.world.webhooks
    yield f"Cordage, simulated, at {served.base_url}"
    yield f"Outputs are served from {served.storage_url}"
    yield ""
    yield f"API key   {served.api_key}"
    for webhook in webhooks:
        yield f"webhook   {webhook.key}   {webhook.name}"
    yield ""
    yield "Start a run:"
    yield f"  {curl_line(served.base_url, served.api_key, webhooks[0].key)}"
    yield ""
    yield "Make things go wrong (GET lists the kinds, DELETE ends them all):"
    yield f"""  curl -sS {served.control_url} -d '{{"call": "trigger", "kind": "reset", "acts": true, "count": 1}}'"""
    yield ""
    yield "Ctrl+C ends it."


def curl_line(base_url: str, api_key: str, webhook_key: str) -> str:
    """Return a shell command that starts a run."""
    return (
        f"curl -sS {base_url}/{webhook_key}/trigger -H 'Authorization: Bearer {api_key}'"
        """ -H 'Content-Type: application/json' -d '{"prompt": "A lighthouse in a storm"}'"""
    )
