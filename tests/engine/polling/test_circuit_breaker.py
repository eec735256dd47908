"""When the server counts as away, and how it is looked for."""

import random

import pytest

from cordage_tui.api.errors import (
    AuthenticationFailed,
    ConnectFailed,
    ConnectionLost,
    CordageError,
    Delivery,
    InvalidRequest,
    NotFound,
    RateLimited,
    RequestRejected,
    RequestTimeout,
    ServerError,
    UnexpectedResponse,
)
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.engine.polling.circuit_breaker import OFFLINE_AFTER, CircuitBreaker, counts_as_outage, is_answer
from cordage_tui.store.errors import StoreError

FAR = random.Random(7)


def fail(
    breaker: CircuitBreaker, *webhooks: str, alone: bool = False, urgent: bool = False, now: float = 0.0
) -> CircuitBreaker:
    for webhook in webhooks:
        breaker.record_failure(webhook, alone=alone, urgent=urgent, now=now, rng=FAR)
    return breaker


def test_five_failures_in_a_row_over_two_webhooks_are_an_outage() -> None:
    """Four are not, and five of a single webhook beside others are that webhook's own trouble."""
    assert not fail(CircuitBreaker(), *"abab").is_open
    assert not fail(CircuitBreaker(), *"aaaaaaaa").is_open
    assert fail(CircuitBreaker(), *"aaaab").is_open


def test_where_there_is_only_one_webhook_five_in_a_row_are_enough() -> None:
    """Nobody else could tell."""
    assert not fail(CircuitBreaker(), *"aaaa", alone=True).is_open
    assert fail(CircuitBreaker(), *"aaaaa", alone=True).is_open


def test_one_answer_begins_the_row_anew_and_ends_an_outage_once() -> None:
    """Whoever is told that an outage has ended sweeps; so it is told one time."""
    breaker = fail(CircuitBreaker(), *"abab")
    assert not breaker.record_answer()
    assert not fail(breaker, *"abab").is_open
    assert fail(breaker, "a").is_open
    assert breaker.record_answer()
    assert not breaker.record_answer()
    assert not breaker.is_open


def test_probes_are_15_to_45_seconds_apart_and_one_at_a_time() -> None:
    """While one is under way no other is due."""
    breaker = fail(CircuitBreaker(), *"aaaab", now=100.0)
    gaps = []
    for _ in range(200):
        gaps.append(breaker.probe_at - 100.0)
        breaker.start_probe()
        assert breaker.probe_at == float("inf")
        fail(breaker, "a", now=100.0)
    assert 15.0 <= min(gaps) < 18.0 and 42.0 < max(gaps) <= 45.0


def test_after_suspend_one_probe_goes_at_once_and_the_next_ones_soon() -> None:
    """It is no outage yet, and a network that takes some seconds to come back is not waited for half a minute."""
    breaker = fail(CircuitBreaker(), *"aaaab")
    breaker.open_after_suspend(50.0)
    assert breaker.is_open and breaker.in_doubt
    assert breaker.probe_at == 50.0
    for n in range(1, OFFLINE_AFTER):
        fail(breaker, "a", now=50.0)
        assert breaker.is_open and not breaker.in_doubt
        assert 1.0 <= breaker.probe_at - 50.0 <= 1.0 + 2.0**n
    fail(breaker, "a", now=50.0)
    assert breaker.probe_at - 50.0 >= 15.0


def test_where_somebody_waits_the_first_probes_follow_within_seconds() -> None:
    """Nothing is shown yet, or runs go on: a server that is back after a moment is found, one that stays away is left alone."""
    breaker = fail(CircuitBreaker(), *"aaaa")
    for n in range(OFFLINE_AFTER):
        fail(breaker, "b", urgent=True, now=50.0)
        assert 1.0 <= breaker.probe_at - 50.0 <= 1.0 + 2.0**n
    for _ in range(50):
        fail(breaker, "b", urgent=True, now=50.0)
        assert 15.0 <= breaker.probe_at - 50.0 <= 45.0


def error(kind: type[CordageError]) -> CordageError:
    return kind("list runs", SafeText("why"), delivery=Delivery.ANSWERED)


@pytest.mark.parametrize("kind", [ConnectFailed, RequestTimeout, ConnectionLost])
def test_where_no_answer_came_the_server_is_not_reached(kind: type[CordageError]) -> None:
    """These count, and end no outage."""
    assert counts_as_outage(error(kind)) and not is_answer(error(kind))


@pytest.mark.parametrize("kind", [NotFound, RateLimited, RequestRejected, ServerError, UnexpectedResponse])
def test_an_answer_is_one_although_it_is_a_no(kind: type[CordageError]) -> None:
    """Lists that nobody can read are no reason to keep prompts back: they may be all that does not work."""
    assert is_answer(error(kind)) and not counts_as_outage(error(kind))


def test_an_answer_is_one_although_our_disk_is_full() -> None:
    """It came."""
    assert is_answer(StoreError("the disk")) and not counts_as_outage(StoreError("the disk"))


@pytest.mark.parametrize("kind", [AuthenticationFailed, InvalidRequest])
def test_what_was_never_sent_says_nothing(kind: type[CordageError]) -> None:
    """It neither begins an outage nor ends one."""
    assert not is_answer(error(kind)) and not counts_as_outage(error(kind))
