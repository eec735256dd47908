"""Pruning: old runs go with all their texts, important ones stay, and nothing is sent twice because of it."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.match_set import FoundSet, SetKind
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RemoteRun, RowId, RunQuery, Status
from cordage_tui.domain.submission import Expected
from cordage_tui.domain.tag import parse_tag_change
from cordage_tui.store.file.rebuild import salvage
from cordage_tui.store.file.schema import migrate
from cordage_tui.store.file.schema_steps import STEPS
from cordage_tui.store.prompt_history import SentBodies
from cordage_tui.store.prompt_search import BodyQuery, HistoryScope, define_functions, search_bodies
from cordage_tui.store.pruning import DatabaseSpace, Fate, PruneFilter, PrunePass
from cordage_tui.store.store import Store
from tests.store.conftest import NOON, HeldClock, Stores
from tests.tries import accept, settle

Told = Callable[..., RemoteRun]
DAY = 86_400.0
CANARY = "xylophone"


def prune(store: Store, days: float = 30.0, *, remove: bool = True, limit: int = 3, **wanted: object) -> PrunePass:
    """Run a whole pass in slices smaller than its rows."""
    now = store.clock.wall()
    pruning = PrunePass(store.database, store.clock, PruneFilter("p", now - days * DAY, **wanted))  # type: ignore[arg-type]
    while pruning.step(remove=remove, limit=limit):
        pass
    return pruning


def fates(done: PrunePass) -> dict[Fate, int]:
    counts: dict[Fate, int] = {}
    for (_, _, fate), n in done.fates.items():
        counts[fate] = counts.get(fate, 0) + n
    return counts


def shown(store: Store) -> set[str]:
    return {row.run_id or row.prompt for row in store.query.window(RunQuery("p"), 0, 100)}


@pytest.fixture
def sent(store: Store, remote_run: Told, clock: HeldClock) -> Callable[..., RowId]:
    """Return a function that submits a prompt and ends its run a minute later."""

    def send(run_id: str, word: str = "completed", prompt: str = CANARY, **fields: object) -> RowId:
        row = store.outbox.submit("p", "wh", {"prompt": f"{prompt} {run_id}"})
        out = store.outbox.claim("p")
        assert out is not None and out.row == row
        accept(store, row, remote_run(run_id, "running", created_at=clock.now))
        clock.now += 60
        outputs = (f"https://s.example/{prompt[:20]}/{run_id}.png",)
        store.runs.merge("p", "wh", [remote_run(run_id, word, completed_at=clock.now, outputs=outputs, **fields)])
        return row

    return send


@pytest.mark.usefixtures("rollback_journal")  # with a write-ahead log: the test below
def test_what_is_old_is_gone_to_the_last_word(store: Store, sent: Callable[..., RowId], clock: HeldClock) -> None:
    """A pruned run leaves no row, no count, no prompt in the history, and no text in the file."""
    for n in range(40):
        store.ratings.decide([(sent(f"kept-{n}", prompt="owl"), 1)], True)
        sent(f"old-{n}", "failed" if n % 2 else "completed")
    taken_back = store.outbox.submit("p", "wh", {"prompt": f"{CANARY} never sent"})
    assert store.outbox.drop(taken_back, Expected(OutboxState.QUEUED))
    clock.now += 40 * DAY
    sent("young", prompt="fox")
    assert CANARY.encode() in store.database.path.read_bytes()
    done = prune(store)
    assert (done.removed, done.dropped, fates(done)) == (40, 1, {Fate.REMOVED: 40, Fate.RATED: 40})
    assert shown(store) == {"young", *(f"kept-{n}" for n in range(40))}
    assert store.query.count(RunQuery("p")) == store.query.tallies("p")["wh"].total == 41
    assert {body["prompt"].split()[0] for body in store.prompts.history("p", "wh")} == {"fox", "owl"}
    assert CANARY.encode() not in store.database.path.read_bytes()


@pytest.mark.parametrize("journal", ["wal", "truncate"])
def test_no_file_of_the_database_holds_what_was_removed(
    store: Store, sent: Callable[..., RowId], clock: HeldClock, journal: str
) -> None:
    """Neither the database file nor its log contains pruned text, and a reader delays that without blocking the
    window."""
    assert store.database.row(f"PRAGMA journal_mode = {journal}") == (journal,)
    for n in range(40):
        sent(f"old-{n}")
    clock.now += 40 * DAY
    folder, space = store.database.path.parent, DatabaseSpace(store.database)

    def readable() -> set[str]:
        return {file.name for file in folder.iterdir() if file.is_file() and CANARY.encode() in file.read_bytes()}

    assert readable()
    with closing(sqlite3.connect(store.database.path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM runs").fetchone()
        if journal == "wal":
            assert prune(store).removed == 40 and not space.clear_log() and readable()
        reader.execute("COMMIT")
    prune(store)
    while space.shrink():
        pass
    assert space.clear_log() and readable() == set()


def test_a_dry_run_tells_the_same_and_changes_nothing(
    store: Store, sent: Callable[..., RowId], clock: HeldClock
) -> None:
    for n in range(4):
        sent(f"old-{n}")
    clock.now += 40 * DAY
    before = store.database.path.read_bytes()
    look = prune(store, remove=False)
    assert (look.removed, store.database.path.read_bytes()) == (4, before)
    assert prune(store).fates == look.fates


def test_only_what_was_asked_for_goes(store: Store, sent: Callable[..., RowId], clock: HeldClock) -> None:
    """Only runs of the given webhook and status are pruned, and never those younger than a day."""
    for n in range(4):
        sent(f"old-{n}", "failed" if n % 2 else "completed")
    clock.now += 40 * DAY
    sent("young")
    assert prune(store, webhook_key="wh_other").removed == 0
    assert prune(store, statuses=frozenset({Status.FAILED})).removed == 2
    assert prune(store, days=0.0).removed == 2
    assert shown(store) == {"young"}


def test_what_the_user_rated_pinned_or_downloads_stays(
    store: Store, sent: Callable[..., RowId], clock: HeldClock
) -> None:
    """Kept, rejected or starred; tagged; a pinned prompt; an output on its way to a file, not one that
    is there."""
    kept, rejected, starred, tagged, pinned, waiting, loaded = (sent(f"run-{n}") for n in range(7))
    store.ratings.decide([(kept, 1)], True)
    store.ratings.decide([(rejected, 1)], False)
    store.ratings.rate([(starred, 1)], 3)
    store.tags.change([tagged], parse_tag_change(["sea"]))
    SentBodies(store.database, "p").rename(pinned, "fog")
    for row, state in ((loaded, "done"), (waiting, "waiting")):
        output = OutputRef(row, 1, "https://s.example/1.png")
        store.downloads.enqueue("p", [output], Path("/pictures"), "{run}.{ext}", lambda path: True)
        if state == "done":
            load = store.download_jobs.claim("p")
            assert load is not None
            store.download_jobs.done(load, "a.png", 9, "ab", None)
    clock.now += 40 * DAY
    stays = {Fate.RATED: 3, Fate.TAGGED: 1, Fate.PINNED: 1, Fate.DOWNLOADING: 1}
    assert fates(prune(store)) == {**stays, Fate.REMOVED: 1}
    assert shown(store) == {f"run-{n}" for n in range(6)}


def test_what_goes_on_or_waits_stays(
    store: Store, sent: Callable[..., RowId], remote_run: Told, clock: HeldClock
) -> None:
    """Active runs, queued and held prompts, and runs that ended lately stay, however old they are."""
    store.runs.merge(
        "p", "wh", [remote_run("active", "running", created_at=NOON), remote_run("paused", "paused", created_at=NOON)]
    )
    store.runs.merge("p", "wh", [remote_run("long", "running", created_at=NOON)])
    queued, held = (store.outbox.submit("p", "wh_else", {"prompt": word}) for word in ("queued", "held"))
    store.queue.hold("p", "the key", held)
    clock.now += 40 * DAY
    store.runs.merge("p", "wh", [remote_run("long", "completed", completed_at=clock.now - 1.0)])
    assert fates(prune(store)) == {Fate.ACTIVE: 4, Fate.RECENT: 1}
    assert shown(store) == {"active", "paused", "long", "queued", "held"}
    assert store.outbox.expected(queued) == Expected(OutboxState.QUEUED, 0)


def test_runs_that_may_be_an_uncertain_prompts_own_stay(
    store: Store, sent: Callable[..., RowId], remote_run: Told, clock: HeldClock
) -> None:
    """Runs that may belong to an uncertain prompt stay until it is settled, from a day before it was sent."""
    sent("long before")
    clock.now += 2 * DAY
    row = store.outbox.submit("p", "wh", {"prompt": "uncertain"})
    store.outbox.claim("p")
    settle(store, row, OutboxState.UNCERTAIN, "no answer")
    store.runs.merge("p", "wh", [remote_run("its own?", "completed", created_at=clock.now, completed_at=clock.now + 9)])
    store.runs.merge(
        "p", "wh_b", [remote_run("elsewhere", "completed", created_at=clock.now, completed_at=clock.now + 9)]
    )
    clock.now += 40 * DAY
    assert fates(prune(store)) == {Fate.UNSETTLED: 1, Fate.ACTIVE: 1, Fate.REMOVED: 2}
    assert shown(store) == {"its own?", "uncertain"}
    assert [run.run_id for run in store.uncertain.unclaimed("p", "wh", NOON)] == ["its own?"]
    [run] = store.uncertain.unclaimed("p", "wh", NOON)
    assert store.uncertain.found(row, run.row)
    assert fates(prune(store)) == {Fate.REMOVED: 1}


def test_an_open_set_stays(store: Store, remote_run: Told, clock: HeldClock) -> None:
    """Prompts that were given their runs by a guess, until the user has said whether it was right."""
    row = store.outbox.submit("p", "wh", {"prompt": "uncertain"})
    store.outbox.claim("p")
    settle(store, row, OutboxState.UNCERTAIN, "no answer")
    store.runs.merge("p", "wh", [remote_run("r1", "completed", created_at=clock.now, completed_at=clock.now + 9)])
    [run] = store.uncertain.unclaimed("p", "wh", NOON - 10)
    found_set = FoundSet(SetKind.ALL_RAN, (row,), (run.row,), ((row, run.row),), is_bound=True)
    store.match_sets.record("p", "wh", [found_set], ["A guess."])
    clock.now += 40 * DAY
    assert fates(prune(store)) == {Fate.UNSETTLED: 1}


def test_a_batch_goes_whole_or_stays_whole(store: Store, remote_run: Told, clock: HeldClock) -> None:
    """A batch is pruned with all its runs or stays whole, for example while one run is rated."""
    lines, members = [], []
    for name in ("a", "b"):
        source = BatchSource("{red|blue} fox", {"prompt": f"{{red|blue}} {name}"}, (("1", ("red", "blue")),))
        lines.append(
            store.batches.submit("p", "wh", source, [{"prompt": f"{word} {name}"} for word in ("red", "blue")])
        )
        for n in range(2):
            out = store.outbox.claim("p")
            assert out is not None
            accept(store, out.row, remote_run(f"{name}{n}", "completed", created_at=NOON, completed_at=NOON + 1))
            members.append(out.row)
    store.ratings.decide([(members[0], 1)], True)
    store.batches.fold(lines[1], False)
    clock.now += 40 * DAY
    done = prune(store, limit=1)
    assert fates(done) == {Fate.RATED: 1, Fate.IN_BATCH: 1, Fate.REMOVED: 2}
    assert [row.id for row in store.query.window(RunQuery("p"), 0, 9)] == [lines[0]]
    assert store.batches.progress(lines[1]) is None and len(store.batches.members(lines[0])) == 2


def test_a_run_that_the_server_tells_of_again_is_not_taken_up(
    store: Store, sent: Callable[..., RowId], remote_run: Told, clock: HeldClock
) -> None:
    """A pruned run in the server's list is not stored again, and new runs of the list are."""
    sent("old-1", created_at=NOON)
    sent("old-2")
    clock.now += 40 * DAY
    prune(store)
    listed = [remote_run(name, "completed", created_at=NOON + n) for n, name in enumerate(("old-1", "old-2"))]
    store.runs.merge("p", "wh", [*listed, remote_run("new", "running", created_at=clock.now)])
    assert shown(store) == {"new"}


