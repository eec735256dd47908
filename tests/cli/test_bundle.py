"""`doctor --bundle` has the facts for a bug report, and no text of the user or the server."""

import json
import os
import re
import stat

import pytest

from cordage_tui.cli.doctor import command
from cordage_tui.simulator.faults import Call, FaultKind
from cordage_tui.simulator.world import Options, PlannedOutcome
from tests.cli.json_schema import wrong_with
from tests.records import log_files, records

CONFIG = """
default_profile = "studio"
[ui]
theme = "themexyzzy"
submit = "ctrl+j"
[keys]
run.kill = "x"
"run.again" = "f4"
[hooks]
on_finish = ["hookxyzzy", "--token"]
[table]
columns = ["time", "prompt"]
[downloads]
template = "folderxyzzy/{run}.{ext}"
[polling]
read_share = 0.5
"""


@pytest.fixture
def session(studio, monkeypatch, tmp_path):
    """Run commands with the word `xyzzy` in every text, and return the secrets that no bundle may have."""
    studio.name = "webhookxyzzy"
    studio.configure(CONFIG, profile="agents = 'allow'", webhook='price = 0.0417\ninputs.inputxyzzy = "inputxyzzy"')
    world = studio.server.world
    world.options = Options(echo_inputs=True)
    world.fate(studio.key, PlannedOutcome(0.1), PlannedOutcome(0.1, failure="failurexyzzy"))
    monkeypatch.setenv("HTTPS_PROXY", "http://userxyzzy:xyzzy@proxyxyzzy:1")
    monkeypatch.setenv("CORDAGE_AUTHOR", "authorxyzzy")
    monkeypatch.setenv("TERM_PROGRAM", "/opt/xyzzy <b>")
    monkeypatch.setenv("CORDAGE_LOG", "debug")
    folder = tmp_path / "folderxyzzy"
    codes = [
        studio("trigger", studio.name, "promptxyzzy", "inputxyzzy=inputxyzzy", "--wait", "--download", str(folder)).code
        for _ in range(2)
    ]
    assert codes == [0, 1]
    for fault, about in (
        (
            FaultKind.STATUS,
            {"status": 400, "body": json.dumps({"error": f"errorxyzzy {studio.key} {studio.server.api_key}"})},
        ),
        (FaultKind.CLOSE, {}),
    ):
        studio.server.world.faults.add(Call.TRIGGER, _fault(fault, **about), count=1)
        studio("trigger", studio.name, f"promptxyzzy {fault}", "--wait", "--stall", "1")
    world.faults.add(Call.LIST, _fault(FaultKind.REDIRECT, location="https://hostxyzzy.example/xyzzy"), count=1)
    studio("doctor")
    studio("trigger", studio.name, "promptxyzzy later", "--queue")
    studio("queue", "pause")
    studio("queue", "drop", "--all", "--yes")
    run_id = studio.started(prompt="promptxyzzy")
    studio("kill", run_id, "--yes")
    studio("show", run_id)
    assert studio("tag", run_id, "+tagxyzzy").code == 0
    runs = [run.run_id for run in world.list_runs(studio.key)]
    host = re.sub(r".*//|/.*", "", studio.server.base_url)
    return [
        "xyzzy",
        studio.key,
        studio.server.api_key,
        *runs,
        host,
        "signature",
        str(studio.home.root),
        "0.0417",
    ]


def _fault(kind, **about):
    from cordage_tui.simulator.faults import Fault

    return Fault(kind, **about)


