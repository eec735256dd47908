"""Studios that are closed when their test ends."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.engine.studio import Studio, Window, studio_of

MakeStudio = Callable[..., Awaitable[Studio]]


@pytest.fixture
async def make_studio(tmp_path: Path) -> AsyncIterator[MakeStudio]:
    """`await make_studio(webhooks=3, seconds=20.0)`: arguments are `plain_world`'s, or a `World`."""
    async with AsyncExitStack() as stack:

        async def make(*world: object, **about: object) -> Studio:
            studio = await studio_of(tmp_path / "home", *world, **about)  # type: ignore[arg-type]
            stack.push_async_callback(studio.close)
            return studio

        yield make


@pytest.fixture
async def studio(make_studio: MakeStudio) -> Studio:
    """One webhook whose runs complete after 10 s."""
    return await make_studio()


@pytest.fixture
async def window(studio: Studio) -> Window:
    """The studio's first window, polling and sending."""
    return await studio.open()
