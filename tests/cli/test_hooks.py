"""Hooks: programs of the user that run once for each event."""

import contextlib
import json
import signal
import sqlite3
import subprocess

import pytest

from cordage_tui.simulator.world import Options, PlannedOutcome
from tests.cli.json_schema import wrong_with
from tests.cli.test_copied_or_restored_home import PATIENCE_S, until


@pytest.fixture
def received(studio, tmp_path):
    """Set a hook, and return a function that returns the runs that it was given."""
    output_file = tmp_path / "heard"
    script = f"cat >> {output_file}; echo >> {output_file}; env > {output_file}.env"
    studio.configure(f"[hooks]\non_finish = ['sh', '-c', '{script}']\n")

    def read():
        return [json.loads(line) for line in output_file.read_text().splitlines()] if output_file.exists() else []

    read.environment = lambda: (tmp_path / "heard.env").read_text()
    return read


def test_a_hook_gets_the_run_with_its_outputs_and_no_key(studio, received):
    """The hook gets the run as JSON with outputs on stdin and no API key, and `--wait` waits for it."""
    studio.server.world.options = Options(rows_have_outputs=False)
    assert studio("trigger", "Sunset", "a fox", "--wait").code == 0
    (payload,) = received()
    assert wrong_with(payload) == []
    assert payload["run"]["status"] == "completed"
    assert payload["run"]["inputs"] == {"prompt": "a fox"}
    assert len(payload["run"]["outputs"]) == 1
    assert "CORDAGE_API_KEY" not in received.environment()


def test_a_hook_runs_once_however_many_processes_notice(studio, started, received):
    """A hook runs once for each run, also if another process follows the same runs."""
    watcher = started("watch", "--forever", "--json")
    until(lambda: studio.server.log)  # a run that ends before it follows is not its news
    for prompt in ("one", "two", "three"):
        assert studio("trigger", "Sunset", prompt, "--wait").code == 0
    ended = 0
    while ended < 3:
        ended += json.loads(watcher.stdout.readline())["event"] == "ended"
    until(lambda: len(received()) >= 3)
    assert sorted(payload["run"]["prompt"] for payload in received()) == ["one", "three", "two"]


def test_a_run_that_had_ended_before_calls_no_hook(studio, received):
    """A run first seen after its end calls no hook; one that `runs` saw active is reported by the next follower."""
    studio.started(0.0, prompt="long over")
    run_id = studio.started(prompt="x")
    assert studio("runs").code == 0
    studio.server.world.kill(studio.key, run_id)
    assert studio("show", run_id).code == 0
    assert received() == []
    assert studio("trigger", "Sunset", "y", "--wait").code == 0
    assert sorted(payload["run"]["status"] for payload in received()) == ["cancelled", "completed"]


@pytest.mark.parametrize("rows_have_outputs", [True, False])
@pytest.mark.parametrize("command", ["watch", "kill", "download", "work"])
def test_the_hook_of_the_last_run_has_run_when_the_command_ends(studio, received, command, rows_have_outputs):
    """Whichever command sees the end of a run, its hook has run before the command ends."""
    studio.server.world.options = Options(rows_have_outputs=rows_have_outputs)
    run_id = studio.started()
    assert studio("runs").code == 0
    if command != "kill":
        studio.ends(run_id, in_s=1.0)
    argv = {
        "watch": ["watch", run_id],
        "kill": ["kill", run_id, "--yes"],
        "download": ["download", run_id, "--wait"],
        "work": ["queue", "work"],
    }[command]
    assert studio(*argv).code == 0
    assert [payload["run"]["id"] for payload in received()] == [run_id]
    assert [payload["run"]["status"] for payload in received()] == ["cancelled" if command == "kill" else "completed"]


def test_an_old_end_calls_no_hook(studio, received):
    """An end of an hour ago calls no hook."""
    ended, killed = studio.started(prompt="an hour ago"), studio.started(prompt="now")
    assert studio("runs").code == 0
    studio.server.world.kill(studio.key, ended)
    assert studio("runs").code == 0
    with contextlib.closing(sqlite3.connect(studio.home.paths.database)) as database, database:
        database.execute("UPDATE details SET seen_at = seen_at - 3600")
    assert studio("kill", killed, "--yes").code == 0
    assert [payload["run"]["id"] for payload in received()] == [killed]


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["/nonexistent/hook"], "/nonexistent/hook cannot be started"),
        (["sh", "-c", "echo no such list >&2; exit 3"], "sh failed (3): no such list"),
        (["sleep", "60"], "sleep was ended after 1 s"),
    ],
)
def test_a_failing_hook_is_reported_and_changes_nothing(studio, argv, message):
    """A failing hook is reported, and the command keeps its own exit code."""
    studio.configure(f"[hooks]\non_finish = {json.dumps(argv)}\ntime_limit_s = 1\n")
    ended = studio("trigger", "Sunset", "a fox", "--wait")
    assert ended.code == 0
    assert message in ended.err


