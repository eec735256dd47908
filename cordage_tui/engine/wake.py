"""A loop that sleeps until a time or until it is woken, whichever is first."""

import asyncio


class WakeEvent:
    """One sleeper, many wakers. A wake-up while nobody sleeps is kept for the next sleep."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def now(self) -> None:
        """Ends the current sleep, or the next."""
        self._event.set()

    async def sleep(self, seconds: float | None) -> None:
        """Returns after `seconds` (None: never by itself) or once woken."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return
        finally:
            self._event.clear()
