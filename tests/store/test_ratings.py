"""The user's ratings of outputs, and the runs found by them."""

from collections.abc import Callable

import pytest

from cordage_tui.domain.output import Rating
from cordage_tui.domain.run import RemoteRun, RowId, RunQuery, SortKey
from cordage_tui.store.store import Store
from tests.store.conftest import NOON, Stores
from tests.tries import accept


@pytest.fixture
def rows(store: Store, remote_run: Callable[..., RemoteRun]) -> list[RowId]:
    """Three runs with two outputs each, the newest first, and one that failed."""
    runs = [
        remote_run(f"r{n}", "completed", created_at=NOON - n, outputs=(f"https://s/{n}/1.png", f"https://s/{n}/2.png"))
        for n in range(3)
    ]
    store.runs.merge("p", "wh", [*runs, remote_run("r3", "failed", created_at=NOON - 3)])
    return [row.id for row in store.query.window(RunQuery("p"), 0, 10)]


def found(store: Store, text: str, sort: SortKey = SortKey.CREATED) -> list[RowId]:
    query = RunQuery("p", text=text, sort=sort)
    shown = [row.id for row in store.query.window(query, 0, 10)]
    assert store.query.count(query) == len(shown)
    return shown


def test_decision_and_stars_stand_beside_each_other(store: Store, rows: list[RowId]) -> None:
    """Each is set and taken back without touching the other; nothing is left of an output that is undecided again."""
    output = (rows[0], 2)
    store.ratings.decide([output], True)
    store.ratings.rate([output], 4)
    assert store.ratings.of(rows[0]) == {2: Rating(True, 4)}
    store.ratings.decide([output], None)
    assert store.ratings.of(rows[0]) == {2: Rating(None, 4)}
    store.ratings.rate([output], 0)
    assert store.ratings.all() == {}


def test_many_are_decided_in_one_go(store: Store, rows: list[RowId]) -> None:
    """Many outputs are decided together, and only rated ones are returned."""
    store.ratings.decide([(rows[0], 1), (rows[1], 2)], False)
    assert store.ratings.of_rows(rows[1:]) == {rows[1]: {2: Rating(False)}}
    assert set(store.ratings.all()) == {rows[0], rows[1]}


def rated(store: Store, row: RowId) -> tuple[bool | None, int]:
    """What the table says of a row."""
    [shown] = [shown for shown in store.query.window(RunQuery("p"), 0, 10) if shown.id == row]
    return shown.kept, shown.stars


def test_a_row_says_what_was_decided_about_its_outputs(store: Store, rows: list[RowId]) -> None:
    """It is kept with one kept output, and rejected once all its outputs are; its stars are the most of one output."""
    row = rows[0]
    seen = [rated(store, row)]
    for number, kept in ((1, False), (2, False), (2, True), (2, None)):
        store.ratings.decide([(row, number)], kept)
        seen.append(rated(store, row))
    assert seen == [(None, 0), (None, 0), (False, 0), (True, 0), (None, 0)]
    for number, stars in ((1, 3), (2, 5), (2, 0), (1, 0)):
        store.ratings.rate([(row, number)], stars)
        seen.append(rated(store, row))
    assert [stars for _, stars in seen[5:]] == [3, 5, 3, 0]


def test_more_outputs_than_were_decided_open_the_decision_again(
    store: Store, rows: list[RowId], remote_run: Callable[..., RemoteRun]
) -> None:
    """A run that was rejected as a whole is undecided again once another output of it is known."""
    store.ratings.decide([(rows[0], 1), (rows[0], 2)], False)
    outputs = tuple(f"https://s/0/{n}.png" for n in (1, 2, 3))
    store.runs.merge("p", "wh", [remote_run("r0", "completed", created_at=NOON, outputs=outputs)])
    assert rated(store, rows[0]) == (None, 0)


def test_runs_are_ordered_by_decision_and_by_stars(store: Store, rows: list[RowId]) -> None:
    """Kept ones come first, then undecided and then rejected ones; and the most stars come first."""
    store.ratings.decide([(rows[0], 1), (rows[0], 2)], False)
    store.ratings.decide([(rows[2], 1)], True)
    store.ratings.rate([(rows[1], 1)], 2)
    store.ratings.rate([(rows[3], 1)], 4)
    assert found(store, "", SortKey.DECISION) == [rows[2], rows[1], rows[3], rows[0]]
    assert found(store, "", SortKey.STARS) == [rows[3], rows[1], rows[0], rows[2]]


def test_every_window_hears_of_a_verdict_and_only_of_news(stores: Stores, rows: list[RowId]) -> None:
    """Every window is notified of a new decision, and the same decision again notifies none."""
    first, other = stores.opened[0], stores.open()
    notices: list[frozenset[RowId]] = []
    other.changes.subscribe(notices.append)
    for _ in range(2):
        first.ratings.decide([(rows[1], 1)], True)
        other.changes.poll_others()
    assert notices == [frozenset({rows[1]})]


def test_more_than_five_stars_are_a_bug(store: Store, rows: list[RowId]) -> None:
    """More than five stars raise ValueError, because no key gives them."""
    with pytest.raises(ValueError, match="6 stars"):
        store.ratings.rate([(rows[0], 1)], 6)


@pytest.mark.parametrize("sort", [SortKey.CREATED, SortKey.STATUS, SortKey.PROMPT])
def test_runs_are_found_by_what_was_thought_of_their_outputs(store: Store, rows: list[RowId], sort: SortKey) -> None:
    """Runs are found if one output meets all terms; undecided means an output without a decision."""
    store.ratings.decide([(rows[0], 1)], True)
    store.ratings.rate([(rows[0], 2)], 5)
    store.ratings.decide([(rows[1], 1), (rows[1], 2)], False)
    store.ratings.rate([(rows[1], 1)], 2)
    assert set(found(store, "is:kept", sort)) == {rows[0]}
    assert set(found(store, "is:rejected", sort)) == {rows[1]}
    assert set(found(store, "is:undecided", sort)) == {rows[0], rows[2]}
    assert set(found(store, "stars:2", sort)) == {rows[0], rows[1]}
    assert set(found(store, "stars:3", sort)) == {rows[0]}
    assert found(store, "is:kept stars:5", sort) == []
    assert set(found(store, "is:undecided stars:5", sort)) == {rows[0]}
    assert set(found(store, "r1 is:rejected", sort)) == {rows[1]} and found(store, "r0 is:rejected", sort) == []


def test_the_filter_follows_verdicts(store: Store, rows: list[RowId]) -> None:
    """A filter finds other runs after a decision."""
    assert found(store, "is:kept") == []
    store.ratings.decide([(rows[2], 2)], True)
    assert found(store, "is:kept") == [rows[2]]


def test_a_verdict_stays_with_its_run_when_that_turns_out_to_be_ours(
    store: Store, remote_run: Callable[..., RemoteRun]
) -> None:
    """A run seen as a stranger's and judged, then recognised as the answer to a prompt of this machine."""
    own_row = store.outbox.submit("p", "wh", {"prompt": "fox"})
    store.outbox.claim("p")
    store.runs.merge("p", "wh", [remote_run("r1", "completed", outputs=("https://s/1.png",))])
    stranger = next(row.id for row in store.query.window(RunQuery("p"), 0, 10) if row.run_id == "r1")
    store.ratings.decide([(stranger, 1)], True)
    accept(store, own_row, remote_run("r1", "completed", outputs=("https://s/1.png",)))
    assert store.ratings.all() == {own_row: {1: Rating(True)}}
