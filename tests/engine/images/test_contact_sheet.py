"""A contact sheet as one picture: everything in its place, whatever is missing, and never larger than a picture may be."""

from io import BytesIO

import pytest
from PIL import Image

from cordage_tui.domain.image import ContactSheet, ImageUnavailable, PixelSize, SheetCell
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.engine.images.decoder import ImageDecoder
from cordage_tui.engine.images.sandbox import contact_sheet
from tests.engine.images.files import file_of

RED, BLUE = (220, 30, 30), (30, 30, 220)
CELL = SheetCell(OutputRef(RowId(1), 1, "https://x/1"), SafeText("a fox " * 50), SafeText("0:12"))
WORDS = SafeText("words")


async def composed(sheet: ContactSheet, *copies: bytes | None) -> Image.Image:
    room = ImageDecoder()
    try:
        return Image.open(BytesIO(await room.compose(sheet, copies))).convert("RGB")
    finally:
        room.stop()


def copy(colour: tuple[int, int, int], size: tuple[int, int] = (100, 100)) -> bytes:
    return file_of(Image.new("RGB", size, colour))


def spots(sheet: Image.Image, colour: tuple[int, int, int]) -> tuple[int, int, int, int] | None:
    """The box around all pixels of that colour."""
    hits = Image.new("L", sheet.size)
    hits.putdata([255 * (pixel == colour) for pixel in sheet.get_flattened_data()])
    return hits.getbbox()


async def test_pictures_stand_in_their_columns_and_rows() -> None:
    """Row by row, in the middle of their places; a place without a picture stays empty."""
    sheet = ContactSheet((CELL, SheetCell(None), CELL), 2, PixelSize(100, 80))
    picture = await composed(sheet, copy(RED), None, copy(BLUE, (50, 100)))
    red, blue = spots(picture, RED), spots(picture, BLUE)
    assert red is not None and blue is not None
    assert (red[2] - red[0], red[3] - red[1]) == (80, 80) and (blue[2] - blue[0], blue[3] - blue[1]) == (40, 80)
    assert (red[0] + red[2]) / 2 == pytest.approx((blue[0] + blue[2]) / 2, abs=1) and blue[1] > red[3]
    assert picture.width > 2 * 100 and picture.height > 2 * 80


async def test_headings_take_room_of_their_own() -> None:
    """Over the columns and left of the rows, and a title over all."""
    bare = ContactSheet((CELL,) * 4, 2, PixelSize(100, 100))
    full = ContactSheet((CELL,) * 4, 2, PixelSize(100, 100), WORDS, (WORDS, WORDS), (WORDS, WORDS))
    copies = [copy(RED)] * 4
    small, large = await composed(bare, *copies), await composed(full, *copies)
    one, other = spots(small, RED), spots(large, RED)
    assert one is not None and other is not None
    assert large.width > small.width and large.height > small.height
    assert other[0] > one[0] and other[1] > one[1]


async def test_a_sheet_without_end_is_refused() -> None:
    """Before anything is drawn."""
    with pytest.raises(ImageUnavailable, match="choose fewer"):
        await composed(ContactSheet((CELL,) * 400, 10, PixelSize(1_000, 1_000)), *[None] * 400)


@pytest.fixture
def no_fonts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system without any."""
    monkeypatch.setattr(contact_sheet, "_of_system", lambda name, size: None)


@pytest.mark.usefixtures("no_fonts")
def test_letters_that_no_font_has_lose_their_accents() -> None:
    """A box in the middle of a word is worse."""
    assert contact_sheet.lettered("Zoë’s café", 15) == ("Zoe’s cafe", contact_sheet.own(15))
    assert contact_sheet.lettered("plain", 15) == ("plain", contact_sheet.own(15))


def test_a_font_of_the_system_is_taken_where_it_has_all_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """And Pillow's own where that has them."""
    theirs = object()
    monkeypatch.setattr(contact_sheet, "_of_system", lambda name, size: theirs)
    monkeypatch.setattr(contact_sheet, "_has", lambda font, letter: font is theirs or letter.isascii())
    assert contact_sheet.lettered("café", 15) == ("café", theirs)
    assert contact_sheet.lettered("cafe", 15) == ("cafe", contact_sheet.own(15))
