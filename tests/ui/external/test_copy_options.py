"""Contents that can be copied of choices_of_one run and of several."""

import json
from pathlib import Path
from types import SimpleNamespace

from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RowId, RunDetail, RunRow, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.main.copies import CopySource, as_json, of_many, of_one, prompts

URL = SafeText("https://storage.example/a.png?sig=1")


def choices_of_one(run_id="550e8400-x", inputs=None, outputs=(), path=None):
    """Return the choices of choices_of_one run by letter."""
    row = RunRow(RowId(1), "wh_a", run_id, Status.COMPLETED, SafeText("completed"), SafeText("a fox"), 0.0)
    detail = RunDetail(row, inputs, outputs, None, None, None, "{}", None)
    output = OutputRef(RowId(1), len(outputs), outputs[-1]) if outputs else None
    curl = SafeText("curl x" if inputs else "")
    return {choice.letter: choice for choice in of_one(CopySource(detail, output, path, curl, lambda: {"id": run_id}))}


def text(choice):
    """Return the text that the choice copies."""
    assert choice.text is not None
    return choice.text()


def test_all_of_a_run_is_there_whole():
    """Each choice copies its content whole: prompt with lines, URL with signature, path, id, JSON and curl line."""
    choices = choices_of_one(
        inputs={"prompt": "a fox\non a hill"}, outputs=(URL, SafeText(URL + "2")), path=Path("/d/a.png")
    )
    assert {letter: text(choice) for letter, choice in choices.items()} == {
        "i": "550e8400-x",
        "p": "a fox\non a hill",
        "u": URL + "2",
        "f": "/d/a.png",
        "j": '{\n  "id": "550e8400-x"\n}',
        "c": "curl x",
    }
    assert choices["u"].title == "URL of output 2"
    assert all("\n" not in choice.note for choice in choices.values())


def test_a_choice_without_content_says_why():
    """A choice without content keeps its letter and shows the reason."""
    choices = choices_of_one(run_id=None)
    reasons = {letter: str(choice.note) for letter, choice in choices.items() if choice.text is None}
    elsewhere = "unknown: started elsewhere"
    assert reasons == {"i": "no id yet", "p": elsewhere, "u": "no outputs", "f": "not downloaded", "c": elsewhere}


def test_contents_of_several_runs_are_copied_one_per_line():
    """Ids, prompts, URLs, paths and objects are copied one per line; a curl line exists for one run only."""
    asks = SimpleNamespace(
        run_ids=lambda rows: ["a\x1b", "b"],
        inputs=lambda rows: [{"prompt": "fox"}, {}, {"text": "owl"}],
        outputs=lambda rows: [URL],
    )
    choices = of_many([RowId(1), RowId(2)], asks, lambda: [Path("/d/a")], lambda: [{"id": 1}, {"id": 2}])
    choice_by_letter = {choice.letter: choice for choice in choices}
    assert choice_by_letter.pop("c").text is None
    text_by_letter = {letter: text(choice) for letter, choice in choice_by_letter.items()}
    assert text_by_letter == {"i": "a␛\nb", "p": "fox\nowl", "u": URL, "f": "/d/a", "j": '{"id": 1}\n{"id": 2}'}


def test_prompts_of_several_lines_stay_apart():
    """A blank line separates prompts if one of them has several lines."""
    assert prompts([{"prompt": "a\nb"}, {"prompt": "c"}]) == "a\nb\n\nc"


def test_json_is_the_same_value_and_inert():
    """Copied JSON parses to the same value, and unsafe characters in it are written in ASCII."""
    for value in ({"a": "schön 🦊"}, {"a": "x\u202ey\x9b\ud800"}):
        json_text = as_json(value)
        assert json.loads(json_text) == value
        assert "\u202e" not in json_text and "\x9b" not in json_text
    assert as_json({"a": "schön"}) == '{"a": "schön"}'
