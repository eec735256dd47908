"""Tags of runs: stored, counted, and found by the filter."""

from collections.abc import Callable

import pytest

from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.filter.expression import FilterField
from cordage_tui.domain.run import RemoteRun, RowId, RunQuery, SortKey
from cordage_tui.domain.tag import parse_tag_change
from cordage_tui.store.runs.filter_counts import FilterCounts
from cordage_tui.store.store import Store
from tests.store.conftest import NOON, Stores
from tests.tries import accept


@pytest.fixture
def rows(store: Store, remote_run: Callable[..., RemoteRun]) -> list[RowId]:
    """Three completed runs, the newest first."""
    store.runs.merge("p", "wh", [remote_run(f"r{n}", "completed", created_at=NOON - n) for n in range(3)])
    return [row.id for row in store.query.window(RunQuery("p"), 0, 10)]


def tag(store: Store, rows: list[RowId], change: str) -> int:
    return store.tags.change(rows, parse_tag_change(change.split()))


def found(store: Store, text: str, sort: SortKey = SortKey.CREATED) -> list[RowId]:
    query = RunQuery("p", text=text, sort=sort)
    shown = [row.id for row in store.query.window(query, 0, 10)]
    assert store.query.count(query) == len(shown)
    return shown


def test_tags_are_added_and_removed(store: Store, rows: list[RowId]) -> None:
    """Only runs whose tags differ count as changed, and a row shows its tags in alphabetical order."""
    assert tag(store, rows[:2], "sea Best") == 2
    assert tag(store, rows, "best -sea") == 3
    assert tag(store, rows, "best -sea") == 0
    assert tag(store, rows[:1], "alps") == 1
    assert [row.tags for row in store.query.window(RunQuery("p"), 0, 10)] == [("alps", "best"), ("best",), ("best",)]
    assert store.tags.counts("p") == {"best": 3, "alps": 1}
    assert store.tags.counts("other") == {}
    assert store.tags.of_rows(rows[1:]) == {rows[1]: {"best"}, rows[2]: {"best"}}


@pytest.mark.parametrize("sort", [SortKey.CREATED, SortKey.STATUS, SortKey.PROMPT])
def test_runs_are_found_by_their_tags(store: Store, rows: list[RowId], sort: SortKey) -> None:
    """Runs are found by the whole tag in its field or by a part of it as text, also after a change."""
    assert found(store, "tag:best", sort) == []
    tag(store, rows[:2], "best")
    tag(store, rows[1:], "bestial")
    assert set(found(store, "tag:best", sort)) == set(found(store, "t:BEST", sort)) == set(rows[:2])
    assert set(found(store, "tag:best tag:bestial", sort)) == {rows[1]}
    assert set(found(store, "tag:best,bestial -tag:best", sort)) == {rows[2]}
    assert set(found(store, "estia", sort)) == set(rows[1:])
    assert set(found(store, "r0 best", sort)) == {rows[0]} and found(store, "r0 bestial", sort) == []
    tag(store, rows[1:], "-best -bestial")
    assert set(found(store, "is:tagged", sort)) == set(found(store, "has:tag", sort)) == {rows[0]}
    assert set(found(store, "-is:tagged", sort)) == set(rows[1:])


def test_tags_are_offered_with_their_counts(store: Store, rows: list[RowId]) -> None:
    tag(store, rows[:2], "best sea")
    tag(store, rows[:1], "-sea")
    assert store.query.filters.vocabulary({}).tags == ("best", "sea")
    counts = FilterCounts(store.database, "p", None, {"wh": "Sunset"})
    assert [*counts.of(FilterField.TAG)] == [{"best": 2, "sea": 1}]
    assert next(counts.of(FilterField.IS))["tagged"] == 2


def test_every_window_hears_of_a_tag_and_only_of_news(stores: Stores, rows: list[RowId]) -> None:
    first, other = stores.opened[0], stores.open()
    notices: list[frozenset[RowId]] = []
    other.changes.subscribe(notices.append)
    for _ in range(2):
        tag(first, rows[:1], "best")
        other.changes.poll_others()
    assert notices == [frozenset(rows[:1])]


def test_the_line_of_a_batch_stands_for_its_runs(store: Store) -> None:
    line = store.batches.submit("p", "wh", BatchSource("animals"), [{"prompt": "a fox"}, {"prompt": "an owl"}])
    members = store.batches.members(line)
    assert tag(store, [line], "best") == 2
    shown = {row.id: row.tags for row in store.rows.many([line, *members])}
    assert shown == {line: (), **dict.fromkeys(members, ("best",))}
    assert store.tags.of_rows([line]) == {line: {"best"}}


def test_tags_stay_with_their_run_when_that_turns_out_to_be_ours(
    store: Store, remote_run: Callable[..., RemoteRun]
) -> None:
    """A run seen as a stranger's and tagged, then recognised as the answer to a prompt of this machine."""
    own_row = store.outbox.submit("p", "wh", {"prompt": "fox"})
    store.outbox.claim("p")
    store.runs.merge("p", "wh", [remote_run("r1", "completed")])
    stranger = next(row.id for row in store.query.window(RunQuery("p"), 0, 10) if row.run_id == "r1")
    tag(store, [stranger], "best")
    accept(store, own_row, remote_run("r1", "completed"))
    assert store.tags.of_rows([own_row]) == {own_row: {"best"}}
