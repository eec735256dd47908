"""Pictures that were drawn lately, in memory: the least recently seen goes first."""

from collections import OrderedDict
from typing import Final

from cordage_tui.domain.picture import Image, Wanted

MOST: Final = 16 << 20
"""Bytes: some 80 pictures for Kitty, or a thousand in half blocks."""


class Album:
    """By what was wanted."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._weight = 0
        self._pictures: OrderedDict[str, Image] = OrderedDict()
        self._by_output: dict[str, dict[str, Wanted]] = {}

    @property
    def weight(self) -> int:
        """Bytes of memory."""
        return self._weight

    def add(self, wanted: Wanted, image: Image) -> None:
        """One larger than all that may be kept is kept alone."""
        self._drop(wanted.key)
        self._pictures[wanted.key] = image
        self._by_output.setdefault(wanted.output.key, {})[wanted.key] = wanted
        self._weight += image.weight
        while self._weight > self._most and len(self._pictures) > 1:
            self._drop(next(iter(self._pictures)))

    def get(self, wanted: Wanted) -> Image | None:
        """Exactly what is wanted."""
        image = self._pictures.get(wanted.key)
        if image is not None:
            self._pictures.move_to_end(wanted.key)
        return image

    def stand_in(self, wanted: Wanted) -> Image | None:
        """The largest of the same output that is drawn the same way and does not leave the box."""
        box, fits = wanted.box, []
        for key, other in self._by_output.get(wanted.output.key, {}).items():
            image = self._pictures[key]
            if (other.form, other.cell, other.part) == (
                wanted.form,
                wanted.cell,
                wanted.part,
            ) and image.width <= box.width:
                fits += [image] if image.height <= box.height else []
        return max(fits, key=lambda image: image.width, default=None)

    def _drop(self, key: str) -> None:
        image = self._pictures.pop(key, None)
        if image is None:
            return
        self._weight -= image.weight
        output = next(name for name, kept in self._by_output.items() if key in kept)
        del self._by_output[output][key]
        if not self._by_output[output]:
            del self._by_output[output]
