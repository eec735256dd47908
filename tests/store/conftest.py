"""A store on a real file, a clock that tests hold, and short words for making runs."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from cordage_tui.domain.run import SERVER_STATUS, RemoteRun, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.store.store import Store

NOON = 1_700_000_000.0


@dataclass
class HeldClock:
    """A clock that stands still until a test moves it."""

    now: float = NOON

    def wall(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now


@dataclass
class Stores:
    """Opens stores on one file, as several windows would, and closes them all."""

    path: Path
    clock: HeldClock
    opened: list[Store] = field(default_factory=list)

    def open(self, busy_s: float = 2.0) -> Store:
        store = Store.open(self.path, self.clock, busy_s=busy_s)
        self.opened.append(store)
        return store


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture(scope="session")
def private_clock() -> HeldClock:
    """Return a clock for fixtures that outlive a test."""
    return HeldClock()


@pytest.fixture
def stores(tmp_path: Path, clock: HeldClock) -> Iterator[Stores]:
    stores = Stores(tmp_path / "data" / "cordage.db", clock)
    yield stores
    for store in stores.opened:
        store.close()


@pytest.fixture
def rollback_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use the journal of a SQLite with an unsound write-ahead log. Request it before the store."""
    monkeypatch.setattr("cordage_tui.store.file.open.wal_is_sound", lambda version: False)


@pytest.fixture
def store(stores: Stores) -> Store:
    return stores.open()


@pytest.fixture(scope="session")
def remote_run() -> Callable[..., RemoteRun]:
    """Return a function that makes the server's answer about a run: `remote_run("r1", "running", created_at=…)`."""

    def make(run_id: str, word: str = "running", **fields: object) -> RemoteRun:
        return RemoteRun(run_id, SERVER_STATUS.get(word, Status.OTHER), SafeText(word), **fields)  # type: ignore[arg-type]

    return make


@pytest.fixture(autouse=True)
def filters_are_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new filter waits for its first rows, which are all of a short history, however busy this machine is."""
    monkeypatch.setattr("cordage_tui.store.runs.run_query.FIRST_S", 20.0)
