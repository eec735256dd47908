"""Pictures that were drawn lately, in memory: the least recently seen goes first."""

from collections import OrderedDict
from typing import Final

from cordage_tui.domain.image import Image, ImageFormat, ImageRequest, PixelSize

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
