"""Difference between the server's clock and ours, learned from `Date` headers."""

from dataclasses import dataclass
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.api.client import CordageClient
from cordage_tui.api.responses import SAMPLES, ApiResponse, ClockSkewEstimator, RequestTiming
from cordage_tui.domain.base.clock import SystemClock
from tests.api.raw_server import RUN, WEBHOOK, Serve, always, reply

EPOCH = 1_705_314_600.0


@dataclass
class Machine:
    """A machine's clocks, set by hand."""

    wall_s: float = EPOCH
    monotonic_s: float = 100.0
    boot_s: float = 5_000.0

    def wall(self) -> float:
        return self.wall_s

    def monotonic(self) -> float:
        return self.monotonic_s

    def boot(self) -> float:
        return self.boot_s

    def passes(self, seconds: float, *, asleep: bool = False) -> None:
        self.wall_s += seconds
        self.boot_s += seconds
        self.monotonic_s += 0.0 if asleep else seconds


def ask(meter: ClockSkewEstimator, machine: Machine, ahead_s: float, there_s: float = 0.1, back_s: float = 0.1) -> None:
    """One request to a server whose clock is `ahead_s` ahead."""
    asked_at = machine.monotonic_s
    machine.passes(there_s)
    date = formatdate(machine.wall_s + ahead_s, usegmt=True)
    machine.passes(back_s)
    meter.learn(ApiResponse("list runs", 200, {"date": date}, round_trip=RequestTiming(asked_at, machine.monotonic_s)))


def test_nothing_is_known_before_an_answer_names_a_date() -> None:
    """Without a readable `Date` the skew is unknown, and not zero."""
    machine = Machine()
    meter = ClockSkewEstimator(machine)
    meter.learn(ApiResponse("list runs", 200, {}, round_trip=RequestTiming(0.0, 1.0)))
    meter.learn(ApiResponse("list runs", 200, {"date": "yesterday"}, round_trip=RequestTiming(0.0, 1.0)))
    assert meter.estimate() is None


@given(
    ahead_s=st.floats(-20_000, 20_000),
    trips=st.lists(st.tuples(st.floats(0, 3), st.floats(0, 3), st.floats(0, 60)), min_size=1, max_size=30),
)
def test_the_skew_is_within_its_bound(ahead_s: float, trips: list[tuple[float, float, float]]) -> None:
    """The skew is within half a second and half a round trip, for any travel times and fractions of a second."""
    machine = Machine()
    meter = ClockSkewEstimator(machine)
    for there_s, back_s, pause_s in trips:
        ask(meter, machine, ahead_s, there_s, back_s)
        machine.passes(pause_s)
    skew = meter.estimate()
    assert skew is not None
    assert abs(skew.ahead_s - ahead_s) <= skew.within_s + 1e-3
    assert skew.within_s <= 3.5


def test_a_minority_of_stray_dates_does_no_harm() -> None:
    """Four of nine answers out of an old cache change nothing that matters."""
    machine = Machine()
    meter = ClockSkewEstimator(machine)
    for number in range(SAMPLES):
        ask(meter, machine, ahead_s=-86_400.0 if number % 2 else 7.0)
    skew = meter.estimate()
    assert skew is not None
    assert skew.sure_ahead_s == pytest.approx(7.0, abs=0.7)


def test_a_step_of_our_wall_clock_shows_at_once() -> None:
    """A step of our wall clock shows in the skew immediately, because the server's time is known."""
    machine = Machine()
    meter = ClockSkewEstimator(machine)
    for _ in range(SAMPLES):
        ask(meter, machine, ahead_s=0.0)
    before = meter.estimate()
    machine.wall_s += 3_600.0
    after = meter.estimate()
    assert before is not None and before.sure_ahead_s == 0.0
    assert after is not None
    assert after.sure_ahead_s == pytest.approx(before.ahead_s - 3_600.0)


def test_sleep_does_no_harm_to_what_was_learned() -> None:
    """Sleep does not change the learned skew, although the monotonic clock stops during suspend."""
    machine = Machine()
    meter = ClockSkewEstimator(machine)
    ask(meter, machine, ahead_s=90.0)
    machine.passes(8 * 3_600.0, asleep=True)
    skew = meter.estimate()
    assert skew is not None and skew.ahead_s == pytest.approx(90.0, abs=0.7)


async def test_the_client_learns_it_from_every_answer(serve: Serve, connect: type[CordageClient]) -> None:
    """A real answer with a `Date` of an hour ago: errors teach it too."""
    date = formatdate(SystemClock().wall() - 3_600.0, usegmt=True)
    server = await serve(always(reply("500 Oops", RUN, f"Date: {date}")))
    client = connect(server.base)
    assert client.skew.estimate() is None
    with pytest.raises(Exception, match="500"):
        await client.get_run(WEBHOOK, "r1")
    skew = client.skew.estimate()
    assert skew is not None and skew.ahead_s == pytest.approx(-3_600.0, abs=1.5)
