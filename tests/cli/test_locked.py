"""If another program locks the database during the request of a `trigger`, the paid run is stored after the lock ends.
No message advises to try again."""

import signal
import sqlite3
from contextlib import contextmanager

import pytest

from cordage_tui.cli.base import engine_context, store_patience, wait
from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.cli.commands import watch
from cordage_tui.cli.commands.trigger import submission
from cordage_tui.cli.commands.trigger.command import TriggerCommand
from cordage_tui.engine.outbox import sender
from cordage_tui.simulator.world import PlannedOutcome
from cordage_tui.store.errors import DatabaseLocked
from cordage_tui.store.file.database import Database
from cordage_tui.store.outbox.outcomes import TryOutcomes

NEVER = 10_000


@pytest.fixture(params=["EXCLUSIVE", "IMMEDIATE"])
def locked(request, studio, monkeypatch):
    """`locked(until=3)`: another program locks the database before the first try to store an outcome, and until before the third.

    `on_try` is called with the number of each try.
    """
    monkeypatch.setattr(engine_context, "BUSY_S", 0.02)
    monkeypatch.setattr(sender, "REWRITE_EVERY_S", 0.02)
    monkeypatch.setattr(submission, "POLL_S", 0.02)
    assert studio("runs").code == 0  # which makes the database
    other = sqlite3.connect(studio.home.paths.database, isolation_level=None)
    tries, accept = [], TryOutcomes.accept

    def lock(until, on_try=lambda number: None):
        def locked_accept(self, *outcome):
            tries.append(outcome)
            if len(tries) == 1:
                other.execute(f"BEGIN {request.param}")
            if len(tries) == until:
                other.execute("ROLLBACK")
            on_try(len(tries))
            return accept(self, *outcome)

        monkeypatch.setattr(TryOutcomes, "accept", locked_accept)
        studio.server.world.fate(studio.key, PlannedOutcome(1e6))

    yield lock
    other.close()


def only_run(studio):
    """Return the id of the only run on the server."""
    (run,) = studio.server.world.list_runs(studio.key)
    return run.run_id


def test_a_lock_that_ends_costs_nothing_but_time(studio, locked):
    """After the lock ends the run is stored and its id is printed. Stderr says that the command waits, and no sentence
    is taken back."""
    locked(until=12)
    ended = studio("trigger", "Sunset", "a fox")
    run_id = only_run(studio)
    assert (ended.code, ended.out, studio.triggers) == (ExitCode.OK, f"{run_id}\n", 1)
    assert "is locked by another program. Waiting up to 60 s for it; Ctrl-C stops." in ended.err
    assert f"Run {run_id} was started, and is not stored yet." in ended.err
    assert f"Run {run_id} is stored now." in ended.err
    assert "try again" not in ended.err and "could not be stored" not in ended.err


def test_a_lock_that_lasts_names_the_run(studio, locked, monkeypatch):
    """If the lock lasts, the code is 6, and stderr has the id of the run, which is nowhere else. No sentence advises to
    try again."""
    monkeypatch.setattr(store_patience, "STORE_S", 0.3)
    locked(until=NEVER)
    ended = studio("trigger", "Sunset", "a fox")
    assert (ended.code, studio.triggers) == (ExitCode.UNFINISHED, 1)
    assert ended.err.count(f"Run {only_run(studio)} was started, and could not be stored.") == 1
    assert "Do not repeat this command" in ended.err
    assert "try again" not in ended.err and "unknown whether" not in ended.err


def test_a_lasting_lock_mentions_the_rest_of_the_batch(studio, locked, monkeypatch, tmp_path):
    """If the lock lasts, stderr mentions the prompts of the batch that wait behind the paid one, also if the database
    cannot be read."""
    monkeypatch.setattr(store_patience, "STORE_S", 0.3)
    batch = tmp_path / "batch.csv"
    batch.write_text("prompt\nfox\nowl\nhare\n")
    locked(until=NEVER)
    ended = studio("trigger", "Sunset", "--file", str(batch), "--yes")
    assert (ended.code, studio.triggers) == (ExitCode.UNFINISHED, 1)
    assert f"Run {only_run(studio)} was started, and could not be stored." in ended.err
    assert "other prompts of this batch" in ended.err and "cordage-tui queue list" in ended.err
    assert "try again" not in ended.err


def test_ctrl_c_waits_for_the_lock_too(studio, locked):
    """One Ctrl-C leaves the command time to store the paid run. Its id is printed, and the code is 6."""
    locked(until=6, on_try=lambda number: signal.raise_signal(signal.SIGINT) if number == 2 else None)
    ended = studio("trigger", "Sunset", "a fox")
    run_id = only_run(studio)
    assert (ended.code, studio.triggers) == (ExitCode.UNFINISHED, 1)
    assert run_id in ended.out
    assert "could not be stored" not in ended.err and "Do not repeat this command" in ended.err
    with studio.store() as store:
        assert store.listing.beginning_with("studio", run_id, 2)


def test_a_second_ctrl_c_ends_the_wait_for_the_lock(studio, locked):
    """The second Ctrl-C ends the wait for the lock. The code is 6, and stderr has the id of the run."""
    locked(until=NEVER, on_try=lambda number: signal.raise_signal(signal.SIGINT) if number in (2, 6) else None)
    ended = studio("trigger", "Sunset", "a fox")
    assert (ended.code, studio.triggers) == (ExitCode.UNFINISHED, 1)
    assert f"Run {only_run(studio)} was started, and could not be stored." in ended.err
    assert "Do not repeat this command" in ended.err


