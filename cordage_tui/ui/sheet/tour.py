"""Where the viewer finds what it shows when it was opened from a sheet: along the sheet's own tiles."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from cordage_tui.engine.engine import Engine
from cordage_tui.ui.sheet.roll import Tile
from cordage_tui.ui.viewer.exhibit import ViewerModel, whose

if TYPE_CHECKING:
    from cordage_tui.ui.sheet.screen import ContactSheetScreen


class SheetViewerSource:
    """A viewer's `ViewerSource`: the sheet's cursor goes along."""

    def __init__(self, screen: "ContactSheetScreen", engine: Engine) -> None:
        self._screen = screen
        self._engine = engine

    def exhibit(self) -> ViewerModel | None:
        tile = self._screen.panel.tile
        face = self._screen.tile_cache.tile_models([tile]).get(tile) if tile is not None else None
        if face is None or face.output is None:
            return None
        about = whose(self._engine.profile.label(face.row.webhook_key), face.row)
        return ViewerModel(face.output, face.outputs, face.row.prompt, about, face.verdict)

    def step(self, by: int) -> None:
        """In a table the run's other outputs; else the tile beside, whose ever it is."""
        tile = self._screen.panel.tile
        if tile is not None and self._screen.stock.axes is not None:
            self._screen.stock.step_output(tile, by)
        else:
            self._seek(by, lambda _: True)

    def step_run(self, by: int) -> None:
        start = self._screen.panel.tile
        self._seek(by, lambda tile: start is None or tile.row != start.row)

    def _seek(self, by: int, fits: Callable[[Tile], bool]) -> None:
        """To the next output that fits; the cursor stays where there is none."""
        panel = self._screen.panel
        tiles, start = self._screen.stock.tiles, panel.view.cursor
        places = range(start + by, tiles.count if by > 0 else -1, by)
        found = (tile for place in places if (tile := tiles.at(place)) and tile.number and fits(tile))
        if (tile := next(found, None)) is not None:
            panel.go_to(tile)
