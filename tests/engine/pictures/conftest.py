"""A child process that decodes, and short words for asking it."""

from collections.abc import Callable, Iterator

import pytest

from cordage_tui.domain.picture import WHOLE
from cordage_tui.engine.pictures.darkroom import CHILD, SIDE
from cordage_tui.engine.pictures.frames import Frame, packed
from cordage_tui.engine.pictures.process import ChildProcess

Ask = Callable[..., Frame]
LIMIT_S = 20.0
"""This machine may be busy."""


@pytest.fixture(scope="session")
def child() -> Iterator[ChildProcess]:
    """The real one, for all tests that do not kill it."""
    process = ChildProcess(CHILD)
    yield process
    process.end(for_good=True)


@pytest.fixture(scope="session")
def ask(child: ChildProcess) -> Ask:
    """`ask("reduce", file, name="PNG")`."""

    def answer(job: str, *parts: bytes, **head: object) -> Frame:
        usual = {"job": job, "side": SIDE, "grow": False, "part": WHOLE}
        return child.request(packed({**usual, **head}, parts), LIMIT_S, 64 << 20)

    return answer
