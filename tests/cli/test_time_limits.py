"""`--timeout` limits the whole time and `--stall` the time without progress. Code 7 says that runs still continue."""

import signal
import time
from functools import partial

import pytest

from cordage_tui.cli.base import engine_context
from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.engine.processes.watchdog import Watchdog
from cordage_tui.simulator.faults import Call, FaultKind
from cordage_tui.simulator.world import PlannedOutcome
from cordage_tui.store.errors import DiskFull
from cordage_tui.store.outbox.outcomes import TryOutcomes

LONG = PlannedOutcome(1e6)


@pytest.mark.parametrize("form", [(), ("--json",), ("--download", "pictures")])
def test_a_trigger_waits_no_longer_than_it_may(studio, tmp_path, monkeypatch, form):
    """If `--timeout` ends while the run continues, the code is 7. The message names the run and the command that waits
    for it, and warns against a repetition."""
    monkeypatch.chdir(tmp_path)
    studio.server.world.fate(studio.key, LONG)
    ended = studio("trigger", "Sunset", "a fox", "--wait", "--timeout", "2s", *form)
    (run,) = studio.server.world.list_runs(studio.key)
    assert (ended.code, studio.triggers) == (ExitCode.STILL_RUNNING, 1)
    assert "The time of --timeout is up (2 s)" in ended.err
    assert f"{'download' if '--download' in form else 'watch'} {run.run_id[:8]}" in ended.err
    assert "Do not repeat this command" in ended.err


def test_a_run_that_ends_in_time_gives_its_own_code(studio):
    """If the run ends before `--timeout`, the code is that of the run."""
    assert studio("trigger", "Sunset", "a fox", "--wait", "--timeout", "60s").code == ExitCode.OK


def test_a_batch_that_is_sent_and_continues_ends_with_7(studio, tmp_path):
    """If the time is up after all prompts of a batch were sent, the code is 7."""
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("one\ntwo\n")
    studio.server.world.fate(studio.key, LONG, LONG)
    ended = studio("trigger", "Sunset", "--file", str(prompts), "--yes", "--wait", "--timeout", "6s")
    assert (ended.code, studio.triggers) == (ExitCode.STILL_RUNNING, 2)
    assert "2 of 2 runs were started" in ended.err


@pytest.mark.parametrize("argv", [("watch",), ("watch", "RUN"), ("watch", "--forever"), ("download", "RUN", "--wait")])
def test_watch_and_download_wait_no_longer_than_they_may(studio, argv):
    """If the time of `watch` or `download` is up, the code is 7 and the run continues."""
    run_id = studio.started()
    ended = studio(*(run_id if word == "RUN" else word for word in argv), "--timeout", "1")
    assert ended.code == ExitCode.STILL_RUNNING
    assert "The runs continue." in ended.err
    assert "cordage-tui watch" in ended.err


def test_a_watch_of_nothing_ends_well_when_its_time_is_up(studio):
    """If no run is active when the time of `watch --forever` is up, the code is 0."""
    assert studio("watch", "--forever", "--timeout", "1").code == ExitCode.OK


@pytest.mark.parametrize("argv", [("watch",), ("download", "RUN", "--wait")])
def test_a_silent_server_does_not_lengthen_the_time(studio, argv):
    """The first read counts as a part of the time too, although it has a limit of fifteen seconds of its own."""
    run_id = studio.started()
    studio("runs")
    studio.read_long_ago()
    for call in (Call.LIST, Call.GET):
        studio.fails(call, FaultKind.SILENCE)
    begun = time.monotonic()
    ended = studio(*(run_id if word == "RUN" else word for word in argv), "--timeout", "1")
    assert ended.code == ExitCode.STILL_RUNNING
    assert time.monotonic() - begun < 10


def test_a_trigger_that_is_not_sent_in_time_is_taken_back(studio):
    """If the prompt was not sent in time, nothing is started or queued. The code is 3, so the same command may be given
    again."""
    body = '{"error": "Rate limit exceeded.", "retry_after": 60}'
    studio.fails(Call.TRIGGER, FaultKind.STATUS, status=429, body=body)
    ended = studio("trigger", "Sunset", "a fox", "--wait", "--timeout", "2")
    assert ended.code == ExitCode.TRY_AGAIN
    assert "Nothing was started, and nothing is queued" in ended.err


@pytest.mark.parametrize("form", [(), ("--wait",), ("--wait", "--json")])
def test_a_full_disk_does_not_lengthen_the_time_and_loses_no_run_id(studio, monkeypatch, form):
    """If the disk is full when the answer comes, the message names the started run. Its id is nowhere else, and nothing
    says that no answer came."""

    def no_room(self: TryOutcomes, *outcome: object) -> bool:
        raise DiskFull("The disk that holds x.db is full.", "Nothing was written; make room and try again.")

    monkeypatch.setattr(TryOutcomes, "accept", no_room)
    studio.server.world.fate(studio.key, LONG)
    begun = time.monotonic()
    ended = studio("trigger", "Sunset", "a fox", "--timeout", "2s", *form)
    assert time.monotonic() - begun < 10
    (run,) = studio.server.world.list_runs(studio.key)
    cause = "The disk that holds x.db is full."
    assert ended.err.count(f"{cause} Run {run.run_id} was started, and is not stored yet.") == 1  # at once
    assert ended.err.count(f"Run {run.run_id} was started, and could not be stored.") == 1  # in the end
    assert ended.err.count(cause) == 1
    assert "Nothing was written" not in ended.err and "no answer" not in ended.err
    assert "Do not repeat this command" in ended.err
    assert (ended.code, studio.triggers) == (ExitCode.UNFINISHED, 1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_trigger_whose_run_is_not_stored_has_started_it(studio, monkeypatch, number):
    """An interrupted command whose started run is not stored ends with 6. The code of the signal would tell a script
    that nothing was started."""
    interrupted = []

    def no_room(self: TryOutcomes, *outcome: object) -> bool:
        if not interrupted:
            interrupted.append(number)
            signal.raise_signal(number)
        raise DiskFull("The disk that holds x.db is full.", "Nothing was written; make room and try again.")

    monkeypatch.setattr(TryOutcomes, "accept", no_room)
    # The command runs in the process of the tests, which its watchdog would end some seconds later.
    monkeypatch.setattr(engine_context, "Watchdog", partial(Watchdog, exit_now=lambda code: None))
    studio.server.world.fate(studio.key, LONG)
    ended = studio("trigger", "Sunset", "a fox")
    (run,) = studio.server.world.list_runs(studio.key)
    assert (ended.code, studio.triggers) == (ExitCode.UNFINISHED, 1)
    assert ended.err.count("The disk that holds x.db is full.") == 1
    assert f"Run {run.run_id}" in ended.err
    assert "Do not repeat this command" in ended.err
