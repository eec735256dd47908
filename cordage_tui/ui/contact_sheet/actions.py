"""Keys and actions of the contact sheet, and its menus: rate, filter, download, open, export."""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Final, NamedTuple

from textual.binding import Binding
from textual.content import Content

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.formatting import counted
from cordage_tui.domain.image import ContactSheet, ImageState, ImageUnavailable, ImageView, PixelSize, SheetCell
from cordage_tui.domain.output import Decision, OutputRef, Rating, RatingFilter, decided
from cordage_tui.domain.run import RowId
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.downloads.destination import InvalidDestination
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.history.export import ContactSheetExporter, ExportFailed, PageCell, SheetPage
from cordage_tui.store.errors import StoreError
from cordage_tui.ui.contact_sheet.layout import AxisSplit, Heading
from cordage_tui.ui.contact_sheet.panel import ContactSheetGrid
from cordage_tui.ui.contact_sheet.source import TileCache, TileLoader
from cordage_tui.ui.contact_sheet.tiles import Tile, TileModel
from cordage_tui.ui.dialogs.choice_menu import ChoiceMenu, MenuChoice
from cordage_tui.ui.external.download_actions import DownloadActions
from cordage_tui.ui.images.renderer import ImageRenderer
from cordage_tui.ui.keys.action import KeyLabel
from cordage_tui.ui.keys.disabled import DisabledReason, not_here, read_only
from cordage_tui.ui.rating import NO_OUTPUT, ON_OUTPUT, RatingActions, UseOutputs, rating_keys, use_key
from cordage_tui.ui.screen_base import EngineScreen
from cordage_tui.ui.viewer.panel import ViewerModel, whose
from cordage_tui.ui.viewer.screen import ViewerScreen
from cordage_tui.ui.widgets.text import STAR, literal, short_path

# Menus of the contact sheet: filter, export.

# Menu of rating filters.

CHOICES: Final = (
    ("a", SafeText("all"), RatingFilter()),
    ("k", SafeText("✔ kept"), RatingFilter(Decision.KEPT)),
    ("u", SafeText("undecided"), RatingFilter(Decision.UNDECIDED)),
    ("r", SafeText("✖ rejected"), RatingFilter(Decision.REJECTED)),
    *(
        (str(n), SafeText(f"{STAR * n} {'or more' if n < 5 else ''}".rstrip()), RatingFilter(stars=n))
        for n in range(1, 6)
    ),
)
"""Key, name and filter of each choice."""


def words(rating_filter: RatingFilter) -> SafeText:
    """Return the name of a filter, for a title."""
    return next((name for _, name, choice in CHOICES if choice == rating_filter), SafeText("some"))


def filter_menu(now: RatingFilter) -> ChoiceMenu[RatingFilter]:
    """Menu of rating filters; None: unchanged."""
    choices = [
        MenuChoice(key, name, rating_filter, current=rating_filter == now) for key, name, rating_filter in CHOICES
    ]
    return ChoiceMenu(SafeText("Show"), choices, leave_key="f")


class ExportChoice(NamedTuple):
    """Format of an export, and which outputs are in it."""

    as_page: bool
    """A page of HTML with the files beside it; else one picture."""
    only_kept: bool


_FORMATS: Final = (("p", "one picture (PNG)", False), ("h", "a page (HTML) with the files beside it", True))


class ContactSheetExportMenu(ChoiceMenu[ExportChoice]):
    """Menu of export formats. Small letters export what is kept, where something is; capitals all."""

    def __init__(self, kept: int, total: int, folder: SafeText) -> None:
        """Create the menu: number of outputs kept and in all, and where the file goes."""
        kept_words = "the kept one" if kept == 1 else f"the {kept:,} kept"
        wanted = [(str.lower, kept_words, True)] if kept else []
        wanted.append((str.upper if kept else str.lower, f"all {total:,}", False))
        choices = [
            MenuChoice(case(key), SafeText(f"{what} as {words}"), ExportChoice(as_page, only_kept))
            for case, what, only_kept in wanted
            for key, words, as_page in _FORMATS
        ]
        super().__init__(SafeText("Export"), choices, leave_key="E")
        self._folder = folder

    def remarks(self) -> Iterable[Content]:
        yield literal(SafeText(f"into {self._folder}"), "$quiet")


