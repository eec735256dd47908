"""stdout has data and stderr has messages, and a command works if nobody can read its messages."""

import json
import os
import subprocess

import pytest

from cordage_tui.simulator.faults import Call
from tests.cli.conftest import PROGRAM
from tests.cli.matrix import COMMANDS
from tests.cli.stage import Ending, stage

TALKING = {
    "runs": (["runs", "--text", "nothing"], 0),
    "queue": (["queue"], 0),
    "trigger": (["trigger", "Sunset", "a fox", "--wait"], 0),
    "batch": (["trigger", "Sunset", "--file", "PROMPTS", "--yes"], 0),
    "show": (["show", "nothing"], 2),
    "watch": (["watch", "DONE"], 0),
    "kill": (["kill", "ACTIVE", "--yes"], 0),
}
"""What says something on stderr, or might, with its exit code."""


@pytest.fixture
def scene(tmp_path):
    """Open the stage."""
    with stage(tmp_path) as opened_stage:
        yield opened_stage


def _run(scene, name, talk):
    """Run the command with `talk` as its stderr, or without stderr if it is None."""
    argv, _ = TALKING[name]
    if talk is None:
        program = ["sh", "-c", 'exec "$@" 2>&-', "sh", *PROGRAM]
        child = scene.started(name, argv, program, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    else:
        with open(talk, "w") as file:  # noqa: PTH123
            child = scene.started(name, argv, stdout=subprocess.PIPE, stderr=file.fileno())
    out, _ = child.communicate(timeout=40)
    return child.returncode, out


def test_talk_that_is_lost_ends_no_command(scene):
    """Lost messages change neither the exit code nor the data on stdout."""
    for name, (_, code) in TALKING.items():
        expected = _run(scene, name, os.devnull)
        assert expected[0] == code
        for talk in (None, "/dev/full"):
            ended = _run(scene, name, talk)
            assert ended[0] == code, (name, talk)
            assert [line.split("\t")[-2:] for line in ended[1].splitlines()] != [["No matching runs."]]
            assert len(ended[1].splitlines()) == len(expected[1].splitlines()), (name, talk)
    assert len(scene.calls(Call.TRIGGER)) == 3 * 3


def test_quiet_keeps_errors(studio):
    """`--quiet` removes messages, but not the reason of an exit code other than 0."""
    done = studio.started(0.0)
    assert studio("runs", "--quiet").err == ""
    studio.server.close()
    studio.read_long_ago()
    for argv in (["runs"], ["show", done], ["watch", done], ["trigger", "Sunset", "x"]):
        ended = studio(*argv, "--quiet")
        assert ended.code == 3
        assert "refused the connection" in ended.err, argv
        assert ended.err.startswith("cordage-tui: "), argv


def test_quiet_keeps_the_error_of_a_hook(studio):
    """The failure of a hook is an error and is printed with `--quiet`, although the code is 0."""
    studio.configure(f"[hooks]\non_finish = {json.dumps(['false'])}\n")
    ended = studio("trigger", "Sunset", "x", "--wait", "--quiet")
    assert (ended.code, ended.err) == (0, "cordage-tui: on_finish: false failed (1).\n")


def test_a_question_that_nobody_can_read_is_not_answered(studio, monkeypatch):
    """A question that cannot be printed is not answered, although stdin is a terminal."""
    run_id = studio.started()
    monkeypatch.setattr("cordage_tui.cli.base.console.print_message", lambda text, end="": False)
    ended = studio("kill", run_id, stdin="y\n", terminal=True)
    assert ended.code == 2
    assert not any(exchange.path.endswith("/kill") for exchange in list(studio.server.log))


def test_data_that_cannot_be_written_is_an_error_of_every_command(scene):
    """Data that cannot be written ends every command with 2, and `trigger` with 6, because its run exists."""
    commands = {
        name: [*argv, *(() if name == "export" else ("--json",))]
        for name, argv in COMMANDS.items()
        if name not in ("app", "completion", "man", "keys")
    }

    def run(name, argv):
        with open("/dev/full", "w") as full:  # noqa: PTH123
            program = PROGRAM if name in ("runs", "trigger") else None
            child = scene.started(name.replace(" ", "-"), argv, program, stdout=full.fileno())
            _, err = child.communicate(timeout=40)
        return Ending(child.returncode, "", err)

    ended = scene.all(commands, run)
    assert {name: end.code for name, end in ended.items()} == dict.fromkeys(commands, 2) | {"trigger": 6}
    assert all("could not be written: No space left on device" in end.err for end in ended.values())
    assert not any("Traceback" in end.err for end in ended.values())
    assert "Do not repeat this command" in ended["trigger"].err
