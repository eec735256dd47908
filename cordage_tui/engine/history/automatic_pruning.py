"""Automatic retention: remove runs older than the settings keep them, a few at a time, so that no key waits for it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from cordage_tui.engine.context import EngineContext
from cordage_tui.engine.images.disk_cache import ThumbnailCache
from cordage_tui.store.errors import StoreError
from cordage_tui.store.pruning import DatabaseSpace, PruneFilter, PrunePass

STEP_EVERY_S: Final = 2.0
ROWS: Final = 20
"""Rows that are looked at in one step: ten times as many a second as can be triggered."""
PASS_EVERY_S: Final = 3_600.0
_PAGES: Final = 16
"""Pages that a step gives back to the disk."""


async def prune(context: EngineContext, keep_s: float, leads: Callable[[], bool]) -> None:
    """Remove what is older than `keep_s` seconds, again and again, while this process `leads`."""
    while True:
        with suppress(StoreError):  # a lock held elsewhere, a full disk: the next pass goes on
            await _pass(context, keep_s, leads)
        await asyncio.sleep(PASS_EVERY_S)


async def _pass(context: EngineContext, keep_s: float, leads: Callable[[], bool]) -> None:
    wanted = PruneFilter(context.profile, context.clock.wall() - keep_s)
    folder = None if context.paths is None else context.paths.pictures
    pictures = ThumbnailCache(folder, context.settings.pictures.cache)
    pruning = PrunePass(context.store.database, context.clock, wanted)
    space = DatabaseSpace(context.store.database)

    def remove() -> bool:
        more = pruning.step(remove=True, limit=ROWS)
        pictures.remove(pruning.outputs)
        return more

    await _repeat(remove, leads)
    await _repeat(lambda: space.shrink(_PAGES), leads)
    if pruning.removed or pruning.dropped:
        await _repeat(lambda: not space.clear_log(), leads)


async def _repeat(step: Callable[[], bool], leads: Callable[[], bool]) -> None:
    """Call `step` now and then while this process leads, until it returns False."""
    more = True
    while more:
        await asyncio.sleep(STEP_EVERY_S)
        more = not leads() or step()
