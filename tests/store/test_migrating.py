"""A database of every released schema is brought up to date with nothing lost (docs/dev/faults.md 153)."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.output import Rating
from cordage_tui.domain.queue import Lane
from cordage_tui.domain.run import RowId, RunQuery, SortKey, Status
from cordage_tui.store.file.open import _was_interrupted
from cordage_tui.store.file.schema import _DIVISOR, _WHOLE_TEXT, has_known_text, migrate
from cordage_tui.store.file.schema_steps import STEPS
from cordage_tui.store.store import Store
from tests.store.conftest import HeldClock, Stores

SCHEMAS = Path(__file__).parent / "schemas"


@pytest.fixture(params=range(1, len(STEPS)))
def older(request: pytest.FixtureRequest, stores: Stores) -> Path:
    """A database of an older schema; there is one for each released schema."""
    stores.path.parent.mkdir(mode=0o700)
    stores.path.touch(mode=0o600)
    with closing(sqlite3.connect(stores.path)) as old:
        old.executescript((SCHEMAS / f"{request.param}.sql").read_text())
    return stores.path


@pytest.fixture
def migrated(older: Path, stores: Stores) -> Store:
    """The store that it becomes."""
    return stores.open()


def test_the_text_of_every_schema_is_known_by_its_remainder(migrated: Store) -> None:
    """The schema is known by `_REMAINDERS`; after a new step put this number there, else each start compares all of it."""
    with closing(sqlite3.connect(migrated.database.path)) as connection:
        (text,) = connection.execute(_WHOLE_TEXT).fetchone()
        assert has_known_text(connection), int.from_bytes(text, "big") % _DIVISOR


def test_every_row_is_there_as_it_was(migrated: Store) -> None:
    """Each prompt is in the state it was in, and each run looks as it did."""
    assert migrated.notice is None
    shown = {row.prompt or row.run_id: row.status for row in migrated.query.window(RunQuery("studio"), 0, 50)}
    assert shown == {
        "a lighthouse in fog": Status.COMPLETED,
        "run-elsewhere": Status.RUNNING,
        "an uncertain fox": Status.UNCERTAIN,
        "a rejected owl": Status.REJECTED,
        "a held heron": Status.HELD,
        "in flight when the power went": Status.SENDING,
        "queued one": Status.QUEUED,
        "queued two": Status.QUEUED,
    }
    assert migrated.prompts.draft("studio", "wh_sunset") == {"prompt": "half a thou"}
    assert migrated.settings.get("theme") == "cordage-light"


def test_its_runs_are_found_by_what_they_made_and_by_what_was_decided(migrated: Store) -> None:
    """The kinds of outputs and the decisions of an older database are known to the filter and to the orders."""
    [row] = migrated.query.ids(RunQuery("studio", text="kind:image"))
    assert not migrated.query.ids(RunQuery("studio", text="kind:video"))
    [shown] = [shown for shown in migrated.query.window(RunQuery("studio"), 0, 50) if shown.id == row]
    ratings = migrated.ratings.of(row)
    kept = [rating.kept for rating in ratings.values()]
    assert (shown.kept, shown.stars) == (
        True if True in kept else None,
        max((rating.stars for rating in ratings.values()), default=0),
    )


def test_every_order_and_every_count_agree(migrated: Store) -> None:
    """After the migration every index has every row, and the tallies agree with the rows."""
    for sort in SortKey:
        query = RunQuery("studio", sort=sort)
        rows = migrated.query.window(query, 0, 50)
        assert len(rows) == migrated.query.count(query) == migrated.query.tallies("studio")["wh_sunset"].total
        assert [migrated.query.index_of(query, row.id) for row in rows] == list(range(len(rows))), sort
    assert {row.run_id for row in migrated.query.active("studio")} == {"run-elsewhere"}


def test_the_queue_goes_on_in_its_old_order(migrated: Store) -> None:
    """After the migration the prompt in flight is uncertain, and queued ones are sent, oldest first."""
    assert migrated.outbox.recover("studio") == 1
    assert migrated.queue.counts("studio") == {
        OutboxState.QUEUED: 2,
        OutboxState.HELD: 1,
        OutboxState.UNCERTAIN: 2,
    }
    sent = [migrated.outbox.claim("studio") for _ in range(2)]
    assert [out.inputs["prompt"] for out in sent if out] == ["queued one", "queued two"]


def journal_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-journal")


def migrate_told(path: Path, tell: Callable[[str], None]) -> None:
    """Migrate the database with a word before each statement; it writes to its file all along."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_size = 1")
        connection.set_trace_callback(tell)
        migrate(connection)
        connection.set_trace_callback(None)


