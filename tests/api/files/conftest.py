"""Storage servers and clients that are closed when their test ends, and a small public network that leads to them."""

import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cordage_tui.api.files.client import FileClient
from tests.api.tls import server_context
from tests.storage_server import StorageServer


@dataclass(frozen=True)
class Got:
    """A file as it came."""

    offset: int
    length: int | None
    validator: str | None
    content: bytes = field(repr=False)
    largest: int
    """Bytes of its largest piece."""


async def read(client: FileClient, url: str, **options: object) -> Got:
    """All of a file, or the rest of it."""
    async with client.open(url, **options) as incoming:  # type: ignore[arg-type]
        chunks = [chunk async for chunk in incoming.chunks()]
    content = b"".join(chunks)
    return Got(incoming.offset, incoming.length, incoming.validator, content, max(map(len, chunks), default=0))


class PublicNetwork:
    """Names and addresses of a public network; every connection ends at a server of the test's."""

    def __init__(self) -> None:
        self.names: dict[str, list[list[str]]] = {}
        """Host → what the resolver says the first time, the second time, and so on; the last for good."""
        self.servers: dict[str, StorageServer | None] = {}
        """Address → who answers there; None: nobody ever does. An address that is not here refuses."""
        self.dialled: list[str] = []

    def add(self, host: str, address: str, server: StorageServer | None) -> None:
        self.names[host] = [[address]]
        self.servers[address] = server

    async def resolve(self, host: str, port: int) -> list[str]:
        answers = self.names[host]
        return answers.pop(0) if len(answers) > 1 else answers[0]

    async def dial(self, address: str, port: int) -> object:
        import asyncio

        from cordage_tui.api.http_library import httpcore

        self.dialled.append(address)
        if address not in self.servers:
            raise httpcore.ConnectError("refused")
        server = self.servers[address]
        if server is None:
            await asyncio.Event().wait()
        assert server is not None
        return await httpcore.AnyIOBackend().connect_tcp("127.0.0.1", server.port)


@pytest.fixture
def storage() -> Iterator[StorageServer]:
    """A storage server on this machine."""
    with StorageServer() as server:
        yield server


@pytest.fixture
def other() -> Iterator[StorageServer]:
    """Another one."""
    with StorageServer() as server:
        yield server


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[StorageServer]:
    """One that speaks TLS; its certificate is good for nothing."""
    with StorageServer(server_context(tmp_path)) as server:
        yield server


@pytest.fixture
async def client() -> AsyncIterator[Callable[..., FileClient]]:
    """`client()` makes a client that may fetch from this machine; all are closed after the test."""
    async with contextlib.AsyncExitStack() as stack:

        def make(*, loopback: bool = True, **options: object) -> FileClient:
            made = FileClient(loopback=loopback, **options)  # type: ignore[arg-type]
            stack.push_async_callback(made.aclose)
            return made

        yield make


@pytest.fixture
def public() -> PublicNetwork:
    """A public network without any hosts yet."""
    return PublicNetwork()


@pytest.fixture
def outside(client: Callable[..., FileClient], public: PublicNetwork) -> FileClient:
    """Return a client on that network, with the API on another machine; it accepts any certificate."""
    from cordage_tui.api.files.connections import Resolver

    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    return client(loopback=False, network=Resolver(public.resolve, public.dial, trusting))  # type: ignore[arg-type]
