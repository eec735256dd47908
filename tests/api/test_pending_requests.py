"""Requests on the wire without an answer, and their ages."""

from cordage_tui.api.client import PendingRequests


def test_the_oldest_request_of_a_webhook_tells_the_age():
    """The oldest request of each webhook gives its age."""
    wire = PendingRequests()
    wire.add("a", 10.0)
    wire.add("a", 12.0)
    wire.add("b", 13.0)
    assert wire.ages(15.0) == {"a": 5.0, "b": 2.0}


def test_what_was_answered_is_not_waited_for():
    """A request that has ended is not pending, whatever its outcome."""
    wire = PendingRequests()
    wire.end(wire.add("a", 10.0))
    assert wire.ages(15.0) == {}


def test_a_request_that_was_overtaken_by_an_answer_does_not_count():
    """A request older than a later answer is not pending: the server answers, so it was lost, for example by suspend."""
    wire = PendingRequests()
    lost = wire.add("a", 10.0)
    wire.end(wire.add("a", 12.0))
    assert wire.ages(15.0) == {}
    wire.add("a", 14.0)
    assert wire.ages(15.0) == {"a": 1.0}
    wire.end(lost)
    assert wire.ages(15.0) == {"a": 1.0}