def test_no_secret_is_in_the_records_or_the_bundle(studio, session, tmp_path, monkeypatch):
    """Records and bundle contain no planted secret, but they have routes, outcomes, states, versions and settings."""
    with monkeypatch.context() as broken:
        broken.setattr(command, "width_of", _raises)
        assert studio("doctor", "--offline").code == 70
    file = tmp_path / "bundle.txt"
    studio.server.world.faults.add(Call.LIST, _fault(FaultKind.STATUS, status=500, body="errorxyzzy"), count=1)
    assert studio("doctor", "--bundle", str(file), "--yes").code == 0
    written = [file.read_text(), *(path.read_text() for path in log_files(studio.home.paths))]
    assert len(written) == 2
    for text in written:
        assert [secret for secret in session if secret.lower() in text.lower()] == []
    bundle = written[0]
    for line in (
        "route=trigger webhook=1 status=400",
        "error=RequestRejected",
        "error=UnexpectedResponse",
        "error=ConnectionLost delivery=uncertain",
        "route=kill webhook=1 row=",
        "status=failed state=accepted",
        "status=none state=dropped",
        "queue     paused=yes",
        "error=none",
        "bug       error=builtins.RuntimeError at=cli/main.py",
        "end       command=doctor code=70",
        "begin     command=queue-drop",
        "end       command=trigger code=5",
        "polling.read_share = 0.5",
        "ui.theme = set",
        "ui.submit = ctrl+j",
        "keys.run.kill = set",
        "table.columns = time, prompt",
        "profiles.1.base_url = loopback",
        "profiles.1.webhooks.1.price = set",
        "variable: CORDAGE_API_KEY",
        "variable: CORDAGE_AUTHOR",
        "ok     sqlite",
        "wrong  server",
        "mode 0600",
    ):
        assert line in bundle, line


def _raises(*_):
    raise RuntimeError("bugxyzzy")


def test_the_parts_are_listed_before_anything_is_written(studio, tmp_path):
    """The parts are listed with their sizes before a yes, and an existing file is never overwritten."""
    file = tmp_path / "bundle.txt"
    studio("runs")
    refused = studio("doctor", "--offline", "--bundle", str(file), stdin="n\n", terminal=True)
    assert (refused.code, file.exists()) == (2, False)
    listed = re.findall(r"^  (\w+) +[\d.]+ K?B  \w.*$", refused.err, re.MULTILINE)
    assert listed == ["head", "checks", "settings", "records"]
    assert all(len(line) < 80 for line in refused.err.splitlines() if line.startswith("  "))
    assert refused.err.index("records") < refused.err.index("Type y to write it")
    assert studio("doctor", "--offline", "--bundle", str(file)).code == 2
    assert studio("doctor", "--offline", "--bundle", str(file), stdin="y\n", terminal=True).code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("mine")
    for name in (str(file), str(tmp_path / "none" / "bundle.txt")):
        assert studio("doctor", "--offline", "--bundle", name, "--yes").code == 2
    assert file.read_text() == "mine" and not (tmp_path / "none").exists()


def test_the_list_is_json_and_the_bundle_goes_to_stdout(studio, tmp_path):
    """Either the list as JSON or the bundle can go to stdout, but not both."""
    listed = json.loads(studio("doctor", "--offline", "--bundle", str(tmp_path / "b"), "--yes", "--json").out)
    assert wrong_with(listed) == []
    assert listed["size"] == (tmp_path / "b").stat().st_size >= sum(part["size"] for part in listed["parts"])
    assert studio("doctor", "--offline", "--bundle", "-", "--json").code == 2
    printed = studio("doctor", "--offline", "--bundle", "-")
    assert printed.out.startswith("Bundle 1 of cordage-tui") and "== records" in printed.out


def test_torn_lines_are_left_out(studio):
    """The bundle leaves out an incomplete line of a process that was killed."""
    studio("runs")
    with log_files(studio.home.paths)[0].open("a") as file:
        file.write("2026-01-")
    printed = studio("doctor", "--offline", "--bundle", "-").out
    assert "route=list webhook=1" in printed and "2026-01-" not in printed


def test_commands_that_do_nothing_leave_no_record(studio):
    """A command without an engine writes no record, because a loop of them would push out others."""
    studio("runs")
    before = records(studio.home.paths)
    for argv in (("queue",), ("runs", "--offline"), ("webhooks",), ("doctor", "--offline")):
        assert studio(*argv).code == 0
    assert records(studio.home.paths) == before
    assert {record.pid for record in before} == {os.getpid()}


def test_doctor_says_where_logs_are(studio, monkeypatch):
    """`doctor` prints folder and detail of the logs, and the words that `CORDAGE_LOG` accepts."""
    folder = str(studio.home.paths.logs)
    assert f"calls and changes, in {folder}" in studio("doctor", "--offline").out
    monkeypatch.setenv("CORDAGE_LOG", "debug")
    assert f"debug, in {folder}" in studio("doctor", "--offline").out
    monkeypatch.setenv("CORDAGE_LOG", "loud")
    assert "Set CORDAGE_LOG to info or debug." in studio("doctor", "--offline").out