def test_a_servers_clock_that_is_wild_hides_no_later_run(store: Store, remote_run: Told, clock: HeldClock) -> None:
    """A time far in the future, from one run of ours, does not hide later runs."""
    row = store.outbox.submit("p", "wh", {"prompt": "fox"})
    store.outbox.claim("p")
    accept(store, row, remote_run("mine", "completed", created_at=9e9, completed_at=NOON + 9))
    clock.now += 40 * DAY
    assert prune(store).removed == 1
    store.runs.merge("p", "wh", [remote_run("new", "running", created_at=clock.now - DAY)])
    assert shown(store) == {"new"}


def test_what_was_sent_is_remembered(store: Store, sent: Callable[..., RowId], clock: HeldClock) -> None:
    """After pruning, it is still known which prompts were submitted before."""
    row = sent("old")
    body = {"prompt": f"{CANARY} old"}
    clock.now += 40 * DAY
    prune(store)
    assert store.prompts.ran_before("p", "wh", [body, {"prompt": "new"}]) == {0}
    assert store.outbox.expected(row) == Expected(OutboxState.ACCEPTED, 1)


def test_a_prompt_of_which_one_run_stays_is_still_in_the_history(
    store: Store, sent: Callable[..., RowId], remote_run: Told, clock: HeldClock
) -> None:
    """A prompt stays in the history while one of its runs stays, even if a later equal one was pruned."""
    first = sent("first", prompt="fox")
    store.ratings.decide([(first, 1)], True)
    again = store.outbox.submit("p", "wh", {"prompt": "fox first"})
    store.outbox.claim("p")
    accept(store, again, remote_run("second", "completed", created_at=clock.now, completed_at=clock.now + 1))
    clock.now += 40 * DAY
    assert fates(prune(store)) == {Fate.RATED: 1, Fate.REMOVED: 1}
    with closing(store.database.for_reading()) as reading:
        define_functions(reading)
        [found] = search_bodies(reading, BodyQuery("p", "fox", HistoryScope.ALL, "wh"))
    body = SentBodies(store.database, "p").statistics(first)
    assert found.rows == [first] and body is not None and body.times == 2