def test_killed_at_whatever_statement_it_is_the_old_or_the_new_schema(older: Path, clock: HeldClock) -> None:
    """After SIGKILL before any statement of the migration, the next start has every prompt (docs/dev/faults.md 154)."""
    with closing(sqlite3.connect(older)) as raw:
        [version] = raw.execute("PRAGMA user_version").fetchone()
    working, statements, left = older.with_name("working"), list[str](), set[tuple[bytes, bytes | None]]()
    shutil.copy(older, working)

    def files(path: Path) -> tuple[bytes, bytes | None]:
        return path.read_bytes(), journal_of(path).read_bytes() if journal_of(path).exists() else None

    def note(statement: str) -> None:
        statements.append(statement)
        left.add(files(working))

    migrate_told(working, note)
    left.add(files(working))
    assert len(statements) > sum(map(len, STEPS[version:]))
    assert len({database for database, _ in left}) > 2, "it writes before the end"
    shapes, different = set(), dict[tuple[bytes, bool], Path]()
    for number, (database, journal) in enumerate(left):
        path = older.with_name(f"{number}")
        path.write_bytes(database)
        if journal is not None:
            journal_of(path).write_bytes(journal)
        with closing(sqlite3.connect(path)) as raw:
            shapes.add(raw.execute("SELECT user_version, count(*) FROM pragma_user_version, sqlite_master").fetchone())
        different.setdefault((path.read_bytes(), journal_of(path).exists()), path)
    assert len(shapes) == 2
    for path in different.values():
        with closing(Store.open(path, clock)) as store:
            assert store.notice is None
            assert store.query.count(RunQuery("studio")) == 8
            assert store.queue.counts("studio")[OutboxState.QUEUED] == 2


KILLED = """
import os, signal, sqlite3, sys
from cordage_tui.store.file.open import _was_interrupted
from cordage_tui.store.file.schema import _DIVISOR, _WHOLE_TEXT, has_known_text, migrate

def killed_before_the_commit(path):
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA cache_size = 1")  # so that it writes to the file all along
    connection.set_trace_callback(lambda statement: statement == "COMMIT" and os.kill(os.getpid(), signal.SIGKILL))
    migrate(connection)

for path in sys.argv[1:]:
    if (child := os.fork()) == 0:
        killed_before_the_commit(path)
        os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
"""


def test_killed_at_its_end_the_next_start_migrates_anew(tmp_path: Path, clock: HeldClock) -> None:
    """After a real SIGKILL at the end of a migration, the next start migrates again."""
    paths = {tmp_path / str(schema): schema for schema in range(1, len(STEPS))}
    for path, schema in paths.items():
        with closing(sqlite3.connect(path)) as old:
            old.executescript((SCHEMAS / f"{schema}.sql").read_text())
    subprocess.run([sys.executable, "-c", KILLED, *paths], check=True, timeout=60)
    assert all(map(_was_interrupted, paths))
    for path, schema in paths.items():
        with closing(Store.open(path, clock)) as store:
            assert store.notice is None, schema
            assert store.query.count(RunQuery("studio")) == 8
            assert store.queue.counts("studio")[OutboxState.QUEUED] == 2


def test_what_was_damaged_before_it_was_migrated_is_saved(older: Path, stores: Stores) -> None:
    """The first start of a new version meets a bad page: the new database has all that the old one had."""
    with closing(sqlite3.connect(older)) as raw:
        [version] = raw.execute("PRAGMA user_version").fetchone()
        touched = "runs_by_created" if version == 1 else "transitions"  # by the steps from there on
        [root] = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (touched,)).fetchone()
        [size] = raw.execute("PRAGMA page_size").fetchone()
    content = bytearray(older.read_bytes())
    content[(root - 1) * size : root * size] = b"\xa5" * size
    older.write_bytes(content)
    store = stores.open()
    assert "8 submissions and 8 runs could be saved" in (store.notice or "")
    assert store.query.count(RunQuery("studio")) == 8
    assert [w.prompt for w in store.queue.waiting("studio") if w.state is OutboxState.QUEUED] == [
        "queued one",
        "queued two",
    ]


def test_what_waits_of_a_batch_goes_into_its_lane(stores: Stores) -> None:
    """Queued prompts of an old batch move to the batch lane, so prompts typed later do not wait for it."""
    stores.path.parent.mkdir(mode=0o700)
    stores.path.touch(mode=0o600)
    with closing(sqlite3.connect(stores.path)) as old:
        old.executescript((SCHEMAS / "10.sql").read_text())
        old.execute("UPDATE runs SET batch = 1 WHERE prompt = 'queued one'")
        old.commit()
    store = stores.open()
    waiting = store.queue.waiting("studio")
    assert [(item.prompt, item.lane) for item in waiting if item.state is OutboxState.QUEUED] == [
        ("queued two", Lane.INTERACTIVE),
        ("queued one", Lane.BATCH),
    ]


