"""Many prompts under one line of the table."""

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cordage_tui.domain.batch import BatchSource, SeededBatch
from cordage_tui.domain.run import RemoteRun, RowId, RunQuery, RunRow, SortKey, Status
from cordage_tui.store.runs.view_counts import ViewCounts
from cordage_tui.store.store import Store
from tests.store.conftest import HeldClock
from tests.tries import accept

COLOURS = ("red", "green", "blue")
SOURCE = BatchSource("{red|green|blue} fox", {"prompt": "{red|green|blue} fox"}, (("1", COLOURS),))


def batch(store: Store, count: int = 3) -> RowId:
    return store.batches.submit("p", "wh", SOURCE, [{"prompt": f"{COLOURS[n % 3]} fox {n}"} for n in range(count)])


def rows(store: Store, **query: object) -> list[RunRow]:
    return store.query.window(RunQuery("p", **query), 0, 100)  # type: ignore[arg-type]


def test_a_batch_is_one_line_until_it_is_unfolded(store: Store) -> None:
    """A folded batch shows only its line; unfolded, its rows follow in the order of submission."""
    before = store.outbox.submit("p", "wh", {"prompt": "before"})
    line = batch(store)
    assert [row.id for row in rows(store)] == [line, before]
    assert rows(store)[0].status is Status.BATCH and rows(store)[0].size == 3
    store.batches.fold(line, False)
    assert [row.prompt for row in rows(store)] == [SOURCE.title, "red fox 0", "green fox 1", "blue fox 2", "before"]
    assert {row.batch for row in rows(store)[1:4]} == {line}
    progress = store.batches.progress(line)
    assert progress is not None and not progress.folded
    store.batches.fold(line, True)
    assert len(rows(store)) == store.query.count(RunQuery("p")) == 2


def test_it_is_sent_in_the_order_it_was_given(store: Store) -> None:
    """A batch is sent after earlier prompts, its first body first."""
    first = store.outbox.submit("p", "wh_other", {"prompt": "before"})
    batch(store)
    sent = [store.outbox.claim("p") for _ in range(4)]
    assert [out.row for out in sent if out][:1] == [first]
    assert [out.inputs["prompt"] for out in sent if out][1:] == ["red fox 0", "green fox 1", "blue fox 2"]


def test_its_line_does_not_count_as_a_run_and_its_rows_always_do(store: Store) -> None:
    """The sidebar's figures are of prompts and runs, folded away or not."""
    line = batch(store)
    for folded in (True, False):
        store.batches.fold(line, folded)
        tally = store.query.tallies("p")["wh"]
        assert (tally.total, tally.unsent) == (3, 3)


def test_progress_counts_its_rows_by_status_and_its_line_is_told_as_changed(
    store: Store, remote_run: Callable[..., RemoteRun]
) -> None:
    """Progress counts rows by status, and the line counts as changed whenever one of its rows changes."""
    line = batch(store)
    changes: list[frozenset[RowId]] = []
    store.changes.subscribe(changes.append)
    out = store.outbox.claim("p")
    assert out is not None
    accept(store, out.row, remote_run("r1", "completed"))
    progress = store.batches.progress(line)
    assert progress is not None and progress.source == SOURCE
    assert progress.counts == {Status.QUEUED: 2, Status.COMPLETED: 1}
    assert (progress.total, progress.ended, progress.folded) == (3, 1, True)
    assert all(line in rows for rows in changes) and len(changes) == 2
    assert store.batches.members(line, {Status.COMPLETED}) == [out.row]
    assert store.run_lookup.bodies(store.batches.members(line))[0].inputs == {"prompt": "red fox 0"}


@pytest.mark.parametrize("last", ["drop", "complete"])
def test_a_batch_is_sorted_by_the_time_it_shows(
    store: Store, remote_run: Callable[..., RemoteRun], clock: HeldClock, last: str
) -> None:
    """An unfinished batch is sorted before ended runs, and an ended one by its duration."""
    start = clock.now
    store.runs.merge("p", "wh", [remote_run("long", "completed", created_at=start - 600, completed_at=start - 300)])
    store.runs.merge("p", "wh", [remote_run("short", "completed", created_at=start - 90, completed_at=start - 88)])
    line = batch(store, 2)

    def shown() -> list[str | None]:
        return [row.run_id or row.status.value for row in rows(store, sort=SortKey.DURATION)]

    first, second = store.outbox.claim("p"), store.batches.members(line)[1]
    assert first is not None
    clock.now += 13
    accept(store, first.row, remote_run("r0", "completed", created_at=start, completed_at=start + 13))
    assert shown() == ["batch", "long", "short"]
    if last == "drop":
        store.outbox.drop(second)
    else:
        claimed = store.outbox.claim("p")
        assert claimed is not None
        accept(store, claimed.row, remote_run("r1", "completed", created_at=start, completed_at=start + 12))
    assert shown() == ["long", "batch", "short"]
    row, progress = store.rows.get(line), store.batches.progress(line)
    assert row is not None and progress is not None and row.ended_at == progress.last_end == start + 13
    assert Status.BATCH not in {row.status for row in rows(store, ended_after=start)}  # it is no run that has ended


