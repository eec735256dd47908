"""A `trigger` that does not get to its end, as a process against a server on a real socket: what may have been sent is never
called unsent, its exit code never invites paying twice, and the command that it names goes on."""

import json
import re
import shlex
import signal
import subprocess
import sys
import time

import pytest

from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.domain.run import OutboxState
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
    """How many prompts stand in each state, as the database has it."""
    with studio.store() as store:
        return {state.value: count for state, count in store.queue.counts("studio").items()}


def until(child, condition):
    """Until it holds, or the command has ended by itself, which would be too early."""
    while not condition():
        assert child.poll() is None, child.communicate()
        time.sleep(0.02)


def ended(child, number=None):
    """Exit code and what was written, after this signal."""
    if number is not None:
        child.send_signal(number)
    out, err = child.communicate(timeout=60)
    return child.returncode, out, err


def runs(studio):
    return studio.server.world.list_runs(studio.key)


def named(err, word):
    """The command beginning so that the message tells to type, as words behind the program's name."""
    return shlex.split(re.search(rf"cordage-tui ({word} .*?)\.?$", err, re.MULTILINE)[1])


@pytest.fixture
def doubtful(studio):
    """A server whose answer to a trigger is lost, though it runs, and whose list cannot be read, so that it stays uncertain."""
    studio.fails(Call.TRIGGER, FaultKind.CLOSE, acts=True)
    studio.fails(Call.LIST, FaultKind.STATUS, status=503)
    return studio


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("lost", [FaultKind.CLOSE, FaultKind.MALFORMED, FaultKind.STATUS])
def test_interrupted_while_it_is_uncertain(studio, started, number, lost):
    """5; it is not called unsent, and stays where it can be found: the server has the run."""
    studio.fails(Call.TRIGGER, lost, acts=True, status=504 if lost is FaultKind.STATUS else None)
    studio.fails(Call.LIST, FaultKind.STATUS, status=503)
    child = started("trigger", "Sunset", "a fox", "--wait")
    until(child, lambda: states(studio) == {"uncertain": 1})
    code, out, err = ended(child, number)
    assert (code, out) == (ExitCode.UNCERTAIN, "")
    assert MAY_RUN in err
    assert NOTHING not in err
    assert "a fox" in err
    assert (len(runs(studio)), states(studio)) == (1, {"uncertain": 1})


def test_given_up_while_it_is_uncertain(doubtful, started):
    """The same of `--timeout`; the row that the message names can be looked at."""
    code, _, err = ended(started("trigger", "Sunset", "a fox", "--stall", "1"))
    assert code == ExitCode.UNCERTAIN
    assert MAY_RUN in err
    assert (len(runs(doubtful)), states(doubtful)) == (1, {"uncertain": 1})
    assert "uncertain" in doubtful(*named(err, "show"), "--offline").out


def test_interrupted_on_the_wire_waits_for_the_answer(studio, started):
    """6, and the id on stdout: what was sent is not cut off, so that it is known what became of it."""
    studio.fails(Call.TRIGGER, FaultKind.DELAY, seconds=2.0)
    child = started("trigger", "Sunset", "a fox")
    until(child, lambda: studio.triggers == 1)
    code, out, err = ended(child, signal.SIGINT)
    (run,) = runs(studio)
    assert (code, out) == (ExitCode.UNFINISHED, f"{run.run_id}\n")
    assert named(err, "(?:watch|show)")[1] == run.run_id[:8]


def test_interrupted_twice_on_the_wire(studio, started):
    """5: the second Ctrl-C ends the waiting for an answer that does not come, and nothing says that it was not sent."""
    studio.fails(Call.TRIGGER, FaultKind.SILENCE, acts=True)
    child = started("trigger", "Sunset", "a fox")
    until(child, lambda: studio.triggers == 1)
    child.send_signal(signal.SIGINT)
    said = child.stderr.readline()
    assert "for the pending answer" in said
    code, out, err = ended(child, signal.SIGINT)
    assert (code, out) == (ExitCode.UNCERTAIN, "")
    assert MAY_RUN in err
    assert NOTHING not in err
    assert len(runs(studio)) == 1
    with studio.store() as store:
        assert store.outbox.recover("studio") == 1


