"""If another program locks the database during the request of a `trigger`, the paid run is stored after the lock ends.
No message advises to try again."""

import signal
import sqlite3

import pytest

from cordage_tui.cli.base import engine_context
from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.cli.commands.trigger import submission
from cordage_tui.engine.outbox import sender
from cordage_tui.simulator.world import PlannedOutcome
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
    monkeypatch.setattr(submission, "STORE_S", 0.3)
    locked(until=NEVER)
    ended = studio("trigger", "Sunset", "a fox")
    assert (ended.code, studio.triggers) == (ExitCode.UNFINISHED, 1)
    assert ended.err.count(f"Run {only_run(studio)} was started, and could not be stored.") == 1
    assert "Do not repeat this command" in ended.err
    assert "try again" not in ended.err and "unknown whether" not in ended.err


def test_a_lasting_lock_mentions_the_rest_of_the_batch(studio, locked, monkeypatch, tmp_path):
    """If the lock lasts, stderr mentions the prompts of the batch that wait behind the paid one, also if the database
    cannot be read."""
    monkeypatch.setattr(submission, "STORE_S", 0.3)
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