# Locks after the run has been accepted, while a command follows it.

PERIOD, LENGTH = 30, 5
"""One lock in so many reads and writes of the database, and how many of them each lock refuses."""


@pytest.fixture
def flickering(studio, monkeypatch):
    """Return a list of calls and one of locks: once a number is in the first, another program locks the database again
    and again."""
    monkeypatch.setattr(store_patience, "LOCK_POLL_S", 0.01)
    monkeypatch.setattr(wait, "POLL_S", 0.05)
    monkeypatch.setattr(submission, "POLL_S", 0.05)
    assert studio("runs").code == 0  # which makes the database
    worded, calls, locks = Database._worded, [], []

    @contextmanager
    def locked(self):
        if calls:
            calls.append(calls[-1] + 1)
            if calls[-1] % PERIOD < LENGTH:
                locks.append(calls[-1])
                raise DatabaseLocked("The file is locked by another program.", "Nothing was written; try again.")
        with worded(self):
            yield

    monkeypatch.setattr(Database, "_worded", locked)
    return calls, locks


def begins_with(calls, monkeypatch, owner, method, shift):
    """Let the locks begin when this method has returned."""
    original = getattr(owner, method)

    def begin(self, *arguments):
        result = original(self, *arguments)
        calls.append(PERIOD - shift)
        return result

    monkeypatch.setattr(owner, method, begin)


@pytest.mark.parametrize("shift", range(0, PERIOD, LENGTH))
def test_locks_cost_a_waiting_trigger_nothing_but_time(studio, flickering, monkeypatch, shift, tmp_path):
    """Wherever a lock meets `trigger --wait --download`, the command waits for its end. It ends with the code of the run,
    and the output is saved."""
    calls, locks = flickering
    begins_with(calls, monkeypatch, TryOutcomes, "accept", shift)
    ended = studio("trigger", "Sunset", "a fox", "--download", str(tmp_path))
    assert (ended.code, studio.triggers) == (ExitCode.OK, 1), ended.err
    assert locks and only_run(studio) in ended.out
    assert any(tmp_path.iterdir())
    assert "try again" not in ended.err and "is unknown" not in ended.err


@pytest.mark.parametrize("shift", range(0, PERIOD, LENGTH))
@pytest.mark.parametrize("argv", [["watch"], ["download", "--wait", "--folder"]])
def test_locks_cost_a_following_command_nothing_but_time(studio, flickering, monkeypatch, shift, argv, tmp_path):
    """Wherever a lock meets `watch` or `download --wait`, the command waits for its end. It prints each line once."""
    calls, locks = flickering
    run_id = studio.started()
    assert studio("runs").code == 0
    studio.ends(run_id, in_s=0.3)
    studio.read_long_ago()
    begins_with(calls, monkeypatch, store_patience.StorePatience, "__init__", shift)
    ended = studio(argv[0], run_id, *argv[1:], *([str(tmp_path)] if argv[1:] else []))
    assert ended.code == ExitCode.OK and locks, ended.err
    if argv == ["watch"]:
        statuses = [line.split()[2] for line in ended.out.splitlines()]
        assert statuses[-1] == "completed" and len(set(statuses)) == len(statuses)
    else:
        assert ended.out.splitlines() == [str(path) for path in tmp_path.rglob("*.png")]


def test_a_lasting_lock_does_not_make_a_known_run_unknown(studio, flickering, monkeypatch):
    """If the lock lasts while `trigger --wait` waits for the end of a run, the code is 6. The error names the run, and
    does not say that it is unknown whether the prompt was sent."""
    calls, _ = flickering
    monkeypatch.setattr(store_patience, "STORE_S", 0.3)
    studio.server.world.fate(studio.key, PlannedOutcome(1e6))
    wait_for_runs = TriggerCommand._wait_for_runs

    async def locked(self, submission):
        monkeypatch.setattr(f"{__name__}.LENGTH", NEVER)
        calls.append(0)
        return await wait_for_runs(self, submission)

    monkeypatch.setattr(TriggerCommand, "_wait_for_runs", locked)
    ended = studio("trigger", "Sunset", "a fox", "--wait")
    assert (ended.code, studio.triggers) == (ExitCode.UNFINISHED, 1), ended.err
    assert f"Run {only_run(studio)[:8]} was started." in ended.err and "Do not repeat this command" in ended.err
    assert "unknown" not in ended.err and "try again" not in ended.err


def test_time_that_is_up_during_a_lock_leaves_the_end_unknown(studio, flickering, monkeypatch):
    """If the time of `--timeout` is up during a lock, `watch` ends with 7. It says that the end of the run is unknown."""
    calls, _ = flickering
    run_id = studio.started()
    monkeypatch.setattr(f"{__name__}.LENGTH", NEVER)
    begins_with(calls, monkeypatch, watch.WatchList, "__init__", 0)
    ended = studio("watch", run_id, "--timeout", "1")
    assert ended.code == ExitCode.STILL_RUNNING
    assert "it is unknown whether all runs have ended" in ended.err and "not all runs have ended" not in ended.err
