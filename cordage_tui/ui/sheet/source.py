"""What a sheet's panel knows of the world."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from cordage_tui.domain.image import ImageRequest, ImageView
from cordage_tui.ui.sheet.faces import TileModel
from cordage_tui.ui.sheet.roll import Tile


class TileSource(Protocol):
    """What a panel asks of tiles, each call between two frames."""

    def tile_models(self, tiles: Sequence[Tile]) -> Mapping[Tile, TileModel]:
        """What is known of them; those that have gone are missing."""
        ...

    def sight(self, wanted: ImageRequest) -> ImageView:
        """What there is to be seen of an output now."""
        ...

    def want(self, wanted: Sequence[ImageRequest]) -> None:
        """These are looked at now, the most wanted first."""
        ...

    def load_all(self) -> None:
        """The last tile is asked for: all of them are to be there, by `show`."""
        ...
