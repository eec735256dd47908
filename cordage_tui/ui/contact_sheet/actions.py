"""Actions of the contact sheet: rate, download, open, export."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from cordage_tui.domain.image import ImageState, ImageView
from cordage_tui.domain.output import OutputRef
from cordage_tui.domain.text import one_line
from cordage_tui.engine.downloads.destination import InvalidDestination
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.export import ContactSheetExporter, ExportFailed
from cordage_tui.engine.images.preview import ImageUnavailable
from cordage_tui.store.errors import StoreError
from cordage_tui.ui.contact_sheet.menus import (
    MOST,
    ContactSheetExportMenu,
    ExportChoice,
    ExportSelection,
    page,
    picture,
)
from cordage_tui.ui.contact_sheet.panel import ContactSheetGrid
from cordage_tui.ui.contact_sheet.source import TileCache, TileLoader
from cordage_tui.ui.contact_sheet.tiles import Tile, TileModel
from cordage_tui.ui.external.download_actions import DownloadActions
from cordage_tui.ui.rating import NO_OUTPUT, RatingActions
from cordage_tui.ui.screen_base import EngineScreen
from cordage_tui.ui.terminal_images.renderer import ImageRenderer
from cordage_tui.ui.viewer.panel import ViewerModel, whose
from cordage_tui.ui.viewer.screen import ViewerScreen
from cordage_tui.ui.widgets.text import short_path


class ContactSheetActions:
    """Actions on the output under the cursor, or on those that are kept."""

    def __init__(
        self,
        host: EngineScreen[Any],
        panel: ContactSheetGrid,
        loader: TileLoader,
        cache: TileCache,
        renderer: ImageRenderer,
        downloads: DownloadActions,
    ) -> None:
        self._host = host
        self._engine = host.engine
        self._panel = panel
        self._loader = loader
        self._cache = cache
        self._renderer = renderer
        self._downloads = downloads
        self._rating = RatingActions(host)

    def decide(self, kept: bool) -> None:
        """Keep or reject the output under the cursor; the same again leaves it undecided."""
        self._rating.decide(self._current(), kept)

    def rate(self, stars: int) -> None:
        """Give the output under the cursor so many stars; as many as it has takes them back."""
        self._rating.rate(self._current(), stars)

    def download(self) -> None:
        """Download what is kept here; when nothing is, the output under the cursor. Many are asked about first."""
        current = self._current()
        refs = self._kept() or ([current] if current is not None else [])
        if refs:
            self._downloads.offer(refs, one_line(f"{len(refs):,} outputs are kept."))
        else:
            self._host.toast(NO_OUTPUT)

    def open_outside(self) -> None:
        """Open the output under the cursor in the system's viewer."""
        if (output := self._current()) is not None:
            self._downloads.open_outside(output)

    def open(self) -> None:
        """Show the output on the whole screen; one that has more bytes than are fetched unasked is fetched first. Back, the
        cursor is on the tile that was shown last."""
        model, image_view = self.seen(self._panel.tile)
        if model is None or model.output is None:
            self._host.toast(NO_OUTPUT)
        elif image_view is not None and image_view.standing is ImageState.TOO_LARGE:
            self._engine.pictures.load(model.output)
        else:
            source = SheetViewerSource(self._panel, self._loader, self._cache, self._engine)
            viewer = ViewerScreen(self._engine, self._host.clock, self._renderer, source, self._downloads)
            self._host.app.push_screen(viewer, lambda _: self._panel.draw())

    def export(self) -> None:
        """Ask for a format, then export in a worker."""
        try:
            folder = short_path(self._exports.folder)
        except InvalidDestination as error:
            self._host.toast(error.what, error=True)
            return
        if not (total := self._loader.tiles.count):
            self._host.toast(one_line("There is nothing to export."))
            return
        menu = ContactSheetExportMenu(len(self._kept()), total, folder)
        self._host.app.push_screen(menu, lambda choice: self._export(choice) if choice is not None else None)

    def _export(self, export: ExportChoice) -> None:
        selection = self._selection(only_kept=export.only_kept)
        if (count := len(selection.models)) > MOST:
            words = f"{count:,} outputs are more than the {MOST} that fit: keep or filter some."
            self._host.toast(one_line(words))
            return
        self._host.toast(one_line("Exporting the contact sheet…"))
        self._host.app.run_worker(self._made(selection, as_page=export.as_page), group="export", exclusive=False)

    async def _made(self, selection: ExportSelection, *, as_page: bool) -> None:
        exports = self._exports
        try:
            made = await (
                exports.page(page(selection, exports.moment)) if as_page else exports.picture(picture(selection))
            )
        except (InvalidDestination, ExportFailed, ImageUnavailable, StoreError) as error:
            self._host.toast(error.what, error=True)
        else:
            missing = f", without {made.missing:,} files that could not be loaded" if made.missing else ""
            words = one_line(f"Contact sheet: {short_path(made.path)}{missing}", 1_000)
            self._host.toast(words, error=bool(made.missing))

    @cached_property
    def _exports(self) -> ContactSheetExporter:
        return ContactSheetExporter(self._engine.pictures, self._engine.downloads, self._host.clock)

    def seen(self, tile: Tile | None) -> tuple[TileModel | None, ImageView | None]:
        """Return what is known of a tile, and its image."""
        model = self._cache.tile_models([tile]).get(tile) if tile is not None else None
        wanted = self._panel.wanted(model) if model is not None else None
        return model, self._cache.image_view(wanted) if wanted is not None else None

    def _current(self) -> OutputRef | None:
        """Output under the cursor; None also on a run without one."""
        model, _ = self.seen(self._panel.tile)
        return model.output if model is not None else None

    def _kept(self) -> list[OutputRef]:
        """Kept outputs of the runs here in their order, shown or left out."""
        ratings = self._host.reads.last_good(self._host.store.verdicts.all, {})
        rows = [row for row in ratings if self._loader.has(row)]
        refs = self._host.reads.last_good(self._host.store.picked.output_refs, [], rows)
        return [ref for ref in refs if (rating := ratings[ref.row].get(ref.number)) is not None and rating.kept]

    def _selection(self, *, only_kept: bool) -> ExportSelection:
        """Tiles to export: the kept ones, or all; a whole table with its headings."""
        self._loader.load_all()
        tiles: Sequence[Tile | None]
        if only_kept:
            tiles = [Tile(output.row, output.number) for output in self._kept()]
        else:
            tiles = [self._loader.tiles.at(place) for place in range(min(self._loader.tiles.count, MOST + 1))]
        found = self._cache.tile_models([tile for tile in tiles if tile is not None])
        split = self._panel.model.split if not only_kept else None
        models = tuple(found.get(tile) if tile is not None else None for tile in tiles)
        return ExportSelection(self._loader.subject.title, models, split)


class SheetViewerSource:
    """Viewer source over the tiles of a sheet, whose cursor goes along."""

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
        about = whose(self._engine.profile.label(model.row.webhook_key), model.row)
        return ViewerModel(model.output, model.outputs, model.row.prompt, about, model.verdict)

    def step(self, by: int) -> None:
        """Step to the run's other outputs in a table, else to the next tile."""
        tile = self._panel.tile
        if tile is not None and self._loader.axes is not None:
            self._loader.step_output(tile, by)
        else:
            self._seek(by, lambda _: True)

    def step_run(self, by: int) -> None:
        start = self._panel.tile
        self._seek(by, lambda tile: start is None or tile.row != start.row)

    def _seek(self, by: int, fits: Callable[[Tile], bool]) -> None:
        """Move to the next output that fits; the cursor stays where there is none."""
        tiles, start = self._loader.tiles, self._panel.model.view.cursor
        places = range(start + by, tiles.count if by > 0 else -1, by)
        found = (tile for place in places if (tile := tiles.at(place)) and tile.number and fits(tile))
        if (tile := next(found, None)) is not None:
            self._panel.go_to(tile)
