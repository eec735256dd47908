"""Frequent queries cost the same however large the database is: none reads a whole table."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cordage_tui.domain.run import RemoteRun, RowId, RunQuery, SortKey, Status
from cordage_tui.store.file.database import Database
from cordage_tui.store.runs.run_listing import RunFilter
from cordage_tui.store.store import Store
from tests.store.conftest import HeldClock
from tests.tries import accept


@pytest.fixture
def plans(store: Store, remote_run: Callable[..., RemoteRun]) -> Iterator[Callable[[], list[str]]]:
    """Return the query plan steps of every SELECT since the last call, with a history of twenty submissions and runs."""
    for n in range(20):
        row = store.outbox.submit("p", "wh_a", {"prompt": f"fox {n}"})
        store.outbox.claim("p")
        accept(store, row, remote_run(f"r{n}", "completed"))
    connection = store.database._connection
    statements: list[str] = []
    connection.set_trace_callback(statements.append)

    def explained() -> list[str]:
        connection.set_trace_callback(None)
        selects = [sql for sql in statements if sql.startswith("SELECT")]
        steps = [step[3] for sql in selects for step in connection.execute(f"EXPLAIN QUERY PLAN {sql}").fetchall()]
        statements.clear()
        connection.set_trace_callback(statements.append)
        return steps

    yield explained
    connection.set_trace_callback(None)


_TO_THE_QUEUE: dict[str, Callable[[Store], object]] = {
    "claimable": lambda store: store.outbox.next("p", {"wh_b"}),
    "claim": lambda store: store.outbox.claim("p"),
    "release": lambda store: store.outbox.release_held("p"),
    "recover": lambda store: store.outbox.recover("p"),
    "held": lambda store: store.queue.has_held("p"),
    "hold": lambda store: store.queue.hold("p", "why"),
    "waiting": lambda store: store.queue.waiting("p"),
    "waiting counted": lambda store: store.queue.counts("p"),
    "doubts": lambda store: store.uncertain.all("p"),
    "unclaimed": lambda store: store.uncertain.unclaimed("p", "wh_a", 0.0),
    "first seen": lambda store: store.uncertain.first_seen_since("p", "wh_a", RowId(0)),
    "stamps": lambda store: store.uncertain.stamps("p"),
    "neighbours": lambda store: store.uncertain.neighbours("p", "wh_a", RowId(3), 0.0, 1.0),
    "in flight": lambda store: store.uncertain.in_flight("p", "wh_a"),
    "twins": lambda store: store.outbox.submit("p", "wh_a", {"prompt": "fox 1"}),
}
_OF_THE_SCREEN: dict[str, Callable[[Store], object]] = {
    "active": lambda store: store.query.active("p"),
    "tallies": lambda store: store.query.tallies("p"),
    "detail": lambda store: store.query.detail(store.query.window(RunQuery("p"), 3, 1)[0].id),
    "history": lambda store: store.prompts.history("p", "wh_a"),
    "changes": lambda store: store.changes.since(store.changes.tail()),
    **{
        f"window by {sort}": lambda store, sort=sort: store.query.window(RunQuery("p", sort=sort), 5, 5)
        for sort in SortKey
    },
}


@pytest.mark.parametrize("name", [*_TO_THE_QUEUE, *_OF_THE_SCREEN])
def test_no_question_reads_a_whole_table(name: str, store: Store, plans: Callable[[], list[str]]) -> None:
    """No query of the queue or the screen scans a table, because submissions and runs are kept forever."""
    plans()
    (_TO_THE_QUEUE | _OF_THE_SCREEN)[name](store)
    steps = plans()
    assert steps
    # `page` is a subquery with a LIMIT, whose own steps stand there too.
    assert [step for step in steps if re.match(r"SCAN (?!CONSTANT|json_each|page$)", step)] == []


_LISTS = {
    "newest": RunFilter("p", limit=5),
    "of a webhook": RunFilter("p", webhook_key="wh_a", limit=5),
    "active": RunFilter("p", statuses=frozenset(status for status in Status if status.is_active), limit=5),
    "ended": RunFilter("p", statuses=frozenset(status for status in Status if status.is_final), limit=5),
    "rare": RunFilter("p", statuses=frozenset({Status.MISSING, Status.FAILED}), limit=5),
    "since": RunFilter("p", created_after=9e9, limit=5),
    "before": RunFilter("p", created_before=9e9, limit=5),
}


@pytest.mark.parametrize("name", _LISTS)
def test_a_list_of_the_newest_costs_the_same_however_long_the_history_is(
    name: str, store: Store, remote_run: Callable[..., RemoteRun]
) -> None:
    """A list of the newest runs costs the same with 20 and 400 runs, whether or not it finds as many as its limit."""
    spent = []
    for count in (20, 400):
        runs = [("wh_a", remote_run(f"r{n}", "completed", created_at=n), {"prompt": f"fox {n}"}) for n in range(count)]
        store.runs.seed("p", runs)
        steps: list[int] = []
        store.database._connection.set_progress_handler(lambda steps=steps: steps.append(1), 1)  # type: ignore[misc]
        store.listing.newest(_LISTS[name])
        store.database._connection.set_progress_handler(None, 0)
        spent.append(len(steps))
    assert spent[1] <= spent[0] + 20


@pytest.mark.parametrize("busy", [set(), {"wh_a"}])
def test_a_wake_of_the_sender_costs_the_same_however_many_wait(store: Store, busy: set[str]) -> None:
    """Finding the next prompt costs the same however many are queued, even if their only webhook is busy."""
    spent = []
    for count in (10, 90):
        for n in range(count):
            store.outbox.submit("p", "wh_a", {"prompt": f"fox {count} {n}"})
        steps: list[int] = []
        store.database._connection.set_progress_handler(lambda steps=steps: steps.append(1), 1)  # type: ignore[misc]
        store.outbox.next("p", busy)
        store.database._connection.set_progress_handler(None, 0)
        spent.append(len(steps))
    assert spent[1] <= spent[0] + 5


_OF_MANY: dict[str, Callable[[Store, list[RemoteRun]], object]] = {
    "merge": lambda store, runs: store.runs.merge("p", "wh_a", runs),
    "claim": lambda store, runs: store.outbox.next(
        "p", {run.run_id for run in runs}, set(map(RowId, range(len(runs)))), {run.run_id for run in runs}
    ),
    "positions": lambda store, runs: store.queue.positions("p", [RowId(n) for n in range(len(runs))]),
}


@pytest.mark.parametrize("name", _OF_MANY)
def test_a_question_about_many_is_one_statement_for_any_number(
    name: str, store: Store, remote_run: Callable[..., RemoteRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A query about many runs has the same SQL text for any number of them, because each cached statement takes up to 20
    KB."""
    store.outbox.submit("p", "wh_a", {"prompt": "a fox"})
    statements, rows = set[str](), Database.rows
    monkeypatch.setattr(Database, "rows", lambda self, sql, params=(): statements.add(sql) or rows(self, sql, params))
    statements_by_count = []
    for count in (2, 3, 9):
        statements.clear()
        _OF_MANY[name](store, [remote_run(f"r{count}-{n}") for n in range(count)])
        statements_by_count.append({*statements})
    two, three, nine = statements_by_count
    assert two == three == nine != set()


