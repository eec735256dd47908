"""Output for programs: every `--json` follows the schema, whatever the prompts contain."""

import ast
import json
import re

import pytest

from cordage_tui.cli.base.parser import EARLIER_STATUSES, FORMATS, LANES, STATUSES
from cordage_tui.domain.base.fast_dataclass import replace
from cordage_tui.domain.queue import Lane
from cordage_tui.domain.run import EARLIER_STATUS_WORDS, STATUS_BY_WORD, Status
from cordage_tui.engine.batch.prompt_files import FileFormat
from cordage_tui.simulator.fault_responses import EVERYTHING
from cordage_tui.simulator.world import Options, PlannedOutcome
from tests.cli.json_schema import SCHEMA, wrong_with
from tests.source import that_name

HOSTILE = EVERYTHING + '" \\ \n\r\t \ud800 \x00 </script> $(reboot) `x`'


@pytest.fixture
def hostile(studio):
    """Return a studio that echoes its inputs, with a run full of hostile text."""
    studio.server.world.options = Options(echo_inputs=True)
    studio.server.world.add_webhook(replace(studio.server.world.webhooks[0], key="wh_new"))
    studio.run_id = studio.started(0.0, prompt=HOSTILE, style=HOSTILE)
    return studio


def read(ended):
    """Return the objects on stdout, which must follow the schema in plain ASCII."""
    assert ended.out.isascii()
    objects = [json.loads(line) for line in ended.out.splitlines()]
    assert objects
    assert [wrong_with(each) for each in objects] == [[]] * len(objects)
    return objects


def test_every_command_prints_what_the_schema_says(hostile, tmp_path):
    """Every command prints objects of the schema, and the inputs are unchanged."""
    prompts = tmp_path / "p.jsonl"
    whole = re.sub("[\ud800-\udfff]", "\ufffd", HOSTILE)  # halves of characters are no text, and come in as none
    sent = re.sub("[\0\ufffd]", "", whole)  # what is no text is refused
    prompts.write_text("".join(json.dumps({"prompt": f"{n} {sent}"}) + "\n" for n in (1, 2)))
    run_id = hostile.run_id
    (page,) = read(hostile("show", run_id, "--json"))
    assert page["run"]["inputs"] == {"prompt": whole, "style": whole}
    for argv in (
        ["runs"],
        ["runs", "--offline"],
        ["watch", run_id],
        ["kill", run_id, "--yes"],
        ["trigger", "Sunset", "--file", str(prompts), "--dry-run"],
        ["trigger", "Sunset", "--file", str(prompts), "--yes", "--wait"],
        ["trigger", "Sunset", sent],
        ["download", run_id],
        ["show", run_id],
        ["doctor"],
        ["webhooks"],
        ["webhooks", "add", "wh_new", "New"],
        ["queue"],
    ):
        read(hostile(*argv, "--json"))


def test_a_webhooks_key_is_masked_wherever_the_server_repeats_it(studio):
    """A webhook key that the server repeats is masked, and the rest of the response is whole."""
    studio.server.world.fate(studio.key, PlannedOutcome(0.0, failure=f"node 3 of {studio.key}: no such model"))
    run_id = studio.server.world.trigger(studio.key, {"prompt": "a fox"}).run_id
    ended = studio("show", run_id, "--json")
    (page,) = read(ended)
    assert studio.key not in ended.out
    assert page["run"]["answer"]["run_id"] == run_id
    assert page["run"]["answer"]["metadata"] == {
        "type": "webhook",
        "node_count": 5,
        "webhook_key": page["run"]["webhook_key"],
    }
    assert page["run"]["error"] == page["run"]["answer"]["error"] != ""


def test_lines_fit_the_terminal(hostile, monkeypatch):
    """On a terminal a table is cut to the width, and in a pipe it has whole prompts without heads."""
    monkeypatch.setenv("COLUMNS", "72")
    on_terminal = hostile("runs", "--no-color", terminal=True).out.splitlines()
    assert on_terminal[0].split() == ["RUN", "STATUS", "WEBHOOK", "PROMPT", "AGE", "TIME"]
    from rich.cells import cell_len

    assert all(cell_len(line) <= 72 for line in on_terminal)
    (piped,) = hostile("runs").out.splitlines()
    assert piped.split("\t")[:2] == [hostile.run_id, "completed"]


def test_colours_are_for_terminals_that_want_them(studio, monkeypatch):
    """Colours are written only to a terminal or with FORCE_COLOR, never in data or against the user's wish."""
    studio.started(0.0)
    assert "\x1b[32m" in studio("runs", terminal=True).out
    assert "\x1b" not in studio("runs").out + studio("runs", "--no-color", terminal=True).out
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" in studio("help", "start").out
    assert "\x1b" not in studio("runs").out + studio("help", "start", "--no-color").out
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b[32m" in studio("runs", terminal=True).out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in studio("runs", terminal=True).out


def test_quiet_leaves_errors_and_data(studio):
    """`--quiet` removes messages, but neither errors nor data."""
    assert studio("runs").err == "No matching runs.\n"
    assert studio("runs", "--quiet").err == ""
    assert studio("show", "x", "--quiet").err != ""


def test_the_schema_knows_every_status():
    """The schema and `--status` name exactly the statuses of the program."""
    known = {status.value for status in Status} - {"batch"}
    assert set(SCHEMA["$defs"]["row"]["properties"]["status"]["enum"]) == known
    assert set(STATUSES) == {*STATUS_BY_WORD} | {"active", "waiting", "ended"}
    assert EARLIER_STATUSES == EARLIER_STATUS_WORDS
    assert tuple(FileFormat) == FORMATS
    assert tuple(lane.name.lower() for lane in Lane) == LANES


def test_the_schema_has_each_kind_that_is_printed():
    """Every kind of object that a command prints is described in `cli/schema.json`."""
    calls = [
        node for _, module in that_name("object", "objects") for node in module.nodes if isinstance(node, ast.Call)
    ]
    printing = [call for call in calls if getattr(call.func, "attr", "") in {"object", "objects"} and call.args]
    kinds = {call.args[0].value for call in printing if isinstance(call.args[0], ast.Constant)}
    described = {shape["properties"]["kind"]["const"] for shape in SCHEMA["$defs"].values() if _has_kind(shape)}
    assert len(kinds) > 20, "the search finds them"
    assert kinds - described == set()


def _has_kind(shape):
    return "const" in shape.get("properties", {}).get("kind", {})
