import asyncio

import pytest


@pytest.fixture(autouse=True, scope="session")
def no_stray_loop() -> None:
    """looptime's plugin asks for the current loop around sync tests too; asyncio would make one that nobody closes."""
    asyncio.set_event_loop(None)
