"""Held, resent and skipped prompts, and the notes of their rows."""

from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.queue import Lane, QueueSettings
from cordage_tui.domain.run import RowId, Status
from cordage_tui.domain.submission import UNCERTAIN, WAITS_FOR_TWIN
from cordage_tui.store.store import Store
from tests.tries import settle


def uncertain(store: Store, prompt: str) -> RowId:
    row = store.outbox.submit("p", "wh", {"prompt": prompt})
    assert store.outbox.claim("p") is not None
    settle(store, row, OutboxState.UNCERTAIN, "no answer")
    return row


def status(store: Store, row: RowId) -> Status:
    line = store.rows.get(row)
    assert line is not None
    return line.status


def note(store: Store, row: RowId) -> str | None:
    detail = store.query.detail(row)
    assert detail is not None
    return detail.note


def test_only_what_is_queued_is_held(store: Store) -> None:
    """Only a queued prompt is held: holding one on the wire would send it twice on release."""
    sending = store.outbox.submit("p", "wh", {"prompt": "fox"})
    assert store.outbox.claim("p") is not None
    queued = [store.outbox.submit("p", "wh", {"prompt": f"{n}"}) for n in range(2)]
    other = store.outbox.submit("q", "wh", {"prompt": "of another profile"})
    assert store.queue.hold("p", "the key", sending) == 0
    assert store.queue.hold("p", "the key") == 2
    assert status(store, sending) is Status.SENDING
    assert [status(store, row) for row in queued] == [Status.HELD] * 2
    assert note(store, queued[0]) == "the key"
    assert status(store, other) is Status.QUEUED
    assert store.queue.has_held("p") and not store.queue.has_held("q")
    assert store.outbox.release_held("p") == 2
    assert not store.queue.has_held("p")


def test_one_row_can_be_held_alone(store: Store) -> None:
    """One row can be held alone, and the others are still sent."""
    first, second = (store.outbox.submit("p", "wh", {"prompt": f"{n}"}) for n in range(2))
    assert store.queue.hold("p", "the key", first) == 1
    assert status(store, second) is Status.QUEUED


def test_what_was_held_alone_goes_in_its_old_place(store: Store) -> None:
    """A released prompt is queued before the later ones, and a prompt that is not held is not released."""
    first, second = (store.outbox.submit("p", "wh", {"prompt": f"{n}"}) for n in range(2))
    store.queue.hold("p", "being edited", first)
    assert store.queue.release(first)
    assert not store.queue.release(first)
    assert (status(store, first), note(store, first)) == (Status.QUEUED, None)
    assert store.queue.queued("p") == [first, second]


def test_only_an_uncertain_prompt_is_sent_again_and_only_once(store: Store) -> None:
    """Two presses, or two windows, make one more trigger and not two."""
    row = uncertain(store, "fox")
    assert store.queue.resend(row)
    assert note(store, row) is None
    assert not store.queue.resend(row)
    assert store.outbox.claim("p") is not None
    assert not store.queue.resend(row)
    assert not store.queue.resend(RowId(99))


def test_a_twin_says_why_it_waits_and_only_while_it_does(store: Store) -> None:
    """The explanation comes with the doubt or with the twin, whichever is later, and goes with the doubt."""
    first = uncertain(store, "fox")
    twin, other = (store.outbox.submit("p", "wh", {"prompt": prompt}) for prompt in ("fox", "owl"))
    store.runs.note(other, "another note")
    told: list[frozenset[RowId]] = []
    store.changes.subscribe(told.append)
    assert (note(store, twin), note(store, other)) == (WAITS_FOR_TWIN, "another note")
    store.outbox.drop(first, UNCERTAIN)
    assert told == [frozenset({first, twin})]
    assert (note(store, twin), note(store, other)) == (None, "another note")


def prompts(store: Store) -> list[str]:
    """Return the prompts as the queue panel lists them, top to bottom."""
    return [waiting.prompt for waiting in store.queue.waiting("p")]


def test_the_queue_is_listed_by_what_needs_the_user_first(store: Store) -> None:
    """The queue lists uncertain prompts first, then those being sent, then queued, then held ones; settled ones are
    missing."""
    assert store.outbox.drop(store.outbox.submit("p", "wh", {"prompt": "settled"}))
    for prompt in ("held", "first", "second"):
        store.outbox.submit("p", "wh", {"prompt": prompt})
    store.queue.hold("p", "key refused", store.queue.waiting("p")[0].row)
    uncertain_row = store.outbox.submit("p", "wh_b", {"prompt": "lost answer"})
    assert store.outbox.claim("p", {"wh"}) is not None
    settle(store, uncertain_row, OutboxState.UNCERTAIN, "no answer")
    assert store.outbox.claim("p") is not None
    assert prompts(store) == ["lost answer", "first", "second", "held"]
    assert [waiting.state for waiting in store.queue.waiting("p")] == ["uncertain", "sending", "queued", "held"]
    assert store.queue.counts("p") == dict.fromkeys(("uncertain", "sending", "queued", "held"), 1)


