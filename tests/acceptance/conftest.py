"""The judge, and the program with the judge as its server."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.acceptance.server import KEY, Judge
from tests.e2e.home import Home
from tests.e2e.person import Person

WEBHOOKS = {"wh_sunset00001": "Sunset", "wh_portrait002": "Portrait", "wh_video000003": "Video"}

Opened = Callable[..., "contextmanager[tuple[Judge, Person]]"]


@pytest.fixture
def open_program(tmp_path: Path) -> Opened:
    """Return a context that starts the program, waits for the first answer, and yields the judge and a person.

    Use it as `with opened(shape, lists_tell_outputs) as (judge, person)`.
    """

    @contextmanager
    def start(shape: str, lists_tell_outputs: bool) -> Iterator[tuple[Judge, Person]]:
        judge, home = Judge(list(WEBHOOKS), shape, lists_tell_outputs), Home(tmp_path, forked=True)
        home.configure(judge.base_url, WEBHOOKS)
        try:
            with home.open(home.environ(KEY), columns=200, rows=60) as terminal:
                terminal.wait_for("● live")
                yield judge, Person(terminal, *WEBHOOKS.values())
        finally:
            judge.close()

    return start
