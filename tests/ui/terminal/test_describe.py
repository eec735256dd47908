"""Where there is no picture, words say what there is."""

import pytest

from cordage_tui.domain.formatting import amount
from cordage_tui.domain.image import ImageState, ImageView, PixelSize
from cordage_tui.domain.media_type import JSON, MP4, PNG
from cordage_tui.domain.text import SafeText
from cordage_tui.ui.images.strips import describe


@pytest.mark.parametrize(
    ("sight", "words"),
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
def test_what_is_known_is_told(sight: ImageView, words: str) -> None:
    """And nothing that is not."""
    assert describe(sight) == words


@pytest.mark.parametrize(
    ("size", "words"),
    [(999, "999 B"), (1000, "1 KB"), (999_499, "999 KB"), (999_500, "1.0 MB"), (2_400_000_000, "2.4 GB")],
)
def test_amounts_never_show_a_thousand_of_a_smaller_unit(size: int, words: str) -> None:
    """So `1000 KB` is never read."""
    assert amount(size) == words


def test_lengths_are_read_as_on_a_player() -> None:
    """Minutes and seconds, hours only where there are any."""
    assert [describe(ImageView(ImageState.DESCRIBED, duration_s=seconds)) for seconds in (0.4, 59.6, 3723)] == [
        "0:00",
        "1:00",
        "1:02:03",
    ]