def test_given_up_on_the_wire(studio, started):
    """`--timeout` is not the end of the answer: 6 with the run's id where it comes in time."""
    studio.fails(Call.TRIGGER, FaultKind.DELAY, seconds=3.0)
    code, out, err = ended(started("trigger", "Sunset", "a fox", "--stall", "1"))
    (run,) = runs(studio)
    assert (code, out) == (ExitCode.UNFINISHED, f"{run.run_id}\n")
    assert "Do not repeat" in err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_while_it_is_queued(studio, started, number):
    """130, or 143 of SIGTERM: the server's limiter has refused it, so it was surely not sent, and it is taken back."""
    studio.fails(Call.TRIGGER, FaultKind.STATUS, **LIMIT)
    child = started("trigger", "Sunset", "a fox", "--stall", "100")
    until(child, lambda: studio.triggers == 1 and states(studio) == {"queued": 1})
    code, out, err = ended(child, number)
    assert (code, out, runs(studio), states(studio)) == (128 + number, "", [], {})
    assert NOTHING in err


def test_refused_before_anything_runs(studio, started):
    """4, and nothing is left: the same command may be given again with another key."""
    studio.server.world.api_keys.clear()
    code, _, err = ended(started("trigger", "Sunset", "a fox", "--wait"))
    assert (code, runs(studio), states(studio)) == (ExitCode.KEY_REFUSED, [], {})
    assert NOTHING in err


def _waits_for_a_run(studio, started, *options):
    """A `trigger --wait` whose run goes on and is known by its id."""
    studio.server.world.fate(studio.key, PlannedOutcome(1e6))
    child = started("trigger", "Sunset", "a fox", "--stall", "1", *options)

    def is_known():
        with studio.store() as store:
            rows = store.listing.beginning_with("studio", "")
            return any(row.run_id and row.status.is_active for row in rows)

    until(child, is_known)
    return child, runs(studio)[0].run_id


def test_the_server_is_gone_while_it_is_waited_for(studio, started):
    """6, the run and the command that goes on; not 3, which means that the same command may be given again."""
    child, run_id = _waits_for_a_run(studio, started, "--wait")
    studio.server.close()
    code, _, err = ended(child)
    assert code == ExitCode.UNFINISHED
    assert named(err, "watch")[1] == run_id[:8]
    assert "Do not repeat" in err


def test_the_key_is_revoked_while_it_is_waited_for(studio, started):
    """6, not 4."""
    child, run_id = _waits_for_a_run(studio, started, "--wait", "--json")
    studio.server.world.api_keys.clear()
    code, out, err = ended(child)
    assert code == ExitCode.UNFINISHED
    assert named(err, "watch")[1] == run_id[:8]
    assert [run["id"] for run in json.loads(out)["runs"]] == [run_id]


def test_storage_is_not_reached(studio, started, tmp_path):
    """6, not 3; the command that is named gets the file, and nothing is started a second time."""
    studio.fails(Call.DOWNLOAD, FaultKind.CLOSE)
    folder = tmp_path / "my pictures"
    code, _, err = ended(started("trigger", "Sunset", "a fox", "--stall", "1", "--download", str(folder)))
    assert code == ExitCode.UNFINISHED
    studio.server.world.faults.planned.clear()
    again = studio(*named(err, "download"))
    assert (again.code, studio.triggers) == (ExitCode.OK, 1)
    assert [file.suffix for file in folder.rglob("*.png")] == [".png"]


def test_the_outputs_cannot_be_read(studio, started, tmp_path):
    """6: a run that has ended, of whose outputs nothing is known, is no success of `--download`."""
    studio.fails(Call.LIST, FaultKind.PATCH, drop=("outputs",))
    studio.fails(Call.GET, FaultKind.STATUS, status=503)
    code, _, err = ended(started("trigger", "Sunset", "a fox", "--stall", "1", "--download", str(tmp_path / "x")))
    assert code == ExitCode.UNFINISHED
    assert named(err, "download")


def test_the_id_cannot_be_printed(studio, started):
    """6: the run was started, and only the disk that stdout goes to is full."""
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        child = started("trigger", "Sunset", "a fox", stdout=full.fileno())
        _, err = child.communicate(timeout=60)
    (run,) = runs(studio)
    assert child.returncode == ExitCode.UNFINISHED
    assert run.run_id[:8] in err


