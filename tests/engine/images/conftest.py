"""A child process that decodes, and short words for asking it."""

from collections.abc import Callable, Iterator

import pytest

from cordage_tui.domain.image import WHOLE
from cordage_tui.engine.images.decoder import CHILD, SIDE, DecoderProcess
from cordage_tui.engine.images.decoder_messages import Message, packed

Ask = Callable[..., Message]
LIMIT_S = 20.0
"""This machine may be busy."""


@pytest.fixture(scope="session")
def child() -> Iterator[DecoderProcess]:
    """The real one, for all tests that do not kill it."""
    process = DecoderProcess(CHILD)
    yield process
    process.end(for_good=True)


@pytest.fixture(scope="session")
def ask(child: DecoderProcess) -> Ask:
    """`ask("reduce", file, name="PNG")`, `ask("render", file, width=80, height=40, form="rgb", cell_height=1)`."""

    def answer(job: str, *parts: bytes, **about: object) -> Message:
        forms = [] if job == "reduce" else [{"grow": False, "part": WHOLE, **about}]
        head = {"job": job, "side": SIDE, "forms": forms, **(about if job == "reduce" else {})}
        return child.request(packed(head, parts), LIMIT_S, 64 << 20)

    return answer
