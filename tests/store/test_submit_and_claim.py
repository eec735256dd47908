"""The outbox: once on disk never lost, and only along its permitted ways."""

import itertools
import sqlite3
import time

import pytest

from cordage_tui.domain.outbox_states import TRANSITIONS, OutboxState
from cordage_tui.domain.run import RowId, RunQuery, Status
from cordage_tui.domain.submission import WAITS_FOR_TWIN, Expected, StateChange
from cordage_tui.store.errors import InvalidTransition
from tests.tries import accept, requeue, settle

ALL = RunQuery("p")
FOX = {"prompt": "a fox", "steps": 20}


def words(store, row):
    return store.rows.get(row).status.value


def test_a_submission_is_a_row_at_once(store, clock):
    """A submitted prompt is in the table as `queued`, with its prompt and its time."""
    row = store.outbox.submit("p", "wh_a", {"prompt": "a fox\nin snow"})
    (shown,) = store.query.window(ALL, 0, 10)
    assert (shown.id, shown.status, shown.prompt, shown.created_at) == (row, Status.QUEUED, "a fox in snow", clock.now)
    assert shown.run_id is None


def test_claims_go_oldest_first_and_skip_busy_webhooks(store):
    """`claim` takes the oldest queued prompt whose webhook is not busy, with its inputs as they were submitted."""
    first = store.outbox.submit("p", "wh_a", FOX)
    second = store.outbox.submit("p", "wh_b", {"prompt": "an owl"})
    outgoing = store.outbox.claim("p", busy={"wh_a"})
    assert (outgoing.row, outgoing.webhook_key, outgoing.inputs, outgoing.attempt) == (
        second,
        "wh_b",
        {"prompt": "an owl"},
        1,
    )
    assert store.outbox.claim("p").row == first
    assert store.outbox.claim("p") is None


def test_claims_keep_to_their_profile(store):
    """A prompt of one profile is never claimed for another, whose key would pay for it."""
    store.outbox.submit("p", "wh_a", FOX)
    assert store.outbox.claim("other") is None
    assert store.outbox.next("other") is None
    assert store.outbox.next("p") is not None


@pytest.mark.parametrize("end", [OutboxState.SENDING, OutboxState.UNCERTAIN])
def test_a_twin_waits_while_its_like_is_on_its_way(store, end):
    """Two submissions that a run list could not distinguish are never both on their way or uncertain."""
    first = store.outbox.submit("p", "wh_a", {"prompt": "a fox"})
    twin = store.outbox.submit("p", "wh_a", {"prompt": " a fox "})
    elsewhere = store.outbox.submit("p", "wh_b", {"prompt": "a fox"})
    assert store.outbox.claim("p").row == first
    if end is OutboxState.UNCERTAIN:
        settle(store, first, end, "no answer")
    assert store.outbox.claim("p").row == elsewhere
    assert store.outbox.claim("p") is None
    assert words(store, twin) == "queued"


def test_a_twin_goes_once_the_first_is_known(store, remote_run):
    """When the first of two equal submissions is accepted, the second may go."""
    first, twin = (store.outbox.submit("p", "wh_a", FOX) for _ in range(2))
    store.outbox.claim("p")
    accept(store, first, remote_run("r1"))
    assert store.outbox.claim("p").row == twin


def test_an_accepted_row_becomes_its_run_in_place(store, remote_run, clock):
    """Acceptance keeps the row's id, prompt and time of submission, and shows the server's status."""
    row = store.outbox.submit("p", "wh_a", FOX)
    store.outbox.claim("p")
    submitted, clock.now = clock.now, clock.now + 5
    accept(store, row, remote_run("r1", "running", node_count=5, created_at=submitted - 300))
    (shown,) = store.query.window(ALL, 0, 10)
    assert (shown.id, shown.run_id, shown.status) == (row, "r1", Status.RUNNING)
    assert (shown.created_at, shown.started_at, shown.prompt) == (submitted, clock.now, "a fox")


def test_a_list_that_came_first_does_not_double_the_row(store, remote_run):
    """A run that a list showed before its trigger was answered becomes the submitter's row, and the stranger goes."""
    row = store.outbox.submit("p", "wh_a", FOX)
    store.outbox.claim("p")
    store.runs.merge("p", "wh_a", [remote_run("r1", "completed", outputs=("https://x/1.png",))])
    (stranger,) = (r.id for r in store.query.window(ALL, 0, 10) if r.id != row)
    notices = []
    store.changes.subscribe(notices.append)
    accept(store, row, remote_run("r1", "running"))
    (shown,) = store.query.window(ALL, 0, 10)
    assert (shown.id, shown.run_id, shown.status, shown.output_count) == (row, "r1", Status.COMPLETED, 1)
    assert notices == [{row, stranger}]
    assert store.query.detail(stranger) is None
    assert store.query.tallies("p")["wh_a"].total == 1


