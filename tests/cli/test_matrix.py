"""Every command in every trouble: its exit code, and the words that say what happened."""

import json

import pytest

from cordage_tui.simulator.faults import Call, FaultKind
from tests.cli.json_schema import wrong_with

UNKNOWN = "ffffffff"
COMMANDS = {
    "runs": ["runs"],
    "show": ["show", UNKNOWN],
    "watch": ["watch", UNKNOWN],
    "kill": ["kill", UNKNOWN, "--yes"],
    "trigger": ["trigger", "Sunset", "a fox", "--timeout", "1"],
    "doctor": ["doctor"],
}
"""Each needs the server. The run is known to nobody, so that its command has to read."""
LOCAL = (["webhooks"], ["queue"], ["completion", "bash"], ["man"], ["runs", "--offline"], ["doctor", "--offline"])


def all_end(studio, code, *, but=None):
    """Every command that needs the server ends so; `but` names the exceptions."""
    ended = {name: studio(*argv) for name, argv in COMMANDS.items()}
    assert {name: end.code for name, end in ended.items()} == dict.fromkeys(COMMANDS, code) | (but or {})
    assert all("Traceback" not in end.err for end in ended.values())
    return ended


def test_all_is_well(studio):
    """0, and nothing on stderr but talk, for each command on a run that is there."""
    run_id = studio.started(0.0)
    for argv in (["runs"], ["show", run_id], ["watch", run_id], ["kill", run_id, "--yes"], *LOCAL):
        assert studio(*argv).code == 0, argv
    assert studio("trigger", "sunset", "a fox").code == 0
    assert studio("doctor").code == 0


def test_no_settings(studio):
    """2 and where to begin; what needs no profile works."""
    studio.home.paths.config_file.unlink()
    ended = all_end(studio, 2)
    assert all("onnect" in end.err + end.out for end in ended.values())
    assert [studio(*argv).code for argv in LOCAL] == [0, 2, 0, 0, 2, 2]


def test_no_key(studio, monkeypatch):
    """2 and where to put one; what needs no key works."""
    monkeypatch.delenv("CORDAGE_API_KEY")
    ended = all_end(studio, 2)
    assert all("Set CORDAGE_API_KEY" in end.err + end.out for end in ended.values())
    assert [studio(*argv).code for argv in LOCAL] == [0, 0, 0, 0, 0, 2]


def test_a_refused_key(studio):
    """4, in the server's words; the prompt is not left behind, so trying again with a good key runs it once."""
    studio.server.world.api_keys.clear()
    ended = all_end(studio, 4)
    assert all("refused (401)" in end.err + end.out for end in ended.values())
    assert "nothing is queued" in ended["trigger"].err
    assert json.loads(studio("queue", "--json").out)["waiting"] == []


@pytest.mark.parametrize("argv", [["runs", "sunst"], ["trigger", "sunst", "x"], ["watch", "--webhook", "sunst"]])
def test_a_webhook_that_there_is_not(studio, argv):
    """2 and the nearest that there is; nothing is sent."""
    ended = studio(*argv)
    assert ended.code == 2
    assert "Did you mean 'Sunset'?" in ended.err
    assert len(studio.server.log) == 0


def test_a_webhook_that_is_gone(studio):
    """2: trying again is of no use."""
    studio.server.world.remove_webhook(studio.key)
    all_end(studio, 2)


def test_offline(studio):
    """3, try again: nothing was sent, and nothing is left in the queue that would make a second run of it."""
    studio.server.close()
    ended = all_end(studio, 3)
    assert all("refused the connection" in end.err + end.out for end in ended.values())
    assert "nothing is queued" in ended["trigger"].err
    assert json.loads(studio("queue", "--json").out)["waiting"] == []


def test_the_rate_limit(studio, monkeypatch):
    """3, try again; a prompt waits for its turn as long as it was told, and is then taken back."""
    monkeypatch.setattr("cordage_tui.cli.refreshing.PATIENCE_S", 0.2)
    studio.fails(Call.ANY, FaultKind.STATUS, status=429, body='{"error": "Rate limit exceeded.", "retry_after": 30}')
    ended = all_end(studio, 3)
    assert "nothing is queued" in ended["trigger"].err


@pytest.mark.parametrize(
    ("kind", "fault"), [(FaultKind.STATUS, {"status": 503}), (FaultKind.MALFORMED, {}), (FaultKind.HTML, {})]
)
def test_an_answer_that_tells_nothing(studio, kind, fault):
    """3 for what reads; 5 for a prompt, which may be running, with the advice to look before it is sent again."""
    studio.fails(Call.ANY, kind, **fault)
    ended = all_end(studio, 3, but={"trigger": 5})
    assert "may be running and may be charged" in ended["trigger"].err
    assert studio.triggers == 1


def test_a_lost_answer_is_found_in_the_list(studio):
    """Where the list shows the run, the command ends as if it had been answered: 0, with its id."""
    studio.fails(Call.TRIGGER, FaultKind.MALFORMED)
    ended = studio("trigger", "Sunset", "a fox", "--timeout", "30")
    (run,) = studio.server.world.list_runs(studio.key)
    assert (ended.code, ended.out) == (0, f"{run.run_id}\n")


def test_a_read_only_profile(studio):
    """2 for what would start or kill a run, before anything is sent; 0 for what looks."""
    run_id = studio.started()
    studio.configure(profile="read_only = true")
    for argv in (["trigger", "Sunset", "x"], ["kill", run_id, "--yes"], ["--read-only", "trigger", "Sunset", "x"]):
        ended = studio(*argv)
        assert ended.code == 2
        assert "read-only" in ended.err
    assert studio("runs").code == studio("show", run_id).code == studio("doctor").code == 0
    assert all(exchange.method == "GET" for exchange in studio.server.log)


def test_not_a_terminal(studio, tmp_path):
    """What asks refuses where nobody can be asked, and names --yes; one prompt asks nothing."""
    run_id = studio.started()
    prompts = tmp_path / "prompts.txt"
    prompts.write_text("one\ntwo\n")
    for argv in (["kill", run_id], ["trigger", "Sunset", "--file", str(prompts)]):
        ended = studio(*argv)
        assert ended.code == 2
        assert "Say --yes" in ended.err
    assert all(exchange.method == "GET" for exchange in studio.server.log)
    assert studio("trigger", "Sunset", "x").code == 0


@pytest.mark.parametrize("argv", [[*argv, "--json"] for argv in COMMANDS.values() if argv[0] not in ("show", "watch")])
def test_json_in_trouble_is_json(studio, argv):
    """Where there is anything on stdout, it is as the schema says, also in trouble."""
    studio.server.close()
    for line in studio(*argv).out.splitlines():
        assert wrong_with(json.loads(line)) == []