def test_a_pass_that_was_stopped_is_gone_on_with(stores: Stores, sent: Callable[..., RowId], clock: HeldClock) -> None:
    """Every slice is whole on disk."""
    for n in range(7):
        sent(f"old-{n}")
    clock.now += 40 * DAY
    first, other = stores.opened[0], stores.open()
    begun = PrunePass(first.database, first.clock, PruneFilter("p", clock.now - DAY))
    begun.step(remove=True, limit=3)
    other.changes.poll_others()
    assert other.query.count(RunQuery("p")) == 4
    assert prune(other).removed == 4


def test_only_pruning_pays_for_erased_pages(
    store: Store, sent: Callable[..., RowId], clock: HeldClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only pruning erases freed pages; other writes of the window keep the usual setting, also after a failed pass."""
    usual = store.database.row("PRAGMA secure_delete")
    for n in range(4):
        sent(f"old-{n}")
    clock.now += 40 * DAY
    done = PrunePass(store.database, store.clock, PruneFilter("p", clock.now - DAY))
    assert done.step(remove=True, limit=2)
    assert store.database.row("PRAGMA secure_delete") == usual
    during: list[object] = []
    monkeypatch.setattr(store.database, "_commit", lambda: during.append(store.database.row("PRAGMA secure_delete")))
    assert done.step(remove=True, limit=2)
    assert during == [(1,)] != [usual]
    assert store.database.row("PRAGMA secure_delete") == usual


@pytest.mark.usefixtures("rollback_journal")  # a write-ahead log gives it back once it is cleared
def test_space_is_given_back_in_steps(store: Store, sent: Callable[..., RowId], clock: HeldClock) -> None:
    """Space is returned a few pages per transaction, and the feed of changes forgets pruned rows."""
    for n in range(80):
        sent(f"old-{n}", prompt=f"{CANARY * 500}")
    clock.now += 40 * DAY
    done, space = (
        PrunePass(store.database, store.clock, PruneFilter("p", clock.now - DAY)),
        DatabaseSpace(store.database),
    )
    while done.step(remove=True):
        pass
    after: int | None = 0
    while after is not None:
        after = space.forget_removed(after)
    assert space.shrinks_in_steps and space.free > 100_000
    before, steps = store.database.path.stat().st_size, 0
    pages = space.free // space._number("page_size")
    while space.shrink(10):
        steps += 1
    assert (space.free, steps) == (0, (pages - 1) // 10)
    assert store.database.path.stat().st_size == space.size < before / 2
    assert store.database.rows("SELECT row FROM changes WHERE row <> 0") == []
    assert store.database.rows("PRAGMA integrity_check") == [("ok",)]


def test_a_database_of_an_earlier_version_is_rebuilt_once(tmp_path: Path, clock: HeldClock) -> None:
    """A database of an earlier version is rebuilt once, and then returns space in steps without losing anything."""
    path = tmp_path / "cordage.db"
    path.touch(mode=0o600)
    with closing(sqlite3.connect(path, isolation_level=None)) as old:
        migrate(old)
    with closing(Store.open(path, clock)) as store:
        row = store.outbox.submit("p", "wh", {"prompt": "fox"})
        space = DatabaseSpace(store.database)
        assert (space.shrinks_in_steps, space.shrink()) == (False, False)
        space.rebuild()
        assert space.shrinks_in_steps and store.query.detail(row) is not None


def test_a_repair_does_not_bring_them_back(
    stores: Stores, sent: Callable[..., RowId], clock: HeldClock, tmp_path: Path
) -> None:
    """A repair does not restore pruned runs, and keeps the records that they were sent."""
    row = sent("old")
    clock.now += 40 * DAY
    kept = sent("young", prompt="fox")
    prune(stores.opened[0])
    stores.opened[0].close()
    damaged, stores.path = stores.path, tmp_path / "fresh" / "cordage.db"
    stores.open().close()
    with (
        closing(sqlite3.connect(damaged, isolation_level=None)) as old,
        closing(sqlite3.connect(stores.path, isolation_level=None)) as fresh,
    ):
        salvage(old, fresh, NOON)
        assert old.execute("SELECT * FROM pruned").fetchall() == fresh.execute("SELECT * FROM pruned").fetchall() != []
    store = stores.open()
    assert [row.id for row in store.query.window(RunQuery("p"), 0, 9)] == [kept]
    assert store.outbox.expected(row) == Expected(OutboxState.ACCEPTED, 1)
    assert store.outbox.submit("p", "wh", {"prompt": "next"}) > kept > row
    assert len(STEPS) == store.database.rows("PRAGMA user_version")[0][0]
