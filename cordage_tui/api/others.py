"""What others spend with the same key: the server's count less our own."""

from math import isnan, nan
from typing import Final

from cordage_tui.api.book import WINDOW_S, RateBudgetState

_MINUTE_S: Final = 60.0
_NEW_WINDOW_S: Final = 5.0
_EDGE_S: Final = 1.5
"""The start of a window is known to a second or so and to the time of an answer; calls of ours about it are counted as in
it, so that nobody is accused of them."""
_ENOUGH_S: Final = 10.0
"""Of the first window, before a rate is told."""


def count(book: RateBudgetState, used: int, until: float, took_s: float) -> None:
    """An answer that took so long told that `used` calls have been made in the window that ends at `until`."""
    jump = until - book.foreign_until
    if jump > _NEW_WINDOW_S:
        book.foreign_before = book.foreign if jump < 2 * WINDOW_S else nan
    book.foreign = max(0, used - book.count_since(until - _MINUTE_S - _EDGE_S - took_s))
    book.foreign_until = until


def foreign_calls_per_minute(book: RateBudgetState, now: float) -> float | None:
    """Calls others make a minute: those of this window, and of the one before as much as the last minute holds of it; None:
    the headers have not told. On a sliding window the count is the last minute's by itself."""
    left = book.foreign_until - now
    if isnan(book.foreign) or left < -WINDOW_S:
        return None
    if left <= 0:
        return book.foreign
    if not isnan(book.foreign_before):
        return book.foreign + book.foreign_before * min(1.0, left / _MINUTE_S)
    passed = _MINUTE_S - left
    return book.foreign * _MINUTE_S / passed if passed >= _ENOUGH_S else None
