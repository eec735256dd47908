"""What there is to copy of a run, and of many."""

import json
from pathlib import Path
from types import SimpleNamespace

from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RowId, RunDetail, RunRow, Status
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.main.copies import CopySource, as_json, of_many, of_one, prompts

URL = SafeText("https://storage.example/a.png?sig=1")


def one(run_id="550e8400-x", inputs=None, outputs=(), path=None):
    row = RunRow(RowId(1), "wh_a", run_id, Status.COMPLETED, SafeText("completed"), SafeText("a fox"), 0.0)
    detail = RunDetail(row, inputs, outputs, None, None, None, "{}", None)
    output = OutputRef(RowId(1), len(outputs), outputs[-1]) if outputs else None
    curl = SafeText("curl x" if inputs else "")
    return {choice.letter: choice for choice in of_one(CopySource(detail, output, path, curl, lambda: {"id": run_id}))}


def text(choice):
    assert choice.text is not None
    return choice.text()


def test_all_of_a_run_is_there_whole():
    """The prompt with its lines, the address with its signature, the path as a shell takes it."""
    found = one(inputs={"prompt": "a fox\non a hill"}, outputs=(URL, SafeText(URL + "2")), path=Path("/d/a.png"))
    assert {letter: text(choice) for letter, choice in found.items()} == {
        "i": "550e8400-x",
        "p": "a fox\non a hill",
        "u": URL + "2",
        "f": "/d/a.png",
        "j": '{\n  "id": "550e8400-x"\n}',
        "c": "curl x",
    }
    assert found["u"].title == "URL of output 2"
    assert all("\n" not in choice.note for choice in found.values())


def test_what_there_is_not_says_why():
    """A letter without anything behind it keeps its place, with the reason."""
    found = one(run_id=None)
    reasons = {letter: str(choice.note) for letter, choice in found.items() if choice.text is None}
    elsewhere = "unknown: not started here"
    assert reasons == {"i": "no id yet", "p": elsewhere, "u": "no outputs", "f": "not downloaded", "c": elsewhere}


def test_of_many_it_is_one_a_line():
    """Ids, prompts, addresses, paths and objects; a curl line is of one run only."""
    asks = SimpleNamespace(
        run_ids=lambda rows: ["a\x1b", "b"],
        inputs=lambda rows: [{"prompt": "fox"}, {}, {"text": "owl"}],
        outputs=lambda rows: [URL],
    )
    choices = of_many([RowId(1), RowId(2)], asks, lambda: [Path("/d/a")], lambda: [{"id": 1}, {"id": 2}])
    found = {choice.letter: choice for choice in choices}
    assert found.pop("c").text is None
    said = {letter: text(choice) for letter, choice in found.items()}
    assert said == {"i": "a␛\nb", "p": "fox\nowl", "u": URL, "f": "/d/a", "j": '{"id": 1}\n{"id": 2}'}


def test_prompts_of_several_lines_stay_apart():
    assert prompts([{"prompt": "a\nb"}, {"prompt": "c"}]) == "a\nb\n\nc"


def test_json_is_the_same_value_and_inert():
    """Readable where nothing in it acts on a terminal; else written in ASCII, and the same value for whoever parses it."""
    for value in ({"a": "schön 🦊"}, {"a": "x\u202ey\x9b\ud800"}):
        said = as_json(value)
        assert json.loads(said) == value
        assert "\u202e" not in said and "\x9b" not in said
    assert as_json({"a": "schön"}) == '{"a": "schön"}'
