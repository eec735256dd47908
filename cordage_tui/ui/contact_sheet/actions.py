"""Actions of the contact sheet. Each acts on the output under the cursor, or on the kept outputs."""

from typing import Any, Final

from cordage_tui.domain.image import ImageState
from cordage_tui.domain.output import RatingFilter
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.ui.contact_sheet.context import SheetContext
from cordage_tui.ui.contact_sheet.export import SheetExport
from cordage_tui.ui.contact_sheet.filter_menu import filter_menu
from cordage_tui.ui.contact_sheet.viewer_source import SheetViewerSource
from cordage_tui.ui.keys.action import Action, KeyLabel
from cordage_tui.ui.keys.disabled_reasons import DisabledReason, not_here
from cordage_tui.ui.output_actions import OpenOutputOutside, rating_actions
from cordage_tui.ui.viewer.screen import ViewerScreen


class SheetAction(Action[SheetContext]):
    """Action of the contact sheet."""


class OpenTile(SheetAction):
    """Show this output full screen."""

    id, keys, word = "sheet.open", "enter", "open"
    in_footer = True

    def reason(self, sheet: SheetContext) -> DisabledReason | None:
        return sheet.why_no_output()

    def run(self, sheet: SheetContext) -> None:
        """Show the output, and return to the tile that was shown last.

        If it is too large to be fetched automatically, only fetch it.
        """
        model, image_view = sheet.seen(sheet.panel.tile)
        if model is None or model.output is None:
            return
        if image_view is not None and image_view.standing is ImageState.TOO_LARGE:
            sheet.engine.pictures.load(model.output)
            return
        screen = sheet.screen
        source = SheetViewerSource(sheet.panel, sheet.loader, sheet.tile_cache, sheet.engine)
        viewer = ViewerScreen(sheet.engine, screen.clock, sheet.renderer, source, sheet.downloads, sheet.use)
        screen.app.push_screen(viewer, lambda _: sheet.panel.draw())


class FilterSheet(SheetAction):
    """Filter by rating: kept, rejected, undecided or stars."""

    id, keys, word = "sheet.filter", "f", "filter"
    title = "Filter by rating"
    in_footer = True

    def reason(self, sheet: SheetContext) -> DisabledReason | None:
        has_tiles = sheet.loader.tiles.count or sheet.loader.rating_filter
        return None if has_tiles else not_here("There are no outputs here.")

    def run(self, sheet: SheetContext) -> None:
        def chosen(rating_filter: RatingFilter | None) -> None:
            if rating_filter is not None:
                sheet.read(rating_filter)

        sheet.screen.app.push_screen(filter_menu(sheet.loader.rating_filter), chosen)


class DownloadKept(SheetAction):
    """Download the kept outputs, or this one if none is kept."""

    id, keys, word = "sheet.download", "d", "download kept"
    title = "Download kept"
    in_footer = True

    def reason(self, sheet: SheetContext) -> DisabledReason | None:
        return None if sheet.has_kept else sheet.why_no_output()

    def label(self, sheet: SheetContext) -> KeyLabel | None:
        if sheet.has_kept:
            return None
        return KeyLabel(SafeText("download"), SafeText("Download this output, or the kept ones if any"))

    def run(self, sheet: SheetContext) -> None:
        if outputs := sheet.outputs_to_use():
            sheet.downloads.offer(outputs, one_line(f"{len(outputs):,} outputs are kept."))


class UseKept(SheetAction):
    """Use the kept outputs, or this one if none is kept, as an input of a webhook."""

    id, keys, word = "sheet.use_output", "u", "use as input"
    in_footer = sends = True

    def reason(self, sheet: SheetContext) -> DisabledReason | None:
        return sheet.why_no_output()

    def label(self, sheet: SheetContext) -> KeyLabel | None:
        if not sheet.has_kept:
            return None
        sentence = "Use the kept outputs as inputs of a webhook: previews a batch with one prompt for each"
        return KeyLabel(SafeText("use kept"), SafeText(sentence))

    def run(self, sheet: SheetContext) -> None:
        if outputs := sheet.outputs_to_use():
            sheet.use(outputs)


class ExportSheet(FilterSheet):
    """Export the kept outputs, or all shown, as one picture or an HTML page."""

    id, keys, word = "sheet.export", "E", "export"
    title, search = "Export the sheet…", "html, picture"

    def run(self, sheet: SheetContext) -> None:
        SheetExport(sheet).ask_format()


class PreviousTileOutput(SheetAction):
    """Show the run's previous output in its table cell."""

    id, keys, word = "sheet.output_before", "left_square_bracket", "previous output"
    step = -1

    def reason(self, sheet: SheetContext) -> DisabledReason | None:
        if sheet.loader.axes is not None:
            return None
        return DisabledReason(SafeText("Only a table of a batch has several outputs in a cell."))

    def run(self, sheet: SheetContext) -> None:
        if sheet.panel.tile is not None:
            sheet.loader.step_output(sheet.panel.tile, self.step)
            sheet.panel.draw()


class NextTileOutput(PreviousTileOutput):
    """Show the run's next output in its table cell."""

    id, keys, word = "sheet.output_next", "right_square_bracket", "next output"
    step = 1


class RefreshSheet(SheetAction):
    """Refresh, and retry what could not be shown."""

    id, keys, word = "sheet.refresh", "r", "refresh"

    def run(self, sheet: SheetContext) -> None:
        sheet.engine.pictures.forget_failures()
        sheet.read(None)


class CloseSheet(SheetAction):
    """Go back to the runs."""

    id, keys, word = "sheet.close", "s", "runs"

    def run(self, sheet: SheetContext) -> None:
        """Go back to the run of the last cell."""
        tile = sheet.panel.tile
        sheet.screen.dismiss(tile.row if tile is not None else None)


class LeaveSheet(CloseSheet):
    """Clear the filter, then go back to the runs."""

    id, keys, word = "sheet.back", "escape,q", "back"
    in_footer = True

    def run(self, sheet: SheetContext) -> None:
        if sheet.loader.rating_filter:
            sheet.read(RatingFilter())
        else:
            super().run(sheet)


ACTIONS: Final[tuple[Action[Any], ...]] = (
    OpenTile(),
    *rating_actions("sheet", keep="+,equals_sign"),
    FilterSheet(),
    DownloadKept(),
    UseKept(),
    OpenOutputOutside("sheet"),
    ExportSheet(),
    PreviousTileOutput(),
    NextTileOutput(),
    RefreshSheet(),
    LeaveSheet(),
    CloseSheet(),
)
