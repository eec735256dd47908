"""Thumbnails, text excerpts, and why there is no image."""

import json
from typing import Final

from cordage_tui.domain.fast_dataclass import dataclass, field
from cordage_tui.domain.image import PixelSize
from cordage_tui.domain.media_type import MediaKind, MediaType, decoded
from cordage_tui.domain.text import SafeText, one_line, safe

# What is known of one output, and the small copy of it that can be drawn in any size.


@dataclass(frozen=True, slots=True)
class OutputMetadata:
    """What an output is."""

    media: MediaType
    size: int | None = None
    """Bytes of the file; None: not known."""
    pixels: PixelSize | None = None
    """Of the picture itself, or of the video's."""
    duration_s: float | None = None
    text: SafeText | None = None
    """The beginning of a text."""


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """An output that has been looked at."""

    facts: OutputMetadata
    file: bytes = field(default=b"", repr=False)
    """A PNG or JPEG of our own making, at most `SIDE` pixels wide and high; empty: there is nothing to draw."""


# The beginning of an output that is text, fit to be shown.

TEXT_BYTES: Final = 64 << 10
"""Of the file, that are fetched: JSON that is whole within it is laid out anew."""
SHOWN: Final = 2_048
"""Characters."""


def beginning(head: bytes, kind: MediaKind, *, whole: bool) -> SafeText:
    """`whole`: `head` is all there is."""
    text = decoded(head) if kind is MediaKind.TEXT else head.decode("utf-8-sig", "replace")
    if kind is MediaKind.JSON and whole:
        text = _laid_out(text)
    shown = text[:SHOWN]
    return safe(shown if whole and len(text) <= SHOWN else shown.rstrip("\ufffd") + "…")


def _laid_out(text: str) -> str:
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)
    except (ValueError, RecursionError):
        return text


# Why there is no picture, in words for the user.


class ImageUnavailable(Exception):
    """An output cannot be shown, or a contact sheet not be made."""

    def __init__(self, what: str, *, passing: bool = False) -> None:
        """`passing`: it may go better in a moment."""
        self.what: SafeText = one_line(what)
        self.passing = passing
        super().__init__(self.what)
