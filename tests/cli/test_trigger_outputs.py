"""Outputs of earlier runs as inputs of `trigger`: by name, and one prompt for each that a filter finds."""

import json

import pytest

from cordage_tui.simulator.world import PlannedOutcome
from cordage_tui.store.runs.run_listing import RunFilter


@pytest.fixture
def made(studio):
    """A run that has completed with two outputs; its id."""
    studio.server.world.fate(studio.key, PlannedOutcome(0.1, outputs=2))
    ended = studio("trigger", "Sunset", "a fox", "--wait", "--json")
    (run,) = json.loads(ended.out)["runs"]
    assert len(run["outputs"]) == 2
    return run["id"]


def _sent(studio):
    """Inputs of the runs that have an image, the oldest first."""
    runs = sorted(studio.server.world.list_runs(studio.key), key=lambda run: run.created_at)
    return [run.inputs for run in runs if "image_url" in run.inputs]


def _lineages(studio):
    with studio.store() as store:
        rows = store.listing.newest(RunFilter(store.servers.stored_as(studio.profile)))
        return [store.run_lookup.lineage(row.id) for row in rows]


def test_a_named_output_is_sent_as_its_url_and_is_the_parent(studio, made):
    """By the beginning of the run's id and the number of the output; what is sent is a link."""
    assert studio("trigger", "Sunset", f"image_url=@run:{made[:8]}#2").code == 0
    (body,) = _sent(studio)
    assert body["image_url"].split("?")[0].endswith(f"/{made}/image_002.png")
    assert [(lineage.output, list(lineage.links)) for lineage in _lineages(studio) if lineage.parent] == [
        (2, ["image_url"])
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("@run:ffffffff#1", "no run here begins so"),
        ("@run:ff#1", "at least 4 characters"),
        ("@run:{}#3", "no such output"),
        ("@run:{}#", "is named as @run:550e8400#2"),
        ("@run:each", "needs --each-output-of"),
    ],
)
def test_what_names_no_output_is_a_usage_error(studio, made, name, said):
    """2, and nothing is sent."""
    triggers = studio.triggers
    ended = studio("trigger", "Sunset", f"image_url={name.format(made[:8])}")
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert studio.triggers == triggers


def test_each_output_that_a_filter_finds_is_one_prompt(studio, made):
    """Asked about with their number first; rejected ones are left out; other inputs go along."""
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


def test_a_rejected_output_is_no_input(studio, made):
    """One is left."""
    with studio.store() as store:
        (row,) = store.listing.beginning_with(store.servers.stored_as(studio.profile), made)
        store.ratings.decide([(row.id, 1)], False)
    assert studio("trigger", "Sunset", "image_url=@run:each", "--each-output-of", "fox", "--yes").code == 0
    assert [body["image_url"].split("?")[0][-13:] for body in _sent(studio)] == ["image_002.png"]


def test_the_only_input_that_takes_an_output_need_not_be_named(studio, made):
    """It is asked for where the webhook declares none, or several."""
    argv = ("trigger", "Sunset", "--each-output-of", "fox", "--yes", "--dry-run", "--json")
    ended = studio(*argv)
    assert ended.code == 2 and "Which input gets the outputs?" in ended.err
    studio.configure(webhook='inputs = { prompt = "larger", image_url = "", scale = 2 }')
    ended = studio(*argv)
    assert ended.code == 0
    assert all(body["image_url"].startswith("http") for body in json.loads(ended.out)["bodies"])


@pytest.mark.parametrize("expression", ["nothing_like_this", "staus:completed", ""])
def test_a_filter_that_finds_nothing_or_is_not_understood_sends_nothing(studio, made, expression):
    """As other commands that act on what a filter finds."""
    triggers = studio.triggers
    ended = studio("trigger", "Sunset", "image_url=@run:each", "--each-output-of", expression, "--yes")
    assert ended.code == 2 and "--each-output-of" in ended.err
    assert studio.triggers == triggers


def test_an_output_that_is_gone_ends_the_command_and_leaves_nothing_queued(studio, made):
    """2, with what is gone; it is safe to try again with another."""
    world = studio.server.world
    with studio.store() as store, store._database.write() as write:
        write.execute("UPDATE details SET outputs = replace(outputs, 'expires=1', 'expires=0')")
    world.forget_run(studio.key, made)
    triggers = studio.triggers
    ended = studio("trigger", "Sunset", f"image_url=@run:{made[:8]}#1")
    assert ended.code == 2 and "is gone from the server" in ended.err and "nothing is queued" in ended.err
    assert studio.triggers == triggers


def test_random_inputs_draw_anew_for_each_output(studio, made):
    """A number that is given stays, and the seed of all makes them again."""
    studio.configure(webhook='inputs = { image_url = "", seed = "random", noise = "random" }')
    argv = ("trigger", "Sunset", "larger", "seed=7", "--each-output-of", "fox", "--dry-run", "--json")
    told = json.loads(studio(*argv).out)
    assert [body["seed"] for body in told["bodies"]] == [7, 7]
    assert len({body["noise"] for body in told["bodies"]}) == 2
    again = json.loads(studio(*argv, "--random-seed", str(told["random_seed"])).out)
    assert [body["noise"] for body in again["bodies"]] == [body["noise"] for body in told["bodies"]]
