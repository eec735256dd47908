"""`on_finish`: the user's program, once for each run that ends."""

import contextlib
import json
import signal
import sqlite3
import subprocess

import pytest

from cordage_tui.simulator.world import Options, PlannedOutcome
from tests.cli.json_schema import wrong_with
from tests.cli.test_copied_home import PATIENCE_S, until


@pytest.fixture
def told(studio, tmp_path):
    """The runs that the hook was given so far; it also keeps the environment it was run in."""
    heard = tmp_path / "heard"
    script = f"cat >> {heard}; echo >> {heard}; env > {heard}.env"
    studio.configure(f"[hooks]\non_finish = ['sh', '-c', '{script}']\n")

    def read():
        return [json.loads(line) for line in heard.read_text().splitlines()] if heard.exists() else []

    read.environment = lambda: (tmp_path / "heard.env").read_text()
    return read


def test_it_gets_the_run_with_its_outputs_and_no_key(studio, told):
    """The JSON of the schema on stdin, after the outputs have been fetched that the list did not tell; `--wait` waits for it."""
    studio.server.world.options = Options(rows_have_outputs=False)
    assert studio("trigger", "Sunset", "a fox", "--wait").code == 0
    (heard,) = told()
    assert wrong_with(heard) == []
    assert heard["run"]["status"] == "completed"
    assert heard["run"]["inputs"] == {"prompt": "a fox"}
    assert len(heard["run"]["outputs"]) == 1
    assert "CORDAGE_API_KEY" not in told.environment()


def test_it_runs_once_however_many_processes_notice(studio, started, told):
    """Another process follows the same run, and goes on afterwards."""
    watcher = started("watch", "--forever", "--json")
    until(lambda: studio.server.log)  # a run that ends before it follows is not its news
    for prompt in ("one", "two", "three"):
        assert studio("trigger", "Sunset", prompt, "--wait").code == 0
    ended = 0
    while ended < 3:
        ended += json.loads(watcher.stdout.readline())["event"] == "ended"
    until(lambda: len(told()) >= 3)
    assert sorted(heard["run"]["prompt"] for heard in told()) == ["one", "three", "two"]


def test_what_had_ended_before_is_not_told(studio, told):
    """A run that was first seen after its end is nobody's news; one that `runs` sees ending is told by the next to follow."""
    studio.started(0.0, prompt="long over")
    run_id = studio.started(prompt="x")
    assert studio("runs").code == 0
    studio.server.world.kill(studio.key, run_id)
    assert studio("show", run_id).code == 0
    assert told() == []
    assert studio("trigger", "Sunset", "y", "--wait").code == 0
    assert sorted(heard["run"]["status"] for heard in told()) == ["cancelled", "completed"]


@pytest.mark.parametrize("rows_have_outputs", [True, False])
@pytest.mark.parametrize("command", ["watch", "kill", "download", "work"])
def test_it_has_run_for_the_last_run_when_the_command_ends(studio, told, command, rows_have_outputs):
    """Whichever command sees the end of it, and though the outcome has to be fetched."""
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
    assert [heard["run"]["id"] for heard in told()] == [run_id]
    assert [heard["run"]["status"] for heard in told()] == ["cancelled" if command == "kill" else "completed"]


def test_what_nobody_took_for_long_is_passed_over(studio, told):
    """By `kill` too: an ending of an hour ago is no news."""
    ended, killed = studio.started(prompt="an hour ago"), studio.started(prompt="now")
    assert studio("runs").code == 0
    studio.server.world.kill(studio.key, ended)
    assert studio("runs").code == 0
    with contextlib.closing(sqlite3.connect(studio.home.paths.database)) as database, database:
        database.execute("UPDATE details SET seen_at = seen_at - 3600")
    assert studio("kill", killed, "--yes").code == 0
    assert [heard["run"]["id"] for heard in told()] == [killed]


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["/nonexistent/hook"], "/nonexistent/hook cannot be started"),
        (["sh", "-c", "echo no such list >&2; exit 3"], "sh failed (3): no such list"),
        (["sleep", "60"], "sleep was ended after 1 s"),
    ],
)
def test_what_goes_wrong_with_it_is_said_and_changes_nothing(studio, argv, words):
    """The run completed, so the command ends with 0."""
    studio.configure(f"[hooks]\non_finish = {json.dumps(argv)}\ntime_limit_s = 1\n")
    ended = studio("trigger", "Sunset", "a fox", "--wait")
    assert ended.code == 0
    assert words in ended.err


def heard(file):
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def batch_of_two(studio):
    """Two runs of one batch go on."""
    studio.server.world.fate(studio.key, *[PlannedOutcome(1e6)] * 2)
    assert studio("trigger", "Sunset", "{red|blue} fox", "--expand", "--yes").code == 0


def ids(studio):
    return [run.run_id for run in studio.server.world.list_runs(studio.key)]


def test_a_batch_is_told_once_though_the_workers_are_killed(studio, started, tmp_path):
    """kill -9 of three workers while its runs go on; the fourth sees their end."""
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
    assert heard(batch) == heard(idle) == []
    studio.ends(*ids(studio), in_s=0.5)
    for _ in range(2):
        assert studio("queue", "work").code == 0
    (told,), (rest,) = heard(batch), heard(idle)
    assert wrong_with(told) == wrong_with(rest) == []
    assert told["batch"]["counts"] == {"completed": 2}
    assert sorted(run["status"] for run in told["batch"]["runs"]) == ["completed", "completed"]


def test_a_hook_that_has_begun_is_not_run_again_though_we_were_killed(studio, started, tmp_path):
    """The hook itself kills the worker."""
    file = tmp_path / "heard"
    studio.configure(f"[hooks]\non_batch = ['sh', '-c', 'cat >> {file}; echo >> {file}; kill -9 $PPID']\n")
    batch_of_two(studio)
    studio.ends(*ids(studio), in_s=0.5)
    assert started("queue", "work", stdout=subprocess.DEVNULL).wait(PATIENCE_S) == -signal.SIGKILL
    assert studio("queue", "work").code == 0
    assert len(heard(file)) == 1


def test_a_refused_key_is_told_before_a_worker_ends(studio, tmp_path):
    """It ends at once, and its hook has run."""
    file = tmp_path / "heard"
    studio.configure(f"[hooks]\non_hold = ['sh', '-c', 'cat >> {file}; echo >> {file}']\n")
    studio.monkeypatch.setenv("CORDAGE_API_KEY", "cordage_wrong")
    studio("trigger", "Sunset", "a fox")
    studio("queue", "work")
    (told,) = heard(file)
    assert wrong_with(told) == []
    assert [hold["reason"] for hold in told["holds"]] == ["key"]


def test_the_text_is_an_argument_as_it_is(studio, tmp_path):
    """One argument, whatever is in the prompt: nothing is split, joined, expanded or run."""
    program = tmp_path / "args"
    program.write_text(f'#!/bin/sh\nprintf \'%s\\n\' "$#" "$@" > {tmp_path}/heard\n')
    program.chmod(0o755)
    studio.configure(f"[hooks]\non_finish = [{str(program)!r}, '--', '{{text}}', '$HOME *']\n")
    assert studio("trigger", "Sunset", "--wait", "--", '--help \'a "fox"; $(id)\nx').code == 0
    count, *argv = (tmp_path / "heard").read_text().splitlines()
    took = argv[1].rpartition(" in ")[0]
    assert (count, argv[0], argv[2]) == ("3", "--", "$HOME *")
    assert took == 'Cordage: Sunset "--help \'a "fox"; $(id) x" completed'
