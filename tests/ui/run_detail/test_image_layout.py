"""What hangs on the pane, and that nothing of it moves."""

from dataclasses import replace

import pytest
from textual.color import Color

from cordage_tui.domain.image import ImageState, ImageView, PixelSize
from cordage_tui.domain.media_type import JSON, MP3, MP4, PNG, TEXT
from cordage_tui.domain.output import OutputRef, Rating
from cordage_tui.domain.run import RowId
from cordage_tui.domain.text import SafeText, safe
from cordage_tui.ui.images.strips import ImageLine
from cordage_tui.ui.run_detail.image_layout import ThumbnailLayout, ThumbnailLayoutInput
from cordage_tui.ui.run_detail.images import ThumbnailView, gallery_lines
from tests.ui.run_detail.pictures import Shelf


class Hung(ThumbnailLayout):
    """Always has something to show here."""

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
    outputs = [OutputRef(RowId(row), n, f"https://s.example/{row}/{n}.{suffix}") for n in range(1, count + 1)]
    return ThumbnailLayoutInput(outputs, number, "wh_a", {}, *size, BLACK)


def plain(hanging: ThumbnailLayout, on: ThumbnailLayoutInput, *, settled: bool = True) -> list[str]:
    """The gallery's lines, a picture as `#`."""
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
    """From the moment the cursor is on a run to the last of its pictures there are as many lines, whatever comes."""
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
    """With pictures and without."""
    shelf = Shelf()
    hanging, on = Hung(shelf), wall(count, size=size)
    for _ in range(2):
        lines = gallery_lines(hanging.layout(on, settled=True), on.width)
        assert all(line.cell_length <= on.width for line in lines)
        for output in on.outputs:
            shelf.put(output.url)


def test_the_shape_of_one_picture_is_expected_of_the_next_of_its_webhook() -> None:
    """Portraits come from a portrait webhook: room for one is made before anything is known of it."""
    shelf = Shelf()
    hanging = Hung(shelf)
    before = hanging.layout(wall(row=1), settled=True).chosen.room
    shelf.put("https://s.example/1/1.png", 600, 900)
    hanging.layout(wall(row=1), settled=True)
    after = hanging.layout(wall(row=2), settled=False).chosen.room
    assert before.columns > 2 * before.rows and after.columns < 2 * after.rows


def test_room_is_made_for_the_shape_that_the_inputs_tell() -> None:
    """Before that of the webhook's last picture; what is known of the picture itself counts most."""
    shelf = Shelf()
    hanging = Hung(shelf)
    told = replace(wall(), foretold=1.0)
    room = hanging.layout(told, settled=False).chosen.room
    assert room.columns == 2 * room.rows
    shelf.put(told.chosen.url, 900, 300)
    hanging.layout(wall(row=2), settled=True)
    room = hanging.layout(told, settled=True).chosen.room
    assert room.columns > 5 * room.rows


def test_a_picture_of_another_shape_than_was_expected_fits_into_the_room_it_has() -> None:
    """It is wanted once more, smaller; looked at again later it has its own room."""
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
    """Although the larger one that was wanted before its shape was known may be forgotten by then."""
    shelf = Shelf()
    hanging, on = Hung(shelf), wall()
    hanging.layout(on, settled=True)
    shelf.put(on.chosen.url, 600, 900)
    wanted = []
    for _ in range(3):
        hanging.layout(on, settled=True)
        wanted.append(hanging.requests[0])
        pixels = shelf.there[on.chosen.url].pixels
        shelf.there[on.chosen.url] = ImageView(ImageState.LOADING, media=PNG, pixels=pixels)
    assert len(set(wanted)) == 1


def test_until_the_user_settles_nothing_is_drawn() -> None:
    """Not even what is there already: a cursor on its way through the runs pays for no picture."""
    shelf = Shelf()
    hanging, on = Hung(shelf), wall(4)
    for output in on.outputs:
        shelf.put(output.url)
    assert not any("#" in line for line in plain(hanging, on, settled=False))
    assert shelf.drawn == []
    plain(hanging, on)
    assert len(shelf.drawn) == 5


def test_the_chosen_one_is_wanted_first_then_the_small_ones() -> None:
    """Whoever looks at the third output waits for that one least."""
    hanging = Hung(Shelf())
    hanging.layout(wall(4, 3), settled=True)
    assert [one.output.number for one in hanging.requests] == [3, 1, 2, 3, 4]


def test_small_ones_show_which_is_chosen_by_more_than_colour() -> None:
    """A bar beside its number; the others have the number only."""
    feet = plain(Hung(Shelf()), wall(3, 2))[-1]
    assert feet.split() == ["1", "2", "━" * 7, "3"]


def test_what_has_no_place_is_counted_and_the_chosen_one_has_a_place() -> None:
    """Of thirty outputs eleven are shown at this width; the 25th is among them when it is chosen."""
    hanging = Hung(Shelf())
    assert plain(hanging, wall(30))[-1].split()[-1] == "+19"
    gallery = hanging.layout(wall(30, 25), settled=True)
    assert [hung.number for hung in gallery.small] == list(range(15, 26))


def test_the_caption_tells_place_kind_size_and_verdict() -> None:
    """Below the picture, on one line."""
    shelf = Shelf()
    on = wall(2, 2, size=(60, 47))
    on = ThumbnailLayoutInput(on.outputs, 2, "wh_a", {2: Rating(True, 3)}, 60, 47, BLACK)
    shelf.put(on.chosen.url)
    assert "2/2 · PNG · 1024 × 768 · 240 KB · ★★★ kept" in plain(Hung(shelf), on)


