"""Every command in every kind of trouble, as real processes: exit codes and words of the output."""

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
    """Open the stage."""
    with stage(tmp_path) as opened_stage:
        yield opened_stage


def assert_endings(scene, ended, rows):
    """Assert all codes at once, and then the words of each output."""
    assert {name: end.code for name, end in ended.items()} == {name: code for name, (code, _) in rows.items()}
    server, storage = (urlsplit(url).netloc for url in (scene.server.base_url, scene.server.storage_url))
    for name, (_, expected_words) in rows.items():
        assert expected_words.replace("SERVER", server).replace("STORAGE", storage) in ended[name].text, (
            name,
            ended[name],
        )
    output = "".join(end.text for end in ended.values())
    assert "Traceback" not in output
    assert not FOR_THE_APP.search(output)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_every_command_ends_with_its_code_and_words(scene, trouble):
    """In each trouble every command ends with its code, and a prompt is sent at most once.

    Without trouble each command is a new interpreter, which must import everything it needs.
    """
    prepare, rows = TROUBLES[trouble]
    prepare(scene)
    program = PROGRAM if trouble == "ok" else None
    assert_endings(scene, scene.all(COMMANDS, lambda name, argv: scene.run(name, argv, program)), rows)
    assert len(scene.calls(Call.TRIGGER)) == SENT.get(trouble, 1)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_command_that_does_not_end_is_ended_by_ctrl_c(scene, trouble):
    """A command that does not end is ended by Ctrl+C, or ends automatically if it can do nothing."""
    TROUBLES[trouble][0](scene)
    rows = matrix.GO_ON_IN[trouble]

    def run(name, argv):
        goes_on = rows[name] == matrix.GOING_ON[name]
        return scene.run_until(name, argv, rows[name][1]) if goes_on else scene.run(name, argv)

    assert_endings(scene, scene.all(matrix.GO_ON, run), rows)


def test_an_unknown_webhook_names_the_nearest(scene):
    """An unknown webhook ends with 2 and the nearest name, and the server is not called."""
    count = len(scene.server.log)
    ended = scene.all(matrix.UNKNOWN_WEBHOOK, scene.run)
    assert_endings(scene, ended, dict.fromkeys(matrix.UNKNOWN_WEBHOOK, (2, "Did you mean 'Sunset'?")))
    assert len(scene.server.log) == count


def test_a_question_without_a_terminal_is_refused(scene):
    """A command that must ask refuses without a terminal, names `--yes`, and sends nothing."""
    ended = scene.all(matrix.ASKING, scene.run)
    assert_endings(scene, ended, dict.fromkeys(matrix.ASKING, (2, "Use --yes to confirm.")))
    assert scene.calls(Call.TRIGGER) == scene.calls(Call.KILL) == []


def test_a_closed_pipe_ends_quietly(scene):
    """A closed pipe ends a command without an error (docs/dev/faults.md 169).

    A command that pays or waits for its reader ends with the code of a hang-up, and sends nothing.
    """
    commands = {name: [*argv, "--quiet"] for name, argv in COMMANDS.items() if name != "app"}

    def run(name, argv):
        return scene.run_into_closed_pipe(name, argv, PROGRAM if name in ("runs", "man") else None)

    ended = scene.all(commands, run)
    hung_up = dict.fromkeys(matrix.FOR_READER, (129, ""))
    assert {name: (end.code, end.err) for name, end in ended.items()} == dict.fromkeys(commands, (0, "")) | hung_up
    assert scene.calls(Call.TRIGGER) == []


def test_ctrl_c_during_a_call_says_what_remains(scene):
    """Ctrl+C during a call ends with 130, or 6 if a run was started, and says what remains."""
    for call in (Call.LIST, Call.GET, Call.KILL, Call.DOWNLOAD):
        scene.fails(call, FaultKind.SILENCE)
    for name, (argv, call, message) in matrix.HANGING.items():
        ended = scene.run_while_asking(name, argv, call)
        assert (name, ended.code, ended.out) == (name, 6 if name == "trigger" else 130, "")
        assert message in ended.err
    assert len(scene.calls(Call.TRIGGER)) == 1


@pytest.mark.parametrize("argv", matrix.AT_ONCE.values(), ids=matrix.AT_ONCE)
def test_ctrl_c_during_blocked_output_ends_with_130(studio, monkeypatch, argv):
    """Ctrl+C while output is blocked ends with 130 and prints nothing more."""

    def blocked(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.print", blocked)
    ended = studio(*argv)
    assert (ended.code, ended.out, ended.err) == (130, "", "")


def test_a_command_without_its_key_says_where_to_set_one(studio, monkeypatch):
    """Without an API key a command ends with 2 and the place for it, and commands that need none work."""
    monkeypatch.delenv("CORDAGE_API_KEY")
    for name in ("trigger", "kill", "runs", "show", "doctor"):
        ended = studio(*COMMANDS[name])
        assert ended.code == 2
        assert "Set CORDAGE_API_KEY" in ended.err + ended.out
    for name in ("runs offline", "queue", "webhooks", "completion", "man", "keys"):
        assert studio(*COMMANDS[name]).code == 0


def test_a_lost_answer_is_found_in_the_list(studio):
    """If the list shows the run with its inputs, a lost answer does not matter and the command prints the id."""
    studio.server.world.options = replace(studio.server.world.options, echo_inputs=True)
    studio.fails(Call.TRIGGER, FaultKind.MALFORMED)
    ended = studio("trigger", "Sunset", "a fox", "--stall", "30")
    (run,) = studio.server.world.list_runs(studio.key)
    assert (ended.code, ended.out) == (0, f"{run.run_id}\n")


def test_nothing_is_left_in_the_queue(studio):
    """A single prompt that was not sent does not stay in the queue, so another try makes no second run."""
    studio.server.close()
    assert studio(*COMMANDS["trigger"]).code == 3
    assert json.loads(studio("queue", "--json").out)["waiting"] == []


@pytest.mark.parametrize("name", ["runs", "show", "watch", "kill", "trigger", "doctor"])
def test_json_in_trouble_is_json(studio, name):
    """Output with `--json` follows the schema also in trouble."""
    studio.server.close()
    for line in studio(*COMMANDS[name], "--json").out.splitlines():
        assert wrong_with(json.loads(line)) == []
