"""Budgets, windows, and their headers."""

import pytest

from cordage_tui.simulator.rate_limits import Budget, HeaderMode, Limiter, LimitPlan, RateWindow, RetryHint


def test_a_fixed_window_gives_everything_back_at_once():
    """A fixed window opens with the first call, and returns all calls when it turns."""
    limiter = Limiter(LimitPlan(read=3))
    readings = [limiter.draw("k", Budget.READ, at) for at in (100.0, 130.0, 159.5, 159.9, 160.0)]
    assert [reading.allowed for reading in readings] == [True, True, True, False, True]
    assert [reading.remaining for reading in readings] == [2, 1, 0, 0, 2]
    assert [reading.reset_s for reading in readings] == [60, 30, 1, 1, 60]


def test_a_sliding_window_gives_calls_back_one_by_one():
    """Each call is given back a window after it was made."""
    limiter = Limiter(LimitPlan(read=2, window=RateWindow.SLIDING))
    readings = [limiter.draw("k", Budget.READ, at) for at in (100.0, 130.0, 159.0, 160.0, 161.0, 190.0)]
    assert [reading.allowed for reading in readings] == [True, True, False, True, False, True]
    assert readings[2].reset_s == 1
    assert readings[4].reset_s == 29


def test_keys_and_budgets_do_not_share():
    """Each API key has its own three budgets; other programs can spend from one."""
    limiter = Limiter(LimitPlan(trigger=1, read=1, kill=1))
    assert all(limiter.draw(key, budget, 0.0).allowed for key in "ab" for budget in Budget)
    assert not limiter.draw("a", Budget.KILL, 1.0).allowed
    limiter.spend("c", Budget.READ, 5, 0.0)
    assert limiter.budget_state("c", Budget.READ, 1.0).remaining == 0
    assert not limiter.draw("c", Budget.READ, 1.0).allowed


def test_header_modes():
    """Headers can be missing, be nonsense, lie, or give the reset as an epoch time."""
    limiter = Limiter(LimitPlan())
    reading = limiter.draw("k", Budget.TRIGGER, 1_000.5)

    def said(mode):
        limiter.plan = LimitPlan(headers=mode)
        return [text for _, text in limiter.headers(reading, 1_000.5)]

    assert said(HeaderMode.DOCUMENTED) == ["60", "59", "60"]
    assert said(HeaderMode.MISSING) == []
    assert said(HeaderMode.LYING) == ["60", "60", "5400"]
    assert said(HeaderMode.EPOCH) == ["60", "59", "1061"]
    nonsense = {text for _ in range(10) for text in said(HeaderMode.MALFORMED)}
    assert len(nonsense) == 10
    assert not any(text.isascii() and text.isdigit() and len(text) < 7 for text in nonsense)


@pytest.mark.looptime
@pytest.mark.parametrize(
    ("hint", "in_body", "in_header"),
    [
        (RetryHint.BODY, 60, None),
        (RetryHint.HEADER, None, "60"),
        (RetryHint.BOTH, 60, "60"),
        (RetryHint.NEITHER,) + (None,) * 2,
    ],
)
async def test_where_a_429_says_how_long_to_wait(serving, hint, in_body, in_header):
    """A 429 has its wait in the body, in Retry-After, in both or in neither."""
    async with serving(limits=LimitPlan(read=1, retry=hint)) as rig:
        await rig.list()
        refused = await rig.list()
    assert refused.status_code == 429
    assert refused.json().get("retry_after") == in_body
    assert refused.headers.get("Retry-After") == in_header


@pytest.mark.looptime
async def test_malformed_headers_get_through_the_wire(serving):
    """Malformed headers reach the client unchanged, with a good answer."""
    async with serving(limits=LimitPlan(headers=HeaderMode.MALFORMED)) as rig:
        answers = [await rig.list() for _ in range(10)]
    remaining = {answer.headers["X-RateLimit-Remaining"] for answer in answers}
    assert {"nan", "-5", "60, 59", "", "1_0"} <= remaining
    assert all(answer.status_code == 200 for answer in answers)
