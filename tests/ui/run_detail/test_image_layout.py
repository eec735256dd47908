"""Pictures on the pane, and lines that do not move."""

from dataclasses import replace

import pytest
from textual.color import Color

from cordage_tui.domain.image import ImageState, ImageView, PixelSize
from cordage_tui.domain.media_type import JSON, MP3, MP4, PNG, TEXT
from cordage_tui.domain.output import OutputRef, Rating
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText, safe
from cordage_tui.ui.images.image_cells import ImageLine
from cordage_tui.ui.run_detail.image_layout import ThumbnailLayout, ThumbnailLayoutInput
from cordage_tui.ui.run_detail.thumbnails import ThumbnailView, gallery_lines
from tests.ui.run_detail.pictures import Shelf


class Hung(ThumbnailLayout):
    """Layout that always has something to show."""

    def __init__(self, shelf: Shelf) -> None:
        super().__init__(shelf, shelf)  # type: ignore[arg-type]

    def layout(self, wall: ThumbnailLayoutInput, *, settled: bool) -> ThumbnailView:
        gallery = super().layout(wall, settled=settled)
        assert gallery is not None
        return gallery


WIDTHS = [(28, 33), (40, 34), (60, 47), (58, 20), (20, 10)]
BLACK = Color(0, 0, 0)


def wall(
    count: int = 1, number: int = 1, *, size: tuple[int, int] = (40, 34), suffix: str = "png", row: int = 1
) -> ThumbnailLayoutInput:
    """Return the input of a layout for so many outputs."""
    outputs = [OutputRef(RowId(row), n, f"https://s.example/{row}/{n}.{suffix}") for n in range(1, count + 1)]
    return ThumbnailLayoutInput(outputs, number, "wh_a", {}, *size, BLACK)


def plain(hanging: ThumbnailLayout, on: ThumbnailLayoutInput, *, settled: bool = True) -> list[str]:
    """Return the lines of the gallery, with a picture as `#`."""
    lines = gallery_lines(hanging.layout(on, settled=settled), on.width)
    return [_plain(line).rstrip() for line in lines]


def _plain(line: object) -> str:
    if not isinstance(line, ImageLine):
        return str(getattr(line, "plain", ""))
    text = line.text.plain.ljust(line.cell_length)
    for piece in line.pieces:
        text = text[: piece.column] + piece.strip.text + text[piece.end :]
    return text


@pytest.mark.parametrize("size", WIDTHS)
@pytest.mark.parametrize("pixels", [(1024, 768), (768, 1024), (512, 512), (3000, 100), (40, 4000), (16, 16)])
@pytest.mark.parametrize("count", [1, 3, 30])
def test_no_line_moves_when_a_picture_comes(size: tuple[int, int], pixels: tuple[int, int], count: int) -> None:
    """The number of lines is the same from the first frame to the last picture."""
    shelf = Shelf()
    hanging, on = Hung(shelf), wall(count, size=size)
    moving, waiting = plain(hanging, on, settled=False), plain(hanging, on)
    for output in on.outputs:
        shelf.put(output.url, *pixels)
        assert len(plain(hanging, on)) == len(waiting)
    assert len(moving) == len(waiting)
    assert any("#" in line for line in plain(hanging, on))


@pytest.mark.parametrize("size", WIDTHS)
@pytest.mark.parametrize("count", [1, 2, 7, 300])
def test_nothing_is_wider_than_the_panel(size: tuple[int, int], count: int) -> None:
    """No line is wider than the panel, with and without pictures."""
    shelf = Shelf()
    hanging, on = Hung(shelf), wall(count, size=size)
    for _ in range(2):
        lines = gallery_lines(hanging.layout(on, settled=True), on.width)
        assert all(line.cell_length <= on.width for line in lines)
        for output in on.outputs:
            shelf.put(output.url)


def test_the_shape_of_one_picture_is_expected_of_the_next_of_its_webhook() -> None:
    """The next picture of a webhook gets the space for the shape of the last."""
    shelf = Shelf()
    hanging = Hung(shelf)
    before = hanging.layout(wall(row=1), settled=True).chosen.room
    shelf.put("https://s.example/1/1.png", 600, 900)
    hanging.layout(wall(row=1), settled=True)
    after = hanging.layout(wall(row=2), settled=False).chosen.room
    assert before.columns > 2 * before.rows and after.columns < 2 * after.rows


def test_room_is_made_for_the_shape_given_by_the_inputs() -> None:
    """The inputs decide the expected shape before the last picture does, and the known size decides first."""
    shelf = Shelf()
    hanging = Hung(shelf)
    square_wall = replace(wall(), foretold=1.0)
    room = hanging.layout(square_wall, settled=False).chosen.room
    assert room.columns == 2 * room.rows
    shelf.put(square_wall.chosen.url, 900, 300)
    hanging.layout(wall(row=2), settled=True)
    room = hanging.layout(square_wall, settled=True).chosen.room
    assert room.columns > 5 * room.rows


