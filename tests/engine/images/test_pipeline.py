"""Turns go to what is most wanted when a place becomes free, and to nobody who is not wanted any more."""

import asyncio

from cordage_tui.engine.images.pipeline import PrioritySemaphore


class Queue:
    """Who waits for a turn, and who had one."""

    def __init__(self, at_once: int, *wanted: str) -> None:
        self.wanted = list(wanted)
        self.schedules = PrioritySemaphore(at_once, lambda key: self.wanted.index(key) if key in self.wanted else None)
        self.had: list[str] = []
        self.without: list[str] = []
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def join(self, *keys: str, in_any_case: bool = False) -> None:
        for key in keys:
            self.tasks[key] = asyncio.create_task(self._wait(key, in_any_case))
        await asyncio.sleep(0.01)

    async def _wait(self, key: str, in_any_case: bool) -> None:
        (self.had if await self.schedules.acquire(key, in_any_case=in_any_case) else self.without).append(key)

    async def leave(self) -> None:
        self.schedules.leave()
        await asyncio.sleep(0.01)


async def test_the_most_wanted_goes_first_by_what_is_wanted_then() -> None:
    """Not by who came first, nor by what was wanted when it came."""
    queue = Queue(1, "a", "b", "c", "d")
    await queue.join("d", "b", "c")
    assert queue.had == ["d"]
    queue.wanted = ["c", "b"]
    await queue.leave()
    await queue.leave()
    assert queue.had == ["d", "c", "b"]


async def test_who_is_not_wanted_any_more_goes_without() -> None:
    """At once, and takes no place; who must be done in any case is done last."""
    queue = Queue(1, "a", "b", "c")
    await queue.join("a", "b")
    await queue.join("x", in_any_case=True)
    await queue.join("c")
    queue.wanted = ["c"]
    queue.schedules.recheck()
    await asyncio.sleep(0.01)
    assert queue.without == ["b"]
    await queue.leave()
    await queue.leave()
    assert queue.had == ["a", "c", "x"]


async def test_a_waiter_that_is_cancelled_takes_no_place_with_it() -> None:
    """Neither while it waits nor at the moment of its turn."""
    queue = Queue(1, "a", "b", "c", "d")
    await queue.join("a", "b", "c", "d")
    queue.tasks["b"].cancel()
    await asyncio.sleep(0.01)
    queue.schedules.leave()  # c's turn
    queue.tasks["c"].cancel()
    await asyncio.sleep(0.01)
    assert queue.had == ["a", "d"]
