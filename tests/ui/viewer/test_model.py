"""Lines of the viewer."""

import pytest
from textual.strip import Strip

from cordage_tui.domain.image import ImageState, ImageView, PixelSize
from cordage_tui.domain.media_type import PNG
from cordage_tui.domain.output import OutputRef, Rating
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText, safe
from cordage_tui.ui.images.image_cells import ImageLine
from cordage_tui.ui.viewer.panel import TEXT_WIDTH, ViewerModel, caption, picture_lines, text_lines, word_lines

FOX = ViewerModel(
    OutputRef(RowId(1), 2, "https://s.example/2.png"),
    4,
    SafeText("a red fox in the snow"),
    SafeText("Sunset · 550e8400"),
    Rating(True, 3),
)
SEEN = ImageView(ImageState.READY, media=PNG, size=240_000, pixels=PixelSize(1024, 768))


def test_the_caption_says_what_it_is_and_whose() -> None:
    """The caption has the prompt, then place, kind, size and verdict, and webhook and run at the right."""
    first, second = caption(FOX, SEEN, 80).plain.split("\n")
    assert first == " a red fox in the snow"
    assert second.startswith(" 2/4 · PNG · 1024 × 768 · 240 KB · ★★★ kept")
    assert second.endswith("Sunset · 550e8400") and len(second) == 79


@pytest.mark.parametrize("width", [1, 2, 10, 30, 60])
def test_the_caption_fits(width: int) -> None:
    """In a narrow caption the name of the run is left out first, then the rest is cut."""
    for line in caption(FOX, SEEN, width).split("\n"):
        assert line.cell_length <= max(2, width)


def test_a_picture_stands_in_the_middle() -> None:
    """A picture is centred in both directions."""
    lines = picture_lines([Strip.blank(10)] * 4, 30, 10)
    assert [isinstance(line, ImageLine) for line in lines] == [False] * 3 + [True] * 4
    assert isinstance(lines[3], ImageLine) and lines[3].pieces[0].column == 10


@pytest.mark.parametrize("width", [1, 20, 80, 200])
def test_a_text_is_a_column_that_can_be_read(width: int) -> None:
    """A text is a centred column of readable width, and hostile text is inert."""
    text = safe("word " * 200 + "\x1b[31m [/x]\n\n" + "x" * 500)
    lines = text_lines(text, width)
    assert all(line.cell_length <= max(3, width) for line in lines)
    plain = [line.plain.strip() for line in lines if not isinstance(line, ImageLine)]
    assert max(map(len, plain)) <= TEXT_WIDTH
    assert "\x1b" not in "".join(plain)


def test_words_stand_in_the_middle() -> None:
    """A text instead of a picture is centred."""
    lines = word_lines(SafeText("2.4 MB, enter to load"), 41, 11)
    assert len(lines) == 6 and lines[5].cell_length == 31