def payloads_in(file):
    """Return the objects that the hook wrote to this file."""
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def batch_of_two(studio):
    """Start a batch of two runs that stay active."""
    studio.server.world.fate(studio.key, *[PlannedOutcome(1e6)] * 2)
    assert studio("trigger", "Sunset", "{red|blue} fox", "--expand", "--yes").code == 0


def ids(studio):
    """Return the ids of all runs at the server."""
    return [run.run_id for run in studio.server.world.list_runs(studio.key)]


def test_the_hook_of_a_batch_runs_once_although_workers_are_killed(studio, started, tmp_path):
    """Three workers are killed during a batch, and the fourth calls its hook once."""
    batch, idle = tmp_path / "batch", tmp_path / "idle"
    hooks = "".join(f"on_{file.name} = ['sh', '-c', 'cat >> {file}; echo >> {file}']\n" for file in (batch, idle))
    studio.configure(f"[hooks]\n{hooks}")
    batch_of_two(studio)
    for _ in range(3):
        reads = len(studio.server.log)
        worker = started("queue", "work", stdout=subprocess.DEVNULL)
        until(lambda reads=reads: len(studio.server.log) > reads)
        worker.kill()
        worker.wait()
    assert payloads_in(batch) == payloads_in(idle) == []
    studio.ends(*ids(studio), in_s=0.5)
    for _ in range(2):
        assert studio("queue", "work").code == 0
    (payload,), (rest,) = payloads_in(batch), payloads_in(idle)
    assert wrong_with(payload) == wrong_with(rest) == []
    assert payload["batch"]["counts"] == {"completed": 2}
    assert sorted(run["status"] for run in payload["batch"]["runs"]) == ["completed", "completed"]


def test_a_hook_that_has_begun_is_not_run_again_though_we_were_killed(studio, started, tmp_path):
    """A hook that kills its worker is not run again."""
    file = tmp_path / "heard"
    studio.configure(f"[hooks]\non_batch = ['sh', '-c', 'cat >> {file}; echo >> {file}; kill -9 $PPID']\n")
    batch_of_two(studio)
    studio.ends(*ids(studio), in_s=0.5)
    assert started("queue", "work", stdout=subprocess.DEVNULL).wait(PATIENCE_S) == -signal.SIGKILL
    assert studio("queue", "work").code == 0
    assert len(payloads_in(file)) == 1


def test_a_refused_key_calls_its_hook_before_a_worker_ends(studio, tmp_path):
    """A worker with a refused key ends at once, after the hook has run."""
    file = tmp_path / "heard"
    studio.configure(f"[hooks]\non_hold = ['sh', '-c', 'cat >> {file}; echo >> {file}']\n")
    studio.monkeypatch.setenv("CORDAGE_API_KEY", "cordage_wrong")
    studio("trigger", "Sunset", "a fox")
    studio("queue", "work")
    (payload,) = payloads_in(file)
    assert wrong_with(payload) == []
    assert [hold["reason"] for hold in payload["holds"]] == ["key"]


def test_the_text_is_an_argument_as_it_is(studio, tmp_path):
    """The text is one argument, in which nothing is split, expanded or run."""
    program = tmp_path / "args"
    program.write_text(f'#!/bin/sh\nprintf \'%s\\n\' "$#" "$@" > {tmp_path}/heard\n')
    program.chmod(0o755)
    studio.configure(f"[hooks]\non_finish = [{str(program)!r}, '--', '{{text}}', '$HOME *']\n")
    assert studio("trigger", "Sunset", "--wait", "--", '--help \'a "fox"; $(id)\nx').code == 0
    count, *argv = (tmp_path / "heard").read_text().splitlines()
    took = argv[1].rpartition(" in ")[0]
    assert (count, argv[0], argv[2]) == ("3", "--", "$HOME *")
    assert took == 'Cordage: Sunset "--help \'a "fox"; $(id) x" completed'
