"""Every command in every trouble, as real processes: its exit code, and the words that say what happened."""

import json
import re
from urllib.parse import urlsplit

import pytest

from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.simulator.faults import Call, FaultKind
from tests.cli import matrix
from tests.cli.conftest import PROGRAM
from tests.cli.json_schema import wrong_with
from tests.cli.matrix import COMMANDS, TROUBLES
from tests.cli.stage import stage

FOR_THE_APP = re.compile(r"[Pp]ress [erx]\b")
"""Keys that a shell has not."""
SENT = {"no config": 0, "offline": 0, "read-only": 0}
"""Triggers that have reached the server; 1 where nothing else is said, never 2."""


@pytest.fixture
def scene(tmp_path):
    with stage(tmp_path) as found:
        yield found


def assert_as_told(scene, ended, rows):
    """Codes all at once, so that a failure shows the whole picture; then the words."""
    assert {name: end.code for name, end in ended.items()} == {name: code for name, (code, _) in rows.items()}
    server, storage = (urlsplit(url).netloc for url in (scene.server.base_url, scene.server.storage_url))
    for name, (_, words) in rows.items():
        assert words.replace("SERVER", server).replace("STORAGE", storage) in ended[name].words, (name, ended[name])
    said = "".join(end.words for end in ended.values())
    assert "Traceback" not in said
    assert not FOR_THE_APP.search(said)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_every_command_ends_as_told(scene, trouble):
    """A prompt goes out once at most; what was known before is printed all the same. Where all is well, each command is an
    interpreter of its own, which has to import what it needs."""
    prepare, rows = TROUBLES[trouble]
    prepare(scene)
    program = PROGRAM if trouble == "ok" else None
    assert_as_told(scene, scene.all(COMMANDS, lambda name, argv: scene.run(name, argv, program)), rows)
    assert len(scene.calls(Call.TRIGGER)) == SENT.get(trouble, 1)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_what_goes_on_is_ended_by_ctrl_c(scene, trouble):
    """Or by itself, where it could do nothing for ever."""
    TROUBLES[trouble][0](scene)
    rows = matrix.GO_ON_IN[trouble]

    def run(name, argv):
        goes_on = rows[name] == matrix.GOING_ON[name]
        return scene.run_until(name, argv, rows[name][1]) if goes_on else scene.run(name, argv)

    assert_as_told(scene, scene.all(matrix.GO_ON, run), rows)


def test_a_webhook_that_there_is_not(scene):
    """2 and the nearest that there is; nothing is asked of the server."""
    asked = len(scene.server.log)
    ended = scene.all(matrix.UNKNOWN_WEBHOOK, scene.run)
    assert_as_told(scene, ended, dict.fromkeys(matrix.UNKNOWN_WEBHOOK, (2, "Did you mean 'Sunset'?")))
    assert len(scene.server.log) == asked


def test_not_a_terminal(scene):
    """What asks refuses where nobody can be asked, and names --yes; nothing is sent."""
    ended = scene.all(matrix.ASKING, scene.run)
    assert_as_told(scene, ended, dict.fromkeys(matrix.ASKING, (2, "Use --yes to confirm.")))
    assert scene.calls(Call.TRIGGER) == scene.calls(Call.KILL) == []


def test_a_closed_pipe_ends_quietly(scene):
    """`cordage-tui … | head -1`: done, without a complaint (docs/dev/faults.md 169), also at the end of an interpreter. What pays or
    waits for its reader ends as by a hang-up, and sends nothing."""
    commands = {name: [*argv, "--quiet"] for name, argv in COMMANDS.items() if name != "app"}

    def run(name, argv):
        return scene.run_into_closed_pipe(name, argv, PROGRAM if name in ("runs", "man") else None)

    ended = scene.all(commands, run)
    hung_up = dict.fromkeys(matrix.FOR_READER, (129, ""))
    assert {name: (end.code, end.err) for name, end in ended.items()} == dict.fromkeys(commands, (0, "")) | hung_up
    assert scene.calls(Call.TRIGGER) == []


def test_ctrl_c_while_the_server_is_silent(scene):
    """What it leaves behind is said, and a run is left alone: 130, or 6 where a run was started."""
    for call in (Call.LIST, Call.GET, Call.KILL, Call.DOWNLOAD):
        scene.fails(call, FaultKind.SILENCE)
    for name, (argv, call, words) in matrix.HANGING.items():
        ended = scene.run_while_asking(name, argv, call)
        assert (name, ended.code, ended.out) == (name, 6 if name == "trigger" else 130, "")
        assert words in ended.err
    assert len(scene.calls(Call.TRIGGER)) == 1


@pytest.mark.parametrize("argv", matrix.AT_ONCE.values(), ids=matrix.AT_ONCE)
def test_ctrl_c_while_nobody_reads(studio, monkeypatch, argv):
    """130 and no more words."""

    def blocked(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.print", blocked)
    ended = studio(*argv)
    assert (ended.code, ended.out, ended.err) == (130, "", "")


def test_no_key(studio, monkeypatch):
    """2 and where to put one; what needs no key works."""
    monkeypatch.delenv("CORDAGE_API_KEY")
    for name in ("trigger", "kill", "runs", "show", "doctor"):
        ended = studio(*COMMANDS[name])
        assert ended.code == 2
        assert "Set CORDAGE_API_KEY" in ended.err + ended.out
    for name in ("runs offline", "queue", "webhooks", "completion", "man", "keys"):
        assert studio(*COMMANDS[name]).code == 0


def test_a_lost_answer_is_found_in_the_list(studio):
    """Where the list shows the run with its inputs, the command ends as if it had been answered: 0, with its id."""
    studio.server.world.options = replace(studio.server.world.options, echo_inputs=True)
    studio.fails(Call.TRIGGER, FaultKind.MALFORMED)
    ended = studio("trigger", "Sunset", "a fox", "--stall", "30")
    (run,) = studio.server.world.list_runs(studio.key)
    assert (ended.code, ended.out) == (0, f"{run.run_id}\n")


def test_nothing_is_left_in_the_queue(studio):
    """Where a single prompt was not sent, trying again makes no second run of it."""
    studio.server.close()
    assert studio(*COMMANDS["trigger"]).code == 3
    assert json.loads(studio("queue", "--json").out)["waiting"] == []


@pytest.mark.parametrize("name", ["runs", "show", "watch", "kill", "trigger", "doctor"])
def test_json_in_trouble_is_json(studio, name):
    """Where there is anything on stdout, it is as the schema says, also in trouble."""
    studio.server.close()
    for line in studio(*COMMANDS[name], "--json").out.splitlines():
        assert wrong_with(json.loads(line)) == []
