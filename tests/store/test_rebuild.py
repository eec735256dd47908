"""What is saved from a damaged database, and what becomes of the halves of rows."""

import sqlite3
from contextlib import closing

import pytest

from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RowId, RunQuery, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.submission import NO_LINEAGE, Author, AuthorRequest, Expected, Lineage
from cordage_tui.store.file.rebuild import salvage
from cordage_tui.store.outbox.author_requests import Requests
from cordage_tui.store.outbox.queue_edits import QueueEdits
from tests.store.conftest import NOON
from tests.tries import accept, settle

ALL = RunQuery("p")


@pytest.fixture
def saved(stores, tmp_path):
    """Salvages the store's file, after `spoil` has been executed in it, into a fresh one and opens that."""

    def run(*spoil):
        for store in stores.opened:
            store.close()
        damaged = stores.path
        stores.path = tmp_path / "fresh" / "cordage.db"
        stores.open().close()
        with closing(sqlite3.connect(damaged, isolation_level=None)) as old:
            for statement in spoil:
                old.execute(statement)
            with closing(sqlite3.connect(stores.path, isolation_level=None)) as fresh:
                salvage(old, fresh, NOON)
        return stores.open()

    return run


@pytest.mark.parametrize("held", [True, False])
def test_a_prompt_without_inputs_is_never_sent(store, saved, held):
    """A queued or held submission whose inputs are lost is held with the reason and stays in the queue, whatever the user says
    but to drop it; an empty one is not sent instead."""
    row = store.outbox.submit("p", "wh_a", {"prompt": "a fox"})
    if held:
        settle(store, row, OutboxState.HELD, "x")
    store = saved("DELETE FROM details")
    store.queue_control.resume("p")
    assert store.outbox.release_held("p") == 0 and not store.queue.release(row)
    assert (
        QueueEdits(store.database, store.outbox, "p").unsent(unapproved=True) == [] and store.queue.unapproved("p") == 0
    )
    assert store.outbox.claim("p") is None
    [item] = store.queue.waiting("p")
    assert (item.row, item.state, item.prompt) == (row, OutboxState.HELD, "a fox")
    assert "inputs of this prompt are lost" in item.note and f"queue drop {row}" in item.note
    assert store.rows.get(row).status is Status.HELD
    assert store.outbox.drop(row, Expected(OutboxState.HELD))


def test_what_waits_for_approval_waits_on(store, saved):
    """Also where its submission was lost, and only its line can be read; without its inputs it cannot be approved."""
    author = Author(SafeText("claude"), is_held=True)
    kept, lost, blank = (store.outbox.submit("p", "wh_a", {"prompt": word}, author=author) for word in ("a", "b", "c"))
    gone = ("DROP TRIGGER outbox_stays", f"DELETE FROM outbox WHERE id = {lost}")
    store = saved(*gone, f"DELETE FROM details WHERE id = {blank}")
    store.queue_control.resume("p")
    assert store.outbox.release_held("p") == 0 and store.outbox.claim("p") is None
    assert {prompt.row for prompt in QueueEdits(store.database, store.outbox, "p").unsent(unapproved=True)} == {
        kept,
        lost,
    }
    assert store.outbox.state(blank) is OutboxState.HELD


def test_a_request_is_still_known(store, saved):
    """An agent that makes it again after the repair must not be charged twice."""
    request = AuthorRequest(SafeText("claude"), "r1", "a hash")
    row = store.outbox.submit("p", "wh_a", {"prompt": "a"}, author=Author(request.author), request=request)
    assert Requests(saved().database).find("p", request).rows == [row]


def test_sending_stays_in_doubt_without_its_inputs(store, saved):
    """What was being sent may be running, so it becomes uncertain even when its inputs are lost."""
    row = store.outbox.submit("p", "wh_a", {"prompt": "a fox"})
    store.outbox.claim("p")
    store = saved("DELETE FROM details")
    assert store.outbox.recover("p") == 1
    assert store.rows.get(row).status.value == "uncertain"


def test_a_submission_without_its_line_gets_one(store, saved, remote_run):
    """With the table's rows lost, every submission still shows, in its state, and can be sent; a sent one shows as lost."""
    sent, queued = store.outbox.submit("p", "wh_a", {"prompt": "a"}), store.outbox.submit("p", "wh_a", {"prompt": "b"})
    store.outbox.claim("p")
    accept(store, sent, remote_run("r1"))
    store = saved("DELETE FROM runs")
    assert {r.id: r.status.value for r in store.query.window(ALL, 0, 9)} == {sent: "lost", queued: "queued"}
    store.queue_control.resume("p")
    assert store.outbox.claim("p").inputs == {"prompt": "b"}


def test_nonsense_rows_are_left_behind(store, saved):
    """A row that breaks the schema does not keep the others from being saved."""
    keep = store.outbox.submit("p", "wh_a", {"prompt": "a"})
    store = saved(
        "CREATE TABLE loose AS SELECT * FROM drafts",
        "INSERT INTO loose VALUES (NULL, 'wh_a', '{}', NULL), ('p', 'wh_a', '{\"prompt\":\"half\"}', NULL)",
        "DROP TABLE drafts",
        "ALTER TABLE loose RENAME TO drafts",
    )
    assert store.rows.get(keep) is not None
    assert store.prompts.draft("p", "wh_a") == {"prompt": "half"}


