"""A home that was copied, moved or restored sends nothing twice: real files, real processes, a server on loopback."""

import shutil
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.store.file.open import wal_is_sound
from tests.cli.conftest import Cordage, environment
from tests.cli.studio import Studio
from tests.fork_server import ForkedProcess

PROMPTS = 12
PATIENCE_S = 90.0


def until(condition: Callable[[], object]) -> None:
    """Wait until the condition holds, because processes have no event to wait for."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.02)


def fill_queue(studio: Studio) -> None:
    """Queue many prompts without a sender."""
    with studio.store() as store:
        name = store.servers.claim(studio.profile)
        for number in range(PROMPTS):
            store.outbox.submit(name, studio.key, {"prompt": f"fox {number}"})


def home_at(root: Path, studio: Studio) -> Cordage:
    """Return a home at this root that is connected to the studio."""
    return Cordage(root, {**environment(root), "CORDAGE_API_KEY": studio.server.api_key})


@contextmanager
def worker(home: Cordage) -> Iterator[ForkedProcess]:
    """Start `queue work`, and end it afterwards."""
    child = ForkedProcess(("queue", "work"), home.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        yield child
    finally:
        child.send_signal(signal.SIGTERM)
        child.communicate(timeout=PATIENCE_S)


def runs(studio: Studio) -> Counter[str]:
    """Return how often each prompt ran at the server."""
    return Counter(str(inputs["prompt"]) for inputs in studio.server.world.past_prompts().values())


def database(home: Cordage) -> Path:
    """Return the path of the database."""
    return home.paths.database


@pytest.fixture
def mine(studio: Studio) -> Cordage:
    """Return the home of the studio for processes."""
    fill_queue(studio)
    return home_at(studio.home.root, studio)


def test_two_homes_with_one_copy_send_everything_once(studio: Studio, mine: Cordage, tmp_path: Path) -> None:
    """Of two homes in use the original sends everything, and the copy nothing until the user resumes it."""
    with studio.store():  # open while it is copied
        copy = home_at(tmp_path / "copy", studio)
        shutil.copytree(mine.root, copy.root, ignore=shutil.ignore_patterns("copy"))
    with worker(copy) as theirs, worker(mine) as ours:
        assert ours.wait(PATIENCE_S) == ExitCode.OK
        assert theirs.poll() is None
    assert (sum(runs(studio).values()), max(runs(studio).values())) == (PROMPTS, 1)
    listed = copy("queue", "list")
    assert len(listed.stdout.splitlines()) == PROMPTS and "Paused: This database is another file" in listed.stderr
    refused = copy("trigger", "Sunset", "an owl")
    assert refused.returncode == ExitCode.TRY_AGAIN and "cordage-tui queue resume" in refused.stderr
    assert copy("queue", "drop", "--all", "--yes").returncode == ExitCode.OK
    assert copy("queue", "resume").returncode == ExitCode.OK
    assert copy("trigger", "Sunset", "an owl", "--wait").returncode == ExitCode.OK


def test_a_home_that_was_renamed_goes_on_without_a_question(studio: Studio, mine: Cordage, tmp_path: Path) -> None:
    """A home that was renamed on the same disk has the same files, so its queue continues."""
    moved = home_at(tmp_path / "moved", studio)
    moved.root.mkdir()
    for name in ("c", "d"):
        (mine.root / name).rename(moved.root / name)
    assert moved("queue", "work").returncode == ExitCode.OK
    assert set(runs(studio).values()) == {1} and len(runs(studio)) == PROMPTS


def test_a_home_brought_to_a_new_machine_waits_for_the_users_word(
    studio: Studio, mine: Cordage, tmp_path: Path
) -> None:
    """A home copied to another machine sends nothing until the user resumes, and then everything once."""
    new = home_at(tmp_path / "new", studio)
    shutil.copytree(mine.root, new.root, ignore=shutil.ignore_patterns("new"))
    shutil.rmtree(mine.root / "d")
    with closing(sqlite3.connect(database(new))) as raw:
        raw.execute("UPDATE home SET machine = 'the old one'")
        raw.commit()
    assert "last used on another machine" in new("queue", "list").stderr
    with worker(new) as waits:
        until(lambda: "another machine" in (waits.stdout.readline() if waits.stdout else ""))
        assert runs(studio) == Counter()
        assert new("queue", "resume").returncode == ExitCode.OK
        assert waits.wait(PATIENCE_S) == ExitCode.OK
    assert set(runs(studio).values()) == {1} and len(runs(studio)) == PROMPTS


@pytest.mark.parametrize("how", ["cp", "mv"])
def test_a_backup_put_over_the_open_file_while_sending_sends_nothing_twice(
    studio: Studio, mine: Cordage, how: str
) -> None:
    """A backup put over the open database during sending sends no prompt twice, as the same file or another."""
    backup = database(mine).with_suffix(".backup")
    shutil.copyfile(database(mine), backup)
    world = studio.server.world
    started = world.trigger

    def trigger(*call: Any) -> Any:
        """Put the backup back while the answer to the fourth prompt is on its way."""
        run = started(*call)
        if sum(runs(studio).values()) == 4:
            if how == "cp":
                shutil.copyfile(backup, database(mine))
            else:
                backup.replace(database(mine))
        return run

    studio.monkeypatch.setattr(world, "trigger", trigger)
    with worker(mine) as sending:
        until(lambda: sum(runs(studio).values()) >= 4)
        until(lambda: sending.poll() is not None or "Paused" in mine("queue", "list").stderr)
    has_newer_log = how == "cp" and wal_is_sound(sqlite3.sqlite_version_info)  # the file beneath it does not matter
    assert max(runs(studio).values()) == 1 and (has_newer_log or len(runs(studio)) < PROMPTS)
    with worker(mine) as again:
        until(lambda: again.poll() is not None or "Paused" in mine("queue", "list").stderr)
    assert max(runs(studio).values()) == 1


def test_a_backup_put_back_between_two_starts_sends_nothing_twice(studio: Studio, mine: Cordage) -> None:
    """An older copy of the database pauses the queue, although the server no longer lists the old runs."""
    backup = database(mine).with_suffix(".backup")
    shutil.copyfile(database(mine), backup)
    assert mine("queue", "work").returncode == ExitCode.OK
    before = runs(studio)
    shutil.copyfile(backup, database(mine))
    with worker(mine):
        until(lambda: "This database was replaced by an older copy" in mine("queue", "list").stderr)
    assert runs(studio) == before
