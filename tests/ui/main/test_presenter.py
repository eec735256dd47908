"""Texts and states that the screen derives from the engine."""

import pytest

from cordage_tui.domain.rate_limit import BudgetView, RateLimitClass
from cordage_tui.domain.run import RunCounts, RunQuery
from cordage_tui.domain.webhook import HealthStatus, Profile, Webhook, WebhookHealth, worst_health
from cordage_tui.engine.processes.process_locks import SilentHolder, WorkerInfo
from cordage_tui.ui.main.presenter import (
    is_busy,
    runs_subtitle,
    runs_title,
    stale_webhooks,
    tally_of,
)
from cordage_tui.ui.widgets.header import worker_words

NOW = 1000.0


def test_the_worst_health_has_the_oldest_data_and_the_next_try() -> None:
    """The health of all webhooks is the worst one, with its oldest data and its next try."""
    whole = worst_health(
        [
            WebhookHealth("a", HealthStatus.LIVE, None, 990.0, NOW + 1),
            WebhookHealth("b", HealthStatus.OFFLINE, None, 980.0, NOW + 40),
            WebhookHealth("c", HealthStatus.OFFLINE, None, 985.0, NOW + 20),
        ]
    )
    assert (whole.health, whole.ok_at, whole.next_at) == (HealthStatus.OFFLINE, 980.0, NOW + 20)


@pytest.mark.parametrize(
    ("health", "next_at", "busy"),
    [
        (HealthStatus.LIVE, NOW + 5, False),
        (HealthStatus.OFFLINE, None, False),
        (HealthStatus.OFFLINE, NOW - 1, False),
        (HealthStatus.OFFLINE, NOW + 5, True),
        (HealthStatus.WAITING, NOW - 5, True),
    ],
)
def test_a_shown_next_try_counts_down(health: HealthStatus, next_at: float | None, busy: bool) -> None:
    """A next try in the future counts down each second."""
    views = (BudgetView(RateLimitClass.READ, 120, 120, None),)
    assert is_busy([RunCounts("a", 9)], views, WebhookHealth("a", health, None, None, next_at), NOW) is busy


def test_a_time_that_was_shown_never_falls_back() -> None:
    """Times of a webhook that cannot be read stop at the last shown time, until it is read again."""
    live, waits = (
        WebhookHealth("a", HealthStatus.LIVE, None, 990.0),
        WebhookHealth("a", HealthStatus.WAITING, None, 990.0),
    )
    late = WebhookHealth("a", HealthStatus.TIMEOUT, None, 990.0)
    assert stale_webhooks({"a": waits}) == {"a": 990.0}
    stale_times = stale_webhooks({"a": live}, {}, NOW)
    assert stale_times == {}
    stale_times = stale_webhooks({"a": waits}, stale_times, NOW + 4)
    assert stale_times == {"a": NOW + 4}
    assert stale_webhooks({"a": late}, stale_times, NOW + 20) == stale_times
    assert stale_webhooks({"a": live}, stale_times, NOW + 30) == {}


def test_what_was_unread_at_the_start_stands_at_its_last_read() -> None:
    """Times of a webhook that could not be read at the start stop at its last read."""
    late = {"a": WebhookHealth("a", HealthStatus.TIMEOUT, None, 990.0)}
    assert (
        stale_webhooks(late, None, None) == stale_webhooks(late, stale_webhooks(late, None, None), NOW) == {"a": 990.0}
    )


@pytest.mark.parametrize(
    ("tally", "subtitle"),
    [
        (RunCounts("a", 9), ""),
        (RunCounts("a", 9, waiting=1, unsent=1, sending=1), "1 active"),
        (RunCounts("a", 9, active=3, waiting=3, unsent=2, sending=1), "4 active · 2 waiting"),
    ],
)
def test_what_is_being_sent_does_not_wait(tally: RunCounts, subtitle: str) -> None:
    """A prompt that is being sent counts as active, and not as waiting."""
    assert runs_subtitle(tally).plain == subtitle
    assert runs_subtitle(tally_of(None, {"a": tally, "b": RunCounts("b", 4)})).plain == subtitle


def test_a_worker_is_named_by_what_it_does() -> None:
    """A worker is called running if this window follows it, and standby if this window sends."""
    worker_text = worker_words(WorkerInfo(4711, NOW), follows=True)
    assert worker_text is not None and worker_text.startswith("worker running since ")
    assert worker_words(WorkerInfo(4711, NOW), follows=False) == "worker on standby"


def test_a_worker_that_stands_still_does_nothing() -> None:
    """A stopped worker is not mentioned, and another stopped process does not matter."""
    assert worker_words(WorkerInfo(4711, NOW), True, SilentHolder(4711, NOW, stopped=True)) is None
    assert worker_words(WorkerInfo(4711, NOW), True, SilentHolder(4712, NOW, stopped=True)) is not None
    assert worker_words(None, follows=True) is None


@pytest.mark.parametrize(
    ("query", "title"),
    [
        (RunQuery("p"), "Runs · All"),
        (RunQuery("p", "wh", "fox"), "Runs · Sunset · /fox"),
        (RunQuery("p", ended_after=NOW, text="fox"), "Runs · All · ended while you were away · /fox"),
    ],
)
def test_the_title_names_what_is_left_out(query: RunQuery, title: str) -> None:
    """The title of a list that is not whole names webhook, filter and time."""
    assert runs_title(query, Profile("p", "", (Webhook("wh", "Sunset"),))).plain == title


def test_a_read_at_a_time_in_the_future_ages_no_run() -> None:
    """A webhook with a read in the future shows its runs without a known time."""
    ahead = WebhookHealth("a", HealthStatus.OFFLINE, None, NOW + 7200)
    assert stale_webhooks({"a": ahead}, now=NOW) == {"a": 0.0}
