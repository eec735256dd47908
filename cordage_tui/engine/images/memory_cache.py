"""Caches in memory: rendered images, and the state of outputs."""

from collections.abc import Callable, Iterable
from math import inf
from typing import Final

from cordage_tui.domain.base.lru_cache import LruCache
from cordage_tui.domain.image import (
    Image,
    ImageFormat,
    ImageRequest,
    ImageState,
    ImageUnavailable,
    ImageView,
    OutputMetadata,
    Thumbnail,
)

MAX_RENDERED_BYTES: Final = 4 << 20
"""Bytes of images in memory, unless more are shown: some 50 for Kitty on a detail pane."""
MAX_HALF_BLOCK_BYTES: Final = 1 << 20
"""Bytes of images for half blocks: fifteen full screens of 200×50, or 300 detail panes, and quickly rendered again."""
MAX_OUTPUT_STATES: Final = 2_000
"""Outputs whose state is kept; forgotten ones are loaded again."""
AGAIN_S: Final = 30.0
"""Seconds until a passing failure is retried."""


class RenderedImageCache:
    """LRU cache of rendered images, by request."""

    def __init__(self) -> None:
        self._images: LruCache[str, tuple[ImageRequest, Image]] = LruCache(
            MAX_RENDERED_BYTES, lambda entry: entry[1].weight, lambda key, entry: self._forget(entry[0])
        )
        self._keys: dict[str, set[str]] = {}
        """Keys of the images of each output."""

    @property
    def weight(self) -> int:
        """Bytes in memory."""
        return self._images.weight

    def add(self, wanted: ImageRequest, image: Image, shown: Iterable[ImageRequest] = ()) -> None:
        """Add an image.

        All images in `shown` are kept, and one larger than the whole cache is kept alone. Otherwise a contact sheet
        that does not fit would load forever, each image replacing another.
        """
        limit = MAX_HALF_BLOCK_BYTES if image.form is ImageFormat.RGB else MAX_RENDERED_BYTES
        if self.weight + image.weight > limit:
            kept = (self._images.peek(request.key) for request in shown)
            limit = max(limit, image.weight + sum(entry[1].weight for entry in kept if entry))
        self._images.limit = limit
        self._images.put(wanted.key, (wanted, image))
        self._keys.setdefault(wanted.output.key, set()).add(wanted.key)

    def get(self, wanted: ImageRequest) -> Image | None:
        """Return exactly the requested image, if it is there."""
        entry = self._images.get(wanted.key)
        return entry and entry[1]

    def nearest_size(self, wanted: ImageRequest) -> Image | None:
        """Return the largest image of the same output, part and form that fits the box."""
        same_output = (self._images.peek(key) for key in self._keys.get(wanted.output.key, ()))
        return max(
            (entry[1] for entry in same_output if entry and _stands_in(*entry, wanted)), key=_width, default=None
        )

    def _forget(self, wanted: ImageRequest) -> None:
        keys = self._keys[wanted.output.key]
        keys.discard(wanted.key)
        if not keys:
            del self._keys[wanted.output.key]


def _width(image: Image) -> int:
    return image.width


def _stands_in(other: ImageRequest, image: Image, wanted: ImageRequest) -> bool:
    same = (other.form, other.cell, other.part) == (wanted.form, wanted.cell, wanted.part)
    return same and image.width <= wanted.box.width and image.height <= wanted.box.height


class OutputStateCache:
    """LRU cache of output states, by `OutputRef.key`: views without an image, READY if there is a thumbnail."""

    def __init__(self, now: Callable[[], float]) -> None:
        """`now()`: monotonic seconds."""
        self._now = now
        self.views: LruCache[str, tuple[ImageView, float]] = LruCache(MAX_OUTPUT_STATES)
        """View, and the time when it expires."""

    def get(self, key: str) -> ImageView | None:
        """Return an output's state; None if it is unknown or a failure is to be retried."""
        view, expires = self.views.get(key) or (None, inf)
        return view if expires > self._now() else None

    def known(self, key: str, thumbnail: Thumbnail) -> None:
        """Record a loaded output."""
        self._put(key, ImageState.READY if thumbnail.file else ImageState.DESCRIBED, thumbnail.facts)

    def too_large(self, key: str, facts: OutputMetadata | None) -> None:
        """Record an output with more bytes than are fetched unasked."""
        self._put(key, ImageState.TOO_LARGE, facts)

    def failed(self, key: str, error: ImageUnavailable) -> None:
        """Record an output that cannot be shown."""
        expires = self._now() + AGAIN_S if error.passing else inf
        self.views.put(key, (ImageView(ImageState.FAILED, words=error.what), expires))

    def forget_failures(self) -> None:
        """Forget all failures, so that they are retried."""
        for key in list(self.views):
            if (entry := self.views.peek(key)) and entry[0].standing is ImageState.FAILED:
                self.views.drop(key)

    def _put(self, key: str, standing: ImageState, facts: OutputMetadata | None) -> None:
        view = ImageView(standing)
        if facts is not None:
            view = ImageView(standing, None, facts.media, facts.size, facts.pixels, facts.duration_s, facts.text)
        self.views.put(key, (view, inf))
