"""`runs --json=FIELDS`, `--format` and `--batch`: whole runs for programs."""

import csv
import io
import json

import pytest

from cordage_tui.cli.base.parser import TABLES
from cordage_tui.cli.base.run_records import DELIMITERS, cell
from cordage_tui.domain.batch import BatchSource
from cordage_tui.domain.run import SERVER_STATUS, RemoteRun
from cordage_tui.domain.run_record import FIELDS
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.domain.submission import Lineage
from cordage_tui.store.runs.run_records import SLICE
from tests.cli.json_schema import SCHEMA, wrong_with

LONG = "a fox in the snow, " * 40 + "and an owl"


@pytest.fixture
def history(studio):
    """Return a run with a long prompt, two rated outputs and an error, and a batch of two made from it."""
    with studio.store() as store:
        profile, now = store.servers.stored_as(studio.profile), store.query._clock.wall()
        run = RemoteRun(
            "fox-1", SERVER_STATUS["failed"], SafeText("failed"), now - 90, now - 60, outputs=("https://s.example/1.png?a=b", "https://s.example/2.png"),
            error=SafeText("=node 3"), inputs={"prompt": LONG, "=odd": "@x", "steps": -3, "note": "a\n\tb", "mask": {"x": [1]}},
        )  # fmt: skip
        (studio.row,) = store.runs.merge(profile, studio.key, [run])
        store.ratings.decide([(studio.row, 1)], True)
        store.ratings.rate([(studio.row, 2)], 4)
        studio.batch = store.batches.submit(
            profile, studio.key, BatchSource("two"), [{"prompt": "red"}, {"prompt": "-blue"}], lineages=[Lineage(studio.row, 2)] * 2
        )  # fmt: skip
    return studio


def fields(studio, names, *argv):
    """Return the runs with these fields."""
    ended = studio("runs", f"--json={names}", "--offline", *argv)
    assert (ended.code, ended.err) == (0, "")
    answer = json.loads(ended.out)
    assert wrong_with(answer) == [] and ended.out.isascii()
    return answer["runs"]


def table(studio, form, *argv):
    """Return the rows of the table."""
    ended = studio("runs", "--format", form, "--offline", *argv)
    assert (ended.code, ended.err) == (0, "")
    return list(csv.DictReader(io.StringIO(ended.out), delimiter=DELIMITERS[form], strict=True))


def test_fields_are_those_asked_for_in_their_order(history):
    """The JSON has the requested fields in their order, and `--json` alone has its usual fields."""
    (fox,) = fields(history, "id,ratings,inputs,outputs,error,parent", "--where", "status:failed")
    assert [*fox] == ["id", "ratings", "inputs", "outputs", "error", "parent"]
    assert fox["inputs"]["mask"] == {"x": [1]} and fox["inputs"]["prompt"] == LONG
    assert fox["outputs"] == ["https://s.example/1.png?a=b", "https://s.example/2.png"] and fox["error"] == "=node 3"
    assert fox["ratings"] == [{"number": 1, "kept": True, "stars": 0}, {"number": 2, "kept": None, "stars": 4}]
    alone = json.loads(history("runs", "--json", "Sunset", "--offline").out)
    assert wrong_with(alone) == [] and set(alone["runs"][0]) == set(SCHEMA["$defs"]["row"]["properties"])


def test_every_field_is_in_the_schema_and_no_other(history):
    """The schema describes exactly the fields that can be requested."""
    (fox, *_) = fields(history, ",".join(FIELDS), "--where", "fox")
    assert tuple(fox) == FIELDS == tuple(SCHEMA["$defs"]["fields"]["properties"])


def test_a_batch_is_found_by_its_number_and_knows_its_parent(history):
    """`--batch` finds the runs of a batch with their parent."""
    members = fields(history, "batch,parent,prompt", "--batch", str(history.batch))
    assert {run.pop("prompt") for run in members} == {"red", "-blue"}
    assert members == [{"batch": history.batch, "parent": {"row": history.row, "id": "fox-1", "output": 2}}] * 2
    assert fields(history, "id", "--batch", str(history.row)) == []


