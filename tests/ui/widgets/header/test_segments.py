"""The texts of the header."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cordage_tui.domain.rate_limit import BudgetView, RateLimitClass
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.domain.webhook import HealthStatus
from cordage_tui.ui.widgets.header import HeaderModel, draw_top

NOW = 1000.0
Budgets = Callable[..., tuple[BudgetView, ...]]


def header_text(budgets: tuple[BudgetView, ...], width: int = 120, now: float = NOW, **state: Any) -> str:
    """Return the header with single spaces."""
    line = draw_top(
        HeaderModel(SafeText("studio"), budgets, told_at=NOW, **({"health": HealthStatus.LIVE} | state)), width, now
    )
    return " ".join(line.plain.split())


def test_a_wide_header_shows_everything(budgets: Budgets) -> None:
    """The header has profile, three budgets, and the health at the right edge."""
    line = draw_top(HeaderModel(SafeText("studio"), budgets(), HealthStatus.LIVE, told_at=NOW), 120, NOW).plain
    assert line.startswith(" cordage   studio   reads ▰▰▰▰▰▰▰▰ 90+/120 left   triggers 58/60   kills 30/30  ")
    assert len(line) == 119 and line.endswith("● live")


def test_idle_polling_changes_nothing(budgets: Budgets) -> None:
    """Idle polling does not change a letter of the header."""
    lines = {header_text(budgets(reads, reset_s=float(reset))) for reads in range(100, 121) for reset in (59, 31, 2)}
    assert len(lines) == 1


@given(st.integers(0, 120))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_figure_is_true(budgets: Budgets, reads: int) -> None:
    """A rounded figure is at most a quarter below the truth, and below half it is exact."""
    figure = header_text(budgets(reads)).split("/120")[0].split()[-1]
    if reads < 60:
        assert figure == str(reads)
    else:
        assert figure.endswith("+") and 0 <= reads - int(figure[:-1]) <= 30


@pytest.mark.parametrize(("reads", "bar"), [(120, 8), (90, 8), (89, 6), (60, 6), (59, 3), (30, 2), (1, 1), (0, 0)])
def test_the_bar_shrinks_with_what_remains(budgets: Budgets, reads: int, bar: int) -> None:
    """The bar shrinks with the remaining requests, and is empty only at zero."""
    line = header_text(budgets(reads))
    assert (line.count("▰"), line.count("▱")) == (bar, 8 - bar)


def test_a_short_budget_shows_its_reset(budgets: Budgets) -> None:
    """A budget below half shows the time to its reset and counts down."""
    assert "36/120 left, resets 32s triggers" in header_text(budgets(36))
    assert "36/120 left, resets 22s triggers" in header_text(budgets(36), now=NOW + 10)
    assert "resets" not in header_text(budgets(36), now=NOW + 40)
    assert "resets" not in header_text(budgets(36, reset_s=None))


@pytest.mark.parametrize(
    ("limited", "waits"),
    [
        (False, ("read limit reached, resets in 13s", "read limit reached, resets in 3s")),
        (True, ("reads limited 13s (429)", "reads limited 3s (429)")),
    ],
)
def test_waiting_says_what_and_how_long(budgets: Budgets, limited: bool, waits: tuple[str, str]) -> None:
    """A wait replaces the figures, counts down to 1, and never grows when the clock goes back."""
    state = budgets(0, wait_s=12.4, limited=limited)
    assert waits[0] in header_text(state) and "/120" not in header_text(state)
    assert waits[1] in header_text(state, now=NOW + 10)
    assert waits[0] in header_text(state, now=NOW - 3600)
    assert " 0s" not in header_text(state, now=NOW + 12.39)


def test_a_moment_of_pacing_is_no_news(budgets: Budgets) -> None:
    """A short pacing is not shown as a wait."""
    assert "wait" not in header_text(budgets(wait_s=1.0))


@pytest.mark.parametrize(
    ("health", "end"),
    [
        (HealthStatus.OFFLINE, "⊘ offline · data 2m old"),
        (HealthStatus.REFUSED, "✖ access refused · data 2m old"),
        (HealthStatus.NOT_THE_API, "≠ not the Cordage API · data 2m old"),
        (HealthStatus.LIVE, "● live"),
    ],
)
def test_data_that_is_not_fresh_shows_its_age(budgets: Budgets, health: HealthStatus, end: str) -> None:
    """The header never shows stale data as fresh."""
    assert header_text(budgets(), health=health, ok_at=NOW - 130).endswith(end)


def test_data_of_a_clock_that_was_ahead_is_not_young(budgets: Budgets) -> None:
    """Data that was read in the future has an unknown age."""
    assert header_text(budgets(), health=HealthStatus.OFFLINE, ok_at=NOW + 7200).endswith(
        "⊘ offline · data of unknown age"
    )


@pytest.mark.parametrize(("passed", "duration"), [(3.4, "3s"), (9.9, "9s"), (12.4, "10s"), (21.0, "20s")])
def test_the_header_shows_for_how_long_a_response_is_awaited(budgets: Budgets, passed: float, duration: str) -> None:
    """The wait for a response is shown by the second at first, then in steps, with the age of the data."""
    line = header_text(budgets(), health=HealthStatus.WAITING, next_at=NOW - passed, ok_at=NOW - 130)
    assert line.endswith(f"◷ waiting for a response, {duration} · data 2m old")


@pytest.mark.parametrize("width", [120, 44])
def test_a_reader_that_stands_still_is_named(budgets: Budgets, width: int) -> None:
    """A stopped reader is named, and never together with words that say that it reads."""
    silent = SafeText("pid 4242 is stopped")
    line = header_text(budgets(), width, health=HealthStatus.STALLED, follower=True, silent=silent, ok_at=NOW - 200)
    assert "▣ not read: pid 4242 is stopped" in line and "read by" not in line and "live" not in line


def test_young_data_ages_without_ticking(budgets: Budgets) -> None:
    """The age of young data is drawn once a minute."""
    ages = {header_text(budgets(), health=HealthStatus.OFFLINE, ok_at=NOW, now=NOW + s) for s in range(60)}
    assert len(ages) == 1 and ages.pop().endswith("data <1m old")


def test_modes_are_named(budgets: Budgets) -> None:
    """Demo, read-only and a polling window or worker are named."""
    line = header_text(budgets(), 140, demo=True, read_only=True, follower=True)
    assert "studio demo read-only reads" in line and line.endswith("read by another window ● live")
    line = header_text(budgets(), 140, follower=True, worker=SafeText("worker running since 14:02"))
    assert line.endswith("worker running since 14:02 ● live") and "another window" not in line


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (80, "cordage studio reads 90+/120 triggers 58/60 kills 30/30 ● live"),
        (60, "studio reads 90+/120 triggers 58/60 ● live"),
        (40, "studio reads 90+/120 ● live"),
        (20, "studio ● live"),
        (8, "● live"),
    ],
)
def test_a_narrow_line_drops_what_matters_least(budgets: Budgets, width: int, line: str) -> None:
    """A narrow header leaves out the least important parts first, and the health last."""
    assert header_text(budgets(), width) == line


@pytest.mark.parametrize("name", ["x", "studio", "a longer name", "a profile with a name of some length"])
def test_nothing_jumps_when_the_connection_comes(budgets: Budgets, name: str) -> None:
    """Profile and budgets keep their place when the connection is made, at every width."""
    for width in range(60, 200):
        connecting, live = (
            draw_top(HeaderModel(SafeText(name), budgets(), health, told_at=NOW), width, NOW).plain
            for health in (HealthStatus.LOADING, HealthStatus.LIVE)
        )
        if "reads" in connecting:
            assert connecting[: connecting.index("reads") + 12] == live[: live.index("reads") + 12], width


def test_what_the_profile_is_stands_beside_its_name(budgets: Budgets) -> None:
    """Protected and demo follow the name of the profile, and the demo is named once."""
    assert "studio protected reads" in header_text(budgets(), protected=True)
    assert "studio demo reads" in header_text(budgets(), demo=True)
    line = draw_top(HeaderModel(SafeText("demo"), budgets(), demo=True, told_at=NOW), 120, NOW).plain
    assert line.split()[:3] == ["cordage", "demo", "reads"]


def test_waiting_outlives_the_profile(budgets: Budgets) -> None:
    """A wait is shown longer than the profile in a narrow header."""
    assert header_text(budgets(0, wait_s=12.4), 30) == "read limit reached ● live"
    assert header_text(budgets(0, wait_s=12.4), 45) == "read limit reached, resets in 13s ● live"


def test_what_others_spend_stands_beside_what_is_left(budgets: Budgets) -> None:
    """What other clients spend is shown with its budget, and longer than the reset."""
    others = {RateLimitClass.READ: 60, RateLimitClass.KILL: 10}
    assert (
        "reads ▰▰▱▱▱▱▱▱ 41/120 left, resets 32s, others 60/min triggers 58/60 kills 30/30, others 10/min"
        in header_text(budgets(41), 130, others=others)
    )
    assert header_text(budgets(41), 80, others={RateLimitClass.READ: 60}).startswith(
        "studio reads 41/120, others 60/min triggers"
    )


def test_an_offline_header_shows_the_next_try(budgets: Budgets) -> None:
    """The next try counts down in steps of five seconds, then each second, and disappears when it starts."""
    lines = [header_text(budgets(), health=HealthStatus.OFFLINE, next_at=NOW + 20, now=NOW + s) for s in range(22)]
    tries = [line.split("offline")[1] for line in lines]
    assert tries[0] == ", next try in 20s" and tries[10:12] == [", next try in 10s", ", next try in 9s"]
    assert tries[20:] == ["", ""] and len(set(tries)) == 13
    assert "next try" not in header_text(budgets(), next_at=NOW + 20)


@given(
    st.integers(0, 130),
    st.text(max_size=30),
    st.sampled_from(list(HealthStatus)),
    st.integers(-5, 200),
    st.integers(0, 150),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_header_never_outgrows_its_line(
    width: int, name: str, health: HealthStatus, remaining: int, limit: int
) -> None:
    """The header fits any width with any name and figures."""
    views = tuple(BudgetView(kind, limit, remaining, 10.0) for kind in RateLimitClass)
    state = HeaderModel(one_line(name), views, health, 0.0, follower=True, demo=True, told_at=NOW)
    assert draw_top(state, width, NOW).cell_length <= width


def test_downloads_under_way_are_counted(budgets: Budgets) -> None:
    """Active downloads are counted at the right, if there are some and space is left."""
    assert header_text(budgets(), downloads=12).endswith("kills 30/30 ↓ 12 ● live")
    assert "↓" not in header_text(budgets()) and "↓" not in header_text(budgets(), width=60, downloads=12)
