"""The order of a sheet by duels."""

from cordage_tui.domain.duel import Duel, Winner
from cordage_tui.domain.run import RowId
from cordage_tui.store.user_data import Output
from cordage_tui.ui.contact_sheet.ranking import RankedTiles
from cordage_tui.ui.contact_sheet.tiles import FlatTiles, Tile


def output(row: int, number: int = 1) -> Output:
    return RowId(row), number


def test_the_best_are_first_and_those_without_a_duel_in_the_middle_as_given() -> None:
    """Duels with outputs that the sheet leaves out do not count; each tile is found in its place."""
    base = FlatTiles()
    base.add((RowId(row), range(1, 3)) for row in (5, 4, 3))
    duels = [
        Duel(output(5), output(3, 2), Winner.RIGHT),
        Duel(output(3, 2), output(4), Winner.LEFT),
        Duel(output(4), output(5), Winner.LEFT),
        Duel(output(9), output(3, 2), Winner.LEFT),
    ]
    tiles = RankedTiles(base, duels)
    shown = [tiles.at(place) for place in range(tiles.count)]
    assert shown == [Tile(*output(*one)) for one in ((3, 2), (5, 2), (4, 2), (3, 1), (4, 1), (5, 1))]
    assert [tiles.index_of(tile) for tile in shown if tile] == [*range(6)] and tiles.at(6) is None
    assert tiles.index_of(Tile(RowId(3), 7)) == 0 and not tiles.knows(RowId(9))
    assert len(tiles.duels) == 3
