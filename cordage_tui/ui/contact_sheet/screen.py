"""Screen of the contact sheet, with its keys."""

from collections.abc import Mapping, Sequence
from typing import Final

from textual.app import ComposeResult
from textual.content import Content

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.formatting import time_figure
from cordage_tui.domain.image import ImageView
from cordage_tui.domain.output import Decision, RatingFilter
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.engine import Engine
from cordage_tui.ui.contact_sheet.actions import ACTIONS, OpenTile
from cordage_tui.ui.contact_sheet.context import SheetContext
from cordage_tui.ui.contact_sheet.filter_menu import words as filter_words
from cordage_tui.ui.contact_sheet.layout import Grid, GridViewport
from cordage_tui.ui.contact_sheet.panel import ContactSheetGrid
from cordage_tui.ui.contact_sheet.source import TileCache, TileLoader, TileQuery
from cordage_tui.ui.contact_sheet.tiles import Tile, TileModel
from cordage_tui.ui.external.download_actions import DownloadActions
from cordage_tui.ui.images.image_cells import describe
from cordage_tui.ui.images.renderer import ImageRenderer
from cordage_tui.ui.keys.action import bindings_of
from cordage_tui.ui.keys.footer import Footer
from cordage_tui.ui.output_actions import UseOutputs
from cordage_tui.ui.screen_base import EngineScreen, EventBatch
from cordage_tui.ui.widgets.line_view import DiffStatic
from cordage_tui.ui.widgets.status_signs import GLYPHS, RUN_COLOURS, mark
from cordage_tui.ui.widgets.text import literal

# Titles and caption of the sheet. Pure functions.

_GAP: Final = literal(SafeText(" · "), "$quiet")


def sheet_title(subject: SafeText, rating_filter: RatingFilter) -> Content:
    """Format the title: `Contact sheet · All · ✔ kept`."""
    filter_part = (
        Content.assemble(" · ", literal(filter_words(rating_filter), "$accent")) if rating_filter else Content("")
    )
    return Content.assemble("Contact sheet · ", literal(subject), filter_part)


def sheet_subtitle(
    loader: TileLoader, counts: Mapping[Decision, int], grid: Grid | None, view: GridViewport
) -> Content:
    """Format the subtitle: `24 outputs · 3 kept · 1 rejected · page 1 of 2`."""
    count = loader.tiles.count
    parts = [
        f"{count:,}{'…' if loader.reading else ''} {'cells' if loader.axes else 'outputs' if count != 1 else 'output'}"
    ]
    parts += [f"{counts[o]:,} {o.value}" for o in (Decision.KEPT, Decision.REJECTED) if counts.get(o)]
    if grid is not None and grid.pages > 1:
        parts.append(f"page {min(grid.pages, -(-view.top // grid.down) + 1):,} of {grid.pages:,}")
    if loader.behind:
        parts.append("r refresh")
    return literal(one_line(" · ".join(parts)))


def empty_text(rating_filter: RatingFilter) -> Content:
    """Return the text for a sheet without tiles."""
    if rating_filter:
        return Content("No output matches the filter. esc clears it.")
    return Content("No outputs yet. They appear here when runs complete.")


def tile_caption(model: TileModel | None, image_view: ImageView | None, heading: Sequence[SafeText]) -> Content:
    """Format the caption of the output under the cursor: rating, position in a table, prompt, number, file, run."""
    if model is None:
        return Content("")
    parts = [verdict] if (verdict := mark(model.verdict)).plain else []
    parts += [literal(SafeText(" · ".join(heading)), "$accent")] if heading else []
    parts.append(literal(model.row.prompt or one_line(model.row.short_id), "$foreground bold"))
    if model.outputs > 1:
        parts.append(literal(SafeText(f"{model.tile.number} of {model.outputs:,}"), "$quiet"))
    if image_view is not None and (description := describe(image_view)):
        parts.append(literal(description, "$quiet"))
    parts.append(_run(model))
    return _GAP.join(parts)


def _run(model: TileModel) -> Content:
    status = model.row.status
    took = time_figure(model.row, model.row.created_at) if status.is_final else ""
    text = f"{GLYPHS[status]} {model.row.status_name}" + (f" in {took}" if took else "")
    return literal(SafeText(text), f"${RUN_COLOURS[status]}")


