"""What holds for every test: nothing of the developer's own home is read or written, no event loop is left over, and a
test marked `quiet` runs beside few others."""

import asyncio
import gc
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from importlib.util import cache_from_source
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from weakref import WeakSet

import pytest
from hypothesis import HealthCheck, settings
from looptime import LoopTimeEventLoop

from cordage_tui.store.file import database
from cordage_tui.store.file.schema import migrate, version_of
from tests import quiet
from tests.homes import UNSYNCED

TESTS = Path(__file__).parent
DESK = (
    "TMUX",
    "STY",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "SSH_CONNECTION",
    "SSH_TTY",
    "SSH_CLIENT",
    "BROWSER",
    "KITTY_WINDOW_ID",
)
"""What would lead to the developer's own clipboard and screen."""
SYNCED = database._PRAGMAS
IDLE_TURNS = 4
OURS = (
    *("CORDAGE_API_KEY", "CORDAGE_PROFILE", "CORDAGE_BASE_URL", "CORDAGE_AUTHOR", "CORDAGE_LOG"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR"),
)

# What takes longer on a busy machine is right all the same.
settings.register_profile("ours", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("ours")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """Compile the tests of a fresh checkout once, two halves at a time, before each worker would do so for itself."""
    compiled = Path(cache_from_source(str(TESTS / "test_house.py"))).parent.glob("test_house.*")
    if config.option.file_or_dir or sys.dont_write_bytecode or any(compiled):
        return
    rest = [path for path in TESTS.iterdir() if any(path.glob("test_*.py")) and path.name != "ui"]
    collect = (sys.executable, "-m", "pytest", "--collect-only", "-p", "no:xdist")
    halves = [subprocess.Popen([*collect, *half], stdout=subprocess.DEVNULL) for half in ([TESTS / "ui"], rest)]
    for half in halves:
        half.wait()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    quiet.arrange(items, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def pytest_collection() -> None:
    """What is collected stays, so that there is nothing for the garbage collector."""
    gc.disable()


def pytest_collection_finish() -> None:
    """What is there by now stays to the end; the collector need not look at it again with each test. It comes a tenth as often, which
    is half of what it costs: an app alone makes ten thousand objects that stay until it ends."""
    gc.enable()
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    with quiet.turn(item):
        return (yield)


@pytest.fixture(scope="session", autouse=True)
def _no_loop_of_nobody() -> None:
    """pytest-asyncio asks for a current loop before it sets its own; Python 3.11 would make one that nobody closes."""
    asyncio.set_event_loop(None)


@pytest.fixture(scope="session", autouse=True)
def _signals_are_not_ignored() -> Iterator[None]:
    """Tests that were started with `nohup`, or in the background of a script, would have children that ignore SIGHUP or SIGINT as
    well, which is right for a program and wrong for a test of these signals."""
    ignored = [one for one in (signal.SIGINT, signal.SIGHUP) if signal.getsignal(one) is signal.SIG_IGN]
    for one in ignored:
        signal.signal(one, signal.default_int_handler if one is signal.SIGINT else signal.SIG_DFL)
    yield
    for one in ignored:
        signal.signal(one, signal.SIG_IGN)


@pytest.fixture(scope="session", autouse=True)
def _the_schema_is_made_once() -> Iterator[None]:
    """A new database is a copy of the first one that this process made: the same pages, at a tenth of the cost."""
    made = sqlite3.connect(":memory:", check_same_thread=False)

    def migrate_once(connection: sqlite3.Connection) -> None:
        if version_of(made):
            made.backup(connection)
        else:
            migrate(connection)
            connection.backup(made)

    with pytest.MonkeyPatch.context() as patch, closing(made):
        patch.setattr("cordage_tui.store.file.database.migrate", migrate_once)
        yield


@pytest.fixture(scope="session", autouse=True)
def _commits_are_not_synced() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "_PRAGMAS", UNSYNCED)
        yield


class _OftenEmpty(WeakSet[Any]):
    """Costs nothing to go through while it is empty."""

    def __iter__(self) -> Iterator[Any]:
        return super().__iter__() if self.data else iter(())


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are, as outside of tests."""
    monkeypatch.setattr(database, "_PRAGMAS", SYNCED)


@pytest.fixture(scope="session", autouse=True)
def _simulated_time_jumps_soon() -> Iterator[None]:
    """looptime turns its loop 42 times with nothing to do before each jump, which is half of what such a test costs; and half
    of a turn is to look through a set of futures that is empty."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules[LoopTimeEventLoop.__module__], "weakref", SimpleNamespace(WeakSet=_OftenEmpty))
        patch.setitem(LoopTimeEventLoop.setup_looptime.__kwdefaults__, "noop_cycles", IDLE_TURNS)
        yield


@pytest.fixture(scope="session", autouse=True)
def _loops_are_known_by_name(pytestconfig: pytest.Config) -> Iterator[None]:
    """looptime looks through all of pytest-asyncio at each fixture of each test, whether it makes a loop: that depends on its module
    and its name."""
    plugin = pytestconfig.pluginmanager.get_plugin("looptime_plugin")
    assert plugin is not None
    looked, known = plugin._should_patch, dict[tuple[str, str], bool]()

    def should_patch(fixture: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> bool:
        name = fixture.func.__module__, fixture.argname
        if name not in known:
            known[name] = looked(fixture, request)
        return known[name]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plugin, "_should_patch", should_patch)
        yield


@pytest.fixture(autouse=True)
def _no_home_of_the_developers(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whoever asks the environment where to keep files gets an empty folder, and no key or profile at all; a terminal like most,
    and no way out of it."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name in (*OURS, *DESK):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