def test_a_batch_that_has_ended_is_sorted_by_its_end(stores: Stores) -> None:
    """An ended batch of an old schema is sorted by its end."""
    stores.path.parent.mkdir(mode=0o700)
    stores.path.touch(mode=0o600)
    with closing(sqlite3.connect(stores.path)) as old:
        old.executescript((SCHEMAS / "10.sql").read_text())
        line = "INSERT INTO runs (id, profile, webhook, status, prompt, search, created_at, size) VALUES (?, 'studio', 'wh_sunset', 'batch', ?, '', 1700000001.0, 1)"
        old.executemany(line, [(100, "ended"), (101, "goes on")])
        old.execute("UPDATE runs SET batch = 100, ended_at = 1700000060.0 WHERE prompt = 'a lighthouse in fog'")
        old.execute("UPDATE runs SET batch = 101 WHERE prompt = 'queued one'")
        old.commit()
    store = stores.open()
    ends = {row: shown_row.ended_at for row in (100, 101) if (shown_row := store.rows.get(RowId(row)))}
    assert ends == {100: 1700000060.0, 101: None}
    for row in RunQuery("studio", sort=SortKey.DURATION), RunQuery("studio"):
        shown = [shown_row.id for shown_row in store.query.window(row, 0, 50)]
        assert [store.query.index_of(row, row_id) for row_id in shown] == list(range(len(shown)))


def test_what_is_uncertain_is_known_again_however_its_links_are_signed(stores: Stores) -> None:
    """A prompt from before links were compared without their signatures keeps its like back."""
    stores.path.parent.mkdir(mode=0o700)
    stores.path.touch(mode=0o600)
    link = "https://s.example/a.png?X-Amz-Signature={}"
    with closing(sqlite3.connect(stores.path)) as old:
        old.executescript((SCHEMAS / "11.sql").read_text())
        (row, webhook), *_ = old.execute(
            "SELECT id, webhook FROM outbox WHERE state = 'queued' AND profile = 'studio' ORDER BY place"
        )
        inputs = f'{{"image_url":"{link.format(1)}","prompt":"x"}}'
        old.execute("UPDATE details SET inputs = ? WHERE id = ?", (inputs, row))
        for state in ("sending", "uncertain"):
            old.execute("UPDATE outbox SET state = ?, fingerprint = 'of old' WHERE id = ?", (state, row))
        old.commit()
    store = stores.open()
    twin = store.outbox.submit("studio", webhook, {"prompt": "x", "image_url": link.format(2)})
    claimed = []
    while (outgoing := store.outbox.claim("studio")) is not None:
        claimed.append(outgoing.row)
    assert twin not in claimed
    assert store.queue.resend(RowId(row)).done


def test_a_database_with_duels_opens_and_leaves_them_unread(stores: Stores) -> None:
    """Every run that was in a duel is still there, and a window of the version before still finds its table."""
    stores.path.parent.mkdir(mode=0o700)
    stores.path.touch(mode=0o600)
    with closing(sqlite3.connect(stores.path)) as old:
        old.executescript((SCHEMAS / "18.sql").read_text())
        old.execute("INSERT INTO duels VALUES (1, 1, 1, 3, 1, 'left', 1700000060.0)")
        old.execute("INSERT INTO verdicts (run, number, kept) VALUES (1, 1, 1)")
        old.commit()
    store = stores.open()
    assert store.notice is None
    assert store.query.count(RunQuery("studio")) == 8
    assert store.ratings.of(RowId(1)) == {1: Rating(True)}
    with closing(sqlite3.connect(stores.path)) as raw:
        assert raw.execute("SELECT left_run, right_run, winner FROM duels").fetchall() == [(1, 3, "left")]


def test_buckets_are_counted_no_more(stores: Stores) -> None:
    """The triggers are gone, every row is found without them, and a window of the version before finds an empty table."""
    stores.path.parent.mkdir(mode=0o700)
    stores.path.touch(mode=0o600)
    with closing(sqlite3.connect(stores.path)) as old:
        old.executescript((SCHEMAS / "19.sql").read_text())
        assert old.execute("SELECT count(*) FROM buckets WHERE n > 0").fetchone()[0]
    store = stores.open()
    query = RunQuery("studio")
    rows = [row.id for row in store.query.window(query, 0, 50)]
    assert [store.query.index_of(query, row) for row in rows] == list(range(8))
    store.outbox.submit("studio", "wh_sunset", {"prompt": "one more"})
    with closing(sqlite3.connect(stores.path)) as raw:
        assert raw.execute("SELECT count(*) FROM buckets").fetchone() == (0,)
        assert raw.execute(
            "SELECT count(*) FROM sqlite_master WHERE name LIKE 'buckets\\__%' ESCAPE '\\'"
        ).fetchone() == (0,)
