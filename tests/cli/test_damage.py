"""Damaged bytes in a real database: each command works and names the row, or says what is wrong and what to do."""

import contextlib
import json
import random
import sqlite3
import time
from contextlib import closing

import pytest

from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.webhook import Profile
from cordage_tui.store.store import Store
from tests.store.conftest import HeldClock
from tests.store.damage import write_value, write_values

PAGE = 4_096
COMMANDS = (
    ("runs", "--offline"),
    ("queue",),
    ("show", "@1", "--offline"),
    ("doctor", "--offline"),
    ("export",),
    ("stats",),
    ("trigger", "Sunset", "a new one", "--queue"),
)
PROMPTS = 7


BASE_URL = "http://127.0.0.1:9"
"""A server that is never there: with a free port the bytes of the database would differ in each test."""


@pytest.fixture
def damaged(studio, tmp_path, monkeypatch):
    """Return `damaged(spoil)`, which replaces the database by a damaged one.

    Seven prompts wait. Its bytes are the same in each test: a fixed server, a held clock, and no identity of this machine.
    """
    monkeypatch.chdir(tmp_path)
    studio.server.close()
    studio.home.config(
        f"[profiles.studio]\nbase_url = '{BASE_URL}'\n\n"
        f"[[profiles.studio.webhooks]]\nkey = '{studio.key}'\nname = '{studio.name}'\n"
    )
    database = studio.home.paths.database
    with closing(Store.open(database, HeldClock())) as store:
        profile = store.servers.claim(Profile("studio", BASE_URL))
        store.outbox.submit(profile, studio.key, {"prompt": "a fox in the snow", "style": "noir"})
        for n in range(PROMPTS - 3):
            store.outbox.submit(profile, studio.key, {"prompt": f"prompt number {n}"})
        bodies = [{"prompt": f"a {colour} owl"} for colour in ("red", "blue")]
        store.batches.submit(profile, studio.key, BatchSource("a {red|blue} owl"), bodies)
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("DELETE FROM home")
    good = database.read_bytes()

    def put(spoil):
        for file in database.parent.glob("cordage.db*"):
            file.unlink()
        database.write_bytes(spoil(good))
        return good

    return put


def flipped(good, at, bits=0x80):
    """Return the bytes with one byte changed."""
    data = bytearray(good)
    data[at] ^= bits
    return bytes(data)


