"""The rate budget with explicit times: we never cause a 429, and the user never waits for polling."""

import itertools
import random
from bisect import bisect_left

import pytest

from cordage_tui.api import budget_state
from cordage_tui.api.budget_state import WINDOW_S, RateBudget
from cordage_tui.api.responses import limited_reading
from cordage_tui.domain.rate_limit import Priority, RateLimitHeaders
from tests.api.limiters import Fixed, Sliding, World

USER, BACKGROUND = Priority.USER, Priority.BACKGROUND


def budget(limit: int = 120, *, share: float = 0.9, even: bool = False, seed: int = 1) -> RateBudget:
    return RateBudget(limit, share=share, even=even, rng=random.Random(seed))


def bursts(rng: random.Random, until: float) -> list[float]:
    """A user who sometimes asks for many things at once, and more than there is."""
    return [at for at in (rng.uniform(0, until) for _ in range(12)) for _ in range(rng.choice((1, 5, 30, 100)))]


def most_in_a_minute(times: list[float]) -> int:
    return max(n - bisect_left(times, at - 60.0) + 1 for n, at in enumerate(times))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("headers", [True, False])
@pytest.mark.parametrize("kind", ["fixed", "sliding"])
def test_alone_there_is_never_a_429(kind: str, headers: bool, seed: int) -> None:
    """Greedy polling and bursts of the user for ten minutes, with answers that cross each other on the way."""
    rng = random.Random(seed)
    limiter = Fixed(120, rng.uniform(0, 60), headers) if kind == "fixed" else Sliding(120, headers)
    world = World(budget(seed=seed), limiter, rng, bursts(rng, 600))
    world.run(600)
    assert world.refused == 0
    assert len(world.granted) > 0.8 * 10 * 120
    if not headers:
        assert most_in_a_minute([at for at, _ in world.granted]) <= 120


def test_polling_is_even_from_the_first_call_and_leaves_the_reserve() -> None:
    """Polling calls keep the gap, never exceed their share of a minute, and use all of it."""
    world = World(budget(), Fixed(120), random.Random(1), [])
    world.run(300)
    times = [at for at, _ in world.granted]
    assert times[0] == 0.0
    assert min(b - a for a, b in itertools.pairwise(times)) > 0.5
    assert most_in_a_minute(times) <= 108
    assert len(times) / 300 > 0.95 * 1.8


def test_the_user_never_waits_while_budget_remains() -> None:
    """During greedy polling a user's call a few times per minute goes immediately, from the reserve."""
    for limiter in (Fixed(120), Sliding(120)):
        world = World(budget(), limiter, random.Random(2), [10.0 + 6 * n for n in range(80)])
        world.run(500)
        assert len(world.user_waits) == 80
        assert max(world.user_waits) < 0.05
        assert world.refused == 0


def test_the_user_may_take_all_that_is_left_at_once() -> None:
    """A hundred and twenty calls go in the same moment, the next one when the first leaves the window."""
    own = budget()
    for _ in range(120):
        assert own.wait_s(USER, 0.0) == 0
        own.grant(USER, 0.0)
    assert own.wait_s(USER, 10.0) == pytest.approx(WINDOW_S - 10.0)
    assert own.wait_s(USER, WINDOW_S) == 0


def test_headers_are_believed_over_our_own_count_and_it_over_the_published_limit() -> None:
    """Headers count more than our own count, and that counts more than the published limit."""
    own = budget()
    own.grant(USER, 0.0)
    own.update_from_headers(RateLimitHeaders(100, 7, 30.0), 0.1)
    assert (own.limit, own.remaining(0.1), own.reset_s(0.1)) == (100, 7, 30.0)
    own.grant(USER, 1.0)
    assert own.remaining(1.0) == 6
    assert own.remaining(31.0) == 98
    own.update_from_headers(RateLimitHeaders(100, 100, 60.0), 31.0)
    assert own.remaining(31.0) == 100