def test_an_unknown_field_is_an_error_that_lists_them(history):
    """An unknown field is an error with the nearest name and all fields."""
    ended = history("runs", "--json=id,promt")
    assert (ended.code, ended.out) == (2, "")
    assert "There is no field 'promt'. Did you mean 'prompt'?" in ended.err and ", ".join(FIELDS) in ended.err


def test_programs_get_prompts_whole(history):
    """Every format for programs has whole prompts, and a table for people cuts them."""
    where = ("--where", "status:failed", "--offline")
    assert fields(history, "prompt", "--where", "status:failed") == [{"prompt": LONG}]
    assert json.loads(history("runs", "--json", *where).out)["runs"][0]["prompt"] == LONG
    assert history("runs", *where).out.split("\t")[3] == LONG
    assert "…" in history("runs", *where, terminal=True).out
    assert json.loads(history("show", "fox-1", "--json", "--offline").out)["run"]["prompt"] == LONG


@pytest.mark.parametrize("form", TABLES)
def test_a_table_has_a_column_for_each_input(history, form):
    """A table has a column for each input; formulas become text, and numbers stay numbers."""
    (fox,) = table(history, form, "--where", "status:failed")
    assert (fox["input.steps"], fox["input.=odd"], fox["error"]) == ("-3", "'@x", "'=node 3")
    assert (fox["prompt"], fox["input.prompt"], fox["input.note"], fox["input.mask"]) == (
        LONG,
        LONG,
        "a\n\tb",
        '{"x": [1]}',
    )
    assert (fox["kept"], fox["rejected"], fox["stars"], fox["outputs"].split(" ")[1]) == (
        "1",
        "",
        "2:4",
        "https://s.example/2.png",
    )
    rows = table(history, form)
    assert [row["input.steps"] for row in rows] == ["", "", "-3"]
    assert [(row["parent"], row["parent_output"]) for row in rows] == [("fox-1", "2")] * 2 + [("", "")]
    assert {row["input.prompt"] for row in rows} == {"red", "'-blue", LONG}


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\n", "＝"])
def test_a_cell_is_never_a_formula(begin):
    """A cell is never a formula, and contains no control characters."""
    assert cell(f"{begin}1+cmd") == f"'{begin}1+cmd"
    assert cell("\r=1") == "␍=1" and cell("\x1b[31m") == "␛[31m"
    assert (cell(-1.5), cell(True), cell(None), cell("x=1")) == ("-1.5", "true", "", "x=1")


def test_a_table_and_json_are_either_or(history):
    """`--json` and `--format` exclude each other."""
    assert history("runs", "--json", "--format", "csv").code == 2
    assert tuple(DELIMITERS) == TABLES


def test_more_runs_than_are_read_at_once_come_each_once(studio):
    """All runs beyond one slice are printed once, newest first, up to the limit."""
    with studio.store() as store:
        profile = store.servers.stored_as(studio.profile)
        store.batches.submit(profile, studio.key, BatchSource("n"), [{"prompt": str(n)} for n in range(2 * SLICE + 5)])
    rows = [run["row"] for run in fields(studio, "row", "--all")]
    assert len(rows) == len(set(rows)) == 2 * SLICE + 5
    assert rows == [run["row"] for run in json.loads(studio("runs", "--all", "--json", "--offline").out)["runs"]]
    assert [run["row"] for run in fields(studio, "row", "--limit", "501")] == rows[:501]


def test_the_shell_completes_fields(studio):
    """The shell completes the names of fields."""
    assert studio("__complete", "fish", "runs", "--json=id,out").out.splitlines() == [
        "--json=id,output_count\t",
        "--json=id,outputs\t",
    ]
    assert studio("__complete", "fish", "runs", "--json", "Sun").out.startswith("Sunset\t")
