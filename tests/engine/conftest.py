"""Studios that are closed when their test ends. Fixtures run on simulated time too, or clocks would jump at a test's start."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.engine.studio import Studio, Window, studio_of

MakeStudio = Callable[..., Awaitable[Studio]]


def simulated_time() -> AbstractContextManager[object]:
    """Enables looptime, which does so by itself for tests only."""
    loop: Any = asyncio.get_running_loop()
    return contextlib.nullcontext() if loop.looptime_on else loop.looptime_enabled()  # type: ignore[no-any-return]


@pytest.fixture
async def make_studio(tmp_path: Path) -> AsyncIterator[MakeStudio]:
    """`await make_studio(webhooks=3, seconds=20.0)`: arguments are `plain_world`'s, or a `World`."""
    stack = AsyncExitStack()

    async def make(*world: object, **about: object) -> Studio:
        with simulated_time():
            studio = await studio_of(tmp_path / "home", *world, **about)  # type: ignore[arg-type]
        stack.push_async_callback(studio.close)
        return studio

    yield make
    with simulated_time():
        await stack.aclose()


@pytest.fixture
async def studio(make_studio: MakeStudio) -> Studio:
    """One webhook whose runs complete after 10 s."""
    return await make_studio()


@pytest.fixture
async def window(studio: Studio) -> Window:
    """The studio's first window, polling and sending."""
    with simulated_time():
        return await studio.open()
