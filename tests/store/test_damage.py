"""Damage of each kind in a real database: it opens, the damage is mended and named, and nothing becomes sendable by that."""

import json
import shutil
import sqlite3
from contextlib import closing

import pytest

from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.domain.run import RunQuery, Status
from cordage_tui.store.errors import DatabaseCorrupt, NewerSchema
from cordage_tui.store.file.damage import damage_in
from cordage_tui.store.prompt_search import BodyQuery, HistoryScope, define_functions, search_bodies
from cordage_tui.store.store import Store
from tests.store.damage import columns, fill, write_value, write_values

WRONG = {"TEXT": b"\xff\xfe", "INTEGER": "x", "REAL": 1e300}
"""A value that no column of a type can have."""
UNREADABLE = b"\xff\xfe"


@pytest.fixture
def filled(stores):
    """Return a database with rows in every table."""
    store = stores.open()
    fill(store)
    store.close()
    return stores.path


@pytest.fixture
def spoiled(filled, tmp_path):
    """Return `spoiled(spoil)`, which damages a copy of the full database and returns its path."""

    def spoil_copy(spoil):
        copy = tmp_path / "spoiled" / "cordage.db"
        shutil.rmtree(copy.parent, ignore_errors=True)
        copy.parent.mkdir(mode=0o700)
        shutil.copy(filled, copy)
        spoil(copy)
        return copy

    return spoil_copy


