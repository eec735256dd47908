"""Export of the contact sheet: its menu, the selected tiles, and their layout."""

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Final, NamedTuple

from textual.content import Content

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.formatting import counted
from cordage_tui.domain.image import ContactSheet, ImageUnavailable, PixelSize, SheetCell
from cordage_tui.domain.output import Rating, decided
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.downloads.destination import InvalidDestination
from cordage_tui.engine.images.sheet_export import ContactSheetExporter, ExportFailed, PageCell, SheetPage
from cordage_tui.store.errors import StoreError
from cordage_tui.ui.contact_sheet.context import SheetContext
from cordage_tui.ui.contact_sheet.layout import AxisSplit, Heading
from cordage_tui.ui.contact_sheet.tiles import Tile, TileModel
from cordage_tui.ui.dialogs.choice_menu import ChoiceMenu, MenuChoice
from cordage_tui.ui.widgets.text import literal, short_path


class ExportChoice(NamedTuple):
    """Format of an export, and which outputs are in it."""

    as_page: bool
    """Whether to make an HTML page with the files in a folder next to it; otherwise one picture."""
    only_kept: bool


_FORMATS: Final = (("p", "one picture (PNG)", False), ("h", "a page (HTML), with the files next to it", True))


class ContactSheetExportMenu(ChoiceMenu[ExportChoice]):
    """Menu of export formats. Small letters export the kept outputs, and capital letters all; if none is kept, small
    letters export all."""

    def __init__(self, kept: int, total: int, folder: SafeText) -> None:
        """`kept` and `total`: numbers of outputs. `folder`: where the file is written."""
        kept_text = "the kept one" if kept == 1 else f"the {kept:,} kept"
        selections = [(str.lower, kept_text, True)] if kept else []
        selections.append((str.upper if kept else str.lower, f"all {total:,}", False))
        choices = [
            MenuChoice(case(key), SafeText(f"{what} as {format_name}"), ExportChoice(as_page, only_kept))
            for case, what, only_kept in selections
            for key, format_name, as_page in _FORMATS
        ]
        super().__init__(SafeText("Export"), choices, leave_key="E")
        self._folder = folder

    def remarks(self) -> Iterable[Content]:
        yield literal(SafeText(f"into {self._folder}"), "$quiet")


# Layout of an export from a sheet's tiles.

MOST: Final = 400
"""Most outputs of one export."""
_COLUMNS: Final = 5
_BOXES: Final = ((30, PixelSize(480, 330)), (120, PixelSize(320, 220)), (MOST, PixelSize(240, 165)))
"""Pixels of each picture, by the largest number of pictures."""


@dataclass(frozen=True, slots=True)
class ExportSelection:
    """Selected tiles of an export."""

    title: SafeText
    models: tuple[TileModel | None, ...]
    """Tiles row by row; None: an empty cell."""
    split: AxisSplit | None = None
    """Headings, if the tiles are a whole table; None: they are not."""


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
    rating = verdict_words(model.verdict)
    return SheetCell(model.output, model.name, rating) if named else SheetCell(model.output, rating)


def _page_cell(model: TileModel | None) -> PageCell:
    if model is None:
        return PageCell(None, SafeText(""), SafeText(""), SafeText("dropped"))
    notes = [verdict_words(model.verdict), model.row.short_id and SafeText(f"run {model.row.short_id}")]
    if model.outputs > 1:
        notes.append(SafeText(f"{model.tile.number} of {model.outputs:,}"))
    placeholder = SafeText("its file could not be loaded") if model.output is not None else model.row.status_name
    return PageCell(model.output, model.row.prompt, SafeText(" · ".join(part for part in notes if part)), placeholder)


def verdict_words(verdict: Rating) -> SafeText:
    """Return a rating as `kept · 4 stars`, for fonts without stars. Empty: there is no rating."""
    stars = counted(verdict.stars, "star") if verdict.stars else ""
    return SafeText(" · ".join(part for part in (decided(verdict), stars) if part))


def _joined(headings: Sequence[Heading]) -> tuple[SafeText, ...]:
    return tuple(SafeText(" · ".join(heading)) for heading in headings)


class SheetExport:
    """Export of one contact sheet."""

    def __init__(self, sheet: SheetContext) -> None:
        self._sheet = sheet

    def ask_format(self) -> None:
        """Ask for a format, then export in a worker."""
        try:
            folder = short_path(self._exports.folder)
        except InvalidDestination as error:
            self._sheet.screen.toast(error.what, error=True)
            return
        if not (total := self._sheet.loader.tiles.count):
            self._sheet.screen.toast(one_line("There is nothing to export."))
            return
        menu = ContactSheetExportMenu(len(self._sheet.kept_outputs()), total, folder)
        self._sheet.screen.app.push_screen(menu, lambda choice: self._export(choice) if choice is not None else None)

    def _export(self, export: ExportChoice) -> None:
        selection = self._select_tiles(only_kept=export.only_kept)
        if (count := len(selection.models)) > MOST:
            message = f"{count:,} outputs are more than the {MOST} that fit: keep or filter some."
            self._sheet.screen.toast(one_line(message))
            return
        self._sheet.screen.toast(one_line("Exporting the contact sheet…"))
        self._sheet.screen.app.run_worker(
            self._write(selection, as_page=export.as_page), group="export", exclusive=False
        )

    async def _write(self, selection: ExportSelection, *, as_page: bool) -> None:
        exports = self._exports
        try:
            made = await (
                exports.page(page(selection, exports.moment)) if as_page else exports.picture(picture(selection))
            )
        except (InvalidDestination, ExportFailed, ImageUnavailable, StoreError) as error:
            self._sheet.screen.toast(error.what, error=True)
        else:
            missing = f", without {made.missing:,} files that could not be loaded" if made.missing else ""
            message = one_line(f"Contact sheet: {short_path(made.path)}{missing}", 1_000)
            self._sheet.screen.toast(message, error=bool(made.missing))

    @cached_property
    def _exports(self) -> ContactSheetExporter:
        return ContactSheetExporter(self._sheet.engine.pictures, self._sheet.engine.downloads, self._sheet.screen.clock)

    def _select_tiles(self, *, only_kept: bool) -> ExportSelection:
        """Return the tiles to export: the kept ones, or all. A whole table has its headings."""
        self._sheet.loader.load_all()
        tiles: Sequence[Tile | None]
        if only_kept:
            tiles = [Tile(output.row, output.number) for output in self._sheet.kept_outputs()]
        else:
            tiles = [
                self._sheet.loader.tiles.at(index) for index in range(min(self._sheet.loader.tiles.count, MOST + 1))
            ]
        details = self._sheet.tile_cache.tile_models([tile for tile in tiles if tile is not None])
        split = self._sheet.panel.model.split if not only_kept else None
        models = tuple(details.get(tile) if tile is not None else None for tile in tiles)
        return ExportSelection(self._sheet.loader.subject.title, models, split)
