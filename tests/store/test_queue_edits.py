"""Many prompts of the queue changed at once: all that still are as they were read, in one transaction; the others not at all."""

import os
from collections.abc import Sequence
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.queue import Lane
from cordage_tui.domain.queue_changes import QueueChanges, UnsentPrompt, moved_rows
from cordage_tui.domain.run import RowId
from cordage_tui.domain.submission import WAITS_FOR_TWIN, Lineage
from cordage_tui.store.errors import StoreError
from cordage_tui.store.outbox.queue_edits import QueueEdits, merged_order, new_places
from cordage_tui.store.store import Store
from tests.tries import settle


@pytest.fixture
def edits(store: Store):
    return QueueEdits(store.database, store.outbox, "p")


def submit(store: Store, *prompts: str, lane: Lane = Lane.INTERACTIVE) -> list[RowId]:
    return [store.outbox.submit("p", "wh", {"prompt": prompt}, lane=lane) for prompt in prompts]


def waits(store: Store) -> list[str]:
    return [item.prompt for item in store.queue.waiting("p")]


def lanes(store: Store) -> list[str]:
    return [f"{item.prompt}{item.lane.value}" for item in store.queue.waiting("p")]


def ordered(edits, interactive: Sequence[RowId], batch: Sequence[RowId] = ()) -> QueueChanges:
    """Return the changes that put the present prompts in this order."""
    before = {prompt.row: prompt for prompt in edits.unsent()}
    order = {Lane.INTERACTIVE: interactive, Lane.BATCH: batch}
    return QueueChanges(before, order=order, moved=moved_rows(before, order))


def changed(edits, inputs=(), dropped=()) -> QueueChanges:
    before = {prompt.row: prompt for prompt in edits.unsent()}
    order = {lane: [row for row in before if before[row].lane is lane and row not in dropped] for lane in Lane}
    return QueueChanges(before, dict(inputs), dropped, order)


def test_what_waits_is_read_in_the_order_of_sending(store, edits) -> None:
    """Waiting prompts are read in the order of sending, without those being sent, uncertain, foreign or in an
    editor."""
    first, second = submit(store, "a", "b", lane=Lane.BATCH)
    third, fourth, fifth = submit(store, "c", "d", "e")
    store.outbox.submit("other", "wh", {"prompt": "x"})
    store.queue.hold("p", "the key", second)
    store.queue.hold("p", "the key", fourth)
    store.open_edits.begin_edit(fifth, "edited", os.getpid())
    assert store.outbox.claim("p").row == third
    read = edits.unsent()
    assert [(prompt.row, prompt.lane, prompt.state) for prompt in read] == [
        (fourth, Lane.INTERACTIVE, OutboxState.HELD),
        (first, Lane.BATCH, OutboxState.QUEUED),
        (second, Lane.BATCH, OutboxState.HELD),
    ]
    assert read[0].note == "the key" and read[0].body == '{"prompt":"d"}'
    assert [prompt.row for prompt in edits.unsent([first, third])] == [first]


def test_all_is_changed_together(store, edits) -> None:
    a, b, c = submit(store, "a", "b", "c")
    before = {prompt.row: prompt for prompt in edits.unsent()}
    changes = QueueChanges(before, {a: {"prompt": "A", "seed": 7}}, [b], {Lane.INTERACTIVE: [c, a]}, frozenset([c]))
    dropped, stale = edits.apply(changes)
    assert [prompt.row for prompt in dropped] == [b] and stale == {}
    assert waits(store) == ["c", "A"]
    assert store.outbox.state(b) is OutboxState.DROPPED
    assert [store.outbox.claim("p").inputs for _ in range(2)] == [{"prompt": "c"}, {"prompt": "A", "seed": 7}]


def test_an_error_in_the_middle_changes_nothing(store, edits, monkeypatch) -> None:
    a, b = submit(store, "a", "b")
    changes = changed(edits, {a: {"prompt": "A"}}, [b])

    def fails(*_: object) -> None:
        raise StoreError("disk")

    monkeypatch.setattr(store.outbox, "drop_unsent", fails)
    with pytest.raises(StoreError):
        edits.apply(changes)
    assert waits(store) == ["a", "b"]


