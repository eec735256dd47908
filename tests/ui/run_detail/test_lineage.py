"""The parent of a run, the differences to it, and its children, in words and within the width."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.content import Content

from cordage_tui.domain.lineage import ChildRun, Relatives, differences
from cordage_tui.domain.output import Rating
from cordage_tui.domain.run import RunDetail, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.run_detail.lineage import MOST_LINES, lineage_lines

Make = Callable[..., RunDetail]
KEYS = {"run.parent": SafeText("p"), "runs.filter": SafeText("/")}
ALONE = Relatives(None, removed=False, output=None, fields=(), count=0, kept=0, children=())
OTHER = "98dd833f-0000-4000-8000-000000000000"


def key(action: str) -> SafeText:
    return KEYS[action]


def plain(lines: list[Content]) -> list[str]:
    return [line.plain.rstrip() for line in lines]


def accented(content: Content) -> str:
    """Return the parts of the text in the accent colour."""
    return "|".join(content.plain[span.start : span.end] for span in content.spans if span.style == "$accent")


def test_a_sentence_names_the_parent_and_the_differences(make: Make) -> None:
    """One sentence names the parent and the differences, with the changed words in the accent colour."""
    parent = make(row=1, inputs={"prompt": "a fox", "style": "noir", "seed": 7})
    child = make(row=2, run_id=OTHER, inputs={"prompt": "a fox", "style": "ink", "steps": 30})
    (line,) = lineage_lines(child, replace(ALONE, parent=parent), 100, key)
    assert line.plain == "from 550e8400, changed: seed 7 removed · style noir → ink · steps 30 added  p go there"
    assert accented(line) == "7|noir → ink|30|p"


@pytest.mark.parametrize(
    ("before", "after", "difference"),
    [
        ("a red fox in snow", "a grey fox in snow", "prompt a red → grey fox in snow"),
        ("a red fox in snow", "a red fox in deep snow", "prompt … red fox in +deep snow"),
        ("a red fox in deep snow", "a red fox in snow", "prompt … red fox in −deep snow"),
        ("one two three four five six", "one two three four five six, seven", "prompt … four five six+, seven"),
        ("an owl", "a lighthouse in fog", "prompt an owl → a lighthouse in fog"),
    ],
)
def test_a_long_text_is_compared_word_by_word(before: str, after: str, difference: str) -> None:
    """Only the words that differ are shown, with a few words before them."""
    (parts,) = differences(f'{{"prompt":"{before}"}}', f'{{"prompt":"{after}"}}', "wh")
    assert "".join(part.text for part in parts) == difference


def test_what_a_server_cannot_tell_apart_is_the_same(make: Make) -> None:
    """A new signature of a link is no difference, and no signature is shown."""
    signed = "https://s.example/fox.png?X-Amz-Signature="
    parent, child = (make(row=row, inputs={"prompt": "larger", "image": f"{signed}{row}"}) for row in (1, 2))
    assert plain(lineage_lines(child, replace(ALONE, parent=parent), 80, key)) == [
        "from 550e8400, same inputs  p go there"
    ]
    other = make(row=3, inputs={"prompt": "larger", "image": "https://s.example/owl.png?token=secret"})
    (line,) = lineage_lines(other, replace(ALONE, parent=parent), 200, key)
    assert "changed: image" in line.plain and "owl" in line.plain and "secret" not in line.plain


def test_an_output_as_input_is_named_with_its_field(make: Make) -> None:
    """The parent's output is named with its field, and inputs of another webhook are not compared."""
    parent, child = make(row=1), make(row=2, run_id=OTHER)
    other = replace(child, row=replace(child.row, webhook_key="wh_other"))
    relatives = replace(ALONE, parent=parent, output=2, fields=("image_url",))
    assert plain(lineage_lines(other, relatives, 80, key)) == ["from 550e8400#2 as image_url  p go there"]


def test_a_removed_parent_is_named_as_removed(make: Make) -> None:
    """A line says that the parent was removed."""
    assert plain(lineage_lines(make(), replace(ALONE, removed=True), 80, key)) == ["from a run that was removed"]


def test_a_parent_without_an_id_and_a_batch_have_names(make: Make) -> None:
    """A parent without an id has the name of its row, and a batch its title."""
    queued, line = make(Status.QUEUED, row=12, run_id=None), make(Status.BATCH, row=13, run_id=None)
    batch = replace(line, row=replace(line.row, size=4, prompt=SafeText("{red|blue} fox")))
    for parent, name in ((queued, "@12"), (batch, "batch {red|blue} fox")):
        text_lines = plain(lineage_lines(make(row=20, inputs=None), replace(ALONE, parent=parent), 80, key))
        assert text_lines == [f"from {name}  p go there"]


def test_children_with_their_ratings(make: Make) -> None:
    """The best children are listed with differences and ratings, and a filter leads to the others."""
    run = make(row=1, inputs={"prompt": "a fox", "style": "noir"})
    made = [
        ChildRun(make(row=2, run_id=OTHER).row, {"prompt": "a fox", "style": "ink"}, Rating(True, 3)),
        ChildRun(make(Status.RUNNING, row=3, run_id=None).row, {"prompt": "a fox", "style": "noir"}, Rating()),
    ]
    relatives = replace(ALONE, count=12, kept=1, children=tuple(made))
    assert plain(lineage_lines(run, relatives, 44, key)) == [
        "12 children, 1 kept",
        "✔ 98dd833f style noir → ink            ✔ ★★★",
        "● @3 same inputs",
        "… 10 more  / parent:550e8400",
    ]


@given(
    st.dictionaries(st.sampled_from(["prompt", "a", "b"]), st.text(max_size=80) | st.integers(), max_size=3),
    st.dictionaries(st.sampled_from(["prompt", "a", "b"]), st.text(max_size=80) | st.integers(), max_size=3),
    st.integers(4, 120),
)
def test_any_two_bodies_keep_within_width_and_lines(before: Any, after: Any, width: int) -> None:
    """Any two bodies fit the width and the number of lines."""
    make: Make = _detail
    parent, child = make(before), make(after)
    lines = lineage_lines(child, replace(ALONE, parent=parent), width, lambda action: SafeText(""))
    assert len(lines) <= MOST_LINES
    assert all(line.cell_length <= max(width, 2) for line in lines)
    assert not any(sign in line.plain for line in lines for sign in "\x1b\n")


def _detail(inputs: dict[str, Any]) -> RunDetail:
    from tests.ui.run_detail.conftest import NOW, RunRow

    row = RunRow(1, "wh", "550e8400", Status.COMPLETED, SafeText("completed"), SafeText(""), NOW)  # type: ignore[arg-type]
    return RunDetail(row, inputs, (), None, None, None, "{}", None)


def test_a_child_says_shortly_what_is_different(make: Make) -> None:
    """The line of a child shows only the words that differ."""
    run = make(row=1, inputs={"prompt": "a red fox in snow at dawn", "style": "noir", "seed": 7})
    body = {"prompt": "a grey fox in snow at dusk", "style": "ink"}
    made = ChildRun(make(row=2, run_id=OTHER).row, body, Rating())
    lines = lineage_lines(run, replace(ALONE, count=1, children=(made,)), 90, key)
    assert plain(lines)[1] == "✔ 98dd833f red → grey, dawn → dusk · seed 7 removed · style noir → ink"
