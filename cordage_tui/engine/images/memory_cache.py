"""LRU caches of rendered images and of output states."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.image import Image, ImageFormat, ImageRequest, ImageState, ImageView, PixelSize
from cordage_tui.domain.text import SafeText
from cordage_tui.engine.images.preview import ImageUnavailable, OutputMetadata, Thumbnail

MAX_RENDERED_BYTES: Final = 16 << 20
"""Bytes of images in memory: some 80 for Kitty."""
MAX_HALF_BLOCK_BYTES: Final = 2 << 20
"""Bytes of images for half blocks: more than thirty full screens of 200×50, and quickly rendered again."""


class RenderedImageCache:
    """LRU cache of rendered images, by request."""

    def __init__(self, most: int = MAX_RENDERED_BYTES) -> None:
        self._most = most
        self._weight = 0
        self._pictures: OrderedDict[str, tuple[ImageRequest, Image]] = OrderedDict()
        self._by_output: dict[str, set[str]] = {}

    @property
    def weight(self) -> int:
        """Bytes in memory."""
        return self._weight

    def add(self, wanted: ImageRequest, image: Image) -> None:
        """Add an image. One larger than the whole cache is kept alone."""
        self._drop(wanted.key)
        self._pictures[wanted.key] = wanted, image
        self._by_output.setdefault(wanted.output.key, set()).add(wanted.key)
        self._weight += image.weight
        most = min(self._most, MAX_HALF_BLOCK_BYTES) if image.form is ImageFormat.RGB else self._most
        while self._weight > most and len(self._pictures) > 1:
            self._drop(next(iter(self._pictures)))

    def get(self, wanted: ImageRequest) -> Image | None:
        """Return exactly the requested image, if it is there."""
        found = self._pictures.get(wanted.key)
        if found is None:
            return None
        self._pictures.move_to_end(wanted.key)
        return found[1]

    def nearest_size(self, wanted: ImageRequest) -> Image | None:
        """Return the largest image of the same output, part and form that fits the box."""
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


MAX_OUTPUT_STATES: Final = 2_000
"""Outputs whose state is kept; forgotten ones are loaded again."""
AGAIN_S: Final = 30.0
"""Seconds until a passing failure is retried."""


@dataclass(frozen=True, slots=True)
class OutputState:
    """Result of loading one output."""

    standing: ImageState
    """READY: there is a thumbnail."""
    facts: OutputMetadata | None = None
    words: SafeText | None = None
    until: float | None = None
    """Time when a failure expires, in monotonic seconds; None: it does not."""


class OutputStateCache:
    """LRU cache of output states, by `OutputRef.key`."""

    def __init__(self, now: Callable[[], float]) -> None:
        """`now()`: monotonic seconds."""
        self._now = now
        self._entries: OrderedDict[str, OutputState] = OrderedDict()

    def get(self, key: str) -> OutputState | None:
        """Return an output's state; None if it is unknown or a failure is to be retried."""
        entry = self._entries.get(key)
        if entry is None or (entry.until is not None and entry.until <= self._now()):
            return None
        self._entries.move_to_end(key)
        return entry

    def known(self, key: str, preview: Thumbnail) -> None:
        """Record a loaded output."""
        self._put(key, OutputState(ImageState.READY if preview.file else ImageState.DESCRIBED, preview.facts))

    def too_large(self, key: str, facts: OutputMetadata | None) -> None:
        """Record an output with more bytes than are fetched unasked."""
        self._put(key, OutputState(ImageState.TOO_LARGE, facts))

    def failed(self, key: str, error: ImageUnavailable) -> None:
        """Record an output that cannot be shown."""
        until = self._now() + AGAIN_S if error.passing else None
        self._put(key, OutputState(ImageState.FAILED, words=error.what, until=until))

    def forget(self, key: str) -> None:
        """Forget an output, so that it is loaded again."""
        self._entries.pop(key, None)

    def forget_failures(self) -> None:
        """Forget all failures, so that they are retried."""
        for key in [key for key, entry in self._entries.items() if entry.standing is ImageState.FAILED]:
            del self._entries[key]

    def _put(self, key: str, entry: OutputState) -> None:
        self._entries[key] = entry
        self._entries.move_to_end(key)
        if len(self._entries) > MAX_OUTPUT_STATES:
            self._entries.popitem(last=False)


def sight_of(entry: OutputState | None, standing: ImageState) -> ImageView:
    """Return the view of an output without its image."""
    words, facts = (entry.words, entry.facts) if entry else (None, None)
    if facts is None:
        return ImageView(standing, words=words)
    return ImageView(standing, None, facts.media, facts.size, facts.pixels, facts.duration_s, facts.text, words)
