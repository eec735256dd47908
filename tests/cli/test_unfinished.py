"""An interrupted or failed `trigger` never says that a prompt was not sent if it may have been sent.

Its exit code never invites the user to pay twice, and the command that it names continues the work. The commands are
real processes.
"""

import json
import re
import shlex
import signal
import subprocess
import sys
import time

import pytest

from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.domain.outbox_states import OutboxState
from cordage_tui.simulator.faults import Call, Fault, FaultKind
from cordage_tui.simulator.world import Options, PlannedOutcome
from tests.tries import settle

NOTHING = "Nothing was started, and nothing is queued"
MAY_RUN = "It may be running and may be charged."
LIMIT = {
    "status": 429,
    "body": '{"error": "Rate limit exceeded.", "retry_after": 60}',
    "headers": {"Retry-After": "60"},
}


def states(studio):
    """Return how many prompts the database has in each state."""
    with studio.store() as store:
        return {state.value: count for state, count in store.queue.counts("studio").items()}


def until(child, condition):
    """Wait until the condition is true; fail if the command ends before."""
    while not condition():
        assert child.poll() is None, child.communicate()
        time.sleep(0.02)


def result_of(child, number=None):
    """Send this signal if there is one, wait for the end, and return exit code, stdout and stderr."""
    if number is not None:
        child.send_signal(number)
    out, err = child.communicate(timeout=60)
    return child.returncode, out, err


def runs(studio):
    """Return the runs on the server."""
    return studio.server.world.list_runs(studio.key)


def suggested_argv(err, word):
    """Return the arguments of the command that the message suggests and that begins with this word."""
    return shlex.split(re.search(rf"cordage-tui ({word} .*?)\.?$", err, re.MULTILINE)[1])


@pytest.fixture
def doubtful(studio):
    """Return a server that starts the run but loses the answer, and whose list cannot be read, so that the prompt stays
    uncertain."""
    studio.fails(Call.TRIGGER, FaultKind.CLOSE, acts=True)
    studio.fails(Call.LIST, FaultKind.STATUS, status=503)
    return studio


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("lost", [FaultKind.CLOSE, FaultKind.MALFORMED, FaultKind.STATUS])
def test_an_interruption_of_an_uncertain_prompt_ends_with_5(studio, started, number, lost):
    """An interrupted command with an uncertain prompt ends with 5. The prompt is not called unsent and stays in the
    database."""
    studio.fails(Call.TRIGGER, lost, acts=True, status=504 if lost is FaultKind.STATUS else None)
    studio.fails(Call.LIST, FaultKind.STATUS, status=503)
    child = started("trigger", "Sunset", "a fox", "--wait")
    until(child, lambda: states(studio) == {"uncertain": 1})
    code, out, err = result_of(child, number)
    assert (code, out) == (ExitCode.UNCERTAIN, "")
    assert MAY_RUN in err
    assert NOTHING not in err
    assert "a fox" in err
    assert (len(runs(studio)), states(studio)) == (1, {"uncertain": 1})


def test_a_time_limit_with_an_uncertain_prompt_ends_with_5(doubtful, started):
    """If `--stall` ends the wait for an uncertain prompt, the code is 5. `show` prints the row that the message
    names."""
    code, _, err = result_of(started("trigger", "Sunset", "a fox", "--stall", "1"))
    assert code == ExitCode.UNCERTAIN
    assert MAY_RUN in err
    assert (len(runs(doubtful)), states(doubtful)) == (1, {"uncertain": 1})
    assert "uncertain" in doubtful(*suggested_argv(err, "show"), "--offline").out


def test_an_interruption_during_a_request_waits_for_the_answer(studio, started):
    """An interrupted command does not cut off a request that was sent. It ends with 6 and prints the id of the run."""
    studio.fails(Call.TRIGGER, FaultKind.DELAY, seconds=2.0)
    child = started("trigger", "Sunset", "a fox")
    until(child, lambda: studio.triggers == 1)
    code, out, err = result_of(child, signal.SIGINT)
    (run,) = runs(studio)
    assert (code, out) == (ExitCode.UNFINISHED, f"{run.run_id}\n")
    assert suggested_argv(err, "(?:watch|show)")[1] == run.run_id[:8]


def test_a_second_interruption_ends_the_wait_for_the_answer(studio, started):
    """The second Ctrl-C ends the wait for an answer that does not come. The code is 5, and no message says that nothing
    was sent."""
    studio.fails(Call.TRIGGER, FaultKind.SILENCE, acts=True)
    child = started("trigger", "Sunset", "a fox")
    until(child, lambda: studio.triggers == 1)
    child.send_signal(signal.SIGINT)
    first_line = child.stderr.readline()
    assert "for the pending answer" in first_line
    code, out, err = result_of(child, signal.SIGINT)
    assert (code, out) == (ExitCode.UNCERTAIN, "")
    assert MAY_RUN in err
    assert NOTHING not in err
    assert len(runs(studio)) == 1
    with studio.store() as store:
        assert store.outbox.recover("studio") == 1