@pytest.mark.parametrize("wish", ["change", "drop", "move"])
@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda store, row: store.outbox.claim("p"),
        lambda store, row: store.queue.hold("p", "the key", row),
        lambda store, row: store.outbox.drop(row),
        lambda store, row: store.open_edits.save_edit(row, {"prompt": "a elsewhere"}),
        lambda store, row: store.open_edits.begin_edit(row, "edited", os.getpid()),
        lambda store, row: (store.outbox.claim("p"), settle(store, row, OutboxState.UNCERTAIN, "?"), store.queue.resend(row)),
    ],
    ids=["sent", "held", "dropped", "edited", "being edited", "sent and sent again"],
)  # fmt: skip
def test_what_changed_meanwhile_is_left_alone_and_named(store, edits, meanwhile, wish) -> None:
    """Prompts that changed since they were read are left alone and returned, and the others are changed."""
    a, b = submit(store, "a", "b")
    before = {prompt.row: prompt for prompt in edits.unsent()}
    changes = {
        "change": QueueChanges(before, {a: {"prompt": "A"}, b: {"prompt": "B"}}),
        "drop": QueueChanges(before, dropped=[a, b]),
        "move": QueueChanges(before, order={Lane.BATCH: [a, b]}, moved=frozenset([a, b])),
    }[wish]
    meanwhile(store, a)
    state, read = store.outbox.expected(a), edits.unsent([a])
    assert [*edits.stale(changes)] == [a]
    _, stale = edits.apply(changes)
    assert [*stale] == [a] and stale[a].state is state.state and not stale[a]
    assert (store.outbox.expected(a), edits.unsent([a])) == (state, read)
    left = [(prompt.body, prompt.lane) for prompt in edits.unsent([b])]
    assert (
        left
        == {
            "change": [('{"prompt":"B"}', Lane.INTERACTIVE)],
            "drop": [],
            "move": [('{"prompt":"b"}', Lane.BATCH)],
        }[wish]
    )


def test_a_changed_prompt_waits_for_its_uncertain_twin(store, edits) -> None:
    (a,) = submit(store, "a")
    store.outbox.claim("p")
    settle(store, a, OutboxState.UNCERTAIN, "?")
    (b,) = submit(store, "b")
    edits.apply(changed(edits, {b: {"prompt": "a"}}))
    assert store.query.detail(b).note == WAITS_FOR_TWIN
    assert store.outbox.claim("p") is None


def test_with_the_last_of_a_batch_its_line_goes(store, edits) -> None:
    line = store.batches.submit("p", "wh", BatchSource("t", {}, ()), [{"prompt": "a"}, {"prompt": "b"}])
    rows = [prompt.row for prompt in edits.unsent()]
    edits.apply(changed(edits, dropped=rows[:1]))
    assert store.rows.get(line) is not None
    edits.apply(changed(edits, dropped=rows[1:]))
    assert store.rows.get(line) is None


def test_prompts_are_moved_within_and_across_lanes(store, edits) -> None:
    a, b, c = submit(store, "a", "b", "c")
    d, e = submit(store, "d", "e", lane=Lane.BATCH)
    edits.apply(ordered(edits, [c, a, e], [b, d]))
    assert lanes(store) == ["c0", "a0", "e0", "b1", "d1"]
    edits.apply(ordered(edits, [], [d, a, b, c, e]))
    assert lanes(store) == ["d1", "a1", "b1", "c1", "e1"]
    edits.apply(ordered(edits, [e, d, c, b, a]))
    assert lanes(store) == ["e0", "d0", "c0", "b0", "a0"]


def test_what_came_meanwhile_stays_where_it_is(store, edits) -> None:
    """A moved prompt goes after the one before it in the file, wherever that is now; new prompts stay in place."""
    a, b, c = submit(store, "a", "b", "c")
    wish = ordered(edits, [b, c, a])
    submit(store, "new")
    store.queue.reorder("p", [c], 0)
    edits.apply(wish)
    assert waits(store) == ["c", "a", "b", "new"]


