"""The contact sheet over the whole screen: lives while it is open, and costs nothing when it is not."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from textual.app import ComposeResult
from textual.widgets import Static

from cordage_tui.domain.clock import Clock
from cordage_tui.domain.image import ImageState, ImageView
from cordage_tui.domain.output import Decision, OutputRef, RatingFilter
from cordage_tui.domain.run import RowId
from cordage_tui.engine.engine import Engine
from cordage_tui.ui.keys.footer import Footer
from cordage_tui.ui.pictures.painter import ImageRenderer
from cordage_tui.ui.screens.feed import EventBatch, EventFeed
from cordage_tui.ui.screens.steady import LastGoodReads
from cordage_tui.ui.screens.taking import DownloadActions
from cordage_tui.ui.sheet import words
from cordage_tui.ui.sheet.deeds import ContactSheetActions
from cordage_tui.ui.sheet.exporting import MOST, ExportSelection
from cordage_tui.ui.sheet.faces import TileModel
from cordage_tui.ui.sheet.keys import ContactSheetBindings
from cordage_tui.ui.sheet.look import TileCache
from cordage_tui.ui.sheet.panel import ContactSheetGrid
from cordage_tui.ui.sheet.roll import Tile
from cordage_tui.ui.sheet.subject import TileLoader, TileQuery
from cordage_tui.ui.toast import toast

PIECE_S: Final = 0.05
"""Between two pieces of a long history, so that keys are answered meanwhile."""


class ContactSheetScreen(ContactSheetBindings):
    """The grid, a line about the output under the cursor, and the keys."""

    AUTO_FOCUS = "ContactSheetGrid"
    TITLE = "Contact sheet"

    def __init__(
        self,
        engine: Engine,
        painter: ImageRenderer,
        taking: DownloadActions,
        clock: Clock,
        subject: TileQuery,
        at: RowId | None = None,
    ) -> None:
        """`taking` has outputs opened and downloaded; `at`: the run whose first output the cursor begins on."""
        super().__init__()
        self._engine = engine
        self._painter = painter
        self._at = at
        self.kept = LastGoodReads(engine, lambda said: toast(self.app, said, error=True))
        self.stock = TileLoader(self.kept, subject)
        self.tile_cache = TileCache(self.kept, engine.pictures, self._rest, lambda: self.app.screen is self)
        self.panel = ContactSheetGrid(self.tile_cache, painter)
        self.deeds = ContactSheetActions(self, engine, painter, taking, clock)
        self._caption = Static(classes="caption")
        self._feed: EventFeed | None = None
        self._counts: Counter[Decision] = Counter()

    def compose(self) -> ComposeResult:
        yield self.panel
        yield self._caption
        yield Footer()

    def on_mount(self) -> None:
        self._feed = EventFeed(self._engine, self.call_later, self._hear)
        self._painter.changed.subscribe(self, lambda _: self.panel.repaint())
        self.read()
        self.call_after_refresh(self._begin)

    def on_unmount(self) -> None:
        if self._feed is not None:
            self._feed.close()
        self._engine.pictures.want([])

    def on_screen_resume(self) -> None:
        """What is on the page is wanted again."""
        self.panel.draw()

    @property
    def kept_count(self) -> int:
        """Outputs here that are kept."""
        return self._counts[Decision.KEPT]

    def kept_outputs(self) -> list[OutputRef]:
        """All that are kept of those here, in their order, shown or left out."""
        judgements = self.kept.judgements()
        tiles = [
            Tile(row, n) for row, mine in judgements.items() for n, verdict in sorted(mine.items()) if verdict.kept
        ]
        return self.outputs([tile for tile in tiles if self.stock.has(tile.row)])

    @property
    def total(self) -> int:
        """Tiles there are, as far as they have been read."""
        return self.stock.tiles.count

    def selection(self, *, only_kept: bool) -> ExportSelection:
        """What is kept here, or all tiles; a whole table with its headings."""
        self.stock.load_all()
        tiles: Sequence[Tile | None]
        if only_kept:
            tiles = [Tile(output.row, output.number) for output in self.kept_outputs()]
        else:
            tiles = [self.stock.tiles.at(place) for place in range(min(self.total, MOST + 1))]
        faces = self.tile_cache.tile_models([tile for tile in tiles if tile is not None])
        split = self.panel.split if not only_kept else None
        return ExportSelection(
            self.stock.subject.title, tuple(faces.get(tile) if tile is not None else None for tile in tiles), split
        )

    def too_large(self, tile: Tile) -> OutputRef | None:
        """The output, if it has more bytes than are fetched unasked."""
        face, sight = self._seen(tile)
        return (
            face.output if face is not None and sight is not None and sight.standing is ImageState.TOO_LARGE else None
        )

    def outputs(self, tiles: Sequence[Tile]) -> list[OutputRef]:
        """The outputs of these tiles; a run without one is left out."""
        wanted = set(tiles)
        refs = self.kept.output_refs(list(dict.fromkeys(tile.row for tile in tiles)))
        return [ref for ref in refs if (ref.row, ref.number) in wanted]

    def read(self, judged: RatingFilter | None = None) -> None:
        self.tile_cache.forget()
        self.stock.read(judged)
        self._show()

    def _begin(self) -> None:
        """Once there is room: the cursor where the user comes from."""
        if self._at is not None:
            self.panel.go_to(Tile(self._at, 1))
            self._at = None

    def _show(self) -> None:
        """Other tiles, or more of them."""
        self.tile_cache.named = self.stock.axes is None
        self._count()
        self.panel.show(self.stock.tiles, self.stock.axes, words.empty_text(self.stock.judged))
        self._tell()
        if self.stock.reading:
            self.set_timer(PIECE_S, self._more)

    def _more(self) -> None:
        if self.stock.reading:
            self.stock.more()
            self._show()

    def _rest(self) -> None:
        self.stock.load_all()
        self._show()

    def _hear(self, news: EventBatch) -> None:
        if self.kept.recovers():
            self.read()
            return
        if news.rows:
            self.tile_cache.forget(news.rows)
            if self.stock.changed(news.rows):
                self._show()
                return
            self._count()
        if news.rows or news.pictures:
            self.panel.draw()
            self._tell()

    def on_contact_sheet_grid_moved(self) -> None:
        self._tell()

    def _count(self) -> None:
        """What the user thinks of the outputs here."""
        before = self._counts
        judgements = self.kept.judgements()
        mine = (verdicts for row, verdicts in judgements.items() if self.stock.has(row))
        self._counts = Counter(Decision.of(verdict) for verdicts in mine for verdict in verdicts.values())
        if bool(before[Decision.KEPT]) is not bool(self.kept_count):
            self.refresh_bindings()

    def _tell(self) -> None:
        """How much there is, and what is under the cursor."""
        stock, panel = self.stock, self.panel
        title = words.sheet_title(stock.subject.title, stock.judged)
        panel.entitle(title, words.sheet_subtitle(stock, self._counts, panel.grid, panel.view))
        face, sight = self._seen(self.panel.tile)
        split = self.panel.split
        heading = split.names(self.panel.view.cursor) if split is not None else ()
        # Without `layout=False` Textual draws the whole screen anew, pictures and all.
        self._caption.update(words.tile_caption(face, sight, heading), layout=False)

    def _seen(self, tile: Tile | None) -> tuple[TileModel | None, ImageView | None]:
        """What is known of a tile, and what is seen of it."""
        face = self.tile_cache.tile_models([tile]).get(tile) if tile is not None else None
        wanted = self.panel.wanted(face) if face is not None else None
        return face, self.tile_cache.sight(wanted) if wanted is not None else None
