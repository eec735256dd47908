"""A database of every released schema is brought up to date with nothing lost (FAULTS.md C 153)."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cordage_tui.domain.outbox import OutboxState
from cordage_tui.domain.run import RunQuery, SortKey
from cordage_tui.domain.status import Status
from cordage_tui.store import Store
from cordage_tui.store.schema import STEPS
from tests.store.conftest import Stores

SCHEMAS = Path(__file__).parent / "schemas"


@pytest.fixture(params=range(1, len(STEPS)))
def migrated(request: pytest.FixtureRequest, stores: Stores) -> Store:
    """The store that a database of an older schema becomes; there is one file for each released schema."""
    stores.path.parent.mkdir(mode=0o700)
    stores.path.touch(mode=0o600)
    with closing(sqlite3.connect(stores.path)) as old:
        old.executescript((SCHEMAS / f"{request.param}.sql").read_text())
    return stores.open()


def test_every_row_is_there_as_it_was(migrated: Store) -> None:
    """Each prompt is in the state it was in, and each run looks as it did."""
    assert migrated.notice is None
    shown = {row.prompt or row.run_id: row.status for row in migrated.query.window(RunQuery("studio"), 0, 50)}
    assert shown == {
        "a lighthouse in fog": Status.COMPLETED,
        "run-elsewhere": Status.RUNNING,
        "an uncertain fox": Status.UNCERTAIN,
        "a rejected owl": Status.REJECTED,
        "a held heron": Status.HELD,
        "in flight when the power went": Status.SENDING,
        "queued one": Status.QUEUED,
        "queued two": Status.QUEUED,
    }
    assert migrated.prompts.draft("studio", "wh_sunset") == {"prompt": "half a thou"}
    assert migrated.settings.get("theme") == "cordage-light"


@pytest.mark.parametrize("sort", SortKey)
def test_every_order_and_every_count_agree(migrated: Store, sort: SortKey) -> None:
    """The tallies were made anew with the rows, and every index holds every row."""
    query = RunQuery("studio", sort=sort)
    rows = migrated.query.window(query, 0, 50)
    assert len(rows) == migrated.query.count(query) == migrated.query.tallies("studio")["wh_sunset"].total
    assert [migrated.query.index_of(query, row.id) for row in rows] == list(range(len(rows)))
    assert {row.run_id for row in migrated.query.active("studio")} == {"run-elsewhere"}


def test_the_queue_goes_on_in_its_old_order(migrated: Store) -> None:
    """What was in flight becomes uncertain, and what was queued is sent, the oldest first."""
    assert migrated.outbox.recover("studio") == 1
    assert migrated.queue.counts("studio") == {
        OutboxState.QUEUED: 2,
        OutboxState.HELD: 1,
        OutboxState.UNCERTAIN: 2,
    }
    sent = [migrated.outbox.claim("studio") for _ in range(2)]
    assert [out.inputs["prompt"] for out in sent if out] == ["queued one", "queued two"]
