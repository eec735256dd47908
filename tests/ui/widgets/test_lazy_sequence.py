"""Sequences that are read as they are needed."""

import pytest

from cordage_tui.ui.widgets.tables import LazySequence


def test_a_slice_is_read_with_its_spare_and_kept() -> None:
    """A slice is read with spare items and kept; a single item elsewhere is read alone."""
    reads = []

    def read(first: int, end: int) -> list[int]:
        reads.append((first, end))
        return list(range(first, end))

    numbers = LazySequence(100, read, spare=5)
    assert numbers[10:20] == list(range(10, 20)) and numbers[12:25] == list(range(12, 25))
    assert numbers[80] == 80 and numbers[-1] == 99 and numbers[5:8] == [5, 6, 7]
    assert numbers[95:200] == list(range(95, 100)) and numbers[50:50] == []
    assert reads == [(5, 25), (80, 81), (99, 100), (90, 100)]
    assert len(numbers) == 100


def test_a_source_that_has_become_shorter_gives_less() -> None:
    """Items that are gone are missing from a slice, and `get` returns None for them."""
    numbers = LazySequence(100, lambda first, end: range(first, min(end, 3)))
    assert numbers[0:10] == [0, 1, 2] and numbers.get(50) is None and numbers.get(-1) is None
    with pytest.raises(IndexError):
        numbers[50]
