"""`cordage-tui rerun`: which runs it takes, what it changes of them, and what it asks."""

import contextlib
import json
import sqlite3

import pytest

from cordage_tui.cli.base.errors import ExitCode
from cordage_tui.simulator.world import PlannedOutcome
from tests.cli.json_schema import wrong_with

SEED = '{ seed = "random", style = ["ink", "oil"] }'


@pytest.fixture
def seeded(studio):
    """A webhook with a random input and a choice."""
    file = studio.home.paths.config_file
    file.write_text(f"{file.read_text()}inputs = {SEED}\n")
    return studio


def sent(studio):
    """What the server was given, oldest first."""
    runs = studio.server.world.list_runs(studio.key)
    return [dict(run.inputs) for run in sorted(runs, key=lambda run: run.created_at)]


def run_of(studio, *words, fails=False):
    """The id of a run that was triggered here, and has ended."""
    studio.server.world.fate(studio.key, PlannedOutcome(0.0, failure="broken" if fails else None))
    ended = studio("trigger", "Sunset", *words)
    assert ended.code == 0, ended.err
    assert studio("runs").code == 0
    return ended.out.strip()


def bodies(studio, *words):
    """What would be sent."""
    ended = studio("rerun", *words, "--dry-run", "--json")
    assert ended.code == 0, ended.err
    told = json.loads(ended.out)
    assert wrong_with(told) == []
    return told["bodies"]


def test_a_run_is_run_once_more_with_a_new_number(seeded):
    """Named by the beginning of its id; nothing is asked, as `trigger` asks nothing, and the run is the parent."""
    run_id = run_of(seeded, "a fox", "style=oil")
    ended = seeded("rerun", run_id[:8])
    assert (ended.code, seeded.triggers) == (0, 2)
    first, second = sent(seeded)
    assert {**second, "seed": 0} == {**first, "seed": 0}
    assert first["seed"] != second["seed"]
    with seeded.store() as store:
        parent, child = (store.listing.beginning_with("studio", one)[0].id for one in (run_id, ended.out.strip()))
        assert store.run_lookup.lineage(child).parent == parent


def test_inputs_can_be_changed(seeded):
    """Each of its kind, left out by `key=`, and drawn only if nothing was given."""
    run_id = run_of(seeded, "a fox")
    assert bodies(seeded, run_id, "seed=7", "style=oil", "prompt=an owl") == [
        {"prompt": "an owl", "seed": 7, "style": "oil"}
    ]
    assert bodies(seeded, run_id, "seed=", "style=") == [{"prompt": "a fox"}]
    assert isinstance(bodies(seeded, run_id, "seed=random")[0]["seed"], int)
    for words, why in (
        (("style=inkk",), "'inkk' is not a choice. Did you mean 'ink'?"),
        (("stile=ink",), "has no input 'stile'. Did you mean 'style'?"),
    ):
        refused = seeded("rerun", run_id, *words)
        assert (refused.code, seeded.triggers) == (ExitCode.USAGE, 1)
        assert why in refused.err


def test_many_are_asked_about_by_their_number(seeded):
    """One run several times, too; `--yes` asks nothing, and anything but yes sends nothing."""
    run_id = run_of(seeded, "a fox")
    refused = seeded("rerun", run_id, "--times", "3", stdin="\n", terminal=True)
    assert (refused.code, seeded.triggers) == (ExitCode.USAGE, 1)
    assert "Start 3 runs of Sunset?" in refused.err
    assert seeded("rerun", run_id, "--times", "3", "--yes").code == 0
    assert len({body["seed"] for body in sent(seeded)}) == 4


def test_a_seed_makes_the_same_bodies_again(seeded):
    """JSON tells it."""
    run_id = run_of(seeded, "a fox")
    told = json.loads(seeded("rerun", run_id, "--times", "4", "--dry-run", "--json").out)
    assert bodies(seeded, run_id, "--times", "4", "--random-seed", str(told["random_seed"])) == told["bodies"]


def test_what_failed_is_run_with_the_values_it_had(seeded):
    """Of the runs that are named or found; those that did not fail are left alone, in the order they were submitted."""
    good = run_of(seeded, "good fox")
    bad = [run_of(seeded, f"bad fox {n}", fails=True) for n in range(2)]
    failed = [body for body in sent(seeded) if body["prompt"].startswith("bad")]
    assert bodies(seeded, good, *bad, "--failed") == failed
    assert bodies(seeded, "--where", "fox", "--failed") == failed
    assert [body["prompt"] for body in bodies(seeded, "--where", "fox")] == ["good fox", "bad fox 0", "bad fox 1"]
    nothing = seeded("rerun", good, "--failed")
    assert (nothing.code, nothing.out) == (0, "")
    assert "None of these runs failed" in nothing.err
    assert seeded("rerun", "--where", "zebra").err == "No matching runs.\n"
    assert seeded("rerun", "--where", "error:zebra", "--failed").err.endswith(
        "by its error: cordage-tui runs --failures\n"
    )
    assert seeded.triggers == 3


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "No run is named."),
        (("--failed",), "No run is named."),
        (("12345678",), "No run here begins with '12345678'"),
        (("ab",), "At least 4 characters of an id are needed"),
        (("12345678", "--where", "fox"), "either named or chosen by --where"),
        (("--where", "statsu:failed"), "is not known"),
        (("--where", ""), "asks for nothing"),
        (("12345678", "--times", "0"), "must be a number, 1 or more"),
    ],
)
def test_what_is_meant_has_to_be_clear(seeded, words, why):
    """Or nothing is sent."""
    run_of(seeded, "a fox")
    ended = seeded("rerun", *words)
    assert (ended.code, seeded.triggers) == (ExitCode.USAGE, 1)
    assert why in ended.err