def test_a_child_keeps_its_parent_and_links(store, saved):
    """The number of a parent that is gone is not given to another run, which would look like it."""
    url = "https://s.example/fox.png"
    parent, gone = store.outbox.submit("p", "wh_a", {"prompt": "a"}), RowId(1_000)
    lineage = Lineage(parent, 2, {"image": OutputRef(parent, 2, url)})
    child = store.outbox.submit("p", "wh_a", {"prompt": "larger", "image": url}, lineage=lineage)
    orphan = store.outbox.submit("p", "wh_a", {"prompt": "b"}, lineage=Lineage(gone))
    store.prompts.save_draft("p", "wh_a", {"prompt": "c"}, Lineage(parent))
    store = saved("UPDATE drafts SET lineage = '{'")
    assert store.run_lookup.lineage(child) == lineage
    assert store.run_lookup.lineage(orphan) == Lineage(gone)
    assert store.prompts.draft_lineage("p", "wh_a") == NO_LINEAGE
    assert store.outbox.submit("p", "wh_a", {"prompt": "d"}) > gone


def test_a_missing_table_costs_only_itself(store, saved):
    """When one table cannot be found at all the others are saved."""
    row = store.outbox.submit("p", "wh_a", {"prompt": "a"})
    store = saved("DROP TABLE history")
    store.queue_control.resume("p")
    assert store.outbox.claim("p").row == row


@pytest.fixture
def queue(store):
    """Three prompts reordered, and a batch of two behind them: what the queue panel shows, top down."""
    rows = [store.outbox.submit("p", "wh_a", {"prompt": f"fox {n}"}) for n in range(3)]
    store.queue.reorder("p", [rows[2]], 0)
    store.batches.submit("p", "wh_a", BatchSource("{red|blue} owl"), [{"prompt": "red owl"}, {"prompt": "blue owl"}])
    store.queue_control.limit_active("p", 5)
    return ["fox 2", "fox 0", "fox 1", "red owl", "blue owl"]


def test_the_queue_keeps_its_order_its_limit_and_its_batches(store, saved, queue):
    """What was reordered stays so, and a batch is still one line with its rows folded behind it."""
    store = saved()
    assert [waiting.prompt for waiting in store.queue.waiting("p")] == queue
    assert store.queue_control.read("p").max_active == 5
    line = store.query.window(ALL, 0, 9)[0]
    assert (line.status, line.size, store.query.count(ALL)) == (Status.BATCH, 2, 4)
    progress = store.batches.progress(line.id)
    assert (progress.title, progress.counts) == ("{red|blue} owl", {Status.QUEUED: 2})


def test_nothing_is_sent_from_a_repaired_queue_without_the_users_word(store, saved, queue, stores):
    """A damaged file may be older in some pages than in others, so the queue is paused and says why."""
    control = saved().queue_control.read("p")
    assert "may have been sent already" in control.paused
    assert control.paused_at == NOON
    empty = saved("UPDATE outbox SET state = 'dropped' WHERE state = 'queued'", "DELETE FROM queues")
    assert empty.queue_control.read("p").paused is None


@pytest.mark.parametrize("spoil", ["DELETE FROM runs WHERE status = 'batch'", "UPDATE batches SET source = '{\"ti'"])
def test_rows_of_a_lost_batch_are_not_hidden(store, saved, queue, spoil):
    """Without its line or its source a batch is no more, and its rows stand in the table as others do."""
    store = saved(spoil)
    shown = store.query.window(ALL, 0, 9)
    assert {row.prompt for row in shown} == set(queue)
    assert {row.batch for row in shown} == {None}
    assert store.query.count(ALL) == len(queue)


def test_a_lost_submission_is_known_again_by_its_line(store, saved, queue):
    """With every submission unreadable, what the table calls queued is still queued, in doubt what was on its way, and of the
    same fingerprint, so that a twin waits for it."""
    sending = store.outbox.claim("p")
    store = saved("DROP TABLE outbox")
    assert store.queue.counts("p") == {OutboxState.SENDING: 1, OutboxState.QUEUED: 4}
    assert store.outbox.recover("p") == 1
    [doubt] = store.uncertain.all("p")
    assert (doubt.row, doubt.sent_at) == (sending.row, NOON)
    twin = store.outbox.submit("p", "wh_a", sending.inputs)
    store.queue_control.resume("p")
    assert {store.outbox.claim("p").row for _ in range(4)} == set(range(1, 7)) - {sending.row, 6}
    assert store.outbox.claim("p") is None and store.rows.get(twin).status is Status.QUEUED


def test_the_id_of_a_dropped_submission_is_not_given_again(store, saved):
    """The newest submission was dropped, so no line has its id: the next one still gets one of its own."""
    store.outbox.submit("p", "wh_a", {"prompt": "a"})
    dropped = store.outbox.submit("p", "wh_a", {"prompt": "b"})
    store.outbox.drop(dropped)
    assert saved().outbox.submit("p", "wh_a", {"prompt": "c"}) == dropped + 1


def test_a_flipped_byte_inside_a_prompt_costs_that_prompt_only(store, saved):
    """Inputs that are no JSON any more are not sent, and reading the row works."""
    bad, good = (store.outbox.submit("p", "wh_a", {"prompt": prompt}) for prompt in ("a", "b"))
    store = saved(f'UPDATE details SET inputs = \'{{"prompt":"a\' WHERE id = {bad}')
    assert store.query.detail(bad).row.status is Status.HELD
    store.queue_control.resume("p")
    assert store.outbox.claim("p").row == good
