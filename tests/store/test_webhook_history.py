"""Statistics: counts of the last day and week, against a naive evaluator and against what their filters find."""

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cordage_tui.domain.run import RunQuery, Status
from cordage_tui.engine.history.webhook_statistics import WEEK_FILTER, statistics_of
from cordage_tui.store.store import Store
from cordage_tui.store.webhook_history import HOURS, StatisticsPass
from tests.store.conftest import NOON, HeldClock
from tests.tries import accept

STATUSES = [status for status in Status if status is not Status.BATCH]
RUNS = set(STATUSES) - {Status.QUEUED, Status.SENDING, Status.HELD, Status.UNCERTAIN, Status.REJECTED}
ERRORS = [f"Node {n} timed out" for n in range(5)] + ["out of memory", None]
NAMES = {"wh_a": "A", "wh_b": "B"}

_MADE = st.tuples(
    st.sampled_from([*NAMES, "wh_gone"]),
    st.sampled_from(STATUSES),
    st.one_of(st.floats(0, 26 * 3600), st.floats(0, 9 * 86_400), st.sampled_from([3600.0, 86_400.0, 7 * 86_400.0])),
    st.one_of(st.none(), st.floats(0, 1500), st.just(600.0)),  # ended so many seconds ago
    st.booleans(),  # in a folded batch
    st.sampled_from([None, 0, 1]),  # judgement of its output
    st.sampled_from(ERRORS),
)


def write(store: Store, made: list) -> None:
    """Put these rows into the database as they are."""
    database = store.database
    with database.write() as write:
        for table in ("verdicts", "runs", "details"):
            write.execute(f"DELETE FROM {table}")
        for webhook, status, age, ended, folded, kept, error in made:
            row = write.insert(
                "runs",
                {
                    "profile": "p",
                    "webhook": webhook,
                    "status": status.value,
                    "prompt": "",
                    "search": "\n\n",
                    "created_at": NOON - age,
                    "ended_at": None if ended is None else NOON - ended,
                    "folded": int(folded),
                    "output_count": 0 if kept is None else 2,
                },
            )
            write.insert("details", {"id": row, "error": error})
            if kept is not None:
                write.insert("verdicts", {"run": row, "number": 1, "kept": kept})
        write.touch(1)


def passed(store: Store) -> StatisticsPass:
    done = StatisticsPass(store.database, store.clock, "p", [*NAMES])
    while done.step():
        pass
    return done


@pytest.fixture
def one(stores) -> Store:
    return stores.open()


@settings(max_examples=60)
@given(made=st.lists(_MADE, max_size=40))
def test_counts_are_those_of_a_naive_evaluator_and_of_their_filters(made, tmp_path_factory) -> None:
    """Each figure that counts runs counts as many as its filter finds, of any history."""
    store = Store.open(tmp_path_factory.mktemp("data") / "cordage.db", HeldClock())
    try:
        write(store, made)
        for key, history in passed(store).histories.items():
            own = [row for row in made if row[0] == key and row[1] in RUNS and row[2] <= 7 * 86_400]
            assert history.statuses == Counter(row[1] for row in own)
            day = [row for row in own if row[2] <= 86_400]
            assert sum(history.hours) == len(day)
            for hour in range(HOURS):
                youngest = (HOURS - 1 - hour) * 3600.0
                inside = [row for row in day if youngest < row[2] <= youngest + 3600 or (hour == 23 and row[2] == 0)]
                assert history.hours[hour] == len(inside)
                assert history.failures[hour] == sum(row[1] is Status.FAILED for row in inside)
            assert history.ended == sum(row[3] is not None and row[3] <= 600 for row in own)
            assert (history.kept, history.judged) == (
                sum(row[5] == 1 for row in own),
                sum(row[5] is not None for row in own),
            )
            assert found(store, key, WEEK_FILTER) == history.statuses.total()
    finally:
        store.close()


def found(store: Store, key: str, text: str) -> int:
    query = RunQuery("p", text=text, webhook_key=key)
    condition = store.query.filters.rows(query, NAMES)
    sql = f"SELECT count(*) FROM runs WHERE profile = 'p' AND {condition.sql}"
    return store.database.row(sql, condition.params)[0]


def test_many_runs_are_read_in_short_steps(one: Store) -> None:
    """However many there are, and however many of the same moment; no run is counted twice or left out."""
    rng = random.Random(3)
    made = [
        ("wh_a", Status.COMPLETED, rng.choice([60.0, rng.random() * 86_400]), 700.0, n % 3 == 0, None, None)
        for n in range(3_000)
    ]
    write(one, made)
    reads: list[int] = []
    each = one.database.rows
    one.database.rows = lambda *asked: reads.append(len(answer := each(*asked))) or answer
    done = passed(one)
    assert done.histories["wh_a"].statuses[Status.COMPLETED] == 3_000
    assert max(reads) <= 500


def test_times_of_the_server_s_queue_and_of_running_are_apart(one: Store, clock, remote_run) -> None:
    """What a prompt waited in our own queue is in neither."""
    row = one.outbox.submit("p", "wh_a", {"prompt": "fox"})
    clock.now += 500
    one.outbox.claim("p")
    accept(one, row, remote_run("r", "pending"))
    for seconds, word in ((12, "running"), (30, "completed")):
        clock.now += seconds
        one.runs.merge("p", "wh_a", [remote_run("r", word)])
    stats = statistics_of(passed(one).histories["wh_a"], clock.now)
    assert (stats.queued.p50_s, stats.running.p50_s, stats.queued.runs) == (12.0, 30.0, 1)
    assert stats.ended == 1


def test_errors_are_those_of_the_latest_failures(one: Store) -> None:
    """The latest two hundred failures are read, those of folded batches too."""
    old = [("wh_a", Status.FAILED, 2_000.0 + n, 0.0, n % 2 == 0, None, f"Node {n} timed out") for n in range(150)]
    new = [("wh_a", Status.FAILED, 1_000.0 - n, 0.0, n % 2 == 0, None, f"No memory on GPU {n}") for n in range(150)]
    write(one, old + new)
    stats = statistics_of(passed(one).histories["wh_a"], NOON)
    assert stats.error is not None and stats.error.pattern == "No memory on GPU …"
    assert (stats.error.runs.count, stats.error.runs.of) == (150, 200)
