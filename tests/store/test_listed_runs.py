"""Runs in the table: changes by answers and by us, and answers without news, which write nothing."""

from contextlib import contextmanager

from cordage_tui.domain.run import RunQuery, Status
from cordage_tui.store.file.database import Database
from cordage_tui.store.runs import listed_runs
from tests.tries import accept

ALL = RunQuery("p")


def rows(store):
    return store.query.window(ALL, 0, 100)


def test_runs_of_elsewhere_get_rows(store, remote_run, clock):
    """A run that a list shows first has a row with the server's time and an empty prompt."""
    changed = store.runs.merge("p", "wh_a", [remote_run("r1", created_at=clock.now - 60), remote_run("r2", "pending")])
    shown = rows(store)
    assert [(r.run_id, r.status.value, r.prompt, r.created_at) for r in shown] == [
        ("r2", "pending", "", clock.now),
        ("r1", "running", "", clock.now - 60),
    ]
    assert changed == {r.id for r in shown}


def test_one_id_on_two_webhooks_is_two_runs(store, remote_run):
    """Runs are identified by profile, webhook and id (docs/dev/faults.md 86)."""
    for profile, webhook in (("p", "wh_a"), ("p", "wh_b"), ("q", "wh_a")):
        store.runs.merge(profile, webhook, [remote_run("r1")])
    assert {r.webhook_key for r in rows(store)} == {"wh_a", "wh_b"}
    assert store.query.count(RunQuery("q")) == 1


def test_an_id_twice_in_one_answer_counts_once(store, remote_run):
    """Of two items with one id in an answer, the last counts (docs/dev/faults.md 85)."""
    store.runs.merge("p", "wh_a", [remote_run("r1", "running"), remote_run("r1", "completed")])
    assert [r.status for r in rows(store)] == [Status.COMPLETED]


def test_an_answer_that_says_nothing_new_writes_nothing(store, stores, remote_run, clock):
    """An answer without news returns no rows, notifies no subscriber and leaves the file unchanged."""
    answer = [remote_run(f"r{n}", created_at=clock.now) for n in range(3)]
    store.runs.merge("p", "wh_a", answer)
    notices = []
    store.changes.subscribe(notices.append)
    before, tail = stores.path.read_bytes(), store.changes.tail()
    clock.now += 2
    assert store.runs.merge("p", "wh_a", answer) == frozenset()
    assert (notices, store.changes.tail(), stores.path.read_bytes()) == ([], tail, before)


def test_only_what_changed_is_reported(store, remote_run):
    """`merge` names the rows whose facts changed and no others, in one notice."""
    store.runs.merge("p", "wh_a", [remote_run(f"r{n}") for n in range(300)])
    notices = []
    store.changes.subscribe(notices.append)
    changed = store.runs.merge(
        "p", "wh_a", [remote_run(f"r{n}", "completed" if n == 250 else "running") for n in range(300)]
    )
    assert [store.rows.get(row).run_id for row in changed] == ["r250"]
    assert notices == [changed]


def test_an_answer_is_read_and_merged_once(store, remote_run, monkeypatch):
    """An answer is compared once, and a second time only if another process wrote in between."""
    reads = []
    known_by_run = listed_runs.known_by_run
    monkeypatch.setattr(listed_runs, "known_by_run", lambda *args: reads.append(args) or known_by_run(*args))
    store.runs.merge("p", "wh_a", [remote_run("r1")])
    store.runs.merge("p", "wh_a", [remote_run("r1", "completed")])
    assert len(reads) == 2


def test_an_answer_is_merged_into_what_another_process_wrote_meanwhile(store, stores, remote_run, monkeypatch):
    """Between the comparison and the lock another process may have met the run: it gets no second row."""
    other, snapshot = stores.open(), Database.snapshot

    @contextmanager
    def interrupted(database):
        with snapshot(database):
            yield
        monkeypatch.undo()
        other.runs.merge("p", "wh_a", [remote_run("r1", "completed")])

    monkeypatch.setattr(Database, "snapshot", interrupted)
    store.runs.merge("p", "wh_a", [remote_run("r1"), remote_run("r2")])
    assert {row.run_id: row.status for row in rows(store)} == {"r1": Status.COMPLETED, "r2": Status.RUNNING}


def test_a_doubt_is_remembered_in_silence(store, remote_run):
    """A step back seen once is kept until the next answer, even across a restart, and shows nowhere."""
    store.runs.merge("p", "wh_a", [remote_run("r1", "completed")])
    assert store.runs.merge("p", "wh_a", [remote_run("r1", "running")]) == frozenset()
    assert rows(store)[0].status is Status.COMPLETED
    assert store.runs.merge("p", "wh_a", [remote_run("r1", "running")]) != frozenset()
    assert rows(store)[0].status is Status.RUNNING


