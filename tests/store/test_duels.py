"""Duels of outputs are on disk once judged, and go with their runs."""

from collections.abc import Callable

from cordage_tui.domain.duel import Duel, Winner
from cordage_tui.domain.run import RemoteRun, RowId, RunQuery
from tests.store.conftest import Stores
from tests.tries import accept


def test_a_duel_is_on_disk_and_every_window_hears_of_it(stores: Stores) -> None:
    """In the order in which they were judged; one that is taken back is gone."""
    mine, other = stores.open(), stores.open()
    rows = [mine.outbox.submit("p", "wh", {"prompt": f"{n}"}) for n in range(3)]
    other.changes.poll_others()
    heard: list[frozenset[RowId]] = []
    other.changes.subscribe(heard.append)
    mine.duels.judge((rows[0], 1), (rows[1], 2), Winner.LEFT)
    last = mine.duels.judge((rows[1], 2), (rows[2], 1), Winner.EQUAL)
    other.changes.poll_others()
    assert heard == [frozenset(rows)]
    first = Duel((rows[0], 1), (rows[1], 2), Winner.LEFT)
    assert other.duels.all() == [first, Duel((rows[1], 2), (rows[2], 1), Winner.EQUAL)]
    assert other.duels.take_back(last) and not mine.duels.take_back(last)
    assert mine.duels.all() == [first]


def test_a_duel_stays_with_its_run_when_that_turns_out_to_be_ours(
    stores: Stores, told: Callable[..., RemoteRun]
) -> None:
    store = stores.open()
    mine = store.outbox.submit("p", "wh", {"prompt": "fox"})
    store.outbox.claim("p")
    store.runs.merge("p", "wh", [told("r1", "completed", outputs=("https://s/1.png", "https://s/2.png"))])
    stranger = next(row.id for row in store.query.window(RunQuery("p"), 0, 10) if row.run_id == "r1")
    store.duels.judge((stranger, 1), (stranger, 2), Winner.RIGHT)
    accept(store, mine, told("r1", "completed", outputs=("https://s/1.png", "https://s/2.png")))
    assert store.duels.all() == [Duel((mine, 1), (mine, 2), Winner.RIGHT)]