# Screen of the contact sheet. It exists only while it is open.

PIECE_S: Final = 0.05
"""Seconds between two pieces of a long history, so that keys are answered in between."""


class ContactSheetScreen(EngineScreen[RowId | None]):
    """Screen with the grid and a caption of the output under the cursor. It returns the run of the last cell."""

    ACTIONS = ACTIONS
    BINDINGS = bindings_of(ACTIONS)

    AUTO_FOCUS = "ContactSheetGrid"
    TITLE = "Contact sheet"

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        renderer: ImageRenderer,
        downloads: DownloadActions,
        subject: TileQuery,
        use: UseOutputs,
        at: RowId | None = None,
    ) -> None:
        """Create the screen. `at`: the run whose first output the cursor starts on; None: the first tile."""
        super().__init__(engine, clock)
        self.renderer = renderer
        self._at = at
        self.loader = TileLoader(self.reads, self.store, subject)
        self.tile_cache = TileCache(self.reads, self.store, engine.pictures, self._rest, lambda: self.is_active)
        self.panel = ContactSheetGrid(self.tile_cache, renderer)
        self._caption = DiffStatic(classes="caption", relayout=False)
        self.context = SheetContext(
            self,
            self.panel,
            self.loader,
            self.tile_cache,
            read=self.read,
            renderer=renderer,
            downloads=downloads,
            use=use,
        )

    def compose(self) -> ComposeResult:
        yield self.panel
        yield self._caption
        yield Footer()

    def on_mount(self) -> None:
        self.renderer.changed.subscribe(self, lambda _: self.panel.repaint())
        self.read()
        self.call_after_refresh(self._begin)

    def on_unmount(self) -> None:
        self.renderer.changed.unsubscribe(self)
        self.engine.pictures.want([])

    def on_screen_resume(self) -> None:
        """Request the pictures on the page again."""
        self.panel.draw()

    def acted_on(self) -> SheetContext:
        return self.context

    def on_contact_sheet_grid_opened(self) -> None:
        OpenTile().run(self.context)

    def read(self, rating_filter: RatingFilter | None = None) -> None:
        """Read again all tiles that match the filter; None: the same filter."""
        self.tile_cache.forget()
        self.loader.read(rating_filter)
        self._show()

    def _begin(self) -> None:
        """Move the cursor to the run that the user comes from. This needs the size of the screen."""
        if self._at is not None:
            self.panel.go_to(Tile(self._at, 1))
            self._at = None

    def _show(self) -> None:
        """Show the tiles read so far."""
        self.tile_cache.named = self.loader.axes is None
        self._count()
        self.panel.show(self.loader.tiles, self.loader.axes, empty_text(self.loader.rating_filter))
        self._show_texts()
        if self.loader.reading:
            self.set_timer(PIECE_S, self._more)

    def _more(self) -> None:
        if self.loader.reading:
            self.loader.read_more()
            self._show()

    def _rest(self) -> None:
        self.loader.load_all()
        self._show()

    def apply_events(self, batch: EventBatch) -> None:
        if self.reads.recovers():
            self.read()
            return
        if batch.rows:
            self.tile_cache.forget(batch.rows)
            if self.loader.changed(batch.rows):
                self._show()
                return
            self._count()
        if batch.rows or batch.images:
            self.panel.draw()
            self._show_texts()

    def on_contact_sheet_grid_moved(self) -> None:
        self._show_texts()

    def _count(self) -> None:
        """Count the decisions, and update the keys if outputs are now kept or none is."""
        before = self.context.has_kept
        self.context.count_ratings()
        if before is not self.context.has_kept:
            self.refresh_bindings()

    def _show_texts(self) -> None:
        """Update the titles and the caption."""
        loader, panel = self.loader, self.panel
        title = sheet_title(loader.subject.title, loader.rating_filter)
        panel.set_titles(title, sheet_subtitle(loader, self.context.counts, panel.model.grid, panel.model.view))
        model, image_view = self.context.seen(panel.tile)
        split = panel.model.split
        heading = split.names(panel.model.view.cursor) if split is not None else ()
        self._caption.show(tile_caption(model, image_view, heading))
