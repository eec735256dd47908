"""Image requests, image states, thumbnails and contact sheets."""

import json
from enum import StrEnum
from typing import Final, NamedTuple

from cordage_tui.domain.base.fast_dataclass import dataclass, field
from cordage_tui.domain.media_type import MediaKind, MediaType, decoded
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.safe_text import SafeText, one_line, safe

# Pictures on their way to the screen: the requested form of an output, and the part that exists so far.


class ImageFormat(StrEnum):
    """Format of an image that a graphics protocol needs."""

    RGB = "rgb"
    """Pixels, for half blocks."""
    PNG = "png"
    """A file of at most the box's size, for Kitty's graphics protocol."""
    PALETTED = "png8"
    """The same in 256 colours at most: a fraction of the bytes, for a slow line."""
    SIXEL = "sixel"
    """A sixel image for each line of cells, so that each line can be drawn again alone."""


@dataclass(frozen=True, slots=True)
class PixelSize:
    """A width and a height, in pixels."""

    width: int
    height: int


class CropBox(NamedTuple):
    """A piece of a picture: where its edges are, in thousandths of the picture's width and height."""

    left: int = 0
    top: int = 0
    right: int = 1000
    bottom: int = 1000


WHOLE = CropBox()


@dataclass(frozen=True, slots=True)
class ImageRequest:
    """A request for an image as a screen draws it: as large as fits into the box, its shape kept."""

    output: OutputRef
    box: PixelSize
    form: ImageFormat = ImageFormat.RGB
    cell: PixelSize | None = None
    """Of one cell, for `SIXEL`."""
    grow: bool = False
    """It may be enlarged to fill the box; otherwise it never is."""
    part: CropBox = WHOLE
    """Only this much of it."""

    @property
    def key(self) -> str:
        """Key that is equal for equal images."""
        cell = f"-{self.cell.width}x{self.cell.height}" if self.cell else ""
        more = ("-grown" if self.grow else "") + (f"-{self.part}" if self.part != WHOLE else "")
        return f"{self.output.key}-{self.box.width}x{self.box.height}-{self.form}{cell}{more}"


@dataclass(frozen=True, slots=True)
class Image:
    """A picture that can be drawn."""

    form: ImageFormat
    width: int
    """Pixels."""
    height: int
    parts: tuple[bytes, ...] = field(repr=False)
    """`RGB`: one part, three bytes a pixel, row by row. `PNG`: one part, the file. `SIXEL`: one part a line of cells, each a
    whole DCS sequence."""

    @property
    def weight(self) -> int:
        """Bytes of memory."""
        return sum(map(len, self.parts))


class ImageState(StrEnum):
    """State of an output's image."""

    UNKNOWN = "unknown"
    """Not requested yet."""
    LOADING = "loading"
    READY = "ready"
    """`ImageView.image` is there to be drawn."""
    DESCRIBED = "described"
    """There is nothing to draw: a text, a sound, a file of another kind. `ImageView` describes it."""
    TOO_LARGE = "too large"
    """More bytes than are fetched unasked; the user may ask (`ImageService.load`)."""
    FAILED = "failed"
    """`ImageView.words` says why."""


@dataclass(frozen=True, slots=True)
class ImageView:
    """Everything there is to show of one output now."""

    standing: ImageState = ImageState.UNKNOWN
    image: Image | None = None
    """A smaller one may be shown until the requested one is ready."""
    media: MediaType | None = None
    """Kind of the file; None: not known yet."""
    size: int | None = None
    """Bytes of the file; None: not known yet."""
    pixels: PixelSize | None = None
    """Of the picture itself, or of the video's."""
    duration_s: float | None = None
    """Of a video or a sound, if known."""
    text: SafeText | None = None
    """The beginning of a text."""
    words: SafeText | None = None
    """Why it failed, in one line."""


# A contact sheet as one picture: outputs in a grid, each with a label.


@dataclass(frozen=True, slots=True)
class SheetCell:
    """A cell of a contact sheet."""

    output: OutputRef | None
    """None: the place stays empty."""
    label: SafeText | None = None
    """The line below the picture."""
    detail: SafeText | None = None
    """The dimmer line below that."""


@dataclass(frozen=True, slots=True)
class ContactSheet:
    """A contact sheet, its cells row by row; missing cells at the end stay empty."""

    cells: tuple[SheetCell, ...]
    columns: int
    box: PixelSize
    """Of each picture, in pixels."""
    title: SafeText | None = None
    heads: tuple[SafeText, ...] = ()
    """Over the columns; empty: none."""
    sides: tuple[SafeText, ...] = ()
    """Left of the rows; empty: none."""


# Thumbnails and text excerpts of outputs, and the errors in their place.


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