def test_the_order_can_be_changed_and_is_the_order_of_sending(store: Store) -> None:
    """Rows can be moved to the front, to the back and between; rows that are not queued are ignored."""
    a, b, c, d = (store.outbox.submit("p", "wh", {"prompt": prompt}) for prompt in "abcd")
    store.queue.reorder("p", [d], 0)
    assert prompts(store) == ["d", "a", "b", "c"]
    store.queue.reorder("p", [d, RowId(99)], 3)
    assert prompts(store) == ["a", "b", "c", "d"]
    store.queue.reorder("p", [c, a], 1)
    assert prompts(store) == ["b", "c", "a", "d"]
    sent = store.outbox.claim("p")
    assert sent is not None and sent.row == b
    store.queue.reorder("p", [b, d], 0)
    assert prompts(store) == ["b", "d", "c", "a"]


def test_to_move_one_of_many_touches_no_other(store: Store) -> None:
    """Moving one prompt through many writes no other row."""
    rows = [store.outbox.submit("p", "wh", {"prompt": f"{n}"}) for n in range(20)]
    told: list[frozenset[RowId]] = []
    store.changes.subscribe(told.append)
    for to in (18, 3, 0, 19):
        store.queue.reorder("p", [rows[10]], to)
        assert store.queue.ahead("p", rows[10]) == to
    assert told == [frozenset({rows[10]})] * 4


def test_places_do_not_run_out(store: Store) -> None:
    """The order stays right however often prompts are moved between the same two or to the end, and a new prompt is last."""
    a, b, c = (store.outbox.submit("p", "wh", {"prompt": prompt}) for prompt in "abc")
    for _ in range(60):
        store.queue.reorder("p", [b], 2)
        store.queue.reorder("p", [c], 1)
        assert prompts(store) == ["a", "c", "b"]
        store.queue.reorder("p", [a], 2)
        store.queue.reorder("p", [a], 0)
    store.outbox.submit("p", "wh", {"prompt": "d"})
    assert prompts(store) == ["a", "c", "b", "d"]


def test_where_a_row_stands_is_where_it_is_listed(store: Store) -> None:
    """The position of a row counts all states. A settled row and a row of another profile have none."""
    doubted = uncertain(store, "lost answer")
    rows = [doubted, *(store.outbox.submit("p", "wh", {"prompt": f"{n}"}) for n in range(4))]
    store.queue.hold("p", "the key", rows[1])
    listed = [waiting.row for waiting in store.queue.waiting("p")]
    assert [store.queue.ahead("p", row) for row in listed] == list(range(5))
    store.outbox.drop(doubted, UNCERTAIN)
    assert store.queue.ahead("p", doubted) is None and store.queue.ahead("q", rows[2]) is None


def test_pause_limit_and_an_unclean_stop_are_on_disk(store: Store) -> None:
    """Every process of the profile reads the same; other profiles are not concerned; a sender that did not say `end` is known."""
    assert store.queue_control.read("p") == QueueSettings()
    store.queue_control.pause("p", "you paused it")
    store.queue_control.limit_active("p", 4)
    control = store.queue_control.read("p")
    assert (control.paused, control.max_active) == ("you paused it", 4) and control.paused_at is not None
    assert store.queue_control.read("other") == QueueSettings()
    store.queue_control.resume("p")
    assert store.queue_control.read("p") == QueueSettings(max_active=4)
    assert store.queue_control.start_sending("p") is None
    assert store.queue_control.start_sending("p") is not None, "the one before never ended"
    store.queue_control.end("p")
    assert store.queue_control.start_sending("p") is None


def test_only_a_queued_prompt_of_the_same_webhook_counts_as_held_there(store: Store) -> None:
    """The check after a start asks so whether a run of a list may be a prompt that is still queued."""
    row = store.outbox.submit("p", "wh", {"prompt": "fox"})
    assert store.queue.holds("p", "wh", {"prompt": "fox"})
    assert not store.queue.holds("p", "other", {"prompt": "fox"})
    assert not store.queue.holds("q", "wh", {"prompt": "fox"})
    assert not store.queue.holds("p", "wh", {"prompt": "owl"})
    assert store.outbox.drop(row)
    assert not store.queue.holds("p", "wh", {"prompt": "fox"})


