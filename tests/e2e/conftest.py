"""Machines on which the program is started, and servers for it."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from cordage_tui.domain.base.clock import SystemClock
from cordage_tui.store.store import Store
from tests.acceptance.server import KEY, Judge
from tests.cli.conftest import Cordage
from tests.e2e.home import Home
from tests.e2e.person import Person
from tests.e2e.terminal import Terminal
from tests.e2e.vt import changed_modes, keyboard_depth

WEBHOOKS = {"wh_sunset00001": "Sunset", "wh_portrait002": "Portrait", "wh_video000003": "Video"}
NAMES = tuple(WEBHOOKS.values())


@pytest.fixture
def judge() -> Iterator[Judge]:
    """Yield a Cordage with three webhooks.

    A prompt with `long` in it runs for ten minutes, one with `fail` fails, and others take 2 s.
    """
    judge = Judge(list(WEBHOOKS))
    yield judge
    judge.close()


@pytest.fixture
def forked() -> bool:
    """Return whether programs are forks of a started one. Tests of the start and the end of a program return False."""
    return True


@pytest.fixture
def home(tmp_path: Path, judge: Judge, forked: bool) -> Home:
    """Return a machine that is set up for the judge."""
    home = Home(tmp_path, forked)
    home.configure(judge.base_url, WEBHOOKS)
    return home


Opening = Callable[..., Person]


@pytest.fixture
def open_window(home: Home) -> Iterator[Opening]:
    """Return a function that opens a window of the program on that machine; all windows are closed after the test.

    `open_window(columns=80)` waits for the first answer of the server, or for another `greeting` in the top line.
    """
    terminals: list[Terminal] = []

    def start(*, greeting: str = "● live", **about: Any) -> Person:
        terminal = home.open(home.environ(KEY), **about)
        terminals.append(terminal)
        terminal.wait_for(greeting)
        return Person(terminal, *NAMES)

    yield start
    for terminal in terminals:
        terminal.__exit__(None, None, None)


@pytest.fixture
def is_restored() -> Callable[[Terminal], bool]:
    """Return a check that a terminal is as it was before the program: settings, modes, alternate screen, keyboard and
    cursor."""

    def holds(terminal: Terminal) -> bool:
        assert changed_modes(terminal.written) == set()
        assert keyboard_depth(terminal.written) == 0
        assert terminal.settings_now() == terminal.settings
        return True

    return holds


@pytest.fixture
def command(home: Home) -> Cordage:
    """Return a function that runs a command on the same machine, for example `command("watch", "--json")`.

    The machine has the API key only in its environment.
    """
    return Cordage(home.root, home.environ(KEY), anew=not home.forked)


@pytest.fixture
def queue(command: Cordage) -> Iterator[Callable[..., "subprocess.CompletedProcess[str]"]]:
    """Return a function that runs a queue command, for example `queue("list")`. A worker that it leaves is stopped."""
    yield partial(command, "queue")
    command("queue", "stop")


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    """Yield the database of the machine, as another process opens it."""
    with closing(Store.open(home.paths.database, SystemClock())) as store:
        yield store


@pytest.fixture
def submit_prompts(store: Store, judge: Judge) -> Callable[..., None]:
    """Return a function that queues prompts at once, as a batch does, so that all but the first wait."""

    def write(*prompts: str) -> None:
        for prompt in prompts:
            store.outbox.submit("studio", judge.webhooks[0], {"prompt": prompt})

    return write
