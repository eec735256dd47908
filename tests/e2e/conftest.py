"""Machines to start the program on, and servers to point it at."""

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
    """A Cordage with three webhooks; a prompt with `long` in it runs for ten minutes, one with `fail` fails, others take 2 s."""
    judge = Judge(list(WEBHOOKS))
    yield judge
    judge.close()


@pytest.fixture
def forked() -> bool:
    """Whether programs are forks of one that has been started. Where it matters how they begin and end, they are not."""
    return True


@pytest.fixture
def home(tmp_path: Path, judge: Judge, forked: bool) -> Home:
    """A machine that is set up for the judge."""
    home = Home(tmp_path, forked)
    home.configure(judge.base_url, WEBHOOKS)
    return home


Opening = Callable[..., Person]


@pytest.fixture
def opens(home: Home) -> Iterator[Opening]:
    """`opens(columns=80)`: another window on that machine, at the server's first answer, or at whatever `greeting` its top line
    says instead; ended after the test."""
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
def restored() -> Callable[[Terminal], bool]:
    """Whether a terminal is as it was before the program had it: settings, modes, alternate screen, keyboard, cursor."""

    def holds(terminal: Terminal) -> bool:
        assert changed_modes(terminal.written) == set()
        assert keyboard_depth(terminal.written) == 0
        assert terminal.settings_now() == terminal.settings
        return True

    return holds


@pytest.fixture
def command(home: Home) -> Cordage:
    """`command("watch", "--json")`: that command on the same machine, which has the key in its environment only."""
    return Cordage(home.root, home.environ(KEY), anew=not home.forked)


@pytest.fixture
def queue(command: Cordage) -> Iterator[Callable[..., "subprocess.CompletedProcess[str]"]]:
    """`queue("list")`: the queue of that machine; no worker is left behind."""
    yield partial(command, "queue")
    command("queue", "stop")


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    """The machine's database, as another process has it."""
    with closing(Store.open(home.paths.database, SystemClock())) as store:
        yield store


@pytest.fixture
def submits(store: Store, judge: Judge) -> Callable[..., None]:
    """`submits("fox", "owl")`: at once, as a batch does, so that all but the first wait for their turn."""

    def write(*prompts: str) -> None:
        for prompt in prompts:
            store.outbox.submit("studio", judge.webhooks[0], {"prompt": prompt})

    return write
