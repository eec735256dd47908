"""Forks processes that download what is in the list, without the time that imports take.

It reads one `LoadLife` per line from stdin and answers each with the exit code of its process.
"""

import asyncio
import json
import os
import random
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, cast

import cordage_tui.api.files.fetcher
import cordage_tui.engine.downloads.transfer  # noqa: F401
from cordage_tui.api.files.client import FileClient
from cordage_tui.api.http_library import httpcore
from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.domain.download import DownloadState
from cordage_tui.domain.webhook import Profile, Webhook
from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.downloads.download_list import DownloadManager
from cordage_tui.engine.downloads.transfer import DownloadLimits
from cordage_tui.engine.polling.active_runs import PendingResults
from cordage_tui.store.file.file_lock import FileLock
from cordage_tui.store.store import Store
from tests.crash.failpoints import Fuse
from tests.crash.forked import run_in_fork
from tests.crash.load_points import Fault, arm, spoil

PROFILE = Profile("studio", "http://127.0.0.1:1", (Webhook("wh_sunset_key_1", "Sunset"),))


@dataclass(frozen=True)
class LoadLife:
    """One start of a process that downloads, until all files are there or it is killed."""

    home: str
    crash_at: str | None = None
    occurrence: int = 1
    """The occurrence of `crash_at` at which it dies."""
    kill_after_s: float = 60.0
    """Seconds until it is killed from outside."""
    fault: Fault | None = None

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "LoadLife":
        values = json.loads(text)
        return cls(**{**values, "fault": Fault(values["fault"]) if values["fault"] else None})


class AtOnce(random.Random):
    """Backs off by almost no time."""

    def uniform(self, a: float, b: float) -> float:
        return a


class NoServer:
    """A server from which no run can be read."""

    pending_results = PendingResults(random.Random(1))


@contextmanager
def opened(home: Path) -> Iterator[Store]:
    """Open the database below `home`."""
    store = Store.open(home / "data" / "cordage.db", SystemClock())
    try:
        yield store
    finally:
        store.close()


async def load(home: Path) -> None:
    """Download until nothing is left to do."""
    with opened(home) as store:
        session = EngineContext(PROFILE, *cast(Any, (None, None, store, SystemClock())), rng=AtOnce())
        client, lock = FileClient(loopback=True), FileLock(home / "data" / "load.lock")
        desk = DownloadManager(
            *(session, lock, cast(Any, NoServer()), client),
            DownloadLimits(save_s=0.05),
        )
        store.changes.subscribe(desk.on_rows_changed)
        await desk.settled([download.id for download in store.downloads.open(PROFILE.name)])
        desk.stop()
        await session.calls.close(5.0)
        desk.leader.release()
        await client.aclose()
        assert set(store.downloads.counts(session.profile)) == {DownloadState.DONE}, desk.open()


def main() -> None:
    httpcore.AsyncConnectionPool()
    for line in sys.stdin:
        life = LoadLife.from_json(line)
        print(run_in_fork(partial(_live, life), life.kill_after_s), flush=True)


def _live(life: LoadLife) -> NoReturn:
    code = 70
    try:
        arm(Fuse(life.crash_at, life.occurrence))
        if life.fault is not None:
            spoil(life.fault)
        asyncio.run(load(Path(life.home)))
        code = 0
    except BaseException:  # noqa: BLE001  nothing may return into the loader's own loop
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