def test_history_stays_when_the_server_prunes(store, remote_run):
    """A list that no longer names a run leaves its row as it is (docs/dev/faults.md 90)."""
    store.runs.merge("p", "wh_a", [remote_run("r1", "completed"), remote_run("r2")])
    store.runs.merge("p", "wh_a", [remote_run("r2")])
    store.runs.merge("p", "wh_a", [])
    assert len(rows(store)) == 2


def test_a_kill_shows_and_is_confirmed_by_the_end(store, remote_run):
    """`ask_kill` shows `killing` through unended answers; the end shows as itself."""
    (row,) = store.runs.merge("p", "wh_a", [remote_run("r1")])
    store.runs.ask_kill(row)
    store.runs.merge("p", "wh_a", [remote_run("r1", "running", node_count=2)])
    assert rows(store)[0].status is Status.KILLING
    store.runs.merge("p", "wh_a", [remote_run("r1", "cancelled")])
    assert rows(store)[0].status is Status.CANCELLED


def test_a_failed_kill_shows_what_the_server_shows(store, remote_run):
    """After `kill_failed` the row has the server's status and the note, and a new kill removes the note."""
    (row,) = store.runs.merge("p", "wh_a", [remote_run("r1")])
    store.runs.ask_kill(row)
    store.runs.kill_failed(row, "No answer. Press x to try again.")
    assert rows(store)[0].status is Status.RUNNING
    assert store.query.detail(row).note == "No answer. Press x to try again."
    store.runs.ask_kill(row)
    assert store.query.detail(row).note is None


def test_ended_runs_are_neither_killed_nor_lost(store, remote_run):
    """A kill or a disappearance that comes after the end does not change how the run ended."""
    (row,) = store.runs.merge("p", "wh_a", [remote_run("r1", "failed")])
    store.runs.ask_kill(row)
    store.runs.lost(row, "gone")
    assert rows(store)[0].status is Status.FAILED
    assert store.query.detail(row).note is None


def test_a_run_out_of_sight_is_lost_and_may_be_found(store, remote_run):
    """`lost` ends the polling of a row with a note, and the row continues if the server shows the run again."""
    (row,) = store.runs.merge("p", "wh_a", [remote_run("r1")])
    store.runs.lost(row, "The server no longer shows this run.")
    assert (rows(store)[0].status, store.query.active("p")) == (Status.MISSING, [])
    assert store.query.detail(row).note == "The server no longer shows this run."
    store.runs.merge("p", "wh_a", [remote_run("r1", "running")])
    assert [r.id for r in store.query.active("p")] == [row]


def test_acting_on_a_row_without_a_run_does_nothing(store):
    """Killing or losing needs a run of the server's; a queued prompt stays queued."""
    row = store.outbox.submit("p", "wh_a", {"prompt": "a fox"})
    store.runs.ask_kill(row)
    store.runs.lost(row, "x")
    assert store.rows.get(row).status is Status.QUEUED


def test_a_note_is_told_once(store, remote_run):
    """A note is shown and reported once; the same note again is not reported."""
    (row,) = store.runs.merge("p", "wh_a", [remote_run("r1")])
    notices = []
    store.changes.subscribe(notices.append)
    for note in ("look", "look", None):
        store.runs.note(row, note)
    assert notices == [{row}, {row}]
    assert store.query.detail(row).note is None


def test_seeds_are_history_with_prompts(store, remote_run):
    """Seeded runs show their prompts and can be called back in the prompt panel."""
    store.runs.seed(
        "p", [("wh_a", remote_run("r1", "completed"), {"prompt": "a fox"}), ("wh_b", remote_run("r2", "failed"), None)]
    )
    assert {(r.run_id, r.prompt) for r in rows(store)} == {("r1", "a fox"), ("r2", "")}
    assert store.prompts.history("p", "wh_a") == [{"prompt": "a fox"}]


def test_an_echo_of_the_server_fills_in_a_strangers_prompt(store, remote_run):
    """Echoed inputs become the prompt of a run started elsewhere, and never replace what we sent."""
    store.runs.merge("p", "wh_a", [remote_run("r1", inputs={"prompt": "an owl"})])
    row = store.outbox.submit("p", "wh_a", {"prompt": "a fox"})
    store.outbox.claim("p")
    accept(store, row, remote_run("r2", inputs={"prompt": "other"}))
    assert {(r.run_id, r.prompt) for r in rows(store)} == {("r1", "an owl"), ("r2", "a fox")}