def test_a_subset_is_ordered_among_the_others(store, edits) -> None:
    a, *_, d = submit(store, "a", "b", "c", "d")
    before = {prompt.row: prompt for prompt in edits.unsent([a, d])}
    edits.apply(QueueChanges(before, order={Lane.INTERACTIVE: [d, a]}, moved=frozenset([d])))
    assert waits(store) == ["d", "a", "b", "c"]


def test_held_prompts_keep_the_place_they_are_given(store, edits) -> None:
    a, b, c = submit(store, "a", "b", "c")
    store.queue.hold("p", "the key")
    edits.apply(ordered(edits, [c, b, a]))
    store.outbox.release_held("p")
    assert waits(store) == ["c", "b", "a"]


@given(st.permutations(range(6)), st.integers(0, 6), st.integers(0, 6))
def test_any_order_comes_about_by_the_fewest_moves(order, border, new_border) -> None:
    """Any order is reached by the fewest moves, and unmoved prompts keep their places."""
    before = {
        RowId(row): UnsentPrompt(RowId(row), "wh", OutboxState.QUEUED, 0, Lane(row >= border), "{}") for row in range(6)
    }
    wanted = {Lane.INTERACTIVE: order[:new_border], Lane.BATCH: order[new_border:]}
    moved = moved_rows(before, wanted)
    for lane, rows in wanted.items():
        places = {row: float(row) for row in before if before[row].lane is lane and row not in moved}
        merged = merged_order([*places], rows, moved, first=lane is Lane.BATCH)
        assert merged == rows
        now = {**places, **new_places(merged, places)}
        assert [now[row] for row in rows] == sorted({*now.values()})
        stay = [row for row in rows if before[row].lane is lane]
        most = max(n for n in range(7) for kept in combinations(stay, n) if list(kept) == sorted(kept))
        assert len(places) == most


def test_places_that_are_too_close_are_all_given_again() -> None:
    close = {RowId(1): 1.0, RowId(2): 1.0000000000000002}
    rows = [RowId(1), RowId(3), RowId(2)]
    places = new_places(rows, close)
    assert [*places] == rows and sorted(places.values()) == [*places.values()] and max(places.values()) <= 1.0


# A drop and its undoing.


def drop(edits, store, *rows: RowId):
    return edits.drop({row: store.outbox.expected(row) for row in rows})[0]


def table(store: Store) -> list[tuple]:
    """The lines of the run table in its order, with all that they have."""
    return store.database.rows("SELECT * FROM runs ORDER BY created_at DESC, id DESC")


def test_what_was_dropped_is_queued_again_as_it_was(store, edits) -> None:
    """A restored prompt gets the same row, place and batch, even if the batch had left the table."""
    submit(store, "typed")
    source = BatchSource("t", {}, ())
    line = store.batches.submit("p", "wh", source, [{"prompt": name, "seed": 1} for name in "abc"])
    before, order, bodies = table(store), waits(store), edits.unsent()
    for rows in ([bodies[2].row], [bodies[1].row, bodies[2].row, bodies[3].row], [prompt.row for prompt in bodies]):
        dropped = drop(edits, store, *rows)
        assert [prompt.row for prompt in dropped] == rows and len(waits(store)) == 4 - len(rows)
        assert list(edits.restore(dropped)) == rows
        assert (waits(store), edits.unsent(), table(store)) == (order, bodies, before)
        assert store.batches.progress(line).source == source
        assert [*store.batches.places(line).values()] == [prompt.row for prompt in bodies[1:]]
        assert edits.restore(dropped) == [], "once"


def test_it_goes_between_those_it_was_between(store, edits) -> None:
    _, b, _, d = submit(store, "a", "b", "c", "d")
    dropped = drop(edits, store, b)
    store.queue.reorder("p", [d], 0)
    submit(store, "e")
    edits.restore(dropped)
    assert waits(store) == ["d", "a", "b", "c", "e"]