@pytest.mark.parametrize(
    ("sight", "words"),
    [
        (ImageView(ImageState.LOADING), "loading…"),
        (ImageView(ImageState.TOO_LARGE, size=2_400_000), "2.4 MB, enter to load"),
        (ImageView(ImageState.FAILED, words=SafeText("No such file.")), "No such file."),
        (ImageView(ImageState.DESCRIBED, media=MP3, size=240_000, duration_s=12.0), "audio · MP3 · 0:12 · 240 KB"),
    ],
)
def test_where_no_picture_is_words_stand_in_its_room(sight: ImageView, words: str) -> None:
    """Once, in the middle of the room; the caption does not repeat them."""
    on = wall()
    shelf = Shelf({on.chosen.url: sight})
    lines = plain(Hung(shelf), on)
    assert [line.strip() for line in lines if line.strip()] == [words]


def test_a_video_says_that_it_is_one() -> None:
    """Its first frame is a picture; sign and length tell what it is a frame of."""
    on = wall()
    shelf = Shelf({on.chosen.url: ImageView(ImageState.READY, media=MP4, pixels=PixelSize(640, 360), duration_s=12.0)})
    lines = plain(Hung(shelf), on)
    assert "▶ video · MP4 · 640 × 360 · 0:12" in lines and any("#" in line for line in lines)


@pytest.mark.parametrize(("media", "suffix"), [(TEXT, "txt"), (JSON, "json")])
def test_a_text_shows_its_beginning(media: object, suffix: str) -> None:
    """As many lines as it has room for, beside a bar, and its caption under it; an ellipsis says that there is more."""
    on = wall(suffix=suffix)
    text = safe("\n".join(f"line {n}" for n in range(100)))
    shelf = Shelf({on.chosen.url: ImageView(ImageState.DESCRIBED, media=media, size=800, text=text)})  # type: ignore[arg-type]
    lines = plain(Hung(shelf), on)
    assert lines[1:4] == ["▏ line 0", "▏ line 1", "▏ line 2"]
    assert lines[-2].endswith("…") and lines[-1].endswith("800 B")
    assert len(lines) <= 2 + 0.45 * on.height


def test_a_short_text_takes_no_more_than_it_needs_once_it_is_known() -> None:
    """And while it is on its way the room for one is small."""
    on = wall(suffix="txt")
    shelf = Shelf()
    hanging = Hung(shelf)
    waiting = plain(hanging, on)
    shelf.there[on.chosen.url] = ImageView(ImageState.DESCRIBED, media=TEXT, size=5, text=SafeText("hello"))
    assert len(plain(hanging, on)) == len(waiting) < 12
    hanging.layout(wall(row=2), settled=True)
    assert plain(hanging, on) == ["", "▏ hello", "text · 5 B"]


def test_hostile_text_stays_text() -> None:
    """Control is visible, markup is literal, and an endless line is cut."""
    on = wall(suffix="txt")
    text = safe("\x1b]52;c;Zm94\x07 [/x] [bold red]" + "x" * 100_000)
    shelf = Shelf({on.chosen.url: ImageView(ImageState.DESCRIBED, media=TEXT, text=text)})
    lines = plain(Hung(shelf), on)
    assert "\x1b" not in "".join(lines) and "[/x] [bold" in "".join(lines)
    assert all(len(line) <= on.width for line in lines) and len(lines) < on.height


def test_where_nothing_is_drawn_outputs_are_described() -> None:
    """No room is kept for pictures; small ones are lines too."""
    shelf = Shelf(draws=False)
    on = wall(2)
    for output in on.outputs:
        shelf.put(output.url)
    lines = plain(Hung(shelf), on)
    assert lines == ["", "▸ 1 PNG · 1024 × 768 · 240 KB", "  2 PNG · 1024 × 768 · 240 KB"]


def test_what_failed_and_is_there_after_all_takes_the_room_it_needs() -> None:
    """The user asked for it anew: then lines may move."""
    on = wall()
    shelf = Shelf({on.chosen.url: ImageView(ImageState.FAILED, words=SafeText("Offline."))})
    hanging = Hung(shelf)
    assert hanging.layout(on, settled=True).chosen.room.rows < 10
    shelf.put(on.chosen.url)
    assert hanging.layout(on, settled=True).chosen.room.rows > 10


def test_who_has_switched_pictures_off_sees_what_is_known_and_waits_for_nothing() -> None:
    """Words are shown at once, without a rest of the cursor; of what nobody has looked at there is no line."""
    on = wall()
    shelf = Shelf(draws=False, on=False)
    shelf.put(on.chosen.url)
    assert plain(Hung(shelf), on, settled=False) == ["", "PNG · 1024 × 768 · 240 KB"]
    shelf.there[on.chosen.url] = ImageView()
    assert ThumbnailLayout(shelf, shelf).layout(on, settled=True) is None


def test_a_small_one_of_what_is_no_picture_says_what_it_is() -> None:
    """In its place, beside the pictures."""
    on = wall(2, size=(60, 47))
    shelf = Shelf({on.outputs[1].url: ImageView(ImageState.DESCRIBED, media=JSON)})
    shelf.put(on.chosen.url)
    assert any("#" in line and line.endswith("JSON") for line in plain(Hung(shelf), on))


def test_a_caption_closes_up_before_it_is_cut() -> None:
    """On a narrow pane every cell counts."""
    on = wall(2, size=(28, 33))
    shelf = Shelf()
    shelf.put(on.chosen.url)
    assert "1/2 · PNG · 1024×768 · 240 …" in plain(Hung(shelf), on)
    shelf.put(on.chosen.url, 640, 480)
    assert "1/2 · PNG · 640×480 · 240 KB" in plain(Hung(shelf), on)
