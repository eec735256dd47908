"""The pane follows a single move of the cursor at once, and a held key when it is released."""

from collections.abc import Callable
from typing import Any

import pytest

from cordage_tui.domain.run import RowId
from cordage_tui.ui.main.selection import REST_S, SETTLED_S, CursorDebouncer


class Time:
    """Clock with timers, moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0
        self._timers: list[tuple[float, Callable[[], None], list[bool]]] = []

    def set_timer(self, delay_s: float, act: Callable[[], None]) -> Any:
        stopped: list[bool] = []
        self._timers.append((self.now + delay_s, act, stopped))

        class Handle:
            def stop(self) -> None:
                stopped.append(True)

        return Handle()

    def pass_by(self, seconds: float) -> None:
        self.now += seconds
        due = [timer for timer in self._timers if timer[0] <= self.now]
        self._timers = [timer for timer in self._timers if timer not in due]
        for _, act, stopped in due:
            if not stopped:
                act()


@pytest.fixture
def time() -> Time:
    """Return the clock."""
    return Time()


@pytest.fixture
def shown_rows() -> list[RowId | None]:
    """Return the list of the rows that were shown."""
    return []


@pytest.fixture
def settled() -> list[RowId | None]:
    """Return the list of the rows that were shown when the cursor came to rest."""
    return []


@pytest.fixture
def follower(time: Time, shown_rows: list[RowId | None], settled: list[RowId | None]) -> CursorDebouncer:
    """Return the debouncer under test."""
    return CursorDebouncer(shown_rows.append, lambda: settled.append(shown_rows[-1]), time.set_timer, lambda: time.now)


def test_one_move_is_followed_at_once(follower: CursorDebouncer, time: Time, shown_rows: list[RowId | None]) -> None:
    """A single move is shown at once."""
    follower.moved(RowId(1))
    assert shown_rows == [1]
    time.pass_by(2 * REST_S)
    follower.moved(RowId(2))
    assert shown_rows == [1, 2]


def test_a_held_key_is_followed_when_let_go(
    follower: CursorDebouncer, time: Time, shown_rows: list[RowId | None]
) -> None:
    """A held key shows only the first and the last of its rows."""
    for row in range(1, 31):
        follower.moved(RowId(row))
        time.pass_by(1 / 30)
    assert shown_rows == [1]
    time.pass_by(REST_S)
    assert shown_rows == [1, 30]
    time.pass_by(10 * REST_S)
    assert shown_rows == [1, 30]


def test_a_cursor_that_follows_a_typed_filter_waits_for_the_last_key(
    follower: CursorDebouncer, time: Time, shown_rows: list[RowId | None]
) -> None:
    """A cursor moved by a typed filter is followed only after the last key."""
    time.pass_by(10 * REST_S)
    follower.moved(RowId(1), at_once=False)
    assert shown_rows == []
    time.pass_by(REST_S)
    assert shown_rows == [1]


def test_a_timer_that_is_heard_late_does_not_keep_the_run_before(
    follower: CursorDebouncer, time: Time, shown_rows: list[RowId | None]
) -> None:
    """A timer that ends late does not bring back a row that the cursor has left."""
    for row in (1, 2):
        follower.moved(RowId(row))
    ((_, heard_late, _),) = (timer for timer in time._timers if timer[0] == time.now + REST_S)
    follower.moved(RowId(3))
    heard_late()
    time.pass_by(2 * REST_S)
    assert shown_rows == [1, 3]


def test_no_row_and_an_opened_row_do_not_wait(
    follower: CursorDebouncer, time: Time, shown_rows: list[RowId | None]
) -> None:
    """A removed row and an opened row are followed without delay."""
    follower.moved(RowId(1))
    follower.moved(RowId(2))
    follower.moved(None)
    assert shown_rows == [1, None]
    follower.moved(RowId(3))
    follower.show_now(RowId(3))
    time.pass_by(REST_S)
    assert shown_rows == [1, None, 3]


@pytest.mark.parametrize("gap_s", [1 / 30, 0.09, 0.14])
def test_a_moving_cursor_has_not_settled(
    follower: CursorDebouncer, time: Time, settled: list[RowId | None], gap_s: float
) -> None:
    """A moving cursor settles only on its last row, and once."""
    for row in range(1, 101):
        follower.moved(RowId(row))
        time.pass_by(gap_s)
    assert settled == []
    for _ in range(10):
        time.pass_by(SETTLED_S / 5)
    assert settled == [100]
    time.pass_by(60)
    assert settled == [100]


def test_the_cursor_settles_on_what_is_shown(
    follower: CursorDebouncer, time: Time, settled: list[RowId | None]
) -> None:
    """The cursor settles on the row that is shown, never on the one before."""
    follower.moved(RowId(1))
    time.pass_by(SETTLED_S - 0.01)
    follower.moved(RowId(2))
    time.pass_by(0.02)
    follower.moved(RowId(3))
    time.pass_by(SETTLED_S)
    time.pass_by(SETTLED_S)
    assert settled == [3]


def test_an_opened_run_is_settled_on_soon(follower: CursorDebouncer, time: Time, settled: list[RowId | None]) -> None:
    """An opened run counts as settled after the usual time."""
    follower.show_now(RowId(7))
    time.pass_by(SETTLED_S)
    assert settled == [7]