def test_a_batch_that_was_unfolded_takes_it_back_unfolded(store, edits) -> None:
    line = store.batches.submit("p", "wh", BatchSource("t", {}, ()), [{"prompt": name} for name in "ab"])
    rows = [prompt.row for prompt in edits.unsent()]
    dropped = drop(edits, store, rows[0])
    store.batches.fold(line, False)
    edits.restore(dropped)
    assert dict(store.database.rows("SELECT id, folded FROM runs WHERE batch = ?", (line,))) == dict.fromkeys(rows, 0)  # fmt: skip


def test_lineage_comes_back_too(store, edits) -> None:
    (parent,) = submit(store, "parent")
    lineage = Lineage(parent, 2, {"image": OutputRef(parent, 2, "https://x.example/a.png")})
    row = store.outbox.submit("p", "wh", {"image": "https://x.example/a.png"}, lineage=lineage)
    edits.restore(drop(edits, store, row))
    assert store.run_lookup.lineage(row) == lineage


def test_a_held_prompt_comes_back_queued(store, edits) -> None:
    """A prompt held for the key is restored as queued, and is held again if the key is still refused."""
    (a,) = submit(store, "a")
    store.queue.hold("p", "the key")
    edits.restore(drop(edits, store, a))
    assert store.outbox.state(a) is OutboxState.QUEUED


def test_what_comes_back_says_that_it_waits_for_its_uncertain_twin(store, edits) -> None:
    """A restored prompt notes that it waits for its uncertain twin, as before the drop."""
    first, twin = submit(store, "a", "a")
    store.outbox.claim("p")
    settle(store, first, OutboxState.UNCERTAIN, "?")
    edits.restore(drop(edits, store, twin))
    assert store.query.detail(twin).note == WAITS_FOR_TWIN
    assert store.outbox.claim("p") is None


def test_only_what_was_not_sent_is_dropped_so(store, edits) -> None:
    """A prompt that may have run is not dropped by this way, so no undo queues it again."""
    a, b, c = submit(store, "a", "b", "c")
    expected = {row: store.outbox.expected(row) for row in (a, b, c)}
    store.outbox.claim("p")
    settle(store, a, OutboxState.UNCERTAIN, "?")
    store.outbox.claim("p")
    uncertain = {a: store.outbox.expected(a)}
    dropped, left = edits.drop({**expected, **uncertain})
    assert [prompt.row for prompt in dropped] == [c]
    assert {row: change.state for row, change in left.items()} == {a: OutboxState.UNCERTAIN, b: OutboxState.SENDING}
    store.outbox.drop(a, uncertain[a])
    assert edits.restore([replace(dropped[0], row=a)]) == []


@pytest.mark.parametrize("sql", ["DELETE FROM details WHERE id = ?", "UPDATE details SET inputs = NULL WHERE id = ?"])
def test_what_was_pruned_or_damaged_since_does_not_come_back(store, edits, sql: str) -> None:
    """A prompt whose inputs are gone would be paid for without them."""
    (a,) = submit(store, "a")
    dropped = drop(edits, store, a)
    with store.database.write() as write:
        write.execute(sql, (a,))
    assert edits.restore(dropped) == [] and waits(store) == []


# Many moved at once.


def test_a_batch_is_moved_whole(store, edits) -> None:
    a, b = submit(store, "a", "b")
    c, d, e = submit(store, "c", "d", "e", lane=Lane.BATCH)
    edits.move([d, e], Lane.BATCH, c, after=False)
    assert lanes(store) == ["a0", "b0", "d1", "e1", "c1"]
    edits.move([d, e], Lane.BATCH, c, after=True)
    assert lanes(store) == ["a0", "b0", "c1", "d1", "e1"]
    edits.move([c, d], Lane.INTERACTIVE, None, after=False)
    assert lanes(store) == ["a0", "b0", "c0", "d0", "e1"]
    edits.move([a, b], Lane.BATCH, None, after=False)
    assert lanes(store) == ["c0", "d0", "a1", "b1", "e1"]
    assert store.outbox.claim("p").row == c
    edits.move([c, d], Lane.BATCH, e, after=True)
    assert lanes(store) == ["c0", "a1", "b1", "e1", "d1"], "what is being sent stays"