def test_a_picture_of_another_shape_than_was_expected_fits_into_the_room_it_has() -> None:
    """A picture of an unexpected shape is drawn smaller in the reserved space, and gets its own space the next time."""
    shelf = Shelf()
    hanging, on = Hung(shelf), wall()
    room = hanging.layout(on, settled=True).chosen.room
    shelf.put(on.chosen.url, 600, 900)
    hung = hanging.layout(on, settled=True).chosen
    assert hung.room == room and 0 < len(hung.strips) <= room.rows
    assert hanging.requests[0].box.height == room.rows * 2
    hanging.layout(wall(row=2), settled=True)
    assert hanging.layout(on, settled=True).chosen.room.rows > room.rows


def test_what_is_wanted_of_a_picture_of_another_shape_does_not_swing() -> None:
    """The requested size of a picture of an unexpected shape does not change from frame to frame."""
    shelf = Shelf()
    hanging, on = Hung(shelf), wall()
    hanging.layout(on, settled=True)
    shelf.put(on.chosen.url, 600, 900)
    wanted = []
    for _ in range(3):
        hanging.layout(on, settled=True)
        wanted.append(hanging.requests[0])
        pixels = shelf.views[on.chosen.url].pixels
        shelf.views[on.chosen.url] = ImageView(ImageState.LOADING, media=PNG, pixels=pixels)
    assert len(set(wanted)) == 1


def test_until_the_user_settles_nothing_is_drawn() -> None:
    """While the cursor moves no picture is drawn, not even a loaded one."""
    shelf = Shelf()
    hanging, on = Hung(shelf), wall(4)
    for output in on.outputs:
        shelf.put(output.url)
    assert not any("#" in line for line in plain(hanging, on, settled=False))
    assert shelf.drawn == []
    plain(hanging, on)
    assert len(shelf.drawn) == 5


def test_the_chosen_one_is_wanted_first_then_the_small_ones() -> None:
    """The chosen picture is requested first, then the small ones."""
    hanging = Hung(Shelf())
    hanging.layout(wall(4, 3), settled=True)
    assert [request.output.number for request in hanging.requests] == [3, 1, 2, 3, 4]


def test_small_ones_show_which_is_chosen_by_more_than_colour() -> None:
    """The chosen small picture has a bar next to its number."""
    feet = plain(Hung(Shelf()), wall(3, 2))[-1]
    assert feet.split() == ["1", "2", "━" * 7, "3"]


def test_what_has_no_place_is_counted_and_the_chosen_one_has_a_place() -> None:
    """Small pictures without a place are counted, and the chosen one always has a place."""
    hanging = Hung(Shelf())
    assert plain(hanging, wall(30))[-1].split()[-1] == "+19"
    gallery = hanging.layout(wall(30, 25), settled=True)
    assert [hung.number for hung in gallery.small] == list(range(15, 26))


def test_the_caption_shows_place_kind_size_and_verdict() -> None:
    """The caption below the picture is one line with place, kind, size and verdict."""
    shelf = Shelf()
    on = wall(2, 2, size=(60, 47))
    on = ThumbnailLayoutInput(on.outputs, 2, "wh_a", {2: Rating(True, 3)}, 60, 47, BLACK)
    shelf.put(on.chosen.url)
    assert "2/2 · PNG · 1024 × 768 · 240 KB · ★★★ kept" in plain(Hung(shelf), on)


@pytest.mark.parametrize(
    ("sight", "text"),
    [
        (ImageView(ImageState.LOADING), "loading…"),
        (ImageView(ImageState.TOO_LARGE, size=2_400_000), "2.4 MB, enter to load"),
        (ImageView(ImageState.FAILED, words=SafeText("No such file.")), "No such file."),
        (ImageView(ImageState.DESCRIBED, media=MP3, size=240_000, duration_s=12.0), "audio · MP3 · 0:12 · 240 KB"),
    ],
)
def test_where_no_picture_is_words_stand_in_its_room(sight: ImageView, text: str) -> None:
    """A missing picture is replaced by one text in its space, which the caption does not repeat."""
    on = wall()
    shelf = Shelf({on.chosen.url: sight})
    lines = plain(Hung(shelf), on)
    assert [line.strip() for line in lines if line.strip()] == [text]


