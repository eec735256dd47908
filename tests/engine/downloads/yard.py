"""A store with runs, a storage server that misbehaves as told, and the desk between them, on real time: its threads and
sockets know no other."""

import asyncio
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from cordage_tui.api.errors import CordageError
from cordage_tui.api.files.client import FileClient
from cordage_tui.config.paths import Paths
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.download import Download, DownloadState
from cordage_tui.domain.run import RemoteRun, RowId, RunQuery, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.webhook import Profile, Webhook
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.downloads.download_list import DownloadManager
from cordage_tui.engine.downloads.transfer import DownloadLimits
from cordage_tui.engine.events import DownloadsChanged, EngineCrashed, Event
from cordage_tui.engine.polling.active_runs import PendingResults
from cordage_tui.store.file.file_lock import FileLock
from cordage_tui.store.store import Store
from tests.storage_server import StorageServer

WEBHOOK = "wh_sunset_key_1"
PNG = b"\x89PNG\r\n\x1a\n"
PATIENCE_S = 60.0


def picture(size: int = 200_000, seed: int = 1) -> bytes:
    """What begins as a PNG does, and is the same for the same seed."""
    return PNG + random.Random(seed).randbytes(size - len(PNG))


class AtOnce(random.Random):
    """Backs off by nothing."""

    def uniform(self, a: float, b: float) -> float:
        return a


@dataclass
class Server:
    """Stands for the API where a run is read once more."""

    yard: "Yard"
    pending_results: PendingResults = field(default_factory=lambda: PendingResults(random.Random(1)))
    reads: int = 0
    links: tuple[str, ...] | None = None
    """What the next answer lists; None: the run as it is."""
    trouble: CordageError | None = None

    async def get(self, run: Any, priority: Any) -> CordageError | None:
        self.reads += 1
        await asyncio.sleep(0.02)  # others find their links expired meanwhile
        if self.trouble is None and self.links is not None:
            self.yard.told(run.run_id, self.links)
        return self.trouble


class Yard:
    """`await yard.fetch(url)` is what a user's `d` does, and waits for it."""

    def __init__(self, storage: StorageServer, home: Path, **bounds: Any) -> None:
        self.storage = storage
        self.home = home
        self.folder = home / "pictures"
        self.clock = SystemClock()
        self.store = Store.open(home / "data" / "cordage.db", self.clock)
        self.profile = Profile("studio", "http://127.0.0.1:1", (Webhook(WEBHOOK, "Sunset"),), read_only=True)
        self.server = Server(self)
        self.bounds = DownloadLimits(**{"reserve": 1 << 20, "save_s": 0.0, **bounds})
        self.heard: list[Event] = []
        self._clients: list[FileClient] = []
        self.desk = self.another()
        self._runs = 0

    def another(self) -> DownloadManager:
        """One more window on the same store; only one of them downloads."""
        session = EngineContext(
            self.profile, *cast(Any, (None, None, self.store, self.clock)), rng=AtOnce(), paths=Paths.under(self.home)
        )
        lock = FileLock(self.home / "data" / "locks" / "load.lock")
        reader = cast(Any, self.server)
        self._clients.append(FileClient(loopback=True))
        desk = DownloadManager(session, lock, reader, self._clients[-1], self.bounds)
        session.events.subscribe(self.heard.append)
        session.events.subscribe(self._raise_bug)
        self.store.changes.subscribe(desk.on_rows_changed)
        return desk

    def told(self, run_id: str, links: tuple[str, ...]) -> RowId:
        """The server lists these outputs of a completed run."""
        run = RemoteRun(run_id, Status.COMPLETED, SafeText("completed"), outputs=links, created_at=1_705_314_600.0)
        self.store.runs.merge("studio", WEBHOOK, [run])
        return next(row.id for row in self.store.query.window(RunQuery("studio"), 0, 1_000) if row.run_id == run_id)

    def run(self, *links: str) -> RowId:
        """A new one with these outputs."""
        self._runs += 1
        return self.told(f"{self._runs:08x}-e29b", links)

    def ask(self, row: RowId, **about: Any) -> tuple[int, ...]:
        return self.desk.enqueue(
            self.store.run_lookup.output_refs([row]), about.pop("folder", self.folder), **about
        ).ids

    async def fetch(self, *links: str, **about: Any) -> list[Download]:
        """Of a new run."""
        return await self.settled(self.ask(self.run(*links), **about))

    async def settled(self, ids: tuple[int, ...]) -> list[Download]:
        async with asyncio.timeout(PATIENCE_S):
            return sorted(await self.desk.settled(ids), key=lambda download: download.number)

    async def one(self, link: str, **about: Any) -> Download:
        (download,) = await self.fetch(link, **about)
        return download

    async def ended(self, link: str, **about: Any) -> str:
        """The line that a download ends in which must not do well; nothing is left under a final name."""
        download = await self.one(link, **about)
        assert download.state is DownloadState.FAILED and download.error
        assert not self.files(), "something stands under a final name"
        return download.error

    def files(self) -> list[str]:
        """Below the folder: what is whole, by name, without sidecars."""
        found = sorted(path for path in self.folder.rglob("*") if not path.is_dir())
        return [str(path.relative_to(self.folder)) for path in found if path.suffix not in (".part", ".json")]

    def parts(self) -> list[str]:
        return [path.name for path in self.folder.rglob("*.part")]

    def changes(self) -> int:
        return sum(isinstance(event, DownloadsChanged) for event in self.heard)

    async def until(self, condition: Any) -> None:
        """Waits until `condition()` is true."""
        begun = self.clock.monotonic()
        while not condition():
            assert self.clock.monotonic() - begun < PATIENCE_S, "it did not come true"
            await asyncio.sleep(0.005)

    async def close(self, *desks: DownloadManager) -> None:
        for desk in desks or (self.desk,):
            desk.stop()
            await desk._session.calls.close(5.0)
            desk.leader.release()
        for client in self._clients:
            await client.aclose()

    def _raise_bug(self, event: Event) -> None:
        if isinstance(event, EngineCrashed):
            raise event.error
