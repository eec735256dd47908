"""LRU cache with a limit on the total weight of its values."""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class LruCache(Generic[K, V]):
    """Cache that drops the least recently used values above `limit`; the newest stays, however heavy it is."""

    def __init__(
        self,
        limit: int,
        weigh: Callable[[V], int] = lambda value: 1,
        on_drop: Callable[[K, V], None] = lambda key, value: None,
    ) -> None:
        """Create an empty cache. `on_drop` is called with each value that leaves, except by `clear`. A changed `limit`
        counts from the next `put`."""
        self.limit = limit
        self.weight = 0
        """Sum of all values' weights."""
        self._values: dict[K, V] = {}
        self._weigh = weigh
        self._on_drop = on_drop

    def __iter__(self) -> Iterator[K]:
        """Iterate over the keys, the least recently used first."""
        return iter(self._values)

    def get(self, key: K) -> V | None:
        """Return a value, now the most recently used; None if it is not here."""
        if (value := self._values.pop(key, None)) is not None:
            self._values[key] = value
        return value

    def peek(self, key: K) -> V | None:
        """Return a value without marking it as used."""
        return self._values.get(key)

    def put(self, key: K, value: V) -> None:
        """Add or replace a value, and drop others that do not fit any more."""
        self.drop(key)
        self._values[key] = value
        self.weight += self._weigh(value)
        while self.weight > self.limit and len(self._values) > 1:
            self.drop(next(iter(self._values)))

    def drop(self, key: K) -> None:
        """Remove a value, if it is here."""
        if (value := self._values.pop(key, None)) is not None:
            self.weight -= self._weigh(value)
            self._on_drop(key, value)

    def clear(self) -> None:
        """Remove everything."""
        self._values.clear()
        self.weight = 0