def spoiled(good, rng):
    """Return the database with a random damage, mostly in text."""
    kind, page = rng.random(), rng.randrange(1, len(good) // PAGE)
    if kind < 0.1:
        return good[: page * PAGE] + bytes(PAGE) + good[(page + 1) * PAGE :]
    if kind < 0.2:
        return good[: page * PAGE + rng.choice((0, 100))]
    letters = [at for at, byte in enumerate(good) if 32 <= byte < 127]
    return flipped(good, rng.choice(letters), rng.choice((0x80, 0x80, 0x80, 1, 4, 0x20)))


def known_prompts(database):
    """Return the number of prompts in the database."""
    with closing(sqlite3.connect(database)) as connection:
        connection.text_factory = bytes
        with contextlib.suppress(sqlite3.DatabaseError):
            return connection.execute("SELECT count(*) FROM outbox").fetchone()[0]
    return 0


@pytest.mark.parametrize("seed", range(4))
def test_no_damage_ends_two_starts(studio, damaged, seed):
    """With any damage no command ends as a bug, the next one works, and no prompt is lost silently."""
    rng = random.Random(seed)
    for _ in range(6):
        damaged(lambda good: spoiled(good, rng))
        messages, commands = "", [rng.choice(COMMANDS) for _ in range(4)]
        codes = []
        for command in commands:
            ended = studio(*command)
            messages += ended.err
            codes.append(ended.code)
        assert 70 not in codes and "Traceback" not in messages, (commands, messages)
        first, second = (studio("runs", "--offline") for _ in range(2))
        messages += first.err + second.err
        assert first.code in (0, 2) and second.code == 0, messages
        new = sum(command[0] == "trigger" and code == 0 for command, code in zip(commands, codes, strict=True))
        if known_prompts(studio.home.paths.database) < PROMPTS + new:
            assert "moved aside" in messages, messages


def test_a_prompt_whose_inputs_cannot_be_read_is_named_and_not_sent(studio, damaged):
    """A prompt with unreadable inputs is set aside and named, and the other prompts wait as before."""
    damaged(lambda good: flipped(good, good.index(b'"style":"noir"') + 1))
    first = studio("show", "@1", "--offline")
    assert first.code != 70 and "cordage.db is damaged (a text in it cannot be read: column 'inputs')" in first.err
    second = studio("queue")
    assert "run 1 (inputs)" in second.err and "set aside in" in second.err
    assert second.out.count("queued") == PROMPTS - 1 and "paused" not in second.err
    (aside,) = studio.home.paths.database.parent.glob("cordage.db.unreadable-*.json")
    (value,) = json.loads(aside.read_text())
    assert (value["table"], value["row"], value["column"]) == ("details", 1, "inputs")
    assert "held" in studio("show", "@1", "--offline").out
    assert "inputs of this prompt are lost" in studio("queue", "--json").out
    assert studio("queue", "approve", "1", "--yes").code == 2


@pytest.mark.parametrize(
    ("text", "name"), [(b"CREATE TABLE details", "details"), (b"CREATE TRIGGER outbox_moves", "outbox_moves")]
)
@pytest.mark.parametrize("bits", [0x80, 0x01])
def test_a_damaged_definition_is_restored(studio, damaged, text, name, bits):
    """A damaged definition in the schema is restored, because the program knows its text."""
    damaged(lambda good: flipped(good, good.index(text) + len(text) - 2, bits))
    ended = [
        studio("queue"),
        studio("show", "@1", "--offline"),
        studio("trigger", "Sunset", "x", "--queue"),
        studio("queue"),
    ]
    assert 70 not in [each.code for each in ended]
    assert ended[-1].out.count("queued") >= PROMPTS
    assert f"The definition of {name}" in "".join(each.err for each in ended)
    assert known_prompts(studio.home.paths.database) >= PROMPTS


def test_a_state_that_cannot_be_read_is_uncertain(studio, damaged):
    """A prompt with an unreadable state becomes uncertain, so it is not sent again without the user."""
    damaged(lambda good: good)
    database = studio.home.paths.database
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER outbox_moves")
        connection.execute("UPDATE outbox SET state = 'quEued' WHERE id = 1")
    database.with_name("cordage.db.check").touch()
    ended = studio("queue")
    assert ended.code == 0 and "1\tuncertain" in ended.out
    assert "run 1 (state)" in ended.err and "outbox_moves" not in studio("queue").err


def test_a_worker_says_what_is_wrong_and_ends(studio, damaged):
    """A worker on a damaged database names the damage and the next step, and ends."""
    good = damaged(lambda good: good)
    with closing(sqlite3.connect(studio.home.paths.database)) as connection:
        root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'outbox'").fetchone()[0]
    damaged(lambda _: good[: (root - 1) * PAGE] + bytes(PAGE) + good[root * PAGE :])
    ended = studio("queue", "work")
    assert ended.code == 3, ended.err
    assert "cordage.db is damaged" in ended.err and "cordage-tui queue work" in ended.err
    again = studio("queue")
    assert again.code == 0 and "moved aside" in again.err


def index_damage(path):
    """Damage a state in the index of what waits, and not in its table."""
    good = path.read_bytes()
    with closing(sqlite3.connect(path)) as connection:
        root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'outbox_open'").fetchone()[0]
    path.write_bytes(flipped(good, good.rindex(b"queued", (root - 1) * PAGE, root * PAGE) + 2, 1))


@pytest.mark.parametrize(
    ("spoil", "command"),
    [
        (
            lambda path: write_values(path, [("runs", "status", "queueD"), ("runs", "created_at", time.time())]),
            ("stats",),
        ),
        (lambda path: write_value(path, "runs", "matched", "x"), ("runs", "--offline")),
        (lambda path: write_value(path, "runs", "created_at", "x"), ("runs", "--offline")),
        (lambda path: write_value(path, "outbox", "lane", None), ("queue",)),
        (lambda path: write_value(path, "outbox", "submitted_at", "x"), ("queue",)),
    ],
)
def test_a_damaged_value_is_damage_and_no_bug(studio, damaged, spoil, command):
    """A command that meets a value which nothing can read says that the database is damaged, and the next command mends it."""
    damaged(lambda good: good)
    spoil(studio.home.paths.database)
    met = studio(*command)
    assert met.code == 2 and "cordage.db is damaged (" in met.err and "Traceback" not in met.err, met
    assert "cordage-tui queue" in met.err
    after = studio("queue")
    assert after.code == 0 and ("could not be read" in after.err or "moved aside" in after.err), after
    assert studio(*command).code in (0, 2) and "damaged" not in studio("stats").err


def test_a_trigger_that_may_have_sent_says_do_not_repeat_it(studio, damaged, monkeypatch):
    """A command that sends and ends at damage has the exit code for an uncertain prompt."""
    damaged(lambda good: good)
    write_value(studio.home.paths.database, "runs", "matched", "x")
    monkeypatch.setattr("cordage_tui.cli.commands.trigger.command.run", lambda options: 1 / 0)
    ended = studio("trigger", "Sunset", "a fox")
    assert ended.code == 5 and "not sent again automatically" in ended.err and "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("spoil", "name"),
    [
        (lambda path: write_value(path, "runs", "status", "queueD"), "run 1 (status)"),
        (lambda path: write_value(path, "outbox", "lane", 9), "run 1 (lane)"),
        (lambda path: path.write_bytes(path.read_bytes().replace(b"CREATE TABLE tags", b"CREATE TABLE tAgs")), "tags"),
        (index_damage, "outbox_open"),
    ],
)
def test_doctor_says_that_the_database_is_damaged(studio, damaged, spoil, name):
    """`doctor` names a damaged value, definition or index, changes nothing, and the next command repairs it."""
    damaged(lambda good: good)
    database = studio.home.paths.database
    assert "is damaged" not in studio("doctor", "--offline").out
    spoil(database)
    before = database.read_bytes()
    ended = studio("doctor", "--offline")
    assert ended.code == 2 and "WRONG" in ended.out and "is damaged" in ended.out and name in ended.out, ended
    assert database.read_bytes() == before
    studio("queue")
    assert "is damaged" not in studio("doctor", "--offline").out


