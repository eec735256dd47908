"""Which part of a picture the viewer shows; pure functions."""

from typing import Final

from cordage_tui.domain.fast_dataclass import dataclass, replace
from cordage_tui.domain.image import WHOLE, CropBox
from cordage_tui.ui.detail.stage import CellSize

STEPS: Final = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
"""Times that a picture is larger than where all of it fits."""
STRIDE: Final = 0.25
"""Of what is seen, that one key moves."""


@dataclass(frozen=True, slots=True)
class Zoom:
    """How near, and where to."""

    step: int = 0
    """Of `STEPS`."""
    x: float = 0.5
    """The middle of what is seen, as a share of the picture's width."""
    y: float = 0.5

    @property
    def is_near(self) -> bool:
        """Only a part is seen."""
        return self.step > 0

    def nearer(self, by: int) -> "Zoom":
        """So many steps nearer; as far as they go."""
        step = max(0, min(len(STEPS) - 1, self.step + by))
        return replace(self, step=step) if step else Zoom()

    def part(self, shape: float, room: CellSize, cell: float) -> CropBox:
        """What is seen of a picture of that shape (width over height) on so many cells of shape `cell`.

        The whole room is used before anything is cut off.
        """
        if not self.is_near:
            return WHOLE
        wide, high = self._seen(shape, room, cell)
        left, top = _start(self.x, wide), _start(self.y, high)
        return CropBox(*(round(1000 * edge) for edge in (left, top, left + wide, top + high)))

    def moved(self, across: int, down: int, shape: float, room: CellSize, cell: float) -> "Zoom":
        """Looks so many strides further right and down, not beyond an edge."""
        wide, high = self._seen(shape, room, cell)
        x, y = _start(self.x, wide) + wide / 2, _start(self.y, high) + high / 2
        return replace(self, x=x + across * STRIDE * wide, y=y + down * STRIDE * high)._within(wide, high)

    def _within(self, wide: float, high: float) -> "Zoom":
        return replace(self, x=_start(self.x, wide) + wide / 2, y=_start(self.y, high) + high / 2)

    def _seen(self, shape: float, room: CellSize, cell: float) -> tuple[float, float]:
        """Shares of the picture's width and height that fit."""
        stretch = room.columns * cell / max(1, room.rows) / shape
        times = STEPS[self.step]
        return min(1.0, max(1.0, stretch) / times), min(1.0, max(1.0, 1 / stretch) / times)


def _start(middle: float, share: float) -> float:
    """Where a stretch of that share begins so that it has its middle there and does not leave the picture."""
    return max(0.0, min(1.0 - share, middle - share / 2))
