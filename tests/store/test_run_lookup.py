"""Rows picked out by their ids: each question is answered for exactly those that are still there."""

import pytest

from cordage_tui.domain.run import RowId, RunQuery, Status
from cordage_tui.domain.safe_text import SafeText

NOON = 1_700_000_000.0
URL = "https://x/{}.png"


@pytest.fixture
def picked(store, remote_run):
    """Return a store, and its rows by run id.

    Two are active, one completed with outputs and one without, one failed with a reason and one without, and one is a
    prompt of ours.
    """
    runs = [
        remote_run("going", "running"),
        remote_run("told", "completed", outputs=(URL.format(1), URL.format(2)), created_at=NOON + 1),
        remote_run("untold", "completed", created_at=NOON + 2),
        remote_run("reason", "failed", error=SafeText("node 3"), created_at=NOON + 3),
        remote_run("none", "failed", created_at=NOON + 4),
        remote_run("paused", "paused", created_at=NOON + 5),
        remote_run("late", "completed", outputs=(URL.format("\x1b[2J"),), created_at=NOON + 6),
    ]
    store.runs.seed("p", [("wh_a", run, None) for run in runs])
    store.outbox.submit("p", "wh_a", {"prompt": "fox"})
    rows = {row.run_id: row.id for row in store.query.window(RunQuery("p"), 0, 100)}
    return store.run_lookup, rows


def test_rows_come_in_the_order_asked_for(store, picked):
    """Rows come in the requested order, and deleted ones are skipped."""
    _, rows = picked
    wanted = [rows["told"], RowId(999), rows["going"], rows["late"]]
    assert [row.run_id for row in store.rows.many(wanted)] == ["told", "going", "late"]


def test_statuses_are_told_of_any_number(picked):
    """More ids than SQLite takes question marks."""
    store, rows = picked
    statuses = store.statuses([*rows.values(), *map(RowId, range(1_000, 300_000))])
    assert statuses.keys() == set(rows.values())
    assert statuses[rows["paused"]] is Status.OTHER and statuses[rows[None]] is Status.QUEUED


def test_a_read_could_tell_more_of_these_only(picked):
    """A read can only add to active runs, and to ended ones with an unknown outcome."""
    store, rows = picked
    assert [row.run_id for row in store.untold(rows.values())] == ["paused", "none", "untold", "going"]


def test_ids_and_outputs_are_those_of_the_newest_run_first(picked):
    """Ids and outputs are those of the newest run first; rows without any are skipped, and URLs are safe text."""
    store, rows = picked
    assert store.run_ids([rows["going"], rows["told"], rows[None]]) == ["told", "going"]
    assert store.outputs(rows.values()) == [URL.format("␛[2J"), URL.format(1), URL.format(2)]


def test_outputs_to_be_fetched_are_raw_and_in_the_order_asked_for(picked):
    """Numbered from 1 in each run, as the server gave them: a changed address leads nowhere."""
    store, rows = picked
    refs = store.output_refs([rows["told"], rows["going"], rows["late"]])
    assert [(ref.row, ref.number, ref.url) for ref in refs] == [
        (rows["told"], 1, URL.format(1)),
        (rows["told"], 2, URL.format(2)),
        (rows["late"], 1, URL.format("\x1b[2J")),
    ]


def test_inputs_are_those_that_are_known_here(picked):
    """A run started elsewhere has none."""
    store, rows = picked
    assert store.inputs(rows.values()) == [{"prompt": "fox"}]


def test_counts_of_outputs_come_in_the_order_asked_for(picked):
    """Counts of outputs come in the requested order, also 0, and deleted rows are skipped."""
    store, rows = picked
    wanted = [rows["late"], rows["going"], RowId(999), rows["told"]]
    assert store.output_counts(wanted) == [(rows["late"], 1), (rows["going"], 0), (rows["told"], 2)]
