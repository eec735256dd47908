"""What a sheet's panel is told of tiles: read from the store once, kept until their runs change."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.image import ImageRequest, ImageView
from cordage_tui.domain.output import UNJUDGED, OutputRef, Rating
from cordage_tui.domain.run import RowId, RunRow, Status
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.images.lazy_service import LazyImageService
from cordage_tui.ui.screens.steady import LastGoodReads
from cordage_tui.ui.sheet.faces import TileModel
from cordage_tui.ui.sheet.roll import Tile

_KEPT: Final = 1_000
"""Runs that are remembered; when there are more, all are asked for anew."""
_WENT_WRONG: Final = frozenset({Status.FAILED, Status.REJECTED})


@dataclass(frozen=True, slots=True)
class _Run:
    """What is known of one run."""

    row: RunRow
    outputs: Mapping[int, OutputRef]
    verdicts: Mapping[int, Rating]
    name: SafeText
    reason: SafeText | None


class TileCache:
    """A `TileSource` over the store and the pictures."""

    def __init__(
        self, kept: LastGoodReads, pictures: LazyImageService, rest: Callable[[], None], seen: Callable[[], bool]
    ) -> None:
        """`rest` has all tiles read; `seen`: the sheet is what the user looks at."""
        self._kept = kept
        self._pictures = pictures
        self.load_all = rest
        self._seen = seen
        self.named = True
        """Cells have names; without, headings say what they are."""
        self._runs: dict[RowId, _Run] = {}

    def forget(self, rows: Collection[RowId] | None = None) -> None:
        """These runs changed; None: believe nothing."""
        for row in list(self._runs) if rows is None else rows:
            self._runs.pop(row, None)

    def tile_models(self, tiles: Sequence[Tile]) -> Mapping[Tile, TileModel]:
        rows = list(dict.fromkeys(tile.row for tile in tiles))
        if missing := [row for row in rows if row not in self._runs]:
            if len(self._runs) > _KEPT:
                self._runs.clear()
                missing = rows
            self._read(missing)
        return {tile: _face(tile, run, named=self.named) for tile in tiles if (run := self._runs.get(tile.row))}

    def sight(self, wanted: ImageRequest) -> ImageView:
        return self._pictures.sight(wanted)

    def want(self, wanted: Sequence[ImageRequest]) -> None:
        if self._seen():
            self._pictures.want(wanted)

    def _read(self, rows: Sequence[RowId]) -> None:
        outputs: dict[RowId, dict[int, OutputRef]] = {}
        for ref in self._kept.output_refs(rows):
            outputs.setdefault(ref.row, {})[ref.number] = ref
        verdicts, varying = self._kept.verdicts_of(rows), self._kept.varying(rows)
        for row in self._kept.picked(rows):
            detail = self._kept.detail(row.id) if row.status in _WENT_WRONG else None
            self._runs[row.id] = _Run(
                row,
                outputs.get(row.id, {}),
                verdicts.get(row.id, {}),
                name_of(row, varying.get(row.id)),
                detail.error if detail is not None else None,
            )


def name_of(row: RunRow, varying: SafeText | None) -> SafeText:
    """What varies in its batch besides the prompt, and the prompt; for a run started elsewhere its id."""
    parts = [part for part in (varying, row.prompt) if part]
    return SafeText(" · ".join(parts) or one_line(row.short_id))


def _face(tile: Tile, run: _Run, *, named: bool) -> TileModel:
    return TileModel(
        tile,
        run.row,
        run.outputs.get(tile.number),
        run.verdicts.get(tile.number, UNJUDGED),
        len(run.outputs),
        run.name if named else SafeText(""),
        run.reason,
    )
