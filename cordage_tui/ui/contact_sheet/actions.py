"""Actions of the contact sheet: download, open, viewer."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from cordage_tui.domain.clock import Clock
from cordage_tui.domain.output import RatingFilter
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.downloads.destination import InvalidDestination
from cordage_tui.engine.engine import Engine
from cordage_tui.store.errors import StoreError
from cordage_tui.ui.app_base import toast
from cordage_tui.ui.contact_sheet.tiles import Tile
from cordage_tui.ui.keys.footer import KeyLabel
from cordage_tui.ui.main.download_actions import DownloadActions
from cordage_tui.ui.rating import NO_OUTPUT, RatingActions
from cordage_tui.ui.terminal_images.renderer import ImageRenderer
from cordage_tui.ui.viewer.panel import ViewerModel, whose

if TYPE_CHECKING:
    from cordage_tui.engine.export import ContactSheetExporter
    from cordage_tui.ui.contact_sheet.menus import ExportChoice, ExportSelection
    from cordage_tui.ui.contact_sheet.screen import ContactSheetScreen


# What the contact sheet does for the user, and how it went in words.


class ContactSheetActions:
    """Actions on the outputs of a contact sheet."""

    def __init__(
        self,
        screen: "ContactSheetScreen",
        engine: Engine,
        painter: ImageRenderer,
        taking: DownloadActions,
        clock: Clock,
    ) -> None:
        self._screen = screen
        self._engine = engine
        self._painter = painter
        self._taking = taking
        self._clock = clock
        self.judging = RatingActions(
            screen.kept, engine.store.verdicts, lambda words, error: self._say(words, error=error)
        )

    @property
    def download_words(self) -> KeyLabel | None:
        """Label of the download key while nothing is kept."""
        if self._screen.kept_count:
            return None
        return KeyLabel(SafeText("download"), SafeText("Download this output, or the kept ones if any"))

    def choose_filter(self) -> None:
        from cordage_tui.ui.contact_sheet.menus import filter_menu

        def chosen(judged: RatingFilter | None) -> None:
            if judged is not None:
                self._screen.read(judged)

        self._screen.app.push_screen(filter_menu(self._screen.stock.judged), chosen)

    def download(self, tile: Tile | None) -> None:
        """Download the kept outputs; when there are none, the output under the cursor. Asks first when they are many."""
        refs = self._screen.kept_outputs() or self._screen.outputs([tile] if tile is not None else [])
        if refs:
            self._taking.offer(refs, one_line(f"{len(refs):,} outputs are kept."))
        else:
            self._say(NO_OUTPUT)

    def open_outside(self, tile: Tile | None) -> None:
        """Open the output in the system's viewer."""
        for output in self._screen.outputs([tile] if tile is not None else []):
            self._taking.open_one(output)

    def try_again(self) -> None:
        """Retry the pictures that could not be shown."""
        self._engine.pictures.forget_failures()

    def open(self, tile: Tile | None) -> None:
        """Open the output full screen; back, the cursor is on the one that was shown last.

        An output that has more bytes than are fetched automatically is fetched first.
        """
        from cordage_tui.ui.viewer.screen import ViewerScreen

        if tile is None or not tile.number:
            self._say(NO_OUTPUT)
            return
        if (output := self._screen.too_large(tile)) is not None:
            self._engine.pictures.load(output)
            return
        tour = SheetViewerSource(self._screen, self._engine)
        viewer = ViewerScreen(self._engine, self._painter, tour, self._taking)
        self._screen.app.push_screen(viewer, lambda _: self._screen.panel.draw())

    def export(self) -> None:
        """Ask for a format, then export in a worker."""
        from cordage_tui.ui.contact_sheet.menus import ContactSheetExportMenu, ExportChoice
        from cordage_tui.ui.widgets.text import short_path

        try:
            folder = short_path(self._exports.folder)
        except InvalidDestination as error:
            self._say(error.what, error=True)
            return
        if not (total := self._screen.total):
            self._say(one_line("There is nothing to export."))
            return

        def chosen(export: ExportChoice | None) -> None:
            if export is not None:
                self._export(export)

        self._screen.app.push_screen(ContactSheetExportMenu(self._screen.kept_count, total, folder), chosen)

    def _export(self, export: "ExportChoice") -> None:
        from cordage_tui.ui.contact_sheet.menus import MOST

        selection = self._screen.selection(only_kept=export.only_kept)
        if len(selection.faces) > MOST:
            self._say(
                one_line(f"{len(selection.faces):,} outputs are more than the {MOST} that fit: keep or filter some.")
            )
            return
        self._say(one_line("Exporting the contact sheet…"))
        self._screen.app.run_worker(self._made(selection, as_page=export.as_page), group="export", exclusive=False)

    async def _made(self, selection: "ExportSelection", *, as_page: bool) -> None:
        from cordage_tui.engine.export import ExportFailed
        from cordage_tui.engine.images.preview import ImageUnavailable
        from cordage_tui.ui.contact_sheet.menus import page, picture
        from cordage_tui.ui.widgets.text import short_path

        exports = self._exports
        try:
            made = await (
                exports.page(page(selection, exports.moment)) if as_page else exports.picture(picture(selection))
            )
        except (InvalidDestination, ExportFailed, ImageUnavailable, StoreError) as error:
            self._say(error.what, error=True)
        else:
            missing = f", without {made.missing:,} files that could not be loaded" if made.missing else ""
            self._say(one_line(f"Contact sheet: {short_path(made.path)}{missing}", 1_000), error=bool(made.missing))

    @cached_property
    def _exports(self) -> "ContactSheetExporter":
        from cordage_tui.engine.export import ContactSheetExporter

        return ContactSheetExporter(self._engine.pictures, self._engine.downloads, self._clock)

    def _say(self, words: SafeText, *, error: bool = False) -> None:
        toast(self._screen.app, words, error=error)


# Where the viewer finds what it shows when it was opened from a sheet: along the sheet's own tiles.


class SheetViewerSource:
    """`ViewerSource` along the sheet's tiles; the sheet's cursor moves along."""

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
        """Step to the run's other outputs in a table, else to the next tile."""
        tile = self._screen.panel.tile
        if tile is not None and self._screen.stock.axes is not None:
            self._screen.stock.step_output(tile, by)
        else:
            self._seek(by, lambda _: True)

    def step_run(self, by: int) -> None:
        start = self._screen.panel.tile
        self._seek(by, lambda tile: start is None or tile.row != start.row)

    def _seek(self, by: int, fits: Callable[[Tile], bool]) -> None:
        """Move to the next output that fits; the cursor stays where there is none."""
        panel = self._screen.panel
        tiles, start = self._screen.stock.tiles, panel.model.view.cursor
        places = range(start + by, tiles.count if by > 0 else -1, by)
        found = (tile for place in places if (tile := tiles.at(place)) and tile.number and fits(tile))
        if (tile := next(found, None)) is not None:
            panel.go_to(tile)