def test_a_time_limit_during_a_request_waits_for_the_answer(studio, started):
    """The end of `--stall` does not cut off a request. The code is 6, and stdout has the id of the run."""
    studio.fails(Call.TRIGGER, FaultKind.DELAY, seconds=3.0)
    code, out, err = result_of(started("trigger", "Sunset", "a fox", "--stall", "1"))
    (run,) = runs(studio)
    assert (code, out) == (ExitCode.UNFINISHED, f"{run.run_id}\n")
    assert "Do not repeat" in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_of_a_queued_prompt_takes_it_back(studio, started, number):
    """A prompt that the limiter of the server has refused was surely not sent. An interruption takes it back and ends
    with the code of the signal."""
    studio.fails(Call.TRIGGER, FaultKind.STATUS, **LIMIT)
    child = started("trigger", "Sunset", "a fox", "--stall", "100")
    until(child, lambda: studio.triggers == 1 and states(studio) == {"queued": 1})
    code, out, err = result_of(child, number)
    assert (code, out, runs(studio), states(studio)) == (128 + number, "", [], {})
    assert NOTHING in err


def test_a_refused_key_leaves_nothing_behind(studio, started):
    """A refused key ends with 4 and leaves nothing in the queue. The same command may be given again with another
    key."""
    studio.server.world.api_keys.clear()
    code, _, err = result_of(started("trigger", "Sunset", "a fox", "--wait"))
    assert (code, runs(studio), states(studio)) == (ExitCode.KEY_REFUSED, [], {})
    assert NOTHING in err


def _start_with_active_run(studio, started, *options):
    """Start a `trigger` whose run does not end, wait until the run is stored, and return the process and the id."""
    studio.server.world.fate(studio.key, PlannedOutcome(1e6))
    child = started("trigger", "Sunset", "a fox", "--stall", "1", *options)

    def is_known():
        with studio.store() as store:
            rows = store.listing.beginning_with("studio", "")
            return any(row.run_id and row.status.is_active for row in rows)

    until(child, is_known)
    return child, runs(studio)[0].run_id


def test_a_lost_server_during_the_wait_ends_with_6(studio, started):
    """If the server is lost during the wait, the code is 6 with the command that continues. Code 3 would invite a
    second run."""
    child, run_id = _start_with_active_run(studio, started, "--wait")
    studio.server.close()
    code, _, err = result_of(child)
    assert code == ExitCode.UNFINISHED
    assert suggested_argv(err, "watch")[1] == run_id[:8]
    assert "Do not repeat" in err


def test_a_revoked_key_during_the_wait_ends_with_6(studio, started):
    """If the key is revoked during the wait, the code is 6 and not 4."""
    child, run_id = _start_with_active_run(studio, started, "--wait", "--json")
    studio.server.world.api_keys.clear()
    code, out, err = result_of(child)
    assert code == ExitCode.UNFINISHED
    assert suggested_argv(err, "watch")[1] == run_id[:8]
    assert [run["id"] for run in json.loads(out)["runs"]] == [run_id]


def test_unreachable_storage_ends_with_6(studio, started, tmp_path):
    """If the storage cannot be reached, the code is 6. The suggested command downloads the file, and no second run is
    started."""
    studio.fails(Call.DOWNLOAD, FaultKind.CLOSE)
    folder = tmp_path / "my pictures"
    code, _, err = result_of(started("trigger", "Sunset", "a fox", "--stall", "1", "--download", str(folder)))
    assert code == ExitCode.UNFINISHED
    studio.server.world.faults.planned.clear()
    again = studio(*suggested_argv(err, "download"))
    assert (again.code, studio.triggers) == (ExitCode.OK, 1)
    assert [file.suffix for file in folder.rglob("*.png")] == [".png"]


def test_unknown_outputs_are_no_success_of_a_download(studio, started, tmp_path):
    """If the outputs of an ended run cannot be read, `--download` ends with 6."""
    studio.fails(Call.LIST, FaultKind.PATCH, drop=("outputs",))
    studio.fails(Call.GET, FaultKind.STATUS, status=503)
    code, _, err = result_of(started("trigger", "Sunset", "a fox", "--stall", "1", "--download", str(tmp_path / "x")))
    assert code == ExitCode.UNFINISHED
    assert suggested_argv(err, "download")


def test_an_id_that_cannot_be_printed_is_on_stderr(studio, started):
    """If the disk of stdout is full, the code is 6 and stderr has the id of the started run."""
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        child = started("trigger", "Sunset", "a fox", stdout=full.fileno())
        _, err = child.communicate(timeout=60)
    (run,) = runs(studio)
    assert child.returncode == ExitCode.UNFINISHED
    assert run.run_id[:8] in err


