"""A filter searches a long history step by step in a thread, and of a list that is complete it looks at changed rows only."""

import threading
from collections.abc import Callable, Iterator, Sequence

import pytest

from cordage_tui.domain.run import RemoteRun, RowId, RunQuery, SortKey
from cordage_tui.store.runs import filtered_rows
from cordage_tui.store.store import Store
from tests.store.conftest import NOON, HeldClock

SOON_S = 20.0
ORDERS = [(sort, descending) for sort in SortKey for descending in (False, True)]


@pytest.fixture(autouse=True)
def slices_of_seven(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few dozen runs are a long history."""
    monkeypatch.setattr(filtered_rows, "SLICE", 7)


@pytest.fixture
def history(store: Store, remote_run: Callable[..., RemoteRun]) -> Store:
    """Fifty runs, every third one of a fox, some in a folded batch, with equal times and prompts among them."""
    for n in range(50):
        word = ("completed", "failed", "running")[n % 3]
        times = {"created_at": NOON + n // 4, "completed_at": NOON + n // 4 + n % 5 if word != "running" else None}
        prompt = {"prompt": f"{'fox' if n % 3 else 'dog'} {n % 7}"}
        store.runs.merge("p", f"wh_{n % 2}", [remote_run(f"r{n}", word, inputs=prompt, **times)])
    with store.database.write() as write:
        write.execute("UPDATE runs SET folded = 1 WHERE id % 5 = 0")
    return store


def found(store: Store, query: RunQuery) -> Sequence[RowId]:
    """All rows of a query, as the table reads them once the search is over."""
    store.query.begin_search(query).finish()
    return [row.id for row in store.query.window(query, 0, 1_000)]


@pytest.mark.parametrize(("sort", "descending"), ORDERS)
def test_in_slices_the_same_is_found_as_at_once(
    sort: SortKey, descending: bool, history: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In every order, also where equal keys meet the end of a slice, and with the members of folded batches."""
    query = RunQuery("p", text="fox", sort=sort, descending=descending)
    sliced = found(history, query)
    monkeypatch.setattr(filtered_rows, "SLICE", 1_000)
    whole = found(history, RunQuery("p", text="FOX", sort=sort, descending=descending))
    assert sliced == whole
    assert len(sliced) == len(set(sliced)) == 33


def test_the_first_rows_are_there_before_the_last_are_looked_for(
    history: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest come first; the share that has been searched rises to the end."""
    query, release, first = RunQuery("p", text="fox"), threading.Event(), threading.Event()
    search = filtered_rows.SlicedSearch.slices

    def held(self: filtered_rows.SlicedSearch, *about: object) -> Iterator[object]:
        for number, found in enumerate(search(self, *about)):  # type: ignore[arg-type]
            if number == 1:
                first.set()
                release.wait(SOON_S)
            yield found

    monkeypatch.setattr(filtered_rows.SlicedSearch, "slices", held)
    assert 0 < history.query.count(query) < 33
    assert first.wait(SOON_S)
    assert 0 < (history.query.searched(query) or 0) < 1
    release.set()
    history.query.begin_search(query).finish()
    assert history.query.searched(query) is None and history.query.count(query) == 33


@pytest.mark.parametrize(("sort", "descending"), ORDERS)
def test_what_changes_afterwards_is_where_a_new_search_finds_it(
    sort: SortKey, descending: bool, history: Store, remote_run: Callable[..., RemoteRun]
) -> None:
    """Ended runs, new ones that match or do not, and one that is gone."""
    query = RunQuery("p", text="fox", sort=sort, descending=descending)
    found(history, query)
    ended = [remote_run(f"r{n}", "completed", created_at=NOON + n // 4, completed_at=NOON + 70 - n) for n in (2, 8, 14)]
    fresh = [
        remote_run(f"new{n}", inputs={"prompt": f"{kind} 3"}, created_at=NOON + 5)
        for n, kind in enumerate(("fox", "dog"))
    ]
    history.runs.merge("p", "wh_0", [*ended, *fresh])
    with history.database.write() as write:
        write.execute("DELETE FROM runs WHERE run_id = 'r1'")
        write.touch(RowId(2))
    again = RunQuery("p", text="Fox", sort=sort, descending=descending)
    followed = [row.id for row in history.query.window(query, 0, 1_000)]
    assert followed == found(history, again)
    assert len(followed) == 33


def test_a_filter_that_nothing_changes_is_not_searched_again(history: Store) -> None:
    """Another window's commits say which rows they changed; a health or a draft is none of them."""
    query = RunQuery("p", text="fox")
    found(history, query)
    search = history.query.begin_search(query)
    history.prompts.save_draft("p", "wh_0", {"prompt": "x"})
    assert history.query.searched(query) is None and history.query.begin_search(query) is search


def test_after_many_changes_it_begins_anew(
    history: Store, remote_run: Callable[..., RemoteRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    """To look them all up one by one would take longer than to search."""
    monkeypatch.setattr(filtered_rows, "MANY", 3)
    query = RunQuery("p", text="fox")
    found(history, query)
    search = history.query.begin_search(query)
    history.runs.merge("p", "wh_0", [remote_run(f"n{n}", inputs={"prompt": "fox"}) for n in range(10)])
    assert history.query.begin_search(query) is not search
    assert len(found(history, query)) == 43


def test_of_runs_since_a_time_only_those_are_searched(
    history: Store, clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first step reaches the end, also where one of two ways holds; one way of any age makes it search all."""
    clock.now = NOON + 13
    steps: list[object] = []
    search = filtered_rows.SlicedSearch.slices

    def counted(self: filtered_rows.SlicedSearch, *about: object) -> Iterator[object]:
        for found in search(self, *about):  # type: ignore[arg-type]
            steps.append(found)
            yield found

    monkeypatch.setattr(filtered_rows.SlicedSearch, "slices", counted)
    for text in ("since:2s", "fox since:2s", "(since:2s fox) | since:1s"):
        steps.clear()
        rows = found(history, RunQuery("p", text=text))
        assert len(steps) == 1, text
    assert {row.created_at for row in history.query.window(RunQuery("p", text="since:2s"), 0, 99)} == {
        NOON + 11,
        NOON + 12,
    }
    for text in ("fox | since:2s", "-since:2s"):
        steps.clear()
        assert len(found(history, RunQuery("p", text=text))) > len(rows)
        assert len(steps) > 1, text


def test_the_rows_of_the_filter_that_is_shown_are_kept_while_the_next_is_typed(history: Store) -> None:
    """Else each repaint of it would search anew, and so would the typed one."""
    shown, typed, third = (RunQuery("p", text=text) for text in ("fo", "fox", "fox 3"))
    found(history, shown)
    found(history, typed)
    searches = [history.query.begin_search(query) for query in (shown, typed)]
    assert [history.query.begin_search(query) for query in (shown, typed)] == searches
    found(history, third)
    assert history.query.begin_search(typed) is searches[1], "the one that was used last"
    assert history.query.begin_search(shown) is not searches[0]


def test_a_newer_filter_ends_the_search_of_the_older_one(history: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread does not finish what nobody waits for; the older filter begins anew if it comes back."""
    begun, release = threading.Event(), threading.Event()
    search = filtered_rows.SlicedSearch.slices

    def held(self: filtered_rows.SlicedSearch, *about: object) -> Iterator[object]:
        yield [], False
        begun.set()
        release.wait(SOON_S)
        yield from search(self, *about)  # type: ignore[arg-type]

    query = RunQuery("p", text="fox")
    with monkeypatch.context() as patch:
        patch.setattr(filtered_rows.SlicedSearch, "slices", held)
        older = history.query.begin_search(query)
        assert begun.wait(SOON_S)
        newer = history.query.begin_search(RunQuery("p", text="dog"))
    assert older.is_done and older.is_cancelled and not newer.is_done
    release.set()
    newer.finish()
    assert len(found(history, query)) == 33


@pytest.mark.parametrize(("sort", "descending"), ORDERS)
def test_the_next_match_is_found_from_any_row(sort: SortKey, descending: bool, history: Store) -> None:
    """From a match and from a row that is none, in every order; behind the last comes the first, and this is told."""
    query = RunQuery("p", text="fox", sort=sort, descending=descending)
    everything = found(history, RunQuery("p", text="r", sort=sort, descending=descending))
    matches = found(history, query)
    assert 0 < len(matches) < len(everything) == 50
    for at, row in enumerate(everything):
        later = [match for match in everything[at + 1 :] if match in matches]
        earlier = [match for match in everything[:at] if match in matches]
        assert history.query.beside(query, row, 1) == ((later or matches)[0], not later)
        assert history.query.beside(query, row, -1) == ((earlier or matches)[-1], not earlier)
    assert history.query.beside(query, matches[1], 3) == (matches[4], False)
    with history.database.write() as write:
        write.execute("DELETE FROM runs WHERE id = ?", (everything[-1],))
    assert history.query.beside(query, everything[-1], 1) is not None
    assert history.query.beside(RunQuery("p", text="zebra"), matches[0], 1) is None