def test_a_video_says_that_it_is_one() -> None:
    """A video shows its first frame, with a sign and its length in the caption."""
    on = wall()
    shelf = Shelf({on.chosen.url: ImageView(ImageState.READY, media=MP4, pixels=PixelSize(640, 360), duration_s=12.0)})
    lines = plain(Hung(shelf), on)
    assert "▶ video · MP4 · 640 × 360 · 0:12" in lines and any("#" in line for line in lines)


@pytest.mark.parametrize(("media", "suffix"), [(TEXT, "txt"), (JSON, "json")])
def test_a_text_shows_its_beginning(media: object, suffix: str) -> None:
    """A text shows its first lines next to a bar, with an ellipsis if there are more."""
    on = wall(suffix=suffix)
    text = safe("\n".join(f"line {n}" for n in range(100)))
    shelf = Shelf({on.chosen.url: ImageView(ImageState.DESCRIBED, media=media, size=800, text=text)})  # type: ignore[arg-type]
    lines = plain(Hung(shelf), on)
    assert lines[1:4] == ["▏ line 0", "▏ line 1", "▏ line 2"]
    assert lines[-2].endswith("…") and lines[-1].endswith("800 B")
    assert len(lines) <= 2 + 0.45 * on.height


def test_a_short_text_takes_no_more_than_it_needs_once_it_is_known() -> None:
    """A short text gets only the lines that it needs, and little space while it is loading."""
    on = wall(suffix="txt")
    shelf = Shelf()
    hanging = Hung(shelf)
    waiting = plain(hanging, on)
    shelf.views[on.chosen.url] = ImageView(ImageState.DESCRIBED, media=TEXT, size=5, text=SafeText("hello"))
    assert len(plain(hanging, on)) == len(waiting) < 12
    hanging.layout(wall(row=2), settled=True)
    assert plain(hanging, on) == ["", "▏ hello", "text · 5 B"]


def test_hostile_text_stays_text() -> None:
    """Control characters and markup of a text are shown, and an endless line is cut."""
    on = wall(suffix="txt")
    text = safe("\x1b]52;c;Zm94\x07 [/x] [bold red]" + "x" * 100_000)
    shelf = Shelf({on.chosen.url: ImageView(ImageState.DESCRIBED, media=TEXT, text=text)})
    lines = plain(Hung(shelf), on)
    assert "\x1b" not in "".join(lines) and "[/x] [bold" in "".join(lines)
    assert all(len(line) <= on.width for line in lines) and len(lines) < on.height


def test_where_nothing_is_drawn_outputs_are_described() -> None:
    """Without pictures each output is described on one line."""
    shelf = Shelf(draws=False)
    on = wall(2)
    for output in on.outputs:
        shelf.put(output.url)
    lines = plain(Hung(shelf), on)
    assert lines == ["", "▸ 1 PNG · 1024 × 768 · 240 KB", "  2 PNG · 1024 × 768 · 240 KB"]


def test_what_failed_and_is_there_after_all_takes_the_room_it_needs() -> None:
    """A picture that loads after a failure gets its full space."""
    on = wall()
    shelf = Shelf({on.chosen.url: ImageView(ImageState.FAILED, words=SafeText("Offline."))})
    hanging = Hung(shelf)
    assert hanging.layout(on, settled=True).chosen.room.rows < 10
    shelf.put(on.chosen.url)
    assert hanging.layout(on, settled=True).chosen.room.rows > 10


def test_who_has_switched_pictures_off_sees_what_is_known_and_waits_for_nothing() -> None:
    """With pictures switched off known descriptions are shown at once, and unknown outputs have no line."""
    on = wall()
    shelf = Shelf(draws=False, on=False)
    shelf.put(on.chosen.url)
    assert plain(Hung(shelf), on, settled=False) == ["", "PNG · 1024 × 768 · 240 KB"]
    shelf.views[on.chosen.url] = ImageView()
    assert ThumbnailLayout(shelf, shelf).layout(on, settled=True) is None


def test_a_small_one_of_what_is_no_picture_says_what_it_is() -> None:
    """An output that is no picture has its kind in its place between the small pictures."""
    on = wall(2, size=(60, 47))
    shelf = Shelf({on.outputs[1].url: ImageView(ImageState.DESCRIBED, media=JSON)})
    shelf.put(on.chosen.url)
    assert any("#" in line and line.endswith("JSON") for line in plain(Hung(shelf), on))


def test_a_caption_closes_up_before_it_is_cut() -> None:
    """A caption on a narrow pane loses blanks before it is cut."""
    on = wall(2, size=(28, 33))
    shelf = Shelf()
    shelf.put(on.chosen.url)
    assert "1/2 · PNG · 1024×768 · 240 …" in plain(Hung(shelf), on)
    shelf.put(on.chosen.url, 640, 480)
    assert "1/2 · PNG · 640×480 · 240 KB" in plain(Hung(shelf), on)