def test_a_batch_is_not_sent_on_after_ctrl_c(studio, started, tmp_path):
    """6: what is on the wire is answered, nothing more is put there, and the rest waits in the queue, which is said."""
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("one\ntwo\nthree\nfour\n")
    studio.fails(Call.TRIGGER, FaultKind.DELAY, seconds=1.5)
    child = started("trigger", "Sunset", "--file", str(prompts), "--yes")
    until(child, lambda: studio.triggers == 1)
    code, out, err = ended(child, signal.SIGINT)
    assert (code, studio.triggers, states(studio)) == (ExitCode.UNFINISHED, 1, {"queued": 3})
    assert out.splitlines() == [runs(studio)[0].run_id]
    assert "1 of 4 runs were started" in err
    assert "3 are still queued" in err


def test_a_batch_of_which_one_is_uncertain(doubtful, started, tmp_path):
    """5 before all others; the second prompt is not sent while the list cannot be read."""
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("one\ntwo\n")
    code, _, err = ended(started("trigger", "Sunset", "--file", str(prompts), "--yes", "--stall", "2"))
    assert code == ExitCode.UNCERTAIN
    assert "1 may be running and may be charged. 1 are still queued." in err


def test_the_options_are_part_of_the_command_that_is_named(studio, started, tmp_path):
    """Typed as it stands it works on the same profile."""
    config = tmp_path / "my config.toml"
    config.write_text(studio.home.paths.config_file.read_text())
    studio.home.paths.config_file.unlink()
    studio.fails(Call.DOWNLOAD, FaultKind.CLOSE)
    words = ("--config", str(config), "--profile", "studio")
    argv = ("trigger", "Sunset", "x", "--stall", "1", "--download", str(tmp_path / "d"), *words)
    code, _, err = ended(started(*argv))
    assert code == ExitCode.UNFINISHED
    studio.server.world.faults.planned.clear()
    assert studio(*named(err, "--config")).code == ExitCode.OK


@pytest.mark.parametrize("echoes", [True, False])
def test_what_was_lost_and_found_is_a_guess_unless_the_server_echoes_it(studio, started, echoes):
    """An answer that is lost while the list shows the run: 0, as if it had come, where the list says with which inputs. By its time
    alone it may be somebody else's: 5, and no id that a script would take for its own."""
    studio.server.world.options = Options(echo_inputs=echoes)
    studio.server.world.faults.add(Call.TRIGGER, Fault(FaultKind.CLOSE, acts=True), count=1)
    code, out, err = ended(started("trigger", "Sunset", "a fox", "--stall", "30"))
    run_id = runs(studio)[0].run_id
    assert (code, out.strip()) == ((ExitCode.OK, run_id) if echoes else (ExitCode.UNCERTAIN, ""))
    assert echoes or ("guess" in err and run_id[:8] in err)


def test_ignored_ctrl_c_stays_ignored(studio, started):
    """As a script's background job it goes on at a SIGINT that is not meant for it, and ends at a SIGTERM."""
    studio.server.world.fate(studio.key, PlannedOutcome(1e6))
    child = started("trigger", "Sunset", "a fox", "--wait", ignored=signal.SIGINT)
    until(child, lambda: len(runs(studio)) == 1 and states(studio) == {})
    child.send_signal(signal.SIGINT)
    seen = len(studio.server.log)
    until(child, lambda: len(studio.server.log) > seen + 1)
    assert ended(child, signal.SIGTERM)[0] == ExitCode.UNFINISHED


def test_nothing_of_the_state_machine_lets_an_uncertain_prompt_be_taken_back(studio):
    """The transaction itself refuses: only what is queued goes without the user's word about an uncertain one."""
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
        "import cordage_tui.cli.commands.trigger.trigger as t; t.wait_until = broken",
        "import cordage_tui.engine.hooks.hooks as h; h.HookRunner.run = broken",
    ],
)
def test_a_bug_of_ours_is_70(studio, bug):
    """In the command itself, or in what works beside it: neither 1, which says that a run failed, nor a code that lets it be
    repeated; what was started is told all the same."""
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
