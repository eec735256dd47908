"""Ages and durations in words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.domain.formatting import (
    bar,
    coarse_age,
    counted,
    duration,
    format_age,
    format_estimate,
    format_remaining,
    running_time,
    short_duration,
    shown_as_of,
)

DAY = 86_400


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        *[(-5, "0s"), (0, "0s"), (59.9, "59s"), (60, "1m"), (3599, "59m"), (3600, "1h"), (DAY - 1, "23h")],
        *[(DAY, "1d"), (364 * DAY, "364d"), (365 * DAY, "1y")],
    ],
)
def test_age(seconds: float, shown: str) -> None:
    """An age is its largest whole unit."""
    assert format_age(seconds) == shown


def test_coarse_age_leaves_out_seconds() -> None:
    """A coarse age says the same through its first minute, and is an age after it."""
    assert {coarse_age(s) for s in range(60)} == {"<1m"}
    assert coarse_age(60) == "1m"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        *[(-1, "0:00"), (12.9, "0:12"), (95, "1:35"), (3599, "59:59"), (3600, "1:00:00"), (3753, "1:02:33")],
        *[(36_000 + 300, "10h 05m"), (100 * 3600, "4d 04h")],
    ],
)
def test_duration(seconds: float, shown: str) -> None:
    """A duration is minutes and seconds, hours before them when there are any, no seconds after ten hours."""
    assert duration(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        *[(-1, "0:00"), (12.9, "0:12"), (3599, "59:59"), (3753, "1h02m"), (36_000 + 300, "10h")],
        *[(100 * 3600, "4d04h"), (30 * DAY, "30d")],
    ],
)
def test_short_duration(seconds: float, shown: str) -> None:
    """A short duration has no seconds from an hour on, and from ten hours on only fits five cells."""
    assert short_duration(seconds) == shown


@given(st.integers(0, 900 * DAY))
def test_figures_fit_their_columns(seconds: int) -> None:
    """An age has at most four cells, a duration of under a hundred days at most seven, a short one at most five."""
    assert len(coarse_age(seconds)) <= 4
    assert len(duration(seconds % (99 * DAY))) <= 7
    assert len(short_duration(seconds)) <= 5


def test_long_runs_tick_less() -> None:
    """A running time changes each second at first, every 5 s from a minute, every 10 s from ten minutes, every minute
    from an hour."""
    assert len({running_time(s, s) for s in range(60)}) == 60
    assert len({running_time(s, s) for s in range(60, 120)}) == 12
    assert len({running_time(s, s) for s in range(600, 660)}) == 6
    assert {running_time(s, s) for s in range(3660, 3720)} == {"1h01m"}


@given(st.floats(0, 2e9), st.lists(st.floats(0, 90), min_size=1, max_size=200))
def test_a_running_time_is_never_ahead_and_never_goes_back(start: float, steps: list[float]) -> None:
    """A shown second has passed, none is older than its step, and the next look shows no less."""
    now, before = start, 0.0
    for step in steps:
        now += step
        elapsed = now - start
        shown = shown_as_of(elapsed, now) - start
        assert before - 1e-3 <= shown <= elapsed + 1e-3
        assert elapsed - shown <= (
            1e-3 if elapsed < 60 else 5.001 if elapsed < 600 else 10.001 if elapsed < 3600 else 60.001
        )
        before = shown


def test_all_times_move_at_once() -> None:
    """Runs that began at different moments are moved by the same tick."""
    moved = {
        s
        for start in (0.3, 1.0, 2.9)
        for s in range(100, 160)
        if shown_as_of(s - start, s) != shown_as_of(s - 1 - start, s - 1)
    }
    assert moved == set(range(100, 160, 5))


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        *[(-5, "<10s"), (4, "<10s"), (6, "~10s"), (38, "~40s"), (94.9, "~90s"), (95, "~2m"), (151, "~3m")],
        *[(94.9 * 60, "~95m"), (95 * 60, "~2h"), (95 * 3600, "~4d")],
    ],
)
def test_time_left_is_coarse(seconds: float, shown: str) -> None:
    """Tens of seconds, minutes or hours, as an estimate deserves."""
    assert format_remaining(seconds) == shown


@given(st.floats(0.0, 90 * DAY))
def test_time_left_fits_its_column(seconds: float) -> None:
    """Four cells at most, for three months ahead."""
    assert len(format_remaining(seconds)) <= 4


@given(st.floats(0.0, 1.0, exclude_max=True), st.integers(1, 20))
def test_a_bar_is_never_full(progress: float, cells: int) -> None:
    """A progress bar of an active run leaves at least one cell empty, and has as many cells as requested."""
    assert len(bar(progress, cells)) == cells
    assert bar(progress, cells).endswith("▱")


def test_a_bar_moves_in_whole_cells() -> None:
    """A cell fills when all of its share has passed."""
    assert [bar(progress, 4) for progress in (0.0, 0.24, 0.25, 0.99)] == ["▱▱▱▱", "▱▱▱▱", "▰▱▱▱", "▰▰▰▱"]


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (1, "about 10s"),
        (50, "about 50s"),
        (51, "about 1m 00s"),
        (395, "about 6m 40s"),
        (3599, "about 1h 00m"),
        (7260, "about 2h 01m"),
    ],
)
def test_times_are_never_said_shorter_than_they_are(seconds: float, shown: str) -> None:
    """Rounded up, and no finer than can be known."""
    assert format_estimate(seconds) == shown


@pytest.mark.parametrize(
    ("count_and_noun", "expected"),
    [
        ((1, "run"), "1 run"),
        ((0, "run"), "0 runs"),
        ((2_000, "run"), "2,000 runs"),
        ((1, "process", "processes"), "1 process"),
        ((2, "prompt is", "prompts are"), "2 prompts are"),
    ],
)
def test_a_count_has_its_noun_in_the_right_number(count_and_noun, expected) -> None:
    assert counted(*count_and_noun) == expected
