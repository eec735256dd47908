"""Order of the contact sheet by duels."""

from collections.abc import Sequence

from cordage_tui.domain.duel import Duel, ranking, strengths
from cordage_tui.domain.run import RowId
from cordage_tui.store.user_data import Output
from cordage_tui.ui.contact_sheet.tiles import FlatTiles, Tile


class RankedTiles:
    """Tiles by the strengths that follow from duels, the strongest first; those without duels are in the middle, as given."""

    def __init__(self, base: FlatTiles, duels: Sequence[Duel[Output]]) -> None:
        """Rank all tiles of `base`."""
        self.base = base
        self.duels = [duel for duel in duels if base.knows(duel.left[0]) and base.knows(duel.right[0])]
        given = [tile for place in range(base.count) if (tile := base.at(place)) is not None]
        outputs: list[Output] = [(tile.row, tile.number) for tile in given]
        compared = {output for duel in self.duels for output in (duel.left, duel.right)}
        known = strengths([output for output in outputs if output in compared], self.duels)
        above = [output for output in ranking(known) if known[output].value > 0]
        below = [output for output in ranking(known) if known[output].value <= 0]
        middle = [output for output in outputs if output not in known]
        self._tiles = [Tile(*output) for output in (*above, *middle, *below)]
        self._places = {tile: place for place, tile in enumerate(self._tiles)}
        self._firsts: dict[RowId, int] = {}
        for place, tile in enumerate(self._tiles):
            self._firsts.setdefault(tile.row, place)

    @property
    def count(self) -> int:
        return len(self._tiles)

    def at(self, index: int) -> Tile | None:
        return self._tiles[index] if 0 <= index < len(self._tiles) else None

    def index_of(self, tile: Tile) -> int | None:
        return self._places.get(tile, self._firsts.get(tile.row))

    def knows(self, row: RowId) -> bool:
        return self.base.knows(row)
