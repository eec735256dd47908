"""Thumbnails and text excerpts of outputs, and the errors in their place."""

import json
from typing import Final

from cordage_tui.domain.fast_dataclass import dataclass, field
from cordage_tui.domain.image import PixelSize
from cordage_tui.domain.media_type import MediaKind, MediaType, decoded
from cordage_tui.domain.text import SafeText, one_line, safe


@dataclass(frozen=True, slots=True)
class OutputMetadata:
    """Media type, size and duration of an output."""

    media: MediaType
    size: int | None = None
    """Bytes of the file; None: not known."""
    pixels: PixelSize | None = None
    """Size of the picture or the video."""
    duration_s: float | None = None
    text: SafeText | None = None
    """The beginning of a text."""


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """Metadata of an output and, if it can be drawn, its thumbnail."""

    facts: OutputMetadata
    file: bytes = field(default=b"", repr=False)
    """PNG or JPEG of the decoder, at most `decoder.SIDE` pixels wide and high; empty: it cannot be drawn."""


# Text outputs.

TEXT_BYTES: Final = 64 << 10
"""Bytes of a text that are fetched: JSON that is complete within them is indented."""
SHOWN: Final = 2_048
"""Characters of a text that are shown."""


def beginning(head: bytes, kind: MediaKind, *, whole: bool) -> SafeText:
    """Return the beginning of a text output. `whole`: `head` is all of it."""
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


# Errors.

HARD_CAP: Final = 64 << 20
"""Bytes of one picture that are fetched at the user's request."""


class TooLarge(Exception):
    """An output has more bytes than may be fetched."""

    def __init__(self, facts: OutputMetadata | None) -> None:
        self.facts = facts
        super().__init__()


class ImageUnavailable(Exception):
    """Output that cannot be shown, or contact sheet that cannot be made."""

    def __init__(self, what: str, *, passing: bool = False) -> None:
        """`passing`: a later attempt may succeed."""
        self.what: SafeText = one_line(what)
        self.passing = passing
        super().__init__(self.what)