def sendable(path):
    """Return the prompts that may be sent now or when the user resumes the queue."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT id FROM outbox WHERE state = 'queued' AND unapproved = 0 AND editor IS NULL")
        return {row for (row,) in rows}


def flip(path, text, bits=1):
    """Flip a bit in the last byte of a text of the file."""
    data = bytearray(path.read_bytes())
    data[data.index(text) + len(text) - 1] ^= bits
    path.write_bytes(data)


def assert_is_whole(path, clock):
    """Check that the next start finds nothing more."""
    assert damage_in(path) is None
    with closing(Store.open(path, clock)) as store:
        assert store.notice is None, store.notice


def named_values(path):
    """Return table and column of the values that were set aside next to a database."""
    (aside,) = path.parent.glob("cordage.db.unreadable-*.json")
    return {(value["table"], value["column"]) for value in json.loads(aside.read_text())}


def columns_by_place(path):
    """Return lists of columns, each with one column of every table."""
    places = {}
    for table, *rest in columns(path):
        if table not in ("transitions", "duels", "buckets"):  # filled again, or empty
            column = (table, *rest)
            places.setdefault(sum(taken[0] == table for place in places.values() for taken in place), []).append(column)
    return list(places.values())


@pytest.mark.parametrize("is_gone", [False, True])
def test_a_damaged_value_of_any_column_is_mended_and_named(spoiled, clock, filled, is_gone):
    """Whatever column a damaged value stands in, the next start names it, mends it, and makes no prompt sendable."""
    before = sendable(filled)
    for place in columns_by_place(filled):
        wrong = [
            (table, column, None if is_gone else WRONG.get(declared, UNREADABLE))
            for table, column, declared, is_required in place
            if not is_gone or (is_required and table != "input_names")
        ]
        path = spoiled(lambda copy, wrong=wrong: write_values(copy, wrong))
        assert wrong == [] or damage_in(path) is not None, wrong
        path.with_name("cordage.db.check").touch()
        with closing(Store.open(path, clock)) as store:
            assert wrong == [] or named_values(path) == {(table, column) for table, column, _ in wrong}, store.notice
            store.query.window(RunQuery("p"), 0, 9)
            store.queue.waiting("p")
        assert sendable(path) <= before, wrong
        assert_is_whole(path, clock)


@pytest.mark.parametrize(
    ("table", "column", "value", "state"),
    [
        ("outbox", "state", "qqeued", OutboxState.UNCERTAIN),
        ("outbox", "state", None, OutboxState.UNCERTAIN),
        ("outbox", "unapproved", 7, OutboxState.HELD),
        ("outbox", "unapproved", None, OutboxState.HELD),
        ("outbox", "editor", "x", OutboxState.HELD),
        ("outbox", "lane", 9, OutboxState.QUEUED),
        ("details", "inputs", "[1]", OutboxState.HELD),
        ("details", "inputs", b"\xff", OutboxState.HELD),
    ],
)
def test_a_prompt_is_not_sendable_if_what_decides_that_is_lost(stores, table, column, value, state):
    """A lost state is uncertain; lost inputs and a lost approval hold the prompt."""
    store = stores.open()
    row = store.outbox.submit("p", "wh_a", {"prompt": "fox"})
    store.close()
    write_value(stores.path, table, column, value)
    stores.path.with_name("cordage.db.check").touch()
    store = stores.open()
    assert f"run {row} ({column})" in store.notice
    assert store.outbox.state(row) is state
    store.queue_control.resume("p")
    claimed = store.outbox.claim("p")
    assert (claimed is not None) == (state is OutboxState.QUEUED)


def test_a_damaged_limit_or_pause_pauses_the_queue(spoiled, clock):
    """A queue whose limit cannot be read is paused, so that the limit is not exceeded silently."""
    path = spoiled(lambda copy: write_value(copy, "queues", "max_active", "x"))
    path.with_name("cordage.db.check").touch()
    with closing(Store.open(path, clock)) as store:
        assert "The queue is paused" in store.notice
        assert store.queue_control.read("p").paused is not None


def flipped_definitions(path):
    """Yield the name and the bytes up to a byte in the middle of each definition of the schema."""
    with closing(sqlite3.connect(path)) as connection:
        for name, sql in connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall():
            yield name, sql[: sql.index("(" if "(" in sql else " ON ") + 3].encode()


@pytest.mark.parametrize("bits", [0x01, 0x80])
def test_each_definition_is_restored(spoiled, clock, filled, bits):
    """A flipped bit in any definition is found when the database is opened, without a mark, and nothing is lost."""
    with closing(sqlite3.connect(filled)) as connection:
        runs = connection.execute("SELECT count(*) FROM runs").fetchone()
    for name, text in [*flipped_definitions(filled)]:
        path = spoiled(lambda copy: flip(copy, text, bits))  # noqa: B023  called at once
        with closing(Store.open(path, clock)) as store:
            assert store.notice is not None and (name in store.notice or "moved aside" in store.notice), name
            assert store.database.row("SELECT count(*) FROM runs") == runs, name
        assert_is_whole(path, clock)


@pytest.mark.parametrize("value", [None, 7, 0.5, b"\xff"])
@pytest.mark.parametrize("column", ["type", "name", "tbl_name", "sql"])
@pytest.mark.parametrize("name", ["outbox", "outbox_moves", "outbox_open"])
def test_an_entry_of_the_schema_that_is_no_text_is_restored(spoiled, clock, name, column, value):
    """An entry of the schema with a number, bytes or nothing in place of a text does not end the start."""

    def spoil(copy):
        with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            connection.execute("PRAGMA writable_schema = ON")
            connection.execute(f"UPDATE sqlite_master SET {column} = ? WHERE name = ?", (value, name))

    path = spoiled(spoil)
    with closing(Store.open(path, clock)) as store:
        assert store.notice is not None
        assert len(store.queue.waiting("p")) == 5
    assert_is_whole(path, clock)


@pytest.mark.parametrize("name", ["outbox_moves", "outbox_approved", "runs_by_created"])
def test_a_definition_that_is_gone_is_made_again(spoiled, clock, name):
    """Without its triggers the database would allow each step of a prompt: they are made again."""

    def spoil(copy):
        with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            connection.execute("PRAGMA writable_schema = ON")
            connection.execute("DELETE FROM sqlite_master WHERE name = ?", (name,))

    path = spoiled(spoil)
    assert name in str(damage_in(path))
    Store.open(path, clock).close()
    assert_is_whole(path, clock)


@pytest.mark.parametrize("number", [0, 1, 5, 17, 20, 1_001, 2**31 - 1, -1])
def test_a_wrong_number_of_the_schema_is_restored(spoiled, clock, number):
    """A schema with a number that it cannot have gets its own, and nothing is lost."""

    def spoil(copy):
        with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            connection.execute(f"PRAGMA user_version = {number}")

    path = spoiled(spoil)
    with closing(Store.open(path, clock)) as store:
        assert "the schema" in store.notice and "moved aside" not in store.notice
        assert len(store.queue.waiting("p")) == 5
    assert_is_whole(path, clock)


def test_a_number_of_a_newer_schema_is_believed(spoiled, clock):
    """A slightly higher number may be a newer version's, which must not be overwritten."""

    def spoil(copy):
        with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            connection.execute("PRAGMA user_version = 33")

    path = spoiled(spoil)
    with pytest.raises(NewerSchema):
        Store.open(path, clock)


