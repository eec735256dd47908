"""Failures by their errors, and how the same bodies fared later, against a naive evaluator and what their filters find."""

from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cordage_tui.domain.inputs import digest
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import RUN_AGAIN, RunQuery, Status
from cordage_tui.domain.search_text import search_text
from cordage_tui.domain.statistics.error_pattern import error_pattern
from cordage_tui.domain.submission import Lineage
from cordage_tui.engine.history.failure_clusters import ClusterPass, FailureCluster
from cordage_tui.store.failure_groups import FailurePass
from cordage_tui.store.runs.row_codecs import stored
from cordage_tui.store.store import Store
from tests.store.conftest import NOON, HeldClock
from tests.tries import accept

STATUSES = [status for status in Status if status is not Status.BATCH]
ERRORS = ["timed out", *[f"Node {n} timed out" for n in range(3)], "No memory on GPU 4", "404", None]
NAMES = {"wh_a": "A", "wh_b": "B"}
ENDED = {Status.COMPLETED, *RUN_AGAIN}

_MADE = st.tuples(
    st.sampled_from([*NAMES, "wh_gone"]),
    st.sampled_from([*STATUSES, *[Status.COMPLETED, Status.FAILED] * 6]),
    st.sampled_from(["ours", "ours", "elsewhere", "unknown"]),
    st.integers(0, 2),  # body
    st.booleans(),  # in a folded batch
    st.sampled_from(ERRORS),
)


def write(store: Store, made: list) -> None:
    """Put these rows into the database as they are, the first of them the oldest."""
    with store.database.write() as write:
        for number, (webhook, status, whose, body, folded, error) in enumerate(made):
            at = NOON - 1_000 + number // 2
            inputs = {"prompt": f"fox {body}"}
            line = {"profile": "p", "webhook": webhook, "status": status.value, "created_at": at, "folded": int(folded)}
            row = write.insert("runs", {**line, "prompt": "", "search": search_text(""), "ended_at": at + 5})
            write.insert(
                "details", {"id": row, "error": error, "inputs": stored(inputs) if whose != "unknown" else None}
            )
            if whose == "ours":
                entry = {"state": OutboxState.ACCEPTED.value, "fingerprint": digest(inputs), "submitted_at": at}
                write.insert("outbox", {"id": row, "profile": "p", "webhook": webhook, **entry, "place": row})
        write.touch(1)


def begun(store: Store, since: float | None = None, **random: frozenset[str]) -> ClusterPass:
    return ClusterPass(
        FailurePass(store.database, store.clock, "p", {**dict.fromkeys(NAMES, frozenset()), **random}, since)
    )


def found(store: Store, since: float | None = None, **random: frozenset[str]) -> list[FailureCluster]:
    return begun(store, since, **random).run()


@settings(max_examples=60)
@given(made=st.lists(_MADE, max_size=40))
def test_clusters_are_those_of_a_naive_evaluator_and_of_their_filters(made, tmp_path_factory) -> None:
    """Every failure is in one cluster, which its filter finds, and of each body it is known how it fared later."""
    store = Store.open(tmp_path_factory.mktemp("data") / "cordage.db", HeldClock())
    try:
        write(store, made)
        naive = defaultdict(list)
        for row, (webhook, status, _, _, _, error) in enumerate(made, 1):
            if status in RUN_AGAIN and webhook in NAMES:
                naive[webhook, error_pattern(error or "")].append(row)
        told = found(store)
        assert {cluster.place: cluster.count for cluster in told} == {at: len(rows) for at, rows in naive.items()}
        for cluster in told:
            check_bodies(cluster, naive[cluster.place], made)
            if cluster.filter is not None:
                assert count(store, cluster.webhook_key, cluster.filter) == cluster.count, cluster.filter
    finally:
        store.close()


def check_bodies(cluster: FailureCluster, rows: list[int], made: list) -> None:
    bodies, again, completed, under_way, left = defaultdict(list), 0, 0, 0, []
    for row in rows:
        if made[row - 1][2] != "unknown":
            bodies[made[row - 1][3]].append(row)
    for body, failed in bodies.items():
        same = [row for row, one in enumerate(made, 1) if (one[0], one[3]) == (cluster.webhook_key, body)]
        ours = {row: made[row - 1][1] for row in same if made[row - 1][2] == "ours"}
        later = {row: status for row, status in ours.items() if row > failed[0]}
        failed_later = any(
            made[row - 1][1] in RUN_AGAIN and made[row - 1][2] == "elsewhere" for row in same if row > failed[0]
        )
        again += failed_later or any(status in ENDED for status in later.values())
        completed += Status.COMPLETED in later.values()
        since = {status for row, status in ours.items() if row > failed[-1]}
        if Status.COMPLETED not in since:
            if any(not status.is_final for status in since):
                under_way += 1
            else:
                left.append(failed[-1])
    assert (cluster.again.count, cluster.again.of) == (completed, again)
    assert (cluster.under_way, cluster.left) == (under_way, tuple(sorted(left)))
    assert cluster.unknown == sum(made[row - 1][2] == "unknown" for row in rows)


