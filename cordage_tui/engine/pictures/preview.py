"""What is known of one output, and the small copy of it that can be drawn in any size."""

from cordage_tui.domain.fast_dataclass import dataclass, field
from cordage_tui.domain.image import PixelSize
from cordage_tui.domain.media_type import MediaType
from cordage_tui.domain.text import SafeText


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
