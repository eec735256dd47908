"""`cordage-tui rerun`: the chosen runs, their changes, and the question."""

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
    """Return a studio whose webhook has a random input and a choice."""
    file = studio.home.paths.config_file
    file.write_text(f"{file.read_text()}inputs = {SEED}\n")
    return studio


def sent(studio):
    """Return the inputs that the server received, oldest first."""
    runs = studio.server.world.list_runs(studio.key)
    return [dict(run.inputs) for run in sorted(runs, key=lambda run: run.created_at)]


def run_of(studio, *arguments, fails=False):
    """Trigger a run here, wait for its end, and return its id."""
    studio.server.world.fate(studio.key, PlannedOutcome(0.0, failure="broken" if fails else None))
    ended = studio("trigger", "Sunset", *arguments)
    assert ended.code == 0, ended.err
    assert studio("runs").code == 0
    return ended.out.strip()


def bodies(studio, *arguments):
    """Return the bodies that would be sent."""
    ended = studio("rerun", *arguments, "--dry-run", "--json")
    assert ended.code == 0, ended.err
    answer = json.loads(ended.out)
    assert wrong_with(answer) == []
    return answer["bodies"]


def test_a_run_is_run_once_more_with_a_new_number(seeded):
    """`rerun` of one run asks nothing, draws a new random value, and has the run as parent."""
    run_id = run_of(seeded, "a fox", "style=oil")
    ended = seeded("rerun", run_id[:8])
    assert (ended.code, seeded.triggers) == (0, 2)
    first, second = sent(seeded)
    assert {**second, "seed": 0} == {**first, "seed": 0}
    assert first["seed"] != second["seed"]
    with seeded.store() as store:
        parent, child = (store.listing.beginning_with("studio", each)[0].id for each in (run_id, ended.out.strip()))
        assert store.run_lookup.lineage(child).parent == parent


def test_inputs_can_be_changed(seeded):
    """Inputs can be changed, left out with `key=`, or drawn again, and wrong ones are refused."""
    run_id = run_of(seeded, "a fox")
    assert bodies(seeded, run_id, "seed=7", "style=oil", "prompt=an owl") == [
        {"prompt": "an owl", "seed": 7, "style": "oil"}
    ]
    assert bodies(seeded, run_id, "seed=", "style=") == [{"prompt": "a fox"}]
    assert isinstance(bodies(seeded, run_id, "seed=random")[0]["seed"], int)
    for arguments, message in (
        (("style=inkk",), "'inkk' is not a choice. Did you mean 'ink'?"),
        (("stile=ink",), "has no input 'stile'. Did you mean 'style'?"),
    ):
        refused = seeded("rerun", run_id, *arguments)
        assert (refused.code, seeded.triggers) == (ExitCode.USAGE, 1)
        assert message in refused.err


def test_many_are_asked_about_by_their_number(seeded):
    """Several runs need a yes with their number, and `--yes` skips the question."""
    run_id = run_of(seeded, "a fox")
    refused = seeded("rerun", run_id, "--times", "3", stdin="\n", terminal=True)
    assert (refused.code, seeded.triggers) == (ExitCode.USAGE, 1)
    assert "Start 3 runs of Sunset?" in refused.err
    assert seeded("rerun", run_id, "--times", "3", "--yes").code == 0
    assert len({body["seed"] for body in sent(seeded)}) == 4


def test_a_seed_makes_the_same_bodies_again(seeded):
    """The JSON has the seed, and `--random-seed` makes the same bodies."""
    run_id = run_of(seeded, "a fox")
    answer = json.loads(seeded("rerun", run_id, "--times", "4", "--dry-run", "--json").out)
    assert bodies(seeded, run_id, "--times", "4", "--random-seed", str(answer["random_seed"])) == answer["bodies"]


def test_what_failed_is_run_with_the_values_it_had(seeded):
    """`--failed` reruns only failed runs, with all their values, in the order of submission."""
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
    ("arguments", "message"),
    [
        ((), "not clear which runs"),
        (("--failed",), "not clear which runs"),
        (("12345678",), "No run here begins with '12345678'"),
        (("ab",), "At least 4 characters of an id are needed"),
        (("12345678", "--where", "fox"), "Both run ids and --where"),
        (("--where", "statsu:failed"), "Did you mean 'status:failed'?"),
        (("--where", ""), "matches every run"),
        (("12345678", "--times", "0"), "not a number from 1"),
    ],
)
def test_what_is_meant_has_to_be_clear(seeded, arguments, message):
    """An unclear choice of runs ends with 2, and nothing is sent."""
    run_of(seeded, "a fox")
    ended = seeded("rerun", *arguments)
    assert (ended.code, seeded.triggers) == (ExitCode.USAGE, 1)
    assert message in ended.err


