"""Tiles of the contact sheet from the store."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Final

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.image import ImageRequest, ImageView
from cordage_tui.domain.output import UNJUDGED, OutputRef, Rating, RatingFilter
from cordage_tui.domain.run import RowId, RunQuery, RunRow, Status
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.images.service import ImageService
from cordage_tui.store.store import Store
from cordage_tui.ui.contact_sheet.layout import Axes, MatrixTiles, axes_of
from cordage_tui.ui.contact_sheet.tiles import FlatTiles, Tile, TileModel, shown
from cordage_tui.ui.screen_base import LastGoodReads

# Loading of a sheet's tiles from the store, piece by piece.

PIECE: Final = 4_000
"""Runs that are read at once. This takes a few milliseconds."""
SMALL: Final = 2_000
"""Most runs of a query to which new runs are added automatically."""


@dataclass(frozen=True, slots=True)
class TileQuery:
    """Query or runs whose outputs are shown."""

    title: SafeText
    query: RunQuery | None = None
    """Query whose runs with outputs are shown; None: `rows` are shown."""
    rows: tuple[RowId, ...] = ()
    """Runs that are shown if there is no query, including runs without outputs."""
    batch: RowId | None = None
    """Line of the batch that `rows` are the runs of, in its order; None: they are not of one batch."""


class TileLoader:
    """Loads the tiles of a query, piece by piece."""

    def __init__(self, reads: LastGoodReads, store: Store, subject: TileQuery) -> None:
        self._read = reads.last_good
        self._store = store
        self.subject = subject
        self.rating_filter = RatingFilter()
        self.tiles: FlatTiles | MatrixTiles = FlatTiles()
        self.axes: Axes | None = None
        """Axes of a matrix that is shown as a table; None: the tiles are shown one after the other."""
        self._unread: Sequence[RowId] = ()
        self._total = 0
        self.behind = False
        """True if a refresh would add outputs."""

    @property
    def reading(self) -> bool:
        """True while there are runs that have not been read yet."""
        return bool(self._unread)

    def read(self, rating_filter: RatingFilter | None = None) -> None:
        """Read the outputs that match the filter (None: the same filter) again. In a long history, read the first piece."""
        self.rating_filter = self.rating_filter if rating_filter is None else rating_filter
        self.behind = False
        rows = (
            self.subject.rows
            if self.subject.query is None
            else self._read(self._store.query.ids, [], self.subject.query)
        )
        self._total = len(rows)
        if self._read_table():
            return
        self.tiles, self._unread = FlatTiles(), rows
        self.read_more()

    def read_more(self) -> None:
        """Read the next piece."""
        piece, self._unread = self._unread[:PIECE], self._unread[PIECE:]
        if isinstance(self.tiles, FlatTiles) and piece:
            self.tiles.add(self._shown(piece))

    def load_all(self) -> None:
        """Read all remaining pieces."""
        while self._unread:
            self.read_more()

    def changed(self, rows: Collection[RowId]) -> bool:
        """Update changed rows. Return whether the tiles have changed."""
        if isinstance(self.tiles, MatrixTiles):
            members = [row for row in self.subject.rows if row in rows]
            if all(self.tiles.outputs_of(row) == count for row, count in self._output_counts(members)):
                return False
            return self._read_table()
        tiles = self.tiles
        known = [row for row in rows if tiles.knows(row)]
        changes = [tiles.put(row, numbers) for row, numbers in self._shown(known)]
        if self._add_new([row for row in rows if not tiles.knows(row)]):
            return True
        return any(changes)

    def _add_new(self, rows: Sequence[RowId]) -> bool:
        """Add new runs with outputs, and return True. In a long history only mark the sheet as outdated, and return False."""
        if self.subject.query is None or not any(count for _, count in self._output_counts(rows)):
            return False
        if self._total > SMALL:
            self.behind = True
            return False
        self.read()
        return True

    def _shown(self, rows: Sequence[RowId]) -> Iterator[tuple[RowId, Sequence[int]]]:
        judgements = self._read(self._store.ratings.all, {}) if self.rating_filter else {}
        return shown(self._output_counts(rows), self.rating_filter, judgements, bare=self.subject.query is None)

    def _output_counts(self, rows: Sequence[RowId]) -> list[tuple[RowId, int]]:
        return self._read(self._store.run_lookup.output_counts, [], tuple(rows))

    def _read_table(self) -> bool:
        """Read a matrix as a table. Return False if it is not a matrix, or the filter leaves outputs out."""
        self.axes = None
        line = self.subject.batch
        read, store = self._read, self._store
        progress = read(store.batches.progress, None, line) if line is not None and not self.rating_filter else None
        row = next(iter(read(store.rows.many, [], [line])), None) if line is not None and progress else None
        if line is None or progress is None or row is None:
            return False
        self.axes = axes_of(progress.source, row.size)
        if self.axes is None:
            return False
        places = read(store.batches.places, {}, line)
        tiles = MatrixTiles(row.size, places, dict(self._output_counts(self.subject.rows)))
        self.tiles = tiles.chosen_by(self.tiles) if isinstance(self.tiles, MatrixTiles) else tiles
        self._unread = ()
        return True

    def step_output(self, tile: Tile, by: int) -> None:
        """Show another output of a run in its cell of the table."""
        if isinstance(self.tiles, MatrixTiles):
            self.tiles.choose(tile.row, tile.number + by)


# Cache of tile details. They are kept until their runs change.

_KEPT: Final = 1_000
"""Most runs in memory. If there are more, the cache is cleared."""
_FAILED: Final = frozenset({Status.FAILED, Status.REJECTED})


@dataclass(frozen=True, slots=True)
class _Run:
    """Detail of one run."""

    row: RunRow
    outputs: Mapping[int, OutputRef]
    verdicts: Mapping[int, Rating]
    name: SafeText
    reason: SafeText | None


class TileCache:
    """Cache of the details of tiles, from the store and the images. Each call is quick: it is made between two frames."""

    def __init__(
        self,
        reads: LastGoodReads,
        store: Store,
        pictures: ImageService,
        rest: Callable[[], None],
        seen: Callable[[], bool],
    ) -> None:
        """Create the cache. `rest` loads all tiles. `seen` returns whether the sheet is the active screen."""
        self._last_good = reads.last_good
        self._store = store
        self._pictures = pictures
        self.load_all = rest
        self._seen = seen
        self.named = True
        """True if each cell has a name; False if headings name them."""
        self._runs: dict[RowId, _Run] = {}

    def forget(self, rows: Collection[RowId] | None = None) -> None:
        """Drop these runs from the cache; None: all."""
        for row in list(self._runs) if rows is None else rows:
            self._runs.pop(row, None)

    def tile_models(self, tiles: Sequence[Tile]) -> Mapping[Tile, TileModel]:
        """Return the details of tiles. Tiles whose runs were deleted are missing."""
        rows = list(dict.fromkeys(tile.row for tile in tiles))
        if missing := [row for row in rows if row not in self._runs]:
            if len(self._runs) > _KEPT:
                self._runs.clear()
                missing = rows
            self._read(missing)
        return {tile: _model(tile, run, named=self.named) for tile in tiles if (run := self._runs.get(tile.row))}

    def image_view(self, wanted: ImageRequest) -> ImageView:
        """Return the present image state of an output."""
        return self._pictures.sight(wanted)

    def want(self, wanted: Sequence[ImageRequest]) -> None:
        """Request these images, the most wanted first."""
        if self._seen():
            self._pictures.want(wanted)

    def _read(self, rows: Sequence[RowId]) -> None:
        outputs: dict[RowId, dict[int, OutputRef]] = {}
        read, store, row_ids = self._last_good, self._store, tuple(rows)
        for ref in read(store.run_lookup.output_refs, [], row_ids):
            outputs.setdefault(ref.row, {})[ref.number] = ref
        verdicts, varying = read(store.ratings.of_rows, {}, row_ids), read(store.batches.varying, {}, row_ids)
        for row in read(store.rows.many, [], row_ids):
            detail = read(store.query.detail, None, row.id) if row.status in _FAILED else None
            self._runs[row.id] = _Run(
                row,
                outputs.get(row.id, {}),
                verdicts.get(row.id, {}),
                name_of(row, varying.get(row.id)),
                detail.error if detail is not None else None,
            )


def name_of(row: RunRow, varying: SafeText | None) -> SafeText:
    """Return the inputs that vary in the run's batch, and the prompt; for a run started elsewhere, its id."""
    parts = [part for part in (varying, row.prompt) if part]
    return SafeText(" · ".join(parts) or one_line(row.short_id))


def _model(tile: Tile, run: _Run, *, named: bool) -> TileModel:
    return TileModel(
        tile,
        run.row,
        run.outputs.get(tile.number),
        run.verdicts.get(tile.number, UNJUDGED),
        len(run.outputs),
        run.name if named else SafeText(""),
        run.reason,
    )
