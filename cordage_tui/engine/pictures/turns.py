"""So many at once, the most wanted first, and whoever is not wanted any more goes without."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

LAST: Final = 1e9
"""Rank of what nobody wants any more and is done all the same."""


class PrioritySemaphore:
    """A semaphore whose queue is in the order of what is wanted at the moment a place becomes free."""

    def __init__(self, at_once: int, rank: Callable[[str], float | None]) -> None:
        """`rank(key)`: the smaller, the sooner; None: not at all."""
        self._free = at_once
        self._rank = rank
        self._waiting: list[_Waiting] = []

    async def acquire(self, key: str, *, in_any_case: bool = False) -> bool:
        """True when it is its turn, which `leave` ends; False when it is not wanted any more. `in_any_case`: what is not
        wanted is done too, though last."""
        turn = _Waiting(key, in_any_case, asyncio.get_running_loop().create_future())
        self._waiting.append(turn)
        self.recheck()
        try:
            return await turn.granted
        except asyncio.CancelledError:
            if turn.granted.done() and not turn.granted.cancelled() and turn.granted.result():
                self.leave()
            raise

    def leave(self) -> None:
        """A place is free again."""
        self._free += 1
        self.recheck()

    def recheck(self) -> None:
        """What is wanted may have changed."""
        ranked = []
        for turn in self._waiting:
            rank = self._rank(turn.key)
            if rank is None and not turn.in_any_case and not turn.granted.done():
                turn.granted.set_result(False)
            if not turn.granted.done():
                ranked.append((LAST if rank is None else rank, turn))
        ranked.sort(key=lambda entry: entry[0])
        for _, turn in ranked[: self._free]:
            turn.granted.set_result(True)
        self._free -= min(self._free, len(ranked))
        self._waiting = [turn for turn in self._waiting if not turn.granted.done()]


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    key: str
    in_any_case: bool
    granted: asyncio.Future[bool]