def test_background_stops_at_the_reserve_until_the_window_turns() -> None:
    """If others have used the budget, polling waits for the turn of the window and a little more, but the user does
    not."""
    own = budget()
    own.grant(BACKGROUND, 0.0)
    own.update_from_headers(RateLimitHeaders(120, 12, 20.0), 0.1)
    assert own.wait_s(USER, 5.0) == 0
    assert 15.2 < own.wait_s(BACKGROUND, 5.0) <= 16.6
    assert own.wait_s(BACKGROUND, 22.0) == 0


@pytest.mark.parametrize(
    ("remaining", "reset_s", "expected"),
    [
        (119, 60.0, 61 / 108),  # never shorter than 1/R
        (66, 32.0, 32 - 60 * (1 - 53 / 108)),  # until the line reaches what is spent
        (60, 60.0, 3 * 60 / 48),  # never longer than three proportional gaps
        (90, 40.0, 61 / 108),  # behind the line: at 1/R all the same
    ],
)
def test_background_follows_the_budget_line(remaining: int, reset_s: float, expected: float) -> None:
    """allowed(t) = (1 - r)·L·(1 - s/60) + 1, with a minimum share (docs/dev/polling.md 4)."""
    own = budget()
    own.grant(BACKGROUND, 100.0)
    own.update_from_headers(RateLimitHeaders(120, remaining, reset_s), 100.0)
    assert own.wait_s(BACKGROUND, 100.0) == pytest.approx(expected)


def test_a_429_stops_the_class_for_its_time_and_a_little() -> None:
    """A 429 stops all calls of its class for `retry_after` plus up to 2 s; afterwards they continue, slowed."""
    own = budget()
    own.grant(BACKGROUND, 0.0)
    own.update_from_headers(RateLimitHeaders(retry_after_s=30.0), 0.0)
    assert 30.0 <= own.wait_s(USER, 0.0) == own.penalty_remaining_s(0.0) <= 32.0
    assert own.wait_s(BACKGROUND, 33.0) == 0
    own.grant(BACKGROUND, 33.0)
    assert own.wait_s(BACKGROUND, 33.0) > 0.5


def test_429s_that_were_under_way_together_slow_us_once_and_the_pace_comes_back() -> None:
    """429s of calls under way together slow us once, to 0.7 of the pace, which grows by a twentieth per minute (A5).

    The pace is never below a fifth, after any number of 429s.
    """
    own = budget()
    for _ in range(3):
        own.grant(BACKGROUND, 0.0)
    for _ in range(3):
        own.update_from_headers(RateLimitHeaders(retry_after_s=10.0), 0.0)
    gap, slowed = 61 / 108, []
    for moment in (20.0, 3 * 60.0, 7 * 60.0):
        own.grant(BACKGROUND, moment)
        slowed.append(own.wait_s(BACKGROUND, moment))
    assert slowed == pytest.approx([gap / (0.7 + 0.05 * moment / 60) for moment in (20.0, 180.0)] + [gap])
    for moment in range(1000, 2000, 20):
        own.update_from_headers(RateLimitHeaders(retry_after_s=1.0), float(moment))
    own.grant(BACKGROUND, 2000.0)
    assert own.wait_s(BACKGROUND, 2000.0) == pytest.approx(gap / 0.2, rel=0.1)


def test_a_header_never_gives_back_what_we_spent_in_its_window() -> None:
    """A header that always claims a full budget does not return calls that we made in its window.

    The first second of a window does not count, because resets are rounded.
    """
    own = budget()
    for n in range(90):
        own.grant(USER, n / 2)
        own.update_from_headers(RateLimitHeaders(120, 120, 60.0 - n / 2), n / 2)
    assert own.remaining(45.0) == 30 + 3


def test_a_reset_that_is_rounded_down_does_not_turn_the_window_early() -> None:
    """The latest reset of a window counts: 30.0 s and, 0.9 s later, 28 s mean one turn at 30."""
    own = budget()
    for moment, reset_s in ((0.0, 30.0), (0.9, 28.0)):
        own.grant(USER, moment)
        own.update_from_headers(RateLimitHeaders(120, 0, reset_s), moment)
    assert own.wait_s(USER, 0.9) == pytest.approx(29.1)