def test_two_prompts_never_share_a_run(store, remote_run):
    """A run id that belongs to another submission leaves the second one uncertain, not merged away."""
    first, second = store.outbox.submit("p", "wh_a", FOX), store.outbox.submit("p", "wh_a", {"prompt": "owl"})
    for row in (first, second):
        store.outbox.claim("p")
        accept(store, row, remote_run("r1"))
    assert (words(store, first), words(store, second)) == ("running", "uncertain")
    assert "belongs to another prompt" in store.query.detail(second).note


def test_a_try_that_did_nothing_is_not_counted(store):
    """A try that surely did not arrive, or met a 429, keeps its place in the queue and is not counted."""
    row = store.outbox.submit("p", "wh_a", FOX)
    store.outbox.submit("p", "wh_a", {"prompt": "later"})
    store.outbox.claim("p")
    requeue(store, row, "the limit is reached")
    assert store.query.detail(row).note == "the limit is reached"
    again = store.outbox.claim("p")
    assert (again.row, again.attempt) == (row, 1)
    assert store.query.detail(row).note is None


def test_sending_again_by_the_users_word_counts(store):
    """An uncertain try may have arrived, so it stays counted when the user sends again."""
    row = store.outbox.submit("p", "wh_a", FOX)
    store.outbox.claim("p")
    settle(store, row, OutboxState.UNCERTAIN, "no answer")
    assert store.queue.resend(row).done
    assert store.outbox.claim("p").attempt == 2


def test_what_is_queued_again_says_that_it_waits_for_its_twin(store):
    """A prompt released by a new key notes that it waits for its uncertain twin."""
    held = store.outbox.submit("p", "wh_a", FOX)
    settle(store, held, OutboxState.HELD, "the key was refused")
    store.outbox.submit("p", "wh_a", FOX)
    settle(store, store.outbox.claim("p").row, OutboxState.UNCERTAIN, "no answer")
    assert store.outbox.release_held("p") == 1
    assert (words(store, held), store.query.detail(held).note) == ("queued", WAITS_FOR_TWIN)
    assert store.outbox.claim("p") is None


def test_a_rejection_is_the_servers_word_and_a_hold_is_ours(store):
    """Why the server refused shows as the error; why we hold back shows as the note."""
    rejected, held = store.outbox.submit("p", "wh_a", FOX), store.outbox.submit("p", "wh_a", {"prompt": "owl"})
    for row, state in ((rejected, OutboxState.REJECTED), (held, OutboxState.HELD)):
        store.outbox.claim("p")
        settle(store, row, state, "because \x1b[31m")
    shown = [store.query.detail(row) for row in (rejected, held)]
    assert [(d.row.status.value, d.error, d.note) for d in shown] == [
        ("rejected", "because ␛[31m", None),
        ("held", None, "because ␛[31m"),
    ]


def test_a_new_key_releases_what_was_held(store):
    """`release_held` queues all held prompts of the profile in their old order, and none of another profile."""
    rows = [store.outbox.submit("p", "wh_a", {"prompt": str(n)}) for n in range(3)]
    other = store.outbox.submit("q", "wh_a", FOX)
    for row in (rows[0], rows[2], other):
        settle(store, row, OutboxState.HELD, "the key was refused")
    assert store.outbox.release_held("p") == 2
    assert [store.outbox.claim("p").row for _ in rows] == rows
    assert words(store, other) == "held"


def test_what_a_dead_process_was_sending_is_uncertain(store, clock):
    """`recover` never queues again: it says when it was sent, and that it may be running and may be charged."""
    sending, queued = (store.outbox.submit("p", "wh_a", {"prompt": p}) for p in ("a", "b"))
    store.outbox.claim("p")
    at = time.strftime("%H:%M:%S", time.localtime(clock.now))
    clock.now += 1000
    assert store.outbox.recover("p") == 1
    assert store.outbox.recover("p") == 0
    assert (words(store, sending), words(store, queued)) == ("uncertain", "queued")
    assert store.query.detail(sending).note == (
        f"We sent this at {at} but the program ended before it stored an answer. It may be running and may be charged."
    )


@pytest.mark.parametrize("state", [OutboxState.QUEUED, OutboxState.HELD, OutboxState.REJECTED, OutboxState.UNCERTAIN])
def test_dropping_takes_the_row_away_for_good(store, state):
    """A dropped prompt leaves the table and is never sent, but stays in the prompt history."""
    row = store.outbox.submit("p", "wh_a", FOX)
    if state is not OutboxState.QUEUED:
        store.outbox.claim("p")
        settle(store, row, state, "x")
    assert store.outbox.drop(row, Expected(state)) == StateChange(True, OutboxState.DROPPED)
    assert store.outbox.drop(row, Expected(state)) == StateChange(False, OutboxState.DROPPED)
    assert store.query.count(ALL) == 0
    assert store.query.tallies("p") == {}
    assert store.outbox.claim("p") is None
    assert store.prompts.history("p", "wh_a") == [FOX]