def test_an_id_of_several_runs_is_refused(seeded):
    """An ambiguous id is refused."""
    ids = ["aaaa1111-0", "aaaa2222-0"]
    for run_id in ids:
        run = run_of(seeded, "a fox")
        with contextlib.closing(sqlite3.connect(seeded.home.paths.database)) as database, database:
            database.execute("UPDATE runs SET run_id = ? WHERE run_id = ?", (run_id, run))
    ended = seeded("rerun", "aaaa")
    assert (ended.code, seeded.triggers) == (ExitCode.USAGE, 2)
    assert "matches several runs" in ended.err


def test_runs_that_were_started_elsewhere_are_named_and_left_out(seeded):
    """Runs with unknown inputs are named and left out."""
    theirs = seeded.started(0.0)
    run_id = run_of(seeded, "a fox")
    ended = seeded("rerun", theirs, run_id)
    assert (ended.code, seeded.triggers) == (0, 2)
    assert f"inputs are unknown (started elsewhere): {theirs[:8]}" in ended.err
    alone = seeded("rerun", theirs)
    assert (alone.code, seeded.triggers) == (ExitCode.USAGE, 2)


def test_a_read_only_profile_sends_nothing(studio):
    """A read-only profile refuses a rerun before any read, and allows a dry run."""
    run_id = run_of(studio, "a fox")
    studio.configure(profile="read_only = true")
    ended = studio("rerun", run_id)
    assert (ended.code, studio.triggers) == (ExitCode.USAGE, 1)
    assert "read-only" in ended.err
    assert bodies(studio, run_id) == [{"prompt": "a fox"}]


def test_rerun_can_wait_for_the_result(studio):
    """`rerun --wait` ends with 1 if the run failed, and prints the run as JSON."""
    run_id = run_of(studio, "a fox")
    studio.server.world.fate(studio.key, PlannedOutcome(0.1, failure="broken"))
    ended = studio("rerun", run_id, "--wait", "--json")
    assert ended.code == ExitCode.FAILED
    (run,) = json.loads(ended.out)["runs"]
    assert (run["status"], wrong_with(json.loads(ended.out))) == ("failed", [])


def test_show_and_json_have_the_lineage(studio):
    """`show` and JSON name the parent, the differences and the number of children."""
    parent = run_of(studio, "a red fox", "style=noir")
    child = studio("rerun", parent, "prompt=a grey fox").out.strip()
    page = studio("show", child, "--offline").out
    assert f"from        {parent[:8]}, changed: prompt a red → grey fox" in page
    assert "children    1" in studio("show", parent, "--offline").out
    child_answer = json.loads(studio("show", child, "--offline", "--json").out)
    parent_answer = json.loads(studio("show", parent, "--offline", "--json").out)
    listed = json.loads(studio("runs", "--offline", "--json").out)
    assert [wrong_with(answer) for answer in (child_answer, parent_answer, listed)] == [[]] * 3
    made_from = {"row": parent_answer["run"]["row"], "id": parent, "output": None}
    assert (child_answer["run"]["parent"], child_answer["run"]["children"]) == (made_from, 0)
    assert (parent_answer["run"]["parent"], parent_answer["run"]["children"]) == (None, 1)
    assert {run["id"]: run["parent"] for run in listed["runs"]} == {child: made_from, parent: None}
    filtered = json.loads(studio("runs", "--where", f"parent:{parent[:6]}", "--offline", "--json").out)
    assert [run["id"] for run in filtered["runs"]] == [child]


def test_an_input_can_be_an_output_of_another_run(studio):
    """An input can name an output of another run, whose link is sent, and an unknown output is refused."""
    first = run_of(studio, "a fox")
    url = json.loads(studio("show", first, "--json").out)["run"]["outputs"][0]
    (body,) = bodies(studio, first, f"image_url=@run:{first[:8]}#1")
    assert body["image_url"].partition("?")[0] == url.partition("?")[0]
    missing = studio("rerun", first, f"image_url=@run:{first[:8]}#9")
    assert (missing.code, studio.triggers) == (ExitCode.USAGE, 1)
    assert "no such output" in missing.err
