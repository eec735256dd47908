"""What is saved from a damaged database, and what becomes of the halves of rows."""

import sqlite3
from contextlib import closing

import pytest

from cordage_tui.domain.outbox import OutboxState
from cordage_tui.domain.run import RunQuery
from cordage_tui.store.salvage import salvage

ALL = RunQuery("p")


@pytest.fixture
def saved(stores, tmp_path):
    """Salvages the store's file, after `spoil` has been executed in it, into a fresh one and opens that."""

    def run(*spoil):
        for store in stores.opened:
            store.close()
        damaged = stores.path
        stores.path = tmp_path / "fresh" / "cordage.db"
        stores.open().close()
        with closing(sqlite3.connect(damaged, isolation_level=None)) as old:
            for statement in spoil:
                old.execute(statement)
            with closing(sqlite3.connect(stores.path, isolation_level=None)) as fresh:
                salvage(old, fresh)
        return stores.open()

    return run


@pytest.mark.parametrize("held", [True, False])
def test_a_prompt_without_inputs_is_never_sent(store, saved, held):
    """A queued or held submission whose inputs are lost shows as rejected with the reason; an empty one is not sent instead."""
    row = store.outbox.submit("p", "wh_a", {"prompt": "a fox"})
    if held:
        store.outbox.settle(row, OutboxState.HELD, "x")
    store = saved("DELETE FROM details")
    assert store.outbox.release_held("p") == 0
    assert store.outbox.claim("p") is None
    detail = store.query.detail(row)
    assert (detail.row.status.value, detail.row.prompt) == ("rejected", "a fox")
    assert "could not be read" in detail.error
    assert store.outbox.drop(row)


def test_sending_stays_in_doubt_without_its_inputs(store, saved):
    """What was being sent may be running, so it becomes uncertain even when its inputs are lost."""
    row = store.outbox.submit("p", "wh_a", {"prompt": "a fox"})
    store.outbox.claim("p")
    store = saved("DELETE FROM details")
    assert store.outbox.recover("p") == 1
    assert store.query.row(row).status.value == "uncertain"


def test_a_submission_without_its_line_gets_one(store, saved, told):
    """With the table's rows lost, every submission still shows, in its state, and can be sent; a sent one shows as lost."""
    sent, queued = store.outbox.submit("p", "wh_a", {"prompt": "a"}), store.outbox.submit("p", "wh_a", {"prompt": "b"})
    store.outbox.claim("p")
    store.outbox.accept(sent, told("r1"))
    store = saved("DELETE FROM runs")
    assert {r.id: r.status.value for r in store.query.window(ALL, 0, 9)} == {sent: "lost", queued: "queued"}
    assert store.outbox.claim("p").inputs == {"prompt": "b"}


def test_nonsense_rows_are_left_behind(store, saved):
    """A row that breaks the schema does not keep the others from being saved."""
    keep = store.outbox.submit("p", "wh_a", {"prompt": "a"})
    store = saved(
        "CREATE TABLE loose AS SELECT * FROM drafts",
        "INSERT INTO loose VALUES (NULL, 'wh_a', '{}'), ('p', 'wh_a', '{\"prompt\":\"half\"}')",
        "DROP TABLE drafts",
        "ALTER TABLE loose RENAME TO drafts",
    )
    assert store.query.row(keep) is not None
    assert store.prompts.draft("p", "wh_a") == {"prompt": "half"}


def test_a_missing_table_costs_only_itself(store, saved):
    """When one table cannot be found at all the others are saved."""
    row = store.outbox.submit("p", "wh_a", {"prompt": "a"})
    store = saved("DROP TABLE history")
    assert store.outbox.claim("p").row == row