def test_what_is_on_its_way_or_has_run_is_not_dropped(store, remote_run):
    """A prompt being sent or accepted cannot be dropped: it may cost money and must stay in sight."""
    row = store.outbox.submit("p", "wh_a", FOX)
    store.outbox.claim("p")
    for state in OutboxState:
        assert store.outbox.drop(row, Expected(state)) == StateChange(False, OutboxState.SENDING)
    accept(store, row, remote_run("r1"))
    for state in OutboxState:
        assert store.outbox.drop(row, Expected(state)) == StateChange(False, OutboxState.ACCEPTED, "r1")
    assert store.outbox.drop(RowId(99)) == StateChange(False, None)
    assert store.query.count(ALL) == 1


def test_only_what_is_queued_is_taken_back_unless_the_user_was_asked_about_more(store):
    """Without a decision about another state, an uncertain prompt is not dropped, and its state is returned."""
    row = store.outbox.submit("p", "wh_a", FOX)
    store.outbox.claim("p")
    settle(store, row, OutboxState.UNCERTAIN, "no answer")
    assert store.outbox.drop(row) == StateChange(False, OutboxState.UNCERTAIN)
    assert store.outbox.drop(row, Expected(OutboxState.HELD)) == StateChange(False, OutboxState.UNCERTAIN)
    assert words(store, row) == "uncertain"


def test_the_users_word_about_one_try_does_not_hold_for_the_next(store):
    """A question was opened over an uncertain prompt; another window sent it again, and that answer was lost too. The word
    given to the old question drops nothing and sends nothing a third time."""
    row = store.outbox.submit("p", "wh_a", FOX)
    store.outbox.claim("p")
    settle(store, row, OutboxState.UNCERTAIN, "no answer")
    expected = store.outbox.expected(row)
    assert store.queue.resend(row, expected).done
    store.outbox.claim("p")
    settle(store, row, OutboxState.UNCERTAIN, "no answer")
    assert store.outbox.drop(row, expected) == StateChange(False, OutboxState.UNCERTAIN)
    assert store.queue.resend(row, expected) == StateChange(False, OutboxState.UNCERTAIN)
    assert store.outbox.drop(row, store.outbox.expected(row)).done


def test_many_are_dropped_in_one_transaction_and_each_tells_what_it_is(store, remote_run):
    """Many prompts are dropped in one transaction; one sent since the question stays, and its state is returned."""
    rows = [store.outbox.submit("p", "wh_a", {"prompt": str(n)}) for n in range(3)]
    expected = {row: store.outbox.expected(row) for row in rows}
    store.outbox.claim("p")
    accept(store, rows[0], remote_run("r1"))
    changes = store.outbox.drop_all(expected)
    assert [changes[row].done for row in rows] == [False, True, True]
    assert changes[rows[0]] == StateChange(False, OutboxState.ACCEPTED, "r1")


def test_a_wrong_step_changes_nothing_and_says_so(store):
    """A transition that the domain does not know raises InvalidTransition and leaves the row as it was."""
    row = store.outbox.submit("p", "wh_a", FOX)
    with (
        pytest.raises(InvalidTransition, match="is queued and cannot become uncertain"),
        store.outbox._database.write() as write,
    ):
        store.outbox.move(write, row, OutboxState.UNCERTAIN, "x")
    assert words(store, row) == "queued"
    assert store.query.detail(row).note is None


@pytest.mark.parametrize(("old", "new"), list(itertools.product(OutboxState, OutboxState)))
def test_the_database_itself_refuses_any_other_transition(store, stores, old, new):
    """The database refuses transitions outside TRANSITIONS, even from foreign SQL."""
    row = store.outbox.submit("p", "wh_a", FOX)
    connection = sqlite3.connect(stores.path, isolation_level=None)
    for step in {
        OutboxState.QUEUED: (),
        OutboxState.HELD: ("held",),
        OutboxState.DROPPED: ("dropped",),
        OutboxState.SENDING: ("sending",),
    }.get(old, ("sending", old.value)):
        connection.execute("UPDATE outbox SET state = ? WHERE id = ?", (step, row))
    try:
        if (old, new) in TRANSITIONS:
            connection.execute("UPDATE outbox SET state = ? WHERE id = ?", (new.value, row))
        else:
            with pytest.raises(sqlite3.IntegrityError, match="not a transition"):
                connection.execute("UPDATE outbox SET state = ? WHERE id = ?", (new.value, row))
        with pytest.raises(sqlite3.IntegrityError, match="are kept"):
            connection.execute("DELETE FROM outbox")
    finally:
        connection.close()


def test_inputs_come_back_as_they_were_given(store):
    """Inputs are claimed exactly as submitted, with lone surrogates and big numbers."""
    inputs = {"prompt": "\ud83d lone \x00", "big": 2**80, "deep": {"a": [1, 2.5, None, True]}, "é": "e\u0301"}
    row = store.outbox.submit("p", "wh_a", inputs)
    assert store.outbox.claim("p").inputs == inputs
    assert store.query.detail(row).inputs == inputs
