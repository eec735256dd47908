"""The schedule as a pure function."""

import itertools
import random

import pytest

from cordage_tui.engine.schedule import (
    BACKOFF_CAP_S,
    JITTER,
    PERIOD_IDLE_S,
    PERIOD_MIN_S,
    Standing,
    backoff_s,
    first_due,
    next_due,
    period_s,
    soonest,
)

READS = 108.0


def test_one_active_webhook_is_read_as_often_as_the_vendor_does() -> None:
    """Never faster than every 2 s, however much budget there is."""
    assert period_s(Standing("a", active=1), 1, READS) == PERIOD_MIN_S


@pytest.mark.parametrize("busy", [5, 20, 50])
def test_active_webhooks_share_the_budget(busy: int) -> None:
    """All of them together stay inside the share of reads that polling has."""
    period = period_s(Standing("a", active=3), busy, READS)
    assert busy * 60.0 / period <= READS + 1e-9
    assert period == pytest.approx(busy * 60.0 / READS)


def test_an_idle_webhook_is_read_twice_a_minute_whatever_else_goes_on() -> None:
    """Its period does not depend on the others."""
    assert period_s(Standing("a"), 50, READS) == PERIOD_IDLE_S


def test_a_budget_of_nothing_divides_by_nothing() -> None:
    """A limit of zero is a long period, not an error."""
    assert period_s(Standing("a", active=1), 1, 0.0) == 60.0


@pytest.mark.parametrize("failures", [0, 1, 2, 5, 60, 5_000])
@pytest.mark.parametrize("active", [0, 2])
def test_no_webhook_waits_longer_than_a_minute(failures: int, active: int) -> None:
    """Period, jitter and back-off together are at most 60 s, also after a day of failures; and never less than the
    period without them."""
    rng = random.Random(failures)
    standing = Standing("a", active=active, failures=failures)
    waits = [next_due(standing, 100.0, 1, READS, rng) - 100.0 for _ in range(500)]
    assert max(waits) <= BACKOFF_CAP_S
    assert min(waits) >= period_s(standing, 1, READS) * (1 - JITTER)


def test_back_off_is_full_jitter_and_none_without_failures() -> None:
    """Anything between nothing and the doubled bound, so that clients do not come back in step."""
    rng = random.Random(1)
    third = [backoff_s(3, 60.0, rng) for _ in range(500)]
    assert backoff_s(0, 60.0, rng) == 0.0
    assert max(third) <= 8.0
    assert min(third) < 1.0 and max(third) > 7.0


@pytest.mark.parametrize("count", [1, 8, 200])
def test_the_first_looks_are_spread(count: int) -> None:
    """The first is at once, all of them come within the idle period, and no two at one time."""
    dues = [first_due(i, count, 10.0, READS) for i in range(count)]
    assert dues[0] == 10.0
    assert all(later - sooner >= 0.1 for sooner, later in itertools.pairwise(dues))
    assert dues[-1] <= 10.0 + PERIOD_IDLE_S


def test_the_soonest_is_next_and_stopped_ones_never() -> None:
    """A gone webhook is passed over; without any left there is nothing to read."""
    standings = [Standing("a", due_at=3.0), Standing("b", due_at=1.0, stopped=True), Standing("c", due_at=2.0)]
    assert soonest(standings) is standings[2]
    assert soonest([standings[1]]) is None
