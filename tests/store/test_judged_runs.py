"""Judged runs of a scope, and how many are not judged."""

import pytest

from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.run import RowId
from cordage_tui.store import judged_runs
from cordage_tui.store.judged_runs import JudgedPass, JudgedScope
from cordage_tui.store.store import Store


def read(store: Store, **scope: object) -> JudgedPass:
    done = JudgedPass(store.database, JudgedScope("p", **scope))  # type: ignore[arg-type]
    while done.step():
        pass
    return done


@pytest.fixture
def store(stores, remote_run) -> Store:
    """Six runs of two webhooks with two outputs each, and one of another profile."""
    opened = stores.open()
    outputs = ("https://x/1.png", "https://x/2.png")
    for profile, key, names in (("p", "wh_a", "abcd"), ("p", "wh_b", "ef"), ("other", "wh_a", "z")):
        runs = [remote_run(name, "completed", outputs=outputs) for name in names]
        opened.runs.seed(profile, [(key, run, {"prompt": f"fox {run.run_id}"}) for run in runs])
    return opened


def rows(store: Store) -> dict[str, RowId]:
    return dict(store.database.rows("SELECT run_id, id FROM runs"))


def names(store: Store, done: JudgedPass) -> list[tuple[str, bool]]:
    return [(body.inputs["prompt"][-1], body.is_kept) for body in done.bodies]


def test_a_run_is_kept_if_any_output_is(store: Store) -> None:
    """One that was only starred, or is undecided again, is not judged."""
    row = rows(store)
    store.ratings.decide([(row["a"], 1), (row["b"], 1), (row["b"], 2), (row["z"], 1)], False)
    store.ratings.decide([(row["a"], 2), (row["e"], 2)], True)
    store.ratings.rate([(row["c"], 1)], 5)
    store.ratings.decide([(row["d"], 1)], True)
    store.ratings.decide([(row["d"], 1)], None)
    done = read(store)
    assert sorted(names(store, done)) == [("a", True), ("b", False), ("e", True)] and done.unjudged == 3
    assert names(store, read(store, webhook_key="wh_b")) == [("e", True)]
    assert read(store, webhook_key="wh_b").unjudged == 1


def test_scopes_are_those_of_the_table(store: Store) -> None:
    """Marked runs, and runs that a filter finds."""
    row = rows(store)
    store.ratings.decide([(row["a"], 1), (row["b"], 1)], True)
    marked = read(store, rows=(row["b"], row["c"]))
    assert (names(store, marked), marked.unjudged) == ([("b", True)], 1)
    filters = store.query.filters
    where = filters.condition(filters.parse('"fox a" | "fox d"', {}).expression, "p", {})
    found = read(store, where=where)
    assert (names(store, found), found.unjudged) == ([("a", True)], 1)


def test_a_batch_has_its_own(store: Store) -> None:
    bodies = [{"prompt": f"owl {n}"} for n in range(3)]
    line = store.batches.submit("p", "wh_a", BatchSource("owls"), bodies)
    first, *_ = store.batches.members(line)
    store.ratings.decide([(first, 1), (rows(store)["a"], 1)], True)
    assert [body.inputs["prompt"] for body in read(store, batch=line).bodies] == ["owl 0"]


def test_the_newest_are_read_in_slices(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step reads few, and says when there are older ones than are read at all."""
    store.ratings.decide([(row, 1) for row in rows(store).values()], True)
    monkeypatch.setattr(judged_runs, "_SLICE", 2)
    monkeypatch.setattr(judged_runs, "_COUNTED", 2)
    whole = JudgedPass(store.database, JudgedScope("p"))
    assert whole.step() and len(whole.bodies) <= 2
    assert len(read(store).bodies) == 6 and not read(store).is_cut
    monkeypatch.setattr(judged_runs, "MOST", 3)
    cut = read(store)
    assert cut.is_cut and [body.row for body in cut.bodies] == sorted((body.row for body in cut.bodies), reverse=True)
    assert len(cut.bodies) == 3 and cut.is_read and cut.unjudged == 0


def test_each_step_reads_by_the_ids_of_its_slice(store: Store) -> None:
    """Left to itself SQLite reads every run of the profile for each slice, thirteen times as long in a long history."""
    statements: list[str] = []
    done = JudgedPass(store.database, JudgedScope("p"))
    store.ratings.decide([(row, 1) for row in rows(store).values()], True)
    store.database._connection.set_trace_callback(statements.append)
    while done.step():
        pass
    store.database._connection.set_trace_callback(None)
    read = [text for text in statements if " FROM runs" in text and "max(id)" not in text]
    plans = [store.database.rows(f"EXPLAIN QUERY PLAN {text}")[0][3] for text in read]
    assert len(plans) >= 2 and {plan.partition(" USING ")[2][:19] for plan in plans} == {"INTEGER PRIMARY KEY"}