def lanes(store: Store) -> list[tuple[str, Lane]]:
    return [(item.prompt, item.lane) for item in store.queue.waiting("p")]


def two_lanes(store: Store) -> dict[str, RowId]:
    """A batch of `1 2 3`, and `a b` typed after it."""
    store.batches.submit("p", "wh", BatchSource("numbers"), [{"prompt": f"{n}"} for n in (1, 2, 3)])
    for prompt in "ab":
        store.outbox.submit("p", "wh", {"prompt": prompt})
    return {str(item.prompt): item.row for item in store.queue.waiting("p")}


def test_what_is_typed_goes_before_a_batch_that_was_there_first(store: Store) -> None:
    """Typed prompts go before an earlier batch, in their order within each lane."""
    two_lanes(store)
    assert prompts(store) == ["a", "b", "1", "2", "3"]
    sent = [store.outbox.claim("p") for _ in range(5)]
    assert [submission.inputs["prompt"] for submission in sent if submission] == ["a", "b", "1", "2", "3"]


def test_a_row_that_is_moved_joins_the_lane_it_is_moved_into(store: Store) -> None:
    """A moved row joins the lane it is moved into; at the border it keeps its own, and a named lane holds it."""
    rows = two_lanes(store)
    store.queue.reorder("p", [rows["3"]], 1)
    assert lanes(store)[:3] == [("a", Lane.INTERACTIVE), ("3", Lane.INTERACTIVE), ("b", Lane.INTERACTIVE)]
    store.queue.reorder("p", [rows["a"]], 3)
    assert lanes(store)[2:] == [("1", Lane.BATCH), ("a", Lane.BATCH), ("2", Lane.BATCH)]
    store.queue.reorder("p", [rows["2"]], 2)
    assert lanes(store)[2] == ("2", Lane.BATCH)
    store.queue.reorder("p", [rows["2"]], 0, Lane.BATCH)
    assert lanes(store)[2] == ("2", Lane.BATCH)
    store.queue.reorder("p", [rows["2"]], 0, Lane.INTERACTIVE)
    assert lanes(store)[0] == ("2", Lane.INTERACTIVE)
    store.queue.reorder("p", [rows["2"]], 9, Lane.INTERACTIVE)
    assert lanes(store)[2] == ("2", Lane.INTERACTIVE)


def test_to_cross_the_border_is_a_step_of_its_own(store: Store) -> None:
    """Crossing the border of the lanes is a step of its own; without a batch there is no border."""
    rows = two_lanes(store)
    steps = []
    for by in (1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1):
        assert store.queue.shift("p", rows["a"], by)
        steps.append((prompts(store).index("a"), store.queue.lanes("p")[Lane.INTERACTIVE]))
    down = [(1, 2), (1, 1), (2, 1), (3, 1), (4, 1), (4, 1)]
    assert steps == [*down, (3, 1), (2, 1), (1, 1), (1, 2), (0, 2), (0, 2)]
    for row in ("1", "2", "3"):
        store.outbox.drop(rows[row])
    assert store.queue.shift("p", rows["a"], 9)
    assert lanes(store) == [("b", Lane.INTERACTIVE), ("a", Lane.INTERACTIVE)]
    assert not store.queue.shift("p", rows["1"], 1)


def test_positions_are_those_of_the_list(store: Store) -> None:
    """Positions count over both lanes, and a row that is not queued has none."""
    rows = two_lanes(store)
    store.queue.hold("p", "the key", rows["b"])
    order = [item.row for item in store.queue.waiting("p") if item.state is OutboxState.QUEUED]
    assert store.queue.positions("p", [*rows.values()]) == {row: n for n, row in enumerate(order, 1)}
    assert store.queue.positions("p", [rows["3"], rows["b"], RowId(99)]) == {rows["3"]: 4}
    assert store.queue.positions("p", []) == {}


def test_what_is_sent_again_by_hand_goes_before_batches(store: Store) -> None:
    """Somebody waits for it."""
    store.batches.submit("p", "wh", BatchSource("numbers"), [{"prompt": f"{n}"} for n in (1, 2)])
    sent = store.outbox.claim("p")
    assert sent is not None
    settle(store, sent.row, OutboxState.UNCERTAIN, "no answer")
    store.batches.submit("p", "wh", BatchSource("more"), [{"prompt": "0"}])
    assert store.queue.resend(sent.row)
    assert lanes(store)[0] == ("1", Lane.INTERACTIVE)
