"""Text below a picture, and in place of one."""

import pytest

from cordage_tui.domain.image import ImageState, ImageView, PixelSize
from cordage_tui.domain.media_type import PNG, TEXT
from cordage_tui.domain.output import Rating
from cordage_tui.domain.run import Status
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.contact_sheet.screen import tile_caption
from cordage_tui.ui.contact_sheet.tiles import label, placeholder
from cordage_tui.ui.widgets.status_signs import mark


@pytest.mark.parametrize(
    ("verdict", "signs"),
    [
        (Rating(), ""),
        (Rating(True), "✔"),
        (Rating(False, 2), "✖ ★★"),
        (Rating(None, 5), "★★★★★"),
    ],
)
def test_a_verdict_has_its_own_signs(verdict, signs):
    """Each verdict has its own signs, which do not depend on colour."""
    assert mark(verdict).plain == signs


@pytest.mark.parametrize("width", [6, 10, 20, 40])
@pytest.mark.parametrize("cursor", [True, False])
def test_a_label_fits_its_cell(model, width, cursor):
    """The label has the verdict first and the number last, and the name gets the remaining width."""
    text = label(
        model(2, outputs=3, verdict=Rating(True, 3), name=SafeText("狐 in the snow " * 4)), width, cursor=cursor
    )
    assert text.cell_length <= width
    assert text.plain.startswith("✔ ★★★"[:width])
    assert width < 10 or text.plain.endswith("2/3")


def test_a_run_without_outputs_says_how_it_stands(model):
    """A cell without output shows the status and, if there is room, the reason of a failure."""
    failed = model(0, status=Status.FAILED, reason=SafeText("out of memory on node 7"))
    lines = [line.plain.strip() for line in placeholder(failed, ImageView(), 16, 6)]
    assert "✖ failed" in lines and "out of memory" in lines
    assert any("● running" in line.plain for line in placeholder(model(0, status=Status.RUNNING), ImageView(), 16, 6))


def test_pictures_are_the_brightest_and_the_cursor_has_the_accent(model):
    """A text in a cell is dim, and the name under the cursor has the accent colour."""
    text = ImageView(ImageState.DESCRIBED, media=TEXT, text=SafeText("We see a heron."))
    assert {str(span.style) for line in placeholder(model(), text, 20, 3) for span in line.spans} == {"$quiet"}
    named = model(1, name=SafeText("fox"))
    assert [span.style for span in label(named, 20, cursor=True).spans] == ["$accent bold"]
    assert [span.style for span in label(named, 20, cursor=False).spans] == ["$foreground"]


def test_a_text_shows_its_beginning_and_a_file_says_what_it_is(model):
    """A text shows its first lines, a file its type and size, and neither exceeds the cell."""
    text = ImageView(ImageState.DESCRIBED, media=TEXT, text=SafeText("We see a heron.\n" * 40))
    assert [line.plain.strip() for line in placeholder(model(), text, 20, 3)] == ["We see a heron."] * 3
    file = ImageView(ImageState.READY, media=PNG, pixels=PixelSize(64, 48), size=2_000)
    assert [line.plain.strip() for line in placeholder(model(), file, 20, 5) if line.plain] == [
        "PNG",
        "64 × 48",
        "2 KB",
    ]


def test_the_caption_says_where_and_what_it_is(model):
    """The caption has verdict and headings first and the outcome of the run last."""
    caption = tile_caption(
        model(1, outputs=2, verdict=Rating(True)), ImageView(ImageState.READY, media=PNG), ("red", "snow")
    ).plain
    assert caption == "✔ · red · snow · a red fox · 1 of 2 · PNG · ✔ completed in 0:12"
