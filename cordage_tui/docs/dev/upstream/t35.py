"""T35: a cache on a method keeps the lines of widgets that were removed."""

import asyncio
import gc

from textual._styles_cache import StylesCache
from textual.app import App
from textual.widgets import Static


def kept() -> int:
    gc.collect()
    return sum(isinstance(thing, StylesCache) for thing in gc.get_objects())


async def main() -> None:
    async with App().run_test() as pilot:
        await pilot.pause()
        before = kept()
        for _ in range(5):
            await pilot.app.mount_all(Static("a line") for _ in range(20))
            await pilot.pause()
            await pilot.app.screen.query(Static).remove()
        await pilot.pause()
        after = kept()
    if after > before + 20:
        raise SystemExit(f"{after - before} caches of removed widgets are kept")


asyncio.run(main())