# Layout of an export from a sheet's tiles.

MOST: Final = 400
"""Outputs of one export."""
_COLUMNS: Final = 5
_BOXES: Final = ((30, PixelSize(480, 330)), (120, PixelSize(320, 220)), (MOST, PixelSize(240, 165)))
"""Pixels of each picture, by the largest number of them."""


@dataclass(frozen=True, slots=True)
class ExportSelection:
    """Selected tiles of an export."""

    title: SafeText
    models: tuple[TileModel | None, ...]
    """Tiles row by row; None: an empty place."""
    split: AxisSplit | None = None
    """Headings, where the tiles are all of a table."""


def picture(selection: ExportSelection) -> ContactSheet:
    """Lay the selection out as one picture."""
    box = next(box for most, box in _BOXES if len(selection.models) <= most)
    split = selection.split
    columns = len(split.columns) if split else min(_COLUMNS, max(1, len(selection.models)))
    cells = tuple(_sheet_cell(model, named=split is None) for model in selection.models)
    heads, sides = (_joined(split.columns), _joined(split.rows)) if split else ((), ())
    return ContactSheet(cells, columns, box, selection.title, heads, sides)


def page(selection: ExportSelection, made: SafeText) -> SheetPage:
    """Lay the selection out as an HTML page."""
    split = selection.split
    heads, sides = (_joined(split.columns), _joined(split.rows)) if split else ((), ())
    return SheetPage(selection.title, made, tuple(map(_page_cell, selection.models)), heads, sides)


def _sheet_cell(model: TileModel | None, *, named: bool) -> SheetCell:
    if model is None:
        return SheetCell(None)
    if model.output is None:
        return SheetCell(None, model.name if named else model.row.status_name, model.row.status_name if named else None)
    said = verdict_words(model.verdict)
    return SheetCell(model.output, model.name, said) if named else SheetCell(model.output, said)


def _page_cell(model: TileModel | None) -> PageCell:
    if model is None:
        return PageCell(None, SafeText(""), SafeText(""), SafeText("dropped"))
    told = [verdict_words(model.verdict), model.row.short_id and SafeText(f"run {model.row.short_id}")]
    if model.outputs > 1:
        told.append(SafeText(f"{model.tile.number} of {model.outputs:,}"))
    placeholder = SafeText("its file could not be loaded") if model.output is not None else model.row.status_name
    return PageCell(model.output, model.row.prompt, SafeText(" · ".join(part for part in told if part)), placeholder)


def verdict_words(verdict: Rating) -> SafeText:
    """Return a rating as `kept · 4 stars`, for fonts without stars; empty for none."""
    stars = counted(verdict.stars, "star") if verdict.stars else ""
    return SafeText(" · ".join(part for part in (decided(verdict), stars) if part))


def _joined(headings: Sequence[Heading]) -> tuple[SafeText, ...]:
    return tuple(SafeText(" · ".join(heading)) for heading in headings)


_DOWNLOAD_THIS: Final = KeyLabel(SafeText("download"), SafeText("Download this output, or the kept ones if any"))
_USE_KEPT: Final = SafeText("Use the kept outputs as inputs of a webhook: previews a batch with one prompt for each")


