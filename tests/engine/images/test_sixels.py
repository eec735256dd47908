"""Sixels are what a terminal makes of them: decoded by another hand, they are the picture."""

from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageStat

from tests.engine.images.conftest import Ask
from tests.engine.images.files import file_of, scene
from tests.engine.images.sixel_decoder import decoded


def sixels(ask: Ask, picture: Image.Image, cell_height: int, box: tuple[int, int] = (2_000, 2_000)) -> list[bytes]:
    width, height = box
    job = {"width": width, "height": height, "form": "sixel", "cell_height": cell_height}
    return list(ask("render", file_of(picture), **job).parts)


def put_together(parts: list[bytes], cell_height: int, size: tuple[int, int]) -> tuple[Image.Image, int]:
    """The lines of cells below each other, and how many pixels were drawn."""
    screen, drawn = Image.new("RGB", size, "magenta"), 0
    for line, part in enumerate(parts):
        shown = decoded(part)
        assert shown.size == (size[0], min(cell_height, size[1] - line * cell_height))
        for (x, y), colour in shown.pixels.items():
            assert y < shown.size[1], "the line below is drawn over"
            screen.putpixel((x, y + line * cell_height), colour)
        drawn += len(shown.pixels)
    return screen, drawn


@pytest.mark.parametrize("cell_height", [6, 7, 16, 20, 33])
def test_every_pixel_is_there_in_nearly_its_colour(ask: Ask, cell_height: int) -> None:
    """Whatever the height of a cell, and though each line of them is a sequence of its own."""
    picture = scene(90, 70)
    parts = sixels(ask, picture, cell_height)
    screen, drawn = put_together(parts, cell_height, picture.size)
    assert len(parts) == -(-70 // cell_height) and drawn == 90 * 70
    assert sum(ImageStat.Stat(ImageChops.difference(screen, picture)).mean) / 3 < 6


def test_flat_colours_are_exact_and_short(ask: Ask) -> None:
    """Runs of the same sixel are counted, not repeated."""
    picture = Image.new("RGB", (600, 60), (255, 0, 51))
    picture.paste((0, 102, 204), (300, 0, 600, 60))
    parts = sixels(ask, picture, 20)
    screen, _ = put_together(parts, 20, picture.size)
    assert ImageChops.difference(screen, picture).getbbox() is None
    assert all(len(part) < 150 for part in parts)


def test_what_can_be_seen_through_is_not_drawn(ask: Ask) -> None:
    """The terminal's own background stays there, under a hole in the picture and beside it."""
    picture = scene(40, 40)
    hole = Image.new("L", (40, 40), 255)
    hole.paste(0, (10, 10, 20, 30))
    picture.putalpha(hole)
    drawn = [decoded(part).pixels for part in sixels(ask, picture, 20)]
    assert len(drawn[0]) == 40 * 20 - 10 * 10 and len(drawn[1]) == 40 * 20 - 10 * 10
    assert (9, 12) in drawn[0] and (10, 12) not in drawn[0]


def test_all_lines_are_drawn_with_the_same_colours(ask: Ask) -> None:
    """A terminal whose colours all images share would else repaint the lines above."""
    registers: dict[bytes, bytes] = {}
    for part in sixels(ask, scene(120, 90), 15):
        for entry in part.split(b"#")[1:]:
            number, *value = entry.split(b";2;")
            if value:
                colour = value[0].split(b"!")[0]
                assert registers.setdefault(number, colour) == colour
    assert 20 < len(registers) <= 128


def test_a_picture_is_as_large_as_fits_and_never_larger_than_it_is(ask: Ask) -> None:
    """In every form; its shape is kept, and at least one pixel of it."""
    picture = file_of(scene(100, 50))
    for box, size in (((60, 60), (60, 30)), ((500, 20), (40, 20)), ((500, 500), (100, 50)), ((1, 1), (1, 1))):
        for form in ("rgb", "png", "png8", "sixel"):
            job = {"width": box[0], "height": box[1], "form": form, "cell_height": 10}
            frame = ask("render", picture, **job)
            (image,) = frame.head["images"]
            assert (image["width"], image["height"]) == size
        png = ask("render", picture, width=box[0], height=box[1], form="png", cell_height=1).parts[0]
        assert Image.open(BytesIO(png)).size == size


def test_a_png_for_a_slow_line_is_small_and_looks_alike(ask: Ask) -> None:
    """Few colours, mixed by dots; from a little way off they are the picture."""
    (large,), (small,) = (
        ask("render", file_of(scene(200, 150)), width=200, height=150, form=form, cell_height=1).parts
        for form in ("png", "png8")
    )
    assert len(small) < len(large) * 0.75
    assert Image.open(BytesIO(small)).mode == "P"
    seen = [Image.open(BytesIO(file)).convert("RGB").reduce(4) for file in (large, small)]
    assert sum(ImageStat.Stat(ImageChops.difference(*seen)).mean) / 3 < 3


def test_half_blocks_get_pixels_before_a_neutral_grey(ask: Ask) -> None:
    """Three bytes each, also where the picture can be seen through."""
    clear = Image.new("RGBA", (8, 4), (255, 0, 0, 0))
    clear.putpixel((0, 0), (255, 0, 0, 255))
    (pixels,) = ask("render", file_of(clear), width=8, height=4, form="rgb", cell_height=1).parts
    assert pixels == b"\xff\0\0" + bytes([46, 46, 46]) * 31