def test_news_too_old_to_be_trusted_is_not_acted_upon() -> None:
    """Others take two a second and forty were left: after 18 s background work holds still until the turn, the user may try."""
    own = budget()
    own.grant(BACKGROUND, 0.0)
    own.update_from_headers(RateLimitHeaders(120, 40, 22.0), 0.0)
    assert own.wait_s(BACKGROUND, 5.0) == 0
    assert own.wait_s(BACKGROUND, 18.0) > 4.0
    assert own.wait_s(USER, 18.0) == 0


def test_nobody_is_accused_of_our_calls_where_answers_take_long() -> None:
    """A call sent before a window, counted in it and answered later is recognised as ours, not as a foreign call."""
    own = budget()
    own.grant(BACKGROUND, 97.0)
    own.update_from_headers(RateLimitHeaders(120, 119, 60.0), 100.0)
    assert budget_state.foreign_calls_per_minute(own.state, 115.0) == 0.0


def test_an_even_budget_lets_one_go_at_once_and_the_next_in_turn() -> None:
    """Triggers: the first is immediate, then one a second, for the user too."""
    own = budget(60, share=1.0, even=True)
    assert own.wait_s(USER, 100.0) == 0
    own.grant(USER, 100.0)
    assert own.wait_s(USER, 100.0) == pytest.approx(1.0, abs=0.05)
    assert own.wait_s(USER, 101.02) == 0


def test_after_suspend_headers_are_forgotten_and_our_count_is_not() -> None:
    """After suspend the headers are forgotten, and our own count stays."""
    own = budget()
    own.grant(USER, 0.0)
    own.update_from_headers(RateLimitHeaders(120, 3, 60.0), 0.0)
    own.reset_header_state()
    assert (own.penalty_remaining_s(0.0), own.reset_s(0.0), own.remaining(0.0)) == (0.0, None, 119)


@pytest.mark.parametrize(("slept_s", "left_s"), [(0.0, 3500.0), (600.0, 2900.0), (28_800.0, 0.0)])
def test_the_time_of_a_429_goes_on_while_the_machine_sleeps(slept_s: float, left_s: float) -> None:
    """An hour is an hour, awake or asleep: a stop of the program for a moment does not end it, a night does. Each of
    several windows says so once."""
    own = budget()
    own.grant(USER, 0.0)
    own.update_from_headers(RateLimitHeaders(retry_after_s=3600.0), 0.0, 50.0)
    for _ in range(3):
        own.reset_header_state(50.0 + slept_s)
    assert left_s <= own.penalty_remaining_s(100.0) <= left_s + 2.0


@pytest.mark.parametrize("even", [True, False])
def test_an_hour_that_is_asked_for_is_waited_for(even: bool) -> None:
    """A `retry_after` of an hour is waited for completely, by triggers and reads."""
    own = RateBudget(60, share=1.0, even=even, rng=random.Random(1))
    own.grant(USER, 0.0)
    own.update_from_headers(limited_reading({}, 3600, now=0.0), 1.0)
    assert own.wait_s(USER, 301.0) > 3299
    assert 3600 <= own.wait_s(USER, 1.0) <= 3602


def test_answers_that_cross_on_the_way_do_not_raise_the_budget() -> None:
    """Of the answers to overlapping calls, the lowest `remaining` counts as the server's latest."""
    own = budget()
    for _ in range(3):
        own.grant(USER, 0.0)
    for remaining in (0, 2, 1):
        own.update_from_headers(RateLimitHeaders(120, remaining, 30.0), 0.2)
    assert own.remaining(0.3) == 0