def count(store: Store, key: str, text: str) -> int:
    condition = store.query.filters.rows(RunQuery("p", text=text, webhook_key=key), NAMES)
    sql = f"SELECT count(*) FROM runs WHERE profile = 'p' AND {condition.sql}"
    return store.database.row(sql, condition.params)[0]


@pytest.fixture
def run(store: Store, clock, remote_run):
    """Runs a prompt: `run(status, error, parent, seed=1)`."""

    def make(word: str, error: str | None = None, parent: int | None = None, **inputs: object) -> int:
        row = store.outbox.submit("p", "wh_a", {"prompt": "fox", **inputs}, lineage=Lineage(parent))
        claimed = store.outbox.claim("p")
        assert claimed is not None and claimed.row == row
        clock.now += 10
        accept(store, row, remote_run(f"r{row}", "running"))
        clock.now += 10
        store.runs.merge("p", "wh_a", [remote_run(f"r{row}", word, error=error)])
        return row

    return make


def test_another_seed_is_the_same_prompt_where_seeds_are_random(store: Store, run) -> None:
    """Whatever was run from it in turn; with another prompt, or where the seed was chosen, it is another."""
    first = run("failed", "timed out", seed=1)
    second = run("failed", "timed out", parent=first, seed=2)
    (cluster,) = found(store, wh_a=frozenset({"seed"}))
    assert (cluster.again.count, cluster.again.of, cluster.left) == (0, 1, (second,))
    run("completed", parent=second, seed=3)
    (cluster,) = found(store, wh_a=frozenset({"seed"}))
    assert (cluster.again.count, cluster.again.of, cluster.left) == (1, 1, ())
    (cluster,) = found(store)
    assert (cluster.again.of, cluster.left) == (0, (first, second))
    third = run("failed", "no memory", seed=9)
    run("completed", parent=third, seed=9, style="noir")
    assert [cluster.again.of for cluster in found(store, wh_a=frozenset({"seed"}))] == [0, 1]


def test_times_are_those_at_which_they_failed(store: Store, clock, run) -> None:
    start = clock.now
    run("failed", "Node 1 timed out", seed=1)
    run("failed", "Node 2 timed out", seed=2)
    (cluster,) = found(store)
    assert (cluster.pattern, cluster.since, cluster.last) == ("Node … timed out", start + 20, start + 40)
    assert [cluster.count for cluster in found(store, start + 1)] == [1]


def test_many_failures_are_read_in_short_steps(store: Store) -> None:
    made = [("wh_a", Status.FAILED, "ours", n % 300, n % 3 == 0, f"Node {n} timed out") for n in range(500)]
    write(store, made)
    reads: list[int] = []
    each = store.database.rows
    store.database.rows = lambda *asked: reads.append(len(answer := each(*asked))) or answer
    (cluster,) = found(store)
    assert cluster.count == 500 and (cluster.again.count, cluster.again.of) == (0, 200)
    assert len(cluster.left) == 300 and max(reads) <= 100


def test_no_step_counts_more_than_a_thousand_bodies(store) -> None:
    """Keys wait for one step: tens of thousands of failures took longer than a frame at the end of the pass."""
    count = 2_500
    with store.database.write() as write:
        for number in range(count):
            line = {"profile": "p", "webhook": "wh_a", "status": "failed", "created_at": NOON - number, "folded": 0}
            row = write.insert("runs", {**line, "prompt": "", "search": search_text("")})
            write.insert("details", {"id": row, "error": "timed out", "inputs": stored({"prompt": f"fox {number}"})})
        write.touch(1)
    done, asked, steps = begun(store), [], []
    outcomes = done._failures.outcomes
    done._failures.outcomes = lambda *body: asked.append(body) or outcomes(*body)
    while done.step():
        steps.append(len(asked))
        asked.clear()
    assert sum(steps) == count == len(done.found[0].left)
    assert max(steps) <= 1_000