@pytest.mark.parametrize("byte", [0x00, 0x01, 0x7F, 0xFF])
def test_no_byte_of_the_header_keeps_it_from_opening(spoiled, clock, byte):
    """Whatever byte of the file's header is damaged, the database opens and the queue is there."""
    for at in range(100):

        def spoil(copy, at=at):
            data = bytearray(copy.read_bytes())
            data[at] = byte
            copy.write_bytes(data)

        path = spoiled(spoil)
        try:
            with closing(Store.open(path, clock)) as store:
                assert len(store.queue.waiting("p")) == 5, at
        except NewerSchema:
            assert at in range(60, 64)


@pytest.mark.parametrize("sql", ["state", "lane"])
def test_an_index_that_contradicts_its_table_is_damage(spoiled, clock, sql):
    """A value that is damaged in an index alone is found when the database is looked through."""
    path = spoiled(lambda copy: None)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        shifted = {"state": "profile, profile, lane", "lane": "profile, state, place"}[sql]
        connection.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'profile, state, lane', ?) WHERE name = 'outbox_open'",
            (shifted,),
        )
        (cookie,) = connection.execute("PRAGMA schema_version").fetchone()
        connection.execute(f"PRAGMA schema_version = {cookie + 1}")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("REINDEX outbox_open")
    with closing(Store.open(path, clock)) as store:
        assert "outbox_open" in store.notice
        assert len(store.queue.waiting("p")) == 5
    assert_is_whole(path, clock)


def test_damage_that_is_met_while_it_is_open_is_found(stores):
    """A store says what is damaged after a fault that nobody expects, and the next one mends it."""
    store = stores.open()
    row = store.outbox.submit("p", "wh_a", {"prompt": "fox"})
    assert store.find_damage() is None and store.damaged is None
    write_value(stores.path, "runs", "matched", "x")
    with pytest.raises(ValueError, match="MatchedBy"):
        store.query.window(RunQuery("p"), 0, 9)
    found = store.find_damage()
    assert isinstance(found, DatabaseCorrupt) and f"run {row} (matched)" in found.what and store.damaged == found.what
    again = stores.open()
    assert f"run {row} (matched)" in again.notice
    assert [line.status for line in again.query.window(RunQuery("p"), 0, 9)] == [Status.QUEUED]


def test_damage_that_the_first_reads_meet_is_mended_at_once(stores):
    """A value that ends the first reads of a start is mended by the same start."""
    store = stores.open()
    store.outbox.submit("p", "wh_a", {"prompt": "fox"})
    store.close()
    write_value(stores.path, "changes", "seq", "x")
    store = stores.open()
    assert "changes" in store.notice and len(store.queue.waiting("p")) == 1


def test_half_a_character_in_the_name_of_an_input_is_no_damage(stores):
    """SQLite stores such a name as bytes that are no UTF-8, and both the check and the prompt history take it."""
    store = stores.open()
    store.outbox.submit("p", "wh_a", {"prompt": "fox", "\ud800": "x"})
    assert store.find_damage() is None
    with closing(store.database.for_reading()) as database:
        define_functions(database)
        steps = list(search_bodies(database, BodyQuery("p", "fox", HistoryScope.ALL, "wh_a")))
    assert len(steps[-1].rows) == 1


def test_what_could_not_be_read_is_kept(stores):
    """The bytes of a damaged value are kept in a file next to the database."""
    store = stores.open()
    store.outbox.submit("p", "wh_a", {"prompt": "fox"})
    store.close()
    write_value(stores.path, "settings", "value", "x")
    write_value(stores.path, "outbox", "lane", 9)
    stores.path.with_name("cordage.db.check").touch()
    stores.open()
    assert named_values(stores.path) == {("outbox", "lane")}


def test_a_table_of_somebody_else_is_no_damage(stores):
    """A table that another program made, with columns of no type, does not keep a marked database from opening."""
    store = stores.open()
    row = store.outbox.submit("p", "wh_a", {"prompt": "fox"})
    store.close()
    with closing(sqlite3.connect(stores.path)) as connection:
        connection.execute("CREATE TABLE notes (text)")
        connection.execute("INSERT INTO notes VALUES ('mine')")
        connection.commit()
    stores.path.with_name("cordage.db.check").touch()
    store = stores.open()
    assert store.notice is None and store.queue.queued("p") == [row]