def test_rows_tell_what_differs_between_them(store: Store) -> None:
    """Rows of a matrix show their own values without the prompt; rows of a list, and single prompts, show none."""
    axes = (("prompt 1", ("a", "b")), ("seed", ("1", "2")), ("style 1", ("x",)), ("style 2", ("y",)))
    bodies = [{"prompt": "a", "seed": 1, "style": "x y", "size": 3}, {"prompt": "b", "style": "\x1b"}]
    line = store.batches.submit("p", "wh", BatchSource("t", {}, axes), bodies)
    listed = store.batches.submit("p", "wh", BatchSource("t"), bodies)
    alone = store.outbox.submit("p", "wh", {"prompt": "a", "seed": 1})
    first, second = store.batches.members(line)
    wanted = [first, second, *store.batches.members(listed), alone, line]
    assert store.batches.varying(wanted) == {first: "seed 1 · style x y", second: "style ␛"}


def test_the_words_that_all_prompts_have_are_found(store: Store) -> None:
    """Common words are found in differing prompts; one prompt in different settings has none."""
    foxes = [{"prompt": f"a {colour} fox in the {place}"} for colour in ("red", "blue") for place in ("snow", "rain")]
    line = store.batches.submit("p", "wh", BatchSource("t"), foxes)
    assert store.batches.common_words(line) == frozenset({"a", "fox", "in", "the"})
    same = store.batches.submit("p", "wh", BatchSource("t"), [{"prompt": "a fox", "seed": n} for n in range(3)])
    assert store.batches.common_words(same) == frozenset()


def test_with_the_last_of_its_rows_its_line_goes(store: Store) -> None:
    """The line of a batch leaves the table with its last row."""
    line = batch(store)
    for row in store.batches.members(line):
        assert store.batches.progress(line) is not None
        assert store.outbox.drop(row)
    assert store.batches.progress(line) is None
    assert rows(store) == []


def test_a_filter_finds_what_is_folded_away(store: Store) -> None:
    """Searching looks into folded batches too: their rows are found like any other."""
    batch(store)
    assert [row.prompt for row in rows(store, text="green fox 1")] == ["green fox 1"]


def test_a_batch_of_the_demo_heads_its_runs(
    store: Store, remote_run: Callable[..., RemoteRun], clock: HeldClock
) -> None:
    """A batch of the demo is above its runs, which look submitted together and sent one after the other."""
    began = clock.now - 900
    past = [
        (
            "wh",
            remote_run(f"r{n}", "completed", created_at=began + 2 * n, completed_at=began + 2 * n + 10),
            {"prompt": f"fox {n}"},
        )
        for n in range(4)
    ]
    store.runs.seed("p", past[::-1], queued_s=1.0)
    before = [(row.elapsed_s(clock.now), row.started_at) for row in rows(store)[::-1]]
    store.batches.seed("p", SeededBatch("wh", began, SOURCE, tuple(past), {"r1": True}))
    (line,) = rows(store)
    store.batches.fold(line.id, False)
    assert [row.prompt for row in rows(store)] == [SOURCE.title, "fox 0", "fox 1", "fox 2", "fox 3"]
    assert [(row.elapsed_s(clock.now), row.started_at) for row in rows(store)[1:]] == before
    assert line.created_at == began


def test_a_filter_counts_and_lists_runs_and_no_line_of_a_batch(store: Store) -> None:
    """A filter by a batch's webhook, title or number finds its runs and never its line, folded or not."""
    store.query.name_webhooks({"wh": "Portrait"})
    line = batch(store)
    for folded in (True, False):
        store.batches.fold(line, folded)
        for text in ("webhook:portrait", "batch:fox", f"batch:{line}", "fox", "prompt:fox"):
            for sort in SortKey:
                rows_found = rows(store, text=text, sort=sort)
                assert len(rows_found) == store.query.count(RunQuery("p", text=text, sort=sort)) == 3
                assert Status.BATCH not in {row.status for row in rows_found}
            views = ViewCounts(store.database, store.clock, store.query.filters, "p", store.reader)
            asyncio.run(views.count([text], {"wh": "Portrait"}))
            assert views.of(text).rows == 3
            assert asyncio.run(store.query.row_counts([RunQuery("p", text=text)])) == [3]


