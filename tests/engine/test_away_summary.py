"""When the user was last here, by what was written down; and what happened since."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cordage_tui.domain.run import RemoteRun, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.engine.history.away_summary import SHORTEST_S, LastSeen
from cordage_tui.store.store import Store

NOON = 1_700_000_000.0


class HeldClock:
    """Stands still until a test moves it."""

    now = NOON

    def wall(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now

    def boot(self) -> float:
        return self.now


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def store(tmp_path: Path, clock: HeldClock) -> Iterator[Store]:
    store = Store.open(tmp_path / "cordage.db", clock)
    yield store
    store.close()


def ends(store: Store, clock: HeldClock, run_id: str = "r1") -> None:
    """A run ends now."""
    run = RemoteRun(run_id, Status.COMPLETED, SafeText("completed"), clock.now - 9, clock.now)
    store.runs.merge("p", "wh", [run])


def test_what_happened_between_two_visits_is_told(store: Store, clock: HeldClock) -> None:
    """From the end of the one to the beginning of the other."""
    first = LastSeen("p", store, clock)
    assert not first.was_away
    ends(store, clock, "before")
    clock.now += 10
    first.save()
    clock.now += 600
    ends(store, clock)
    clock.now += 3600
    away = LastSeen("p", store, clock).summary()
    assert away is not None
    assert (away.since, away.until) == (NOON + 10, NOON + 4210)
    assert away.ended == {Status.COMPLETED: 1}
    assert LastSeen("q", store, clock).summary() is None


def test_where_nothing_happened_nothing_is_told(store: Store, clock: HeldClock) -> None:
    """However long it was."""
    LastSeen("p", store, clock).save()
    clock.now += 86_400
    back = LastSeen("p", store, clock)
    assert back.was_away
    assert back.summary() is None


def test_a_moment_is_no_absence(store: Store, clock: HeldClock) -> None:
    """Quitting and starting again is not coming back."""
    LastSeen("p", store, clock).save()
    clock.now += SHORTEST_S - 1
    ends(store, clock)
    assert LastSeen("p", store, clock).summary() is None


def test_after_a_crash_the_last_activity_counts(store: Store, clock: HeldClock) -> None:
    """It is noted once a minute at most: what is written down by the second is worth no second write to the disk."""
    crashed = LastSeen("p", store, clock)
    for _ in range(100):
        clock.now += 1
        crashed.save_if_due()
    noted = store.settings.get("last here/p")
    assert noted == f"{NOON + 60:.3f}"
    clock.now += 1000
    ends(store, clock)
    away = LastSeen("p", store, clock).summary()
    assert away is not None
    assert away.since == NOON + 60


def test_a_clock_that_was_set_back_tells_nothing(store: Store, clock: HeldClock) -> None:
    """The last time lies in the future then (docs/dev/faults.md 176)."""
    LastSeen("p", store, clock).save()
    clock.now -= 3600
    ends(store, clock)
    assert not LastSeen("p", store, clock).was_away
