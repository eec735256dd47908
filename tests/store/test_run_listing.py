"""Runs one by one: what the command line lists."""

import pytest

from cordage_tui.domain.run import BatchSource, Status
from cordage_tui.store.run_listing import RunFilter


@pytest.fixture
def listing(store, clock, told):
    """Ten runs of two webhooks, a minute apart, the last the newest, and a folded batch of two newer still."""
    for n in range(10):
        word = ("completed", "failed")[n % 2]
        run = told(f"{n:08x}-run", word, created_at=clock.now + 60 * n)
        store.runs.seed("p", [(f"wh_{'ab'[n % 2]}", run, {"prompt": f"Fox {n}"})])
    clock.now += 600
    store.batches.submit("p", "wh_a", BatchSource("foxes"), [{"prompt": "one"}, {"prompt": "two"}])
    store.runs.seed("other", [("wh_a", told("x"), {"prompt": "not ours to see"})])
    return store.listing


def prompts(listing, **wanted):
    return [row.prompt for row in listing.newest(RunFilter("p", **wanted))]


def test_the_newest_come_first_and_members_of_a_batch_are_runs_like_any(listing):
    """Scripts count runs: the line of a batch is none, and its members are, folded or not."""
    assert prompts(listing, limit=4) == ["one", "two", "Fox 9", "Fox 8"]
    assert len(prompts(listing)) == 12


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"webhook_key": "wh_b"}, [9, 7, 5, 3, 1]),
        ({"statuses": frozenset({Status.FAILED})}, [9, 7, 5, 3, 1]),
        ({"text": "fOX 7"}, [7]),
        ({"text": "00000004-RUN"}, [4]),
        ({"webhook_key": "wh_a", "limit": 2, "text": "fox"}, [8, 6]),
    ],
)
def test_each_filter_leaves_out_what_it_says(listing, wanted, expected):
    """Webhook, status, text and the number of rows, alone and together."""
    assert prompts(listing, **wanted) == [f"Fox {n}" for n in expected]


def test_ages_are_bounds(listing, clock):
    """From the younger bound on, and before the older one."""
    start = clock.now - 600
    between = {"created_after": start + 120, "created_before": start + 240}
    assert prompts(listing, **between) == ["Fox 3", "Fox 2"]


def test_a_run_is_found_by_the_beginning_of_its_id(listing):
    """A prefix finds the runs of the profile that begin with it, in order, at most `limit`."""
    found = listing.beginning_with("p", "0000000")
    assert [r.run_id for r in found] == [f"{n:08x}-run" for n in range(10)]
    assert len(listing.beginning_with("p", "0000", limit=3)) == 3
    assert listing.beginning_with("p", "x") == []


def test_a_row_is_found_by_its_number_unless_it_is_a_batch(listing):
    """What has no run yet can be named too; the line of a batch is no run."""
    member = listing.newest(RunFilter("p", limit=1))[0]
    assert listing.row(member.id) == member
    assert member.batch is not None
    assert listing.row(member.batch) is None
