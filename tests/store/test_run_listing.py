"""Runs one by one, as the command line lists them."""

import json

import pytest

from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.run import Status
from cordage_tui.domain.run_json import RowWriter, row_object
from cordage_tui.domain.safe_text import one_line
from cordage_tui.store.runs.run_listing import RunFilter
from cordage_tui.store.runs.run_lookup import RunRows


@pytest.fixture
def listing(store, clock, remote_run):
    """Ten runs of two webhooks, a minute apart, the last the newest, and a folded batch of two newer still."""
    for n in range(10):
        word = ("completed", "failed")[n % 2]
        run = remote_run(f"{n:08x}-run", word, created_at=clock.now + 60 * n)
        store.runs.seed("p", [(f"wh_{'ab'[n % 2]}", run, {"prompt": f"Fox {n}"})])
    clock.now += 600
    store.batches.submit("p", "wh_a", BatchSource("foxes"), [{"prompt": "one"}, {"prompt": "two"}])
    store.runs.seed("other", [("wh_a", remote_run("x"), {"prompt": "not ours to see"})])
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
    """The lower bound of the age is included, and the upper one is not."""
    start = clock.now - 600
    between = {"created_after": start + 120, "created_before": start + 240}
    assert prompts(listing, **between) == ["Fox 3", "Fox 2"]


def test_a_run_is_found_by_the_beginning_of_its_id(listing):
    """A prefix finds the runs of the profile that begin with it, in order, at most `limit`."""
    matches = listing.beginning_with("p", "0000000")
    assert [r.run_id for r in matches] == [f"{n:08x}-run" for n in range(10)]
    assert len(listing.beginning_with("p", "0000", limit=3)) == 3
    assert listing.beginning_with("p", "x") == []


def test_a_row_is_found_by_its_number_unless_it_is_a_batch(listing):
    """A row is found by its number, also without a run; the line of a batch is not."""
    member = listing.newest(RunFilter("p", limit=1))[0]
    rows = RunRows(listing._database)
    assert rows.run(member.id) == member
    assert member.batch is not None
    assert rows.run(member.batch) is None


NASTY = (
    "  a\t fox\r\n",
    "\x1b]0;pwned\x07",
    "\u202egnp.exe",
    "x" * 900,
    "é  è",
    "a \u3000 b",
    '"\\',
    "\x7f",
    " ",
    "a  b",
)


def test_a_list_as_json_is_that_of_its_rows(listing, store, clock):
    """A list as JSON equals that of its rows, for any texts and times in the database."""
    connection = store.database._connection
    for n, prompt in enumerate(NASTY):
        connection.execute(
            "INSERT INTO runs (profile, webhook, run_id, status, word, prompt, search, created_at, started_at, ended_at,"
            " output_count, sent_at, matched) VALUES ('p', ?, ?, ?, ?, ?, '', ?, ?, ?, ?, ?, ?)",
            (
                *(f"wh_{n % 3}", None if n % 4 == 0 else f"n{n}", ("other", "running", "failed", "rejected")[n % 4]),
                *(
                    NASTY[-n],
                    prompt,
                    clock.now + n / 7,
                    None if n % 2 else clock.now + n,
                    clock.now + 9 if n % 3 else None,
                ),
                *(n, clock.now + n / 3 if n % 5 else None, (None, "time", "guess", "user")[n % 4]),
            ),
        )
    for wanted in (
        RunFilter("p"),
        RunFilter("p", limit=3),
        RunFilter("p", text="nothing"),
        RunFilter("p", webhook_key="wh_1"),
    ):
        texts = listing.newest_json(wanted, RowWriter(str.upper, clock.now + 10))
        rows = listing.newest(wanted)
        objects = [row_object(row, row.webhook_key.upper(), clock.now + 10) for row in rows]
        expected = [{**item, "parent": None} for item in objects]  # which a list tells besides
        assert json.dumps(json.loads(f"[{', '.join(texts)}]")) == json.dumps(expected)
        assert all(row.prompt == one_line(row.prompt) for row in rows)
    assert json.dumps(expected).isascii()


def test_the_rows_of_a_long_list_are_all_written(store, remote_run):
    """All rows of a long list are written once, in several texts."""
    store.runs.seed(
        "p", [("wh_a", remote_run(f"r{n}", created_at=n + 1.0), {"prompt": f"Fox {n}"}) for n in range(250)]
    )
    texts = store.listing.newest_json(RunFilter("p"), RowWriter(str, 300.0))
    assert [row["id"] for row in json.loads(f"[{', '.join(texts)}]")] == [f"r{n}" for n in reversed(range(250))]