def test_an_id_of_several_runs_names_them(seeded):
    """More of it has to be given."""
    ids = ["aaaa1111-0", "aaaa2222-0"]
    for run_id in ids:
        run = run_of(seeded, "a fox")
        with contextlib.closing(sqlite3.connect(seeded.home.paths.database)) as database, database:
            database.execute("UPDATE runs SET run_id = ? WHERE run_id = ?", (run_id, run))
    ended = seeded("rerun", "aaaa")
    assert (ended.code, seeded.triggers) == (ExitCode.USAGE, 2)
    assert "matches several runs" in ended.err


def test_runs_that_were_started_elsewhere_are_named_and_left_out(seeded):
    """Their inputs are unknown."""
    theirs = seeded.started(0.0)
    run_id = run_of(seeded, "a fox")
    ended = seeded("rerun", theirs, run_id)
    assert (ended.code, seeded.triggers) == (0, 2)
    assert f"inputs unknown (not started here): {theirs[:8]}" in ended.err
    alone = seeded("rerun", theirs)
    assert (alone.code, seeded.triggers) == (ExitCode.USAGE, 2)


def test_a_read_only_profile_sends_nothing(studio):
    """It says so before it reads anything; a dry run is possible."""
    run_id = run_of(studio, "a fox")
    studio.configure(profile="read_only = true")
    ended = studio("rerun", run_id)
    assert (ended.code, studio.triggers) == (ExitCode.USAGE, 1)
    assert "read-only" in ended.err
    assert bodies(studio, run_id) == [{"prompt": "a fox"}]


def test_it_can_wait_for_the_result(studio):
    """As `trigger` does: exit 1 where the run failed, and JSON with the run."""
    run_id = run_of(studio, "a fox")
    studio.server.world.fate(studio.key, PlannedOutcome(0.1, failure="broken"))
    ended = studio("rerun", run_id, "--wait", "--json")
    assert ended.code == ExitCode.FAILED
    (run,) = json.loads(ended.out)["runs"]
    assert (run["status"], wrong_with(json.loads(ended.out))) == ("failed", [])


def test_the_lineage_is_told_by_show_and_in_json(studio):
    """From which run and what is different, and how many were made from it; scripts get row, id and output."""
    parent = run_of(studio, "a red fox", "style=noir")
    child = studio("rerun", parent, "prompt=a grey fox").out.strip()
    said = studio("show", child, "--offline").out
    assert f"from        {parent[:8]}, changed: prompt a red → grey fox" in said
    assert "children    1" in studio("show", parent, "--offline").out
    told = json.loads(studio("show", child, "--offline", "--json").out)
    above = json.loads(studio("show", parent, "--offline", "--json").out)
    listed = json.loads(studio("runs", "--offline", "--json").out)
    assert [wrong_with(one) for one in (told, above, listed)] == [[]] * 3
    made_from = {"row": above["run"]["row"], "id": parent, "output": None}
    assert (told["run"]["parent"], told["run"]["children"]) == (made_from, 0)
    assert (above["run"]["parent"], above["run"]["children"]) == (None, 1)
    assert {run["id"]: run["parent"] for run in listed["runs"]} == {child: made_from, parent: None}
    found = json.loads(studio("runs", "--where", f"parent:{parent[:6]}", "--offline", "--json").out)
    assert [run["id"] for run in found["runs"]] == [child]


def test_an_input_can_be_an_output_of_another_run(studio):
    """Named as everywhere; its address is sent, and the link is kept for as long as it waits."""
    first = run_of(studio, "a fox")
    url = json.loads(studio("show", first, "--json").out)["run"]["outputs"][0]
    (body,) = bodies(studio, first, f"image_url=@run:{first[:8]}#1")
    assert body["image_url"].partition("?")[0] == url.partition("?")[0]
    missing = studio("rerun", first, f"image_url=@run:{first[:8]}#9")
    assert (missing.code, studio.triggers) == (ExitCode.USAGE, 1)
    assert "no such output" in missing.err
