"""Lines of a comparison."""

from dataclasses import replace

import pytest
from rich.segment import Segment
from textual.content import Content
from textual.strip import Strip

from cordage_tui.domain.output import OutputRef, Rating
from cordage_tui.domain.run import RowId, RunDetail, RunRow, Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.compare.page import (
    ComparedRun,
    PageLayout,
    abreast,
    input_lines,
    picture_lines,
    run_lines,
    text_lines,
    title_line,
)
from cordage_tui.ui.images.image_cells import ImageLine

NOW = 1_000.0


def side(row=1, took=12.0, inputs=None, **fields):
    """Return a completed run with two outputs, the first of them chosen."""
    run = RunRow(
        RowId(row),
        "wh",
        f"{row:08x}-run",
        Status.COMPLETED,
        SafeText("completed"),
        SafeText("fox"),
        100.0,
        100.0,
        100.0 + took,
        2,
    )
    outputs = (SafeText("https://s/1.png"), SafeText("https://s/2.png"))
    values = {"node_count": 8, "error": None, "note": None, "raw": "{}", "seen_at": None}
    detail = RunDetail(run, inputs or {"prompt": "a red fox"}, outputs, **(values | fields))
    return ComparedRun(detail, SafeText("Sunset"), OutputRef(RowId(row), 1, outputs[0]), Rating(True))


def strips(width, height):
    """Return the lines of a picture."""
    return [Strip([Segment("x" * width)], width) for _ in range(height)]


def plain(lines):
    """Return the text of the lines."""
    return [line.plain.rstrip() for line in lines]


def test_a_common_value_is_not_taken_for_a_missing_one():
    """A common value stands once, with an equals sign under the other run, or over both halves if it is long."""
    room = PageLayout(80, 24)
    left, right = (side(row, inputs={"prompt": "fox", "seed": 7, "note": "n " * 40}) for row in (1, 2))
    lines = plain(input_lines(left.detail, right.detail, room))
    seed = next(line for line in lines if "seed" in line)
    assert seed.split() == ["seed", "7", "="] and seed.index("=") > 40
    assert not any("=" in line for line in lines if "note" in line)


@pytest.mark.parametrize("width", [40, 59, 60, 80, 120, 200])
def test_nothing_is_wider_than_the_page(width):
    """No line is wider than the page, whatever the inputs, errors and texts contain."""
    room = PageLayout(width, 24)
    long = side(inputs={"prompt": "a red fox in snow " * 20, "n" * 200: "狐" * 100}, error=SafeText("boom " * 50))
    lines = [*input_lines(long.detail, side(2).detail, room), *run_lines(long, side(2), NOW, room)]
    assert max(line.cell_length for line in lines) <= width
    both = abreast(
        [title_line(long, room.half, active=True), *picture_lines(strips(room.half, room.picture), Content(""), room)],
        [title_line(side(2), room.half, active=False), *picture_lines(None, Content("no output yet"), room)],
        room,
    )
    assert max(line.cell_length for line in both) <= width
    texts = [text_lines(SafeText(text), room) for text in ("狐狸 in the snow " * 40, "w" * 300 + "\nend")]
    assert max(line.cell_length for line in abreast(*texts, room)) <= width
    assert "".join("".join(plain(texts[1])).split()) == "w" * 300 + "end"


def test_pictures_stand_beside_each_other_or_below_where_the_page_is_narrow():
    """Pictures stand side by side, or below each other on a narrow page, with all their lines."""
    for width in (50, 100):
        room = PageLayout(width, 40)
        left, right = (picture_lines(strips(10, 4), Content(""), room) for _ in range(2))
        lines = abreast(left, right, room)
        pieces = [[piece.column for piece in line.pieces] for line in lines if isinstance(line, ImageLine)]
        assert len(pieces) == (8 if width == 50 else 4)
        assert {len(columns) for columns in pieces} == {1 if width == 50 else 2}
        if width == 100:
            assert pieces[0][1] - pieces[0][0] == room.half + 2


def test_the_inputs_are_a_diff_with_signs():
    """Each input is marked as changed, removed or added, and a common value stands once."""
    left, right = (
        side(inputs={"prompt": "a red fox", "seed": 7}),
        side(2, inputs={"prompt": "a grey fox", "style": "film"}),
    )
    lines = plain(input_lines(left.detail, right.detail, PageLayout(80, 24)))
    assert lines[1].startswith("Inputs · 3 differ")
    assert lines[2].split() == ["~", "prompt", "a", "red", "fox", "a", "grey", "fox"]
    assert lines[3].split() == ["-", "seed", "7", "—"] and lines[4].split() == ["+", "style", "—", "film"]
    same = plain(input_lines(left.detail, left.detail, PageLayout(80, 24)))
    assert same[1].startswith("Inputs · the same") and same[2].split() == ["prompt", "a", "red", "fox", "="]


def test_inputs_that_nobody_here_knows_are_said_to_be_so():
    """A run started elsewhere is shown with unknown inputs, and not as a run without inputs."""
    elsewhere = replace(side().detail, inputs=None)
    assert "unknown: started elsewhere" in " ".join(
        " ".join(plain(input_lines(elsewhere, side(2).detail, PageLayout(120, 24)))).split()
    )


def test_facts_of_the_runs_are_marked_where_they_differ():
    """Times, outputs and nodes that differ are marked, and lines that neither run has are left out."""
    lines = plain(run_lines(side(took=12), side(2, took=75), NOW, PageLayout(80, 24)))
    assert not any(line.split()[:1] == ["steps"] for line in lines)
    assert ["~", "took", "0:12", "1:15"] in [line.split() for line in lines]
    assert ["status", "completed", "completed"] in [line.split() for line in lines]
    assert not any("error" in line for line in lines)


def test_the_title_says_which_output_it_is_and_what_is_thought_of_it():
    """The title shows number and verdict of the output, and a bar marks the side that keys act on."""
    assert title_line(side(), 40, active=True).plain.rstrip() == "▌✔ completed  00000001  1/2  ✔"
    assert title_line(side(), 40, active=False).plain[0] == " "