def test_what_is_active_and_waits_is_counted_among_what_a_filter_finds(
    store: Store, remote_run: Callable[..., RemoteRun]
) -> None:
    """Counts follow each change, and are of the runs that the filter and its webhook leave."""
    store.runs.merge("p", "wh", [remote_run(f"r{n}", "running", inputs={"prompt": f"owl {n}"}) for n in range(4)])
    batch(store)
    queries = [RunQuery("p", text=text, webhook_key=key) for text in ("fox", "owl") for key in (None, "wh", "none")]

    def counts() -> list[tuple[int, int, int]]:
        return [(n.total, n.active, n.waiting) for n in map(store.query.found_counts, queries)]

    assert counts() == [(3, 0, 3), (3, 0, 3), (0, 0, 0), (4, 4, 0), (4, 4, 0), (0, 0, 0)]
    out = store.outbox.claim("p")
    assert out is not None and store.query.found_counts(queries[0]).sending == 1
    accept(store, out.row, remote_run("mine", "running"))
    store.runs.merge("p", "wh", [remote_run("r1", "completed")])
    assert counts() == [(3, 1, 2), (3, 1, 2), (0, 0, 0), (4, 3, 0), (4, 3, 0), (0, 0, 0)]
    narrower = RunQuery("p", text="owl 2")
    found = store.query.found_counts(narrower)
    assert (found.total, found.active) == (1, 1)


def test_active_runs_are_known_wherever_they_are_folded(store: Store, remote_run: Callable[..., RemoteRun]) -> None:
    """Active runs are known when they are folded too, so polling does not depend on the table."""
    batch(store)
    out = store.outbox.claim("p")
    assert out is not None
    accept(store, out.row, remote_run("r1", "running"))
    assert [row.run_id for row in store.query.active("p")] == ["r1"]
    assert [run.run_id for run in store.active_runs.all("p")] == ["r1"]


@given(st.lists(st.tuples(st.integers(1, 4), st.booleans()), max_size=5))
@settings(max_examples=25)
def test_every_order_holds_every_row_once(
    tmp_path_factory: pytest.TempPathFactory, batches: list[tuple[int, bool]]
) -> None:
    """Counts, windows and positions agree in each order, with any batches folded."""
    store = Store.open(tmp_path_factory.mktemp("batches") / "cordage.db", HeldClock())
    for count, folded in batches:
        store.batches.fold(batch(store, count), folded)
        store.outbox.submit("p", "wh", {"prompt": "alone"})
    for sort in SortKey:
        shown = rows(store, sort=sort)
        assert len({row.id for row in shown}) == len(shown) == store.query.count(RunQuery("p", sort=sort))
        assert [store.query.index_of(RunQuery("p", sort=sort), row.id) for row in shown] == list(range(len(shown)))
    store.close()


def test_each_row_knows_its_place_among_the_prompts_whatever_happened_to_the_others(
    store: Store, remote_run: Callable[..., RemoteRun]
) -> None:
    """Sent, answered, dropped: place n is the n-th prompt; a dropped one's is empty. A second batch has places of its own."""
    first, second = batch(store, 5), batch(store, 3)
    places = store.batches.places(first)
    assert sorted(places) == [0, 1, 2, 3, 4]
    sent = store.outbox.claim("p")
    assert sent is not None and sent.row == places[0]
    store.runs.merge("p", "wh", [remote_run("r1", "completed")])
    accept(store, sent.row, remote_run("r1", "completed"))
    store.outbox.drop(places[3])
    left = store.batches.places(first)
    assert left == {place: row for place, row in places.items() if place != 3}
    bodies = {place: store.run_lookup.bodies([row])[0].inputs["prompt"] for place, row in left.items()}
    assert bodies == {place: f"{COLOURS[place % 3]} fox {place}" for place in left}
    assert sorted(store.batches.places(second)) == [0, 1, 2]


def test_what_is_queued_before_the_end_of_a_batch_is_counted_by_webhook(store):
    """Prompts queued up to the end of a batch are counted by webhook, and there are none once it has no queued
    prompt."""
    first, second = (
        store.batches.submit("p", webhook, BatchSource(webhook), [{"prompt": f"{webhook} {n}"} for n in range(count)])
        for webhook, count in (("wh_a", 3), ("wh_a", 2))
    )
    assert store.batches.queued_until("p", first) == {"wh_a": 3}
    assert store.batches.queued_until("p", second) == {"wh_a": 5}
    store.outbox.submit("p", "wh_b", {"prompt": "typed"})
    assert store.batches.queued_until("p", first) == {"wh_a": 3, "wh_b": 1}
    for row in store.batches.members(first):
        assert store.outbox.drop(row)
    assert store.batches.queued_until("p", first) == {}
    assert store.batches.queued_until("p", second) == {"wh_a": 2, "wh_b": 1}
