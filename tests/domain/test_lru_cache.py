"""Cache that drops the least recently used value first, and never the newest."""

from cordage_tui.domain.base.lru_cache import LruCache


def test_the_least_recently_used_leaves_first() -> None:
    """Reading counts as use, peeking does not."""
    cache: LruCache[str, int] = LruCache(3)
    for key in "abc":
        cache.put(key, 1)
    assert (cache.get("a"), cache.peek("b"), cache.get("none")) == (1, 1, None)
    cache.put("d", 1)
    assert list(cache) == ["c", "a", "d"]


def test_values_weigh_and_the_newest_stays_whatever_it_weighs() -> None:
    """A replaced or dropped value returns its weight and is reported, and the newest value stays at any weight."""
    dropped: list[tuple[str, str]] = []
    cache: LruCache[str, str] = LruCache(5, len, lambda key, value: dropped.append((key, value)))
    cache.put("a", "xx")
    cache.put("b", "xx")
    cache.put("a", "xxx")
    assert (cache.weight, list(cache), dropped) == (5, ["b", "a"], [("a", "xx")])
    cache.put("c", "x" * 9)
    assert (cache.weight, list(cache)) == (9, ["c"])
    cache.drop("c")
    cache.drop("c")
    assert (cache.weight, dropped[1:]) == (0, [("b", "xx"), ("a", "xxx"), ("c", "x" * 9)])


def test_a_lower_limit_counts_from_the_next_value_on() -> None:
    """A lower limit applies from the next value on, and an empty cache weighs nothing."""
    cache: LruCache[int, str] = LruCache(10, len)
    cache.put(1, "xxx")
    cache.put(2, "xxx")
    cache.limit = 4
    assert cache.weight == 6
    cache.put(3, "x")
    assert list(cache) == [2, 3]
    cache.clear()
    assert (cache.weight, list(cache)) == (0, [])
