"""Context of the contact sheet's actions: its tiles, the output under the cursor, and the kept outputs."""

from collections import Counter
from collections.abc import Callable, Sequence

from cordage_tui.domain.image import ImageView
from cordage_tui.domain.output import Decision, OutputRef, RatingFilter
from cordage_tui.domain.run import RowId
from cordage_tui.ui.contact_sheet.panel import ContactSheetGrid
from cordage_tui.ui.contact_sheet.source import TileCache, TileLoader
from cordage_tui.ui.contact_sheet.tiles import Tile, TileModel
from cordage_tui.ui.external.download_actions import DownloadActions
from cordage_tui.ui.images.renderer import ImageRenderer
from cordage_tui.ui.keys.disabled_reasons import DisabledReason
from cordage_tui.ui.output_actions import NO_OUTPUT, OutputRatings, UseOutputs
from cordage_tui.ui.screen_base import EngineScreen


class SheetContext:
    """Everything that actions of one contact sheet need. The screen makes it."""

    def __init__(
        self,
        screen: EngineScreen[RowId | None],
        panel: ContactSheetGrid,
        loader: TileLoader,
        tile_cache: TileCache,
        *,
        read: Callable[[RatingFilter | None], None],
        renderer: ImageRenderer,
        downloads: DownloadActions,
        use: UseOutputs,
    ) -> None:
        """`read` reads again all tiles that match a filter; None: the same filter."""
        self.screen = screen
        self.engine, self.store, self.reads = screen.engine, screen.store, screen.reads
        self.panel = panel
        self.loader = loader
        self.tile_cache = tile_cache
        self.read = read
        self.renderer = renderer
        self.downloads = downloads
        self.use = use
        self.ratings = OutputRatings(screen)
        self.counts: Counter[Decision] = Counter()
        """Numbers of the sheet's outputs by decision, as of the last count."""

    def count_ratings(self) -> None:
        """Count the decisions about the sheet's outputs."""
        ratings = self.reads.last_good(self.store.ratings.all, {})
        verdicts_here = (verdicts for row, verdicts in ratings.items() if self.loader.tiles.knows(row))
        self.counts = Counter(Decision.of(verdict) for verdicts in verdicts_here for verdict in verdicts.values())

    @property
    def has_kept(self) -> bool:
        """True if an output of the sheet is kept."""
        return self.counts[Decision.KEPT] > 0

    @property
    def output(self) -> OutputRef | None:
        """Output under the cursor; None: there is none."""
        model, _ = self.seen(self.panel.tile)
        return model.output if model is not None else None

    def why_no_output(self) -> DisabledReason | None:
        """Return why there is no output under the cursor; None if there is one."""
        return NO_OUTPUT if self.output is None else None

    def seen(self, tile: Tile | None) -> tuple[TileModel | None, ImageView | None]:
        """Return the details of a tile, and its image."""
        model = self.tile_cache.tile_models([tile]).get(tile) if tile is not None else None
        wanted = self.panel.wanted(model) if model is not None else None
        return model, self.tile_cache.image_view(wanted) if wanted is not None else None

    def kept_outputs(self) -> list[OutputRef]:
        """Return the kept outputs of the sheet's runs in their order, including those that the filter leaves out."""
        ratings = self.reads.last_good(self.store.ratings.all, {})
        rows = [row for row in ratings if self.loader.tiles.knows(row)]
        refs = self.reads.last_good(self.store.run_lookup.output_refs, [], rows)
        return [ref for ref in refs if (rating := ratings[ref.row].get(ref.number)) is not None and rating.kept]

    def outputs_to_use(self) -> Sequence[OutputRef]:
        """Return the kept outputs; if none is kept, the output under the cursor."""
        output = self.output
        return self.kept_outputs() or ([output] if output is not None else [])
