"""Texts that describe an output without a picture."""

import pytest

from cordage_tui.domain.formatting import amount
from cordage_tui.domain.image import ImageState, ImageView, PixelSize
from cordage_tui.domain.media_type import JSON, MP4, PNG
from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.images.image_cells import describe


@pytest.mark.parametrize(
    ("sight", "description"),
    [
        (ImageView(), ""),
        (ImageView(ImageState.LOADING), "loading…"),
        (
            ImageView(ImageState.READY, media=PNG, size=240_100, pixels=PixelSize(1024, 768)),
            "PNG · 1024 × 768 · 240 KB",
        ),
        (ImageView(ImageState.DESCRIBED, media=MP4, duration_s=12.2), "video · MP4 · 0:12"),
        (ImageView(ImageState.DESCRIBED, media=JSON, size=812), "JSON · 812 B"),
        (ImageView(ImageState.TOO_LARGE, size=8_400_000), "8.4 MB, enter to load"),
        (ImageView(ImageState.TOO_LARGE), "large, enter to load"),
        (ImageView(ImageState.FAILED, words=SafeText("The link has expired.")), "The link has expired."),
    ],
)
def test_the_description_has_all_known_facts(sight: ImageView, description: str) -> None:
    """The description has kind, size and length of the output as far as they are known."""
    assert describe(sight) == description


@pytest.mark.parametrize(
    ("size", "amount_text"),
    [(999, "999 B"), (1000, "1 KB"), (999_499, "999 KB"), (999_500, "1.0 MB"), (2_400_000_000, "2.4 GB")],
)
def test_amounts_never_show_a_thousand_of_a_smaller_unit(size: int, amount_text: str) -> None:
    """An amount changes to the larger unit before it would read `1000 KB`."""
    assert amount(size) == amount_text


def test_lengths_are_read_as_on_a_player() -> None:
    """A length has minutes and seconds, and hours only if there are some."""
    assert [describe(ImageView(ImageState.DESCRIBED, duration_s=seconds)) for seconds in (0.4, 59.6, 3723)] == [
        "0:00",
        "1:00",
        "1:02:03",
    ]