def test_a_batch_stops_sending_at_ctrl_c(studio, started, tmp_path):
    """After Ctrl-C a batch waits for the pending answer and sends no more. The rest stays in the queue, the message
    says so, and the code is 6."""
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("one\ntwo\nthree\nfour\n")
    studio.fails(Call.TRIGGER, FaultKind.DELAY, seconds=1.5)
    child = started("trigger", "Sunset", "--file", str(prompts), "--yes")
    until(child, lambda: studio.triggers == 1)
    code, out, err = result_of(child, signal.SIGINT)
    assert (code, studio.triggers, states(studio)) == (ExitCode.UNFINISHED, 1, {"queued": 3})
    assert out.splitlines() == [runs(studio)[0].run_id]
    assert "1 of 4 runs were started" in err
    assert "3 are still queued" in err


def test_a_batch_with_an_uncertain_prompt_ends_with_5(doubtful, started, tmp_path):
    """A batch with an uncertain prompt ends with 5, and the second prompt is not sent while the list cannot be read."""
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("one\ntwo\n")
    code, _, err = result_of(started("trigger", "Sunset", "--file", str(prompts), "--yes", "--stall", "2"))
    assert code == ExitCode.UNCERTAIN
    assert "1 may be running and may be charged. 1 are still queued." in err


def test_the_suggested_command_has_the_options_of_the_profile(studio, started, tmp_path):
    """The suggested command contains `--config` and `--profile`, so it works on the same profile."""
    config = tmp_path / "my config.toml"
    config.write_text(studio.home.paths.config_file.read_text())
    studio.home.paths.config_file.unlink()
    studio.fails(Call.DOWNLOAD, FaultKind.CLOSE)
    options = ("--config", str(config), "--profile", "studio")
    argv = ("trigger", "Sunset", "x", "--stall", "1", "--download", str(tmp_path / "d"), *options)
    code, _, err = result_of(started(*argv))
    assert code == ExitCode.UNFINISHED
    studio.server.world.faults.planned.clear()
    assert studio(*suggested_argv(err, "--config")).code == ExitCode.OK


@pytest.mark.parametrize("echoes", [True, False])
def test_a_run_found_after_a_lost_answer_needs_its_inputs(studio, started, echoes):
    """If the answer is lost and the list has the run with its inputs, the code is 0. Without inputs it is a guess: the
    code is 5, and no id is printed."""
    studio.server.world.options = Options(echo_inputs=echoes)
    studio.server.world.faults.add(Call.TRIGGER, Fault(FaultKind.CLOSE, acts=True), count=1)
    code, out, err = result_of(started("trigger", "Sunset", "a fox", "--stall", "30"))
    run_id = runs(studio)[0].run_id
    assert (code, out.strip()) == ((ExitCode.OK, run_id) if echoes else (ExitCode.UNCERTAIN, ""))
    assert echoes or ("guess" in err and run_id[:8] in err)


def test_ignored_ctrl_c_stays_ignored(studio, started):
    """A command that is started with SIGINT ignored, as in the background of a script, continues at SIGINT and ends at
    SIGTERM."""
    studio.server.world.fate(studio.key, PlannedOutcome(1e6))
    child = started("trigger", "Sunset", "a fox", "--wait", ignored=signal.SIGINT)
    until(child, lambda: len(runs(studio)) == 1 and states(studio) == {})
    child.send_signal(signal.SIGINT)
    seen = len(studio.server.log)
    until(child, lambda: len(studio.server.log) > seen + 1)
    assert result_of(child, signal.SIGTERM)[0] == ExitCode.UNFINISHED


def test_an_uncertain_prompt_cannot_be_taken_back(studio):
    """The transaction that takes a prompt back refuses one that was claimed or is uncertain."""
    with studio.store() as store:
        row = store.outbox.submit("studio", studio.key, {"prompt": "a fox"})
        store.outbox.claim("studio")
        assert not store.outbox.drop(row)
        settle(store, row, OutboxState.UNCERTAIN, "why")
        assert not store.outbox.drop(row)
        assert states(studio) == {"uncertain": 1}


@pytest.mark.parametrize(
    "bug",
    [
        "import cordage_tui.cli.commands.trigger.command as t; t.wait_until = broken",
        "import cordage_tui.engine.hooks.hook_runner as h; h.HookRunner.run = broken",
    ],
)
def test_a_bug_of_ours_ends_with_70(studio, bug):
    """A bug in the command or in a part beside it ends with 70, which allows no repetition. The message still names the
    started run."""
    studio.server.world.fate(studio.key, PlannedOutcome(1e6))
    code = f"async def broken(*args): raise RuntimeError('a bug')\n{bug}\n"
    code += "import sys; from cordage_tui.cli.main import main; sys.exit(main(sys.argv[1:]))"
    environ = studio.home.environ | {"CORDAGE_API_KEY": studio.server.api_key}
    argv = [sys.executable, "-c", code, "trigger", "Sunset", "a fox", "--wait"]
    done = subprocess.run(argv, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == ExitCode.BUG
    assert "RuntimeError: a bug" in done.stderr
    assert states(studio) == {}
    for run in runs(studio):
        assert run.run_id[:8] in done.stderr
