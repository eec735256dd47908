"""Studios that are closed when their test ends.

Fixtures run on real time, whatever the test's mark: so none of them starts an engine, whose timers would then jump.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.engine.studio import Studio, studio_of

MakeStudio = Callable[..., Awaitable[Studio]]


@pytest.fixture
async def make_studio(tmp_path: Path) -> AsyncIterator[MakeStudio]:
    """`await make_studio(webhooks=3, seconds=20.0)`: arguments are `plain_world`'s, or a `SimulatedWorkspace`."""
    async with AsyncExitStack() as stack:

        async def make(*world: object, **about: object) -> Studio:
            studio = await studio_of(tmp_path / "home", *world, **about)  # type: ignore[arg-type]
            stack.push_async_callback(studio.close)
            return studio

        yield make
        loop: Any = asyncio.get_running_loop()
        with loop.looptime_enabled():
            await stack.aclose()


@pytest.fixture
async def studio(make_studio: MakeStudio) -> Studio:
    """One webhook whose runs complete after 10 s."""
    return await make_studio()