_AT_THE_START: dict[str, Callable[[Store], object]] = {
    "runs to poll": lambda store: store.active_runs.all("p"),
    "last queued": lambda store: store.queue.newest("p"),
    "durations": lambda store: store.past_durations.latest("p", "wh_a", 20),
    "first screen": lambda store: store.query.window(RunQuery("p"), 0, 20),
}


@pytest.fixture(scope="module")
def little_and_much(
    tmp_path_factory: pytest.TempPathFactory, remote_run: Callable[..., RemoteRun], private_clock: HeldClock
) -> list[Path]:
    """Databases of 50 and 550 runs, which are only read."""
    paths = {count: tmp_path_factory.mktemp("history") / "cordage.db" for count in (50, 550)}
    for count, path in paths.items():
        with closing(Store.open(path, private_clock)) as store:
            for n in range(count):
                row = store.outbox.submit("p", "wh_a", {"prompt": f"fox {n}"})
                store.outbox.claim("p")
                accept(store, row, remote_run(f"r{n}", "completed"))
    return [*paths.values()]


@pytest.mark.parametrize("name", _AT_THE_START)
def test_no_question_of_the_start_walks_the_history(name: str, little_and_much: list[Path], clock: HeldClock) -> None:
    """The queries of the start take about as many steps with 550 runs as with 50; a scan of a whole index would take more."""
    spent = []
    for path in little_and_much:
        steps: list[int] = []
        with closing(Store.open(path, clock)) as store:
            store.database._connection.set_progress_handler(lambda steps=steps: steps.append(1), 1)  # type: ignore[misc]
            _AT_THE_START[name](store)
            store.database._connection.set_progress_handler(None, 0)
        spent.append(len(steps))
    assert spent[1] <= spent[0] * 1.2


@pytest.mark.parametrize("text", ["fox", "is:kept", "status:failed ended:today", "-seed:12 | is:slow"])
def test_of_a_change_only_the_rows_that_changed_are_looked_at(
    text: str, store: Store, plans: Callable[[], list[str]]
) -> None:
    """The table under a filter does not look at all rows of the profile, through whichever index."""
    query = RunQuery("p", text=text)
    store.query.ids(query)
    (row, *_) = store.query.window(RunQuery("p"), 0, 1)
    store.ratings.decide([(row.id, 1)], True)
    plans()
    store.query.count(query)
    steps = [step for step in plans() if " runs " in f"{step} "]
    others = [step for step in steps if "INTEGER PRIMARY KEY" not in step]
    assert steps and others == []


def test_unlisted_runs_cost_the_same_however_long_the_history_is(
    store: Store, remote_run: Callable[..., RemoteRun]
) -> None:
    """The few runs that no list names are found without a read of the many that lists name: each poll asks for them."""
    spent = []
    for count in (20, 400):
        store.runs.seed("p", [("wh_a", remote_run(f"r{n}", "completed"), {"prompt": "fox"}) for n in range(count)])
        steps: list[int] = []
        store.database._connection.set_progress_handler(lambda steps=steps: steps.append(1), 1)  # type: ignore[misc]
        store.unlisted.all("p")
        store.database._connection.set_progress_handler(None, 0)
        spent.append(len(steps))
    assert spent[1] <= spent[0] + 5
