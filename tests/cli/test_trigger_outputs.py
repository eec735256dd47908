"""Outputs of earlier runs can be inputs of `trigger`, by name or as one prompt for each output that a filter finds."""

import json

import pytest

from cordage_tui.simulator.world import PlannedOutcome
from cordage_tui.store.runs.run_listing import RunFilter


@pytest.fixture
def completed_run(studio):
    """Complete a run with two outputs and return its id."""
    studio.server.world.fate(studio.key, PlannedOutcome(0.1, outputs=2))
    ended = studio("trigger", "Sunset", "a fox", "--wait", "--json")
    (run,) = json.loads(ended.out)["runs"]
    assert len(run["outputs"]) == 2
    return run["id"]


def _sent(studio):
    """Return the inputs of the runs that have an image, the oldest first."""
    runs = sorted(studio.server.world.list_runs(studio.key), key=lambda run: run.created_at)
    return [run.inputs for run in runs if "image_url" in run.inputs]


def _lineages(studio):
    """Return the lineages of all stored runs, the newest first."""
    with studio.store() as store:
        rows = store.listing.newest(RunFilter(store.servers.stored_as(studio.profile)))
        return [store.run_lookup.lineage(row.id) for row in rows]


def test_a_named_output_is_sent_as_its_url_and_is_the_parent(studio, completed_run):
    """An output is named by the beginning of the id of its run and its number. Its URL is sent, and the lineage names
    it as parent."""
    assert studio("trigger", "Sunset", f"image_url=@run:{completed_run[:8]}#2").code == 0
    (body,) = _sent(studio)
    assert body["image_url"].split("?")[0].endswith(f"/{completed_run}/image_002.png")
    assert [(lineage.output, list(lineage.links)) for lineage in _lineages(studio) if lineage.parent] == [
        (2, ["image_url"])
    ]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("@run:ffffffff#1", "no run here begins so"),
        ("@run:ff#1", "at least 4 characters"),
        ("@run:{}#3", "no such output"),
        ("@run:{}#", "is named as @run:550e8400#2"),
        ("@run:each", "needs --each-output-of"),
    ],
)
def test_a_name_of_no_output_is_a_usage_error(studio, completed_run, name, message):
    """A name that stands for no output ends with code 2, and nothing is sent."""
    triggers = studio.triggers
    ended = studio("trigger", "Sunset", f"image_url={name.format(completed_run[:8])}")
    assert (ended.code, ended.out) == (2, "")
    assert message in ended.err
    assert studio.triggers == triggers


def test_each_output_that_a_filter_finds_is_one_prompt(studio, completed_run):
    """`trigger` asks with the number of outputs, and then sends one prompt for each, together with the other inputs."""
    argv = ("trigger", "Sunset", "larger", "image_url=@run:each", "--each-output-of", "fox status:completed")
    triggers = studio.triggers
    asked = studio(*argv, terminal=True, stdin="n\n")
    assert "Start 2 runs of Sunset?" in asked.err and asked.code == 2
    assert studio.triggers == triggers
    dry = studio(*argv, "--dry-run", "--json")
    assert json.loads(dry.out)["price"]["count"] == 2 and studio.triggers == triggers
    assert studio(*argv, "--yes").code == 0
    names = sorted(body["image_url"].split("?")[0].rpartition("/")[2] for body in _sent(studio))
    assert names == ["image_001.png", "image_002.png"]
    assert {body["prompt"] for body in _sent(studio)} == {"larger"}
    assert {lineage.output for lineage in _lineages(studio) if lineage.parent} >= {1, 2}


def test_a_rejected_output_is_no_input(studio, completed_run):
    """A rejected output is left out of the outputs that a filter finds."""
    with studio.store() as store:
        (row,) = store.listing.beginning_with(store.servers.stored_as(studio.profile), completed_run)
        store.ratings.decide([(row.id, 1)], False)
    assert studio("trigger", "Sunset", "image_url=@run:each", "--each-output-of", "fox", "--yes").code == 0
    assert [body["image_url"].split("?")[0][-13:] for body in _sent(studio)] == ["image_002.png"]


def test_the_only_input_that_takes_an_output_need_not_be_named(studio, completed_run):
    """If the webhook declares exactly one input that takes an output, the user need not name it. Else the command asks
    for the name."""
    argv = ("trigger", "Sunset", "--each-output-of", "fox", "--yes", "--dry-run", "--json")
    ended = studio(*argv)
    assert ended.code == 2 and "It is not clear which input gets the outputs." in ended.err
    studio.configure(webhook='inputs = { prompt = "larger", image_url = "", scale = 2 }')
    ended = studio(*argv)
    assert ended.code == 0
    assert all(body["image_url"].startswith("http") for body in json.loads(ended.out)["bodies"])


@pytest.mark.parametrize("expression", ["nothing_like_this", "staus:completed", ""])
def test_a_filter_that_finds_nothing_or_is_not_understood_sends_nothing(studio, completed_run, expression):
    """A filter that finds no output, is not understood or is empty ends with code 2, and nothing is sent."""
    triggers = studio.triggers
    ended = studio("trigger", "Sunset", "image_url=@run:each", "--each-output-of", expression, "--yes")
    assert ended.code == 2 and "--each-output-of" in ended.err
    assert studio.triggers == triggers


def test_an_output_that_is_gone_ends_the_command_and_leaves_nothing_queued(studio, completed_run):
    """If the named output is gone, the command ends with 2 and says so. Nothing is queued, so it is safe to try
    again."""
    world = studio.server.world
    with studio.store() as store, store.database.write() as write:
        write.execute("UPDATE details SET outputs = replace(outputs, 'expires=1', 'expires=0')")
    world.forget_run(studio.key, completed_run)
    triggers = studio.triggers
    ended = studio("trigger", "Sunset", f"image_url=@run:{completed_run[:8]}#1")
    assert ended.code == 2 and "is gone from the server" in ended.err and "nothing is queued" in ended.err
    assert studio.triggers == triggers


def test_random_inputs_draw_anew_for_each_output(studio, completed_run):
    """Random inputs get a new number for each output, and the same seed repeats all of them. An input with a given
    number keeps it."""
    studio.configure(webhook='inputs = { image_url = "", seed = "random", noise = "random" }')
    argv = ("trigger", "Sunset", "larger", "seed=7", "--each-output-of", "fox", "--dry-run", "--json")
    answer = json.loads(studio(*argv).out)
    assert [body["seed"] for body in answer["bodies"]] == [7, 7]
    assert len({body["noise"] for body in answer["bodies"]}) == 2
    again = json.loads(studio(*argv, "--random-seed", str(answer["random_seed"])).out)
    assert [body["noise"] for body in again["bodies"]] == [body["noise"] for body in answer["bodies"]]
