"""Outputs of the contact sheet for the viewer."""

from collections.abc import Callable

from cordage_tui.engine.engine import Engine
from cordage_tui.ui.contact_sheet.panel import ContactSheetGrid
from cordage_tui.ui.contact_sheet.source import TileCache, TileLoader
from cordage_tui.ui.contact_sheet.tiles import Tile
from cordage_tui.ui.viewer.panel import ViewerModel, whose


class SheetViewerSource:
    """Viewer source over the tiles of a sheet. The sheet's cursor moves along."""

    def __init__(self, panel: ContactSheetGrid, loader: TileLoader, cache: TileCache, engine: Engine) -> None:
        self._panel = panel
        self._loader = loader
        self._cache = cache
        self._engine = engine

    def exhibit(self) -> ViewerModel | None:
        tile = self._panel.tile
        model = self._cache.tile_models([tile]).get(tile) if tile is not None else None
        if model is None or model.output is None:
            return None
        origin = whose(self._engine.profile.label(model.row.webhook_key), model.row)
        return ViewerModel(model.output, model.outputs, model.row.prompt, origin, model.verdict)

    def step(self, by: int) -> None:
        """Choose another output: in a table of the same run, else of the next tile."""
        tile = self._panel.tile
        if tile is not None and self._loader.axes is not None:
            self._loader.step_output(tile, by)
        else:
            self._seek(by, lambda _: True)

    def step_run(self, by: int) -> None:
        start = self._panel.tile
        self._seek(by, lambda tile: start is None or tile.row != start.row)

    def _seek(self, by: int, fits: Callable[[Tile], bool]) -> None:
        """Move the cursor to the next output that fits. It stays if there is none."""
        tiles, start = self._loader.tiles, self._panel.model.view.cursor
        indexes = range(start + by, tiles.count if by > 0 else -1, by)
        matches = (tile for index in indexes if (tile := tiles.at(index)) and tile.number and fits(tile))
        if (tile := next(matches, None)) is not None:
            self._panel.go_to(tile)
