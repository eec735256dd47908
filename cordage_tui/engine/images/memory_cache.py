"""LRU caches of rendered images and of output states."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.image import Image, ImageFormat, ImageRequest, ImageState, ImageView, PixelSize
from cordage_tui.domain.text import SafeText
from cordage_tui.engine.images.preview import ImageUnavailable, OutputMetadata, Thumbnail

# Pictures that were drawn lately, in memory: the least recently seen goes first.

MAX_RENDERED_BYTES: Final = 16 << 20
"""Bytes: some 80 pictures for Kitty."""
MAX_HALF_BLOCK_BYTES: Final = 2 << 20
"""Bytes, where pictures are drawn in half blocks: more than thirty full screens of 200×50, and quickly drawn again."""


class RenderedImageCache:
    """By what was wanted."""

    def __init__(self, most: int = MAX_RENDERED_BYTES) -> None:
        self._most = most
        self._weight = 0
        self._pictures: OrderedDict[str, tuple[ImageRequest, Image]] = OrderedDict()
        self._by_output: dict[str, set[str]] = {}

    @property
    def weight(self) -> int:
        """Bytes of memory."""
        return self._weight

    def add(self, wanted: ImageRequest, image: Image) -> None:
        """One larger than all that may be kept is kept alone."""
        self._drop(wanted.key)
        self._pictures[wanted.key] = wanted, image
        self._by_output.setdefault(wanted.output.key, set()).add(wanted.key)
        self._weight += image.weight
        most = min(self._most, MAX_HALF_BLOCK_BYTES) if image.form is ImageFormat.RGB else self._most
        while self._weight > most and len(self._pictures) > 1:
            self._drop(next(iter(self._pictures)))

    def get(self, wanted: ImageRequest) -> Image | None:
        """Exactly what is wanted."""
        found = self._pictures.get(wanted.key)
        if found is None:
            return None
        self._pictures.move_to_end(wanted.key)
        return found[1]

    def nearest_size(self, wanted: ImageRequest) -> Image | None:
        """The largest of the same output, or the same part of it, that is drawn the same way and does not leave the box."""
        found = (self._pictures[key] for key in self._by_output.get(wanted.output.key, ()))
        fits = [image for other, image in found if _stands_in(other, wanted) and _fits(image, wanted.box)]
        return max(fits, key=lambda image: image.width, default=None)

    def _drop(self, key: str) -> None:
        found = self._pictures.pop(key, None)
        if found is None:
            return
        wanted, image = found
        self._weight -= image.weight
        others = self._by_output[wanted.output.key]
        others.discard(key)
        if not others:
            del self._by_output[wanted.output.key]


def _stands_in(other: ImageRequest, wanted: ImageRequest) -> bool:
    return (other.form, other.cell, other.part) == (wanted.form, wanted.cell, wanted.part)


def _fits(image: Image, box: PixelSize) -> bool:
    return image.width <= box.width and image.height <= box.height


# What is known of the outputs that were looked at, in memory: what they are, which are too large, and which failed.

MAX_OUTPUT_STATES: Final = 2_000
"""Outputs; what was forgotten is looked up again."""
AGAIN_S: Final = 30.0
"""After so long a failure that may have passed is tried again."""


@dataclass(frozen=True, slots=True)
class OutputState:
    """What became of one output."""

    standing: ImageState
    """READY: there is a small copy to be drawn."""
    facts: OutputMetadata | None = None
    words: SafeText | None = None
    until: float | None = None
    """Monotonic seconds when a failure is to be forgotten; None: not by itself."""


class OutputStateCache:
    """By `OutputRef.key`."""

    def __init__(self, now: Callable[[], float]) -> None:
        """`now()`: monotonic seconds."""
        self._now = now
        self._entries: OrderedDict[str, OutputState] = OrderedDict()

    def get(self, key: str) -> OutputState | None:
        """None: nothing is known (any more)."""
        entry = self._entries.get(key)
        if entry is None or (entry.until is not None and entry.until <= self._now()):
            return None
        self._entries.move_to_end(key)
        return entry

    def known(self, key: str, preview: Thumbnail) -> None:
        """It has been looked at."""
        self._put(key, OutputState(ImageState.READY if preview.file else ImageState.DESCRIBED, preview.facts))

    def too_large(self, key: str, facts: OutputMetadata | None) -> None:
        """It has more bytes than are fetched unasked."""
        self._put(key, OutputState(ImageState.TOO_LARGE, facts))

    def failed(self, key: str, error: ImageUnavailable) -> None:
        """It cannot be shown."""
        until = self._now() + AGAIN_S if error.passing else None
        self._put(key, OutputState(ImageState.FAILED, words=error.what, until=until))

    def forget(self, key: str) -> None:
        """It is looked at anew."""
        self._entries.pop(key, None)

    def forget_failures(self) -> None:
        """All that failed is looked at anew."""
        for key in [key for key, entry in self._entries.items() if entry.standing is ImageState.FAILED]:
            del self._entries[key]

    def _put(self, key: str, entry: OutputState) -> None:
        self._entries[key] = entry
        self._entries.move_to_end(key)
        if len(self._entries) > MAX_OUTPUT_STATES:
            self._entries.popitem(last=False)


def sight_of(entry: OutputState | None, standing: ImageState) -> ImageView:
    """A sight without an image."""
    words, facts = (entry.words, entry.facts) if entry else (None, None)
    if facts is None:
        return ImageView(standing, words=words)
    return ImageView(standing, None, facts.media, facts.size, facts.pixels, facts.duration_s, facts.text, words)