@pytest.mark.parametrize("column", ["inputs", "outputs", "raw"])
def test_json_that_cannot_be_read_ends_no_command(studio, damaged, column):
    """Unreadable JSON is shown as unknown, and set aside when the database is checked."""
    damaged(lambda good: good)
    database = studio.home.paths.database
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute(f"UPDATE details SET {column} = '{{' WHERE id = 1")
    messages = ""
    for command in COMMANDS:
        ended = studio(*command)
        messages += ended.err
        assert ended.code != 70, command
    database.with_name("cordage.db.check").touch()
    assert f"run 1 ({column})" in messages + studio("queue").err


def test_a_bug_has_the_database_looked_through(studio, damaged, monkeypatch):
    """After a bug the next start checks the database, because damage may be the cause."""
    damaged(lambda good: good)
    monkeypatch.setattr("cordage_tui.cli.commands.stats.run", lambda options: 1 / 0)
    assert studio("stats").code == 70
    assert studio.home.paths.database.with_name("cordage.db.check").exists()


@pytest.mark.parametrize(
    "spoil",
    [lambda good: bytes(8) + good[8:], lambda good: good[:100] + bytes(8) + good[108:], lambda good: good[: -5 * PAGE]],
)
def test_after_a_repair_each_list_says_what_may_be_lost_until_the_user_resumes(studio, damaged, spoil):
    """After a repair the queue is paused, and every list names the repair until the user resumes."""
    good = damaged(lambda good: good)
    with studio.store() as store:
        count = len(store.queue.waiting("studio"))
    damaged(spoil)
    assert "damaged and was moved aside" in studio("queue").err
    assert good
    for command in (("queue",), ("runs", "--offline"), ("doctor", "--offline")):
        ended = studio(*command)
        assert "damaged and was moved aside" in ended.err + ended.out
        assert "cordage-tui queue resume" in ended.err + ended.out
    queue = json.loads(studio("queue", "--json").out)
    assert len(queue["waiting"]) == count == PROMPTS
    assert queue["repaired"] == queue["paused"] is not None
    assert json.loads(studio("runs", "--offline", "--json").out)["repaired"] == queue["repaired"]
    refused = studio("trigger", "Sunset", "a new one")
    assert refused.code == 3 and "older copy" not in refused.err and "moved aside" in refused.err
    studio("queue", "resume")
    assert json.loads(studio("queue", "--json").out)["repaired"] is None
    for command in (("queue",), ("runs", "--offline"), ("doctor", "--offline")):
        ended = studio(*command)
        assert "moved aside" not in ended.err + ended.out


def test_the_state_folder_knows_of_more_sent_prompts_than_a_repaired_database(studio, damaged):
    """A repaired database does not count as an older copy, so after a resume nothing else stops the next prompt."""
    damaged(lambda good: b"no database")
    studio("queue", "resume")
    assert "older copy" not in studio("trigger", "Sunset", "a new one", "--queue").err