@pytest.mark.parametrize("remaining", [0, None])
@pytest.mark.parametrize("limit", [1, 2, 999_999, None])
def test_lying_headers_never_starve_for_longer_than_they_say(limit: int | None, remaining: int | None) -> None:
    """Whatever a header claims, a call goes again when its window is over."""
    own = budget()
    for start in (0.0, 100.0, 200.0):
        assert own.wait_s(BACKGROUND, start) == 0
        own.grant(BACKGROUND, start)
        own.update_from_headers(RateLimitHeaders(limit, remaining, 60.0), start)


def test_remaining_without_a_reset_is_believed_for_three_seconds() -> None:
    """A `remaining` without a reset counts for only three seconds, because half a header is likely nonsense."""
    own = budget()
    own.grant(USER, 0.0)
    own.update_from_headers(RateLimitHeaders(120, 0), 0.0)
    assert own.wait_s(USER, 0.0) == pytest.approx(3.0)
    assert own.wait_s(USER, 3.0) == 0


@pytest.mark.parametrize(("later_s", "left"), [(5.0, 0), (5.1, 50)])
def test_a_reset_more_than_five_seconds_later_is_another_window(later_s: float, left: int) -> None:
    """Within that, the lower `remaining` of one window's answers holds, whichever came last."""
    own = budget()
    for _ in range(2):
        own.grant(USER, 0.0)
    own.update_from_headers(RateLimitHeaders(120, 0, 30.0), 0.0)
    own.update_from_headers(RateLimitHeaders(120, 50, 30.0 + later_s), 0.0)
    assert own.remaining(0.0) == left


def test_the_rate_of_others_is_told_from_the_tenth_second_of_the_first_window() -> None:
    """The rate of others is known from the tenth second of the first window, extrapolated to a minute.

    Later the previous window counts for its part of the minute.
    """
    own = budget()
    own.grant(USER, 0.0)
    own.update_from_headers(RateLimitHeaders(120, 99, 51.0), 0.0)
    assert budget_state.foreign_calls_per_minute(own.state, 0.9) is None
    assert budget_state.foreign_calls_per_minute(own.state, 1.0) == pytest.approx(20 * 60 / 10)
    own.grant(USER, 60.0)
    own.update_from_headers(RateLimitHeaders(120, 109, 51.0), 60.0)
    assert budget_state.foreign_calls_per_minute(own.state, 60.0) == pytest.approx(10 + 20 * 51 / 60)
    assert budget_state.foreign_calls_per_minute(own.state, 112.0) == pytest.approx(10)
    assert budget_state.foreign_calls_per_minute(own.state, 111.0 + WINDOW_S + 0.1) is None


def test_a_book_from_the_future_is_of_another_boot() -> None:
    """Monotonic time begins again with each boot; clocks of one boot may differ by a second at most."""
    own = budget()
    own.grant(USER, 100.0)
    raw = budget_state.to_bytes(own.state, b"boot")
    assert budget_state.from_bytes(raw, b"boot", 99.0) is not None
    assert budget_state.from_bytes(raw, b"boot", 98.9) is None


@pytest.mark.parametrize(("sent_at", "foreign_calls"), [(98.6, 0), (98.4, 1)])
def test_a_call_about_the_start_of_a_window_is_ours(sent_at: float, foreign_calls: int) -> None:
    """The start is known to a second and a half; a call of ours before that was of the window before."""
    own = budget()
    for moment, headers in ((sent_at, RateLimitHeaders()), (100.0, RateLimitHeaders(120, 118, 60.0))):
        own.grant(USER, moment)
        own.update_from_headers(headers, moment)
    assert budget_state.foreign_calls_per_minute(own.state, 111.0) == pytest.approx(foreign_calls * 60 / 11)


@pytest.mark.parametrize(("remaining", "waits"), [(11, False), (10, True)])
def test_background_leaves_the_last_four_calls_to_others_who_take_them(remaining: int, waits: bool) -> None:
    """Others take two a second: five will be left when it is background work's turn, or three."""
    own = budget(share=1.0)
    own.grant(BACKGROUND, 100.0)
    own.update_from_headers(RateLimitHeaders(120, remaining, 10.0), 100.0)
    assert (own.wait_s(BACKGROUND, 100.0) > 9.0) is waits
