"""Setup for the tests of themes."""

import asyncio

import pytest


@pytest.fixture(autouse=True, scope="session")
def no_stray_loop() -> None:
    """Set no event loop, because looptime asks for one around sync tests and asyncio would make one that nobody
    closes."""
    asyncio.set_event_loop(None)