class ContactSheetActions(EngineScreen[RowId | None]):
    """Keys of the contact sheet: each acts on the output under the cursor, or on those that are kept.

    The screen ends with the run of the last cell.
    """

    BINDINGS = [
        Binding("enter", "open", "open", id="sheet.open", tooltip="Show this output full screen"),
        *rating_keys("sheet", keep="+,equals_sign"),
        Binding("f", "filter", "filter", id="sheet.filter", tooltip="Filter by rating: kept, rejected, undecided or stars"),
        Binding("d", "download", "download kept", id="sheet.download", tooltip="Download the kept outputs, or this one if none is kept"),
        use_key("sheet", "the kept outputs, or this one if none is kept,"),
        Binding("o", "open_outside", "open outside", id="sheet.open_outside", tooltip="Open this output in the system's viewer", show=False),
        Binding("E", "export", "export", id="sheet.export", tooltip="Export the kept outputs, or all shown, as one picture or an HTML page"),
        Binding("left_square_bracket", "output(-1)", "previous output", id="sheet.output_before", tooltip="Show the run's previous output in its table cell", show=False),
        Binding("right_square_bracket", "output(1)", "next output", id="sheet.output_next", tooltip="Show the run's next output in its table cell", show=False),
        Binding("r", "refresh", "refresh", id="sheet.refresh", tooltip="Refresh, and retry what could not be shown", show=False),
        Binding("escape,q", "back", "back", id="sheet.back", tooltip="Clear the filter, then go back to the runs"),
        Binding("s", "leave", "runs", id="sheet.close", tooltip="Go back to the runs", show=False),
    ]  # fmt: skip

    panel: ContactSheetGrid
    loader: TileLoader
    tile_cache: TileCache
    renderer: ImageRenderer
    downloads: DownloadActions
    use: UseOutputs
    kept_count: int = 0
    """Outputs here that are kept."""

    def disabled_reason(self, action: str, parameters: tuple[object, ...]) -> DisabledReason | None:
        if action == "output" and self.loader.axes is None:
            return DisabledReason(SafeText("Only a table of a batch has several outputs in a cell."))
        if action in ("export", "filter") and not self.loader.tiles.count and not self.loader.rating_filter:
            return not_here("There are no outputs here.")
        if action == "use_output" and self.engine.profile.read_only:
            return read_only(self.engine.profile.name)
        if action in ON_OUTPUT or (action == "download" and not self.kept_count):
            return NO_OUTPUT if self.current_output() is None else None
        return None

    def key_words(self, action: str) -> KeyLabel | None:
        """Return the label of a key that acts on the kept outputs, if any."""
        if action == "sheet.use_output" and self.kept_count:
            return KeyLabel(SafeText("use kept"), _USE_KEPT)
        return _DOWNLOAD_THIS if action == "sheet.download" and not self.kept_count else None

    def read(self, rating_filter: RatingFilter | None = None) -> None:
        """Read all tiles again, only those that match the filter; None: the same filter."""
        raise NotImplementedError

    def action_open(self) -> None:
        """Show the output full screen, and return to the tile that was shown last.

        An output that has more bytes than are fetched automatically is fetched first.
        """
        model, image_view = self.seen(self.panel.tile)
        if model is None or model.output is None:
            return
        if image_view is not None and image_view.standing is ImageState.TOO_LARGE:
            self.engine.pictures.load(model.output)
        else:
            source = SheetViewerSource(self.panel, self.loader, self.tile_cache, self.engine)
            viewer = ViewerScreen(self.engine, self.clock, self.renderer, source, self.downloads, self.use)
            self.app.push_screen(viewer, lambda _: self.panel.draw())

    def on_contact_sheet_grid_opened(self) -> None:
        self.action_open()

    def action_decide(self, kept: bool) -> None:
        """Keep or reject the output under the cursor; the same again leaves it undecided."""
        RatingActions(self).decide(self.current_output(), kept)

    def action_rate(self, stars: int) -> None:
        """Give the output under the cursor so many stars; as many as it has removes them."""
        RatingActions(self).rate(self.current_output(), stars)

    def action_filter(self) -> None:
        def chosen(rating_filter: RatingFilter | None) -> None:
            if rating_filter is not None:
                self.read(rating_filter)

        self.app.push_screen(filter_menu(self.loader.rating_filter), chosen)

    def action_download(self) -> None:
        """Download what is kept here; when nothing is, the output under the cursor. Many are asked about first."""
        if refs := self._kept_or_current():
            self.downloads.offer(refs, one_line(f"{len(refs):,} outputs are kept."))

    def action_use_output(self) -> None:
        """Use what is kept here as inputs; when nothing is, the output under the cursor."""
        if refs := self._kept_or_current():
            self.use(refs)

    def _kept_or_current(self) -> list[OutputRef]:
        current = self.current_output()
        return self.kept_outputs() or ([current] if current is not None else [])

    def action_open_outside(self) -> None:
        """Open the output under the cursor in the system's viewer."""
        if (output := self.current_output()) is not None:
            self.downloads.open_outside(output)

    def action_output(self, by: int) -> None:
        if self.panel.tile is not None:
            self.loader.step_output(self.panel.tile, by)
            self.panel.draw()

    def action_refresh(self) -> None:
        self.engine.pictures.forget_failures()
        self.read()

    def action_back(self) -> None:
        if self.loader.rating_filter:
            self.read(RatingFilter())
        else:
            self.action_leave()

    def action_leave(self) -> None:
        tile = self.panel.tile
        self.dismiss(tile.row if tile is not None else None)

    def action_export(self) -> None:
        """Ask for a format, then export in a worker."""
        try:
            folder = short_path(self._exports.folder)
        except InvalidDestination as error:
            self.toast(error.what, error=True)
            return
        if not (total := self.loader.tiles.count):
            self.toast(one_line("There is nothing to export."))
            return
        menu = ContactSheetExportMenu(len(self.kept_outputs()), total, folder)
        self.app.push_screen(menu, lambda choice: self._export(choice) if choice is not None else None)

    def _export(self, export: ExportChoice) -> None:
        selection = self._select_tiles(only_kept=export.only_kept)
        if (count := len(selection.models)) > MOST:
            words = f"{count:,} outputs are more than the {MOST} that fit: keep or filter some."
            self.toast(one_line(words))
            return
        self.toast(one_line("Exporting the contact sheet…"))
        self.app.run_worker(self._made(selection, as_page=export.as_page), group="export", exclusive=False)

    async def _made(self, selection: ExportSelection, *, as_page: bool) -> None:
        exports = self._exports
        try:
            made = await (
                exports.page(page(selection, exports.moment)) if as_page else exports.picture(picture(selection))
            )
        except (InvalidDestination, ExportFailed, ImageUnavailable, StoreError) as error:
            self.toast(error.what, error=True)
        else:
            missing = f", without {made.missing:,} files that could not be loaded" if made.missing else ""
            words = one_line(f"Contact sheet: {short_path(made.path)}{missing}", 1_000)
            self.toast(words, error=bool(made.missing))

    @cached_property
    def _exports(self) -> ContactSheetExporter:
        return ContactSheetExporter(self.engine.pictures, self.engine.downloads, self.clock)

    def seen(self, tile: Tile | None) -> tuple[TileModel | None, ImageView | None]:
        """Return what is known of a tile, and its image."""
        model = self.tile_cache.tile_models([tile]).get(tile) if tile is not None else None
        wanted = self.panel.wanted(model) if model is not None else None
        return model, self.tile_cache.image_view(wanted) if wanted is not None else None

    def current_output(self) -> OutputRef | None:
        """Output under the cursor; None also on a run without one."""
        model, _ = self.seen(self.panel.tile)
        return model.output if model is not None else None

    def kept_outputs(self) -> list[OutputRef]:
        """Kept outputs of the runs here in their order, shown or left out."""
        ratings = self.reads.last_good(self.store.ratings.all, {})
        rows = [row for row in ratings if self.loader.tiles.knows(row)]
        refs = self.reads.last_good(self.store.run_lookup.output_refs, [], rows)
        return [ref for ref in refs if (rating := ratings[ref.row].get(ref.number)) is not None and rating.kept]

    def _select_tiles(self, *, only_kept: bool) -> ExportSelection:
        """Tiles to export: the kept ones, or all; a whole table with its headings."""
        self.loader.load_all()
        tiles: Sequence[Tile | None]
        if only_kept:
            tiles = [Tile(output.row, output.number) for output in self.kept_outputs()]
        else:
            tiles = [self.loader.tiles.at(place) for place in range(min(self.loader.tiles.count, MOST + 1))]
        found = self.tile_cache.tile_models([tile for tile in tiles if tile is not None])
        split = self.panel.model.split if not only_kept else None
        models = tuple(found.get(tile) if tile is not None else None for tile in tiles)
        return ExportSelection(self.loader.subject.title, models, split)


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
