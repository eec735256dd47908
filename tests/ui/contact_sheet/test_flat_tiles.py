"""The tiles of a sheet, and their order."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.domain.output import Decision, Rating, RatingFilter
from cordage_tui.domain.run import RowId
from cordage_tui.ui.contact_sheet.tiles import MOST, FlatTiles, Tile, shown

ALL = RatingFilter()
COUNTS = [(RowId(9), 2), (RowId(7), 0), (RowId(5), 1)]


def tiles(roll: FlatTiles) -> list[tuple[int, int]]:
    """Return all tiles in their order."""
    return [tuple(tile) for place in range(roll.count) if (tile := roll.at(place))]


def rolled(
    counts: Iterable[tuple[RowId, int]] = COUNTS,
    rating_filter: RatingFilter = ALL,
    judgements: dict[RowId, dict[int, Rating]] | None = None,
    *,
    bare: bool = False,
) -> FlatTiles:
    """Return the tiles of these runs under this filter."""
    roll = FlatTiles()
    roll.add(shown(counts, rating_filter, judgements or {}, bare=bare))
    return roll


def test_every_output_is_a_tile_and_a_bare_run_only_where_it_is_meant_to_be() -> None:
    """Each output is a tile, and a run without outputs is one only if `bare` is set."""
    assert tiles(rolled()) == [(9, 1), (9, 2), (5, 1)]
    assert tiles(rolled(bare=True)) == [(9, 1), (9, 2), (7, 0), (5, 1)]
    assert rolled().at(3) is None and rolled().at(-1) is None


@given(st.lists(st.integers(0, 4), max_size=30))
def test_each_tile_is_found_where_it_stands(counts: list[int]) -> None:
    """The index of each tile is right, also with runs without outputs in between."""
    roll = rolled([(RowId(row), count) for row, count in enumerate(counts)])
    assert roll.count == sum(counts)
    assert all(roll.index_of(tile) == place for place in range(roll.count) if (tile := roll.at(place)))


def test_ten_thousand_outputs_of_one_run_do_not_bury_the_others() -> None:
    """A run has at most so many tiles, so that later runs stay within reach."""
    assert rolled([(RowId(1), 10_000), (RowId(2), 1)]).count == MOST + 1


def test_only_outputs_with_such_a_verdict_are_tiles() -> None:
    """The filter leaves outputs with that verdict; unjudged ones are undecided, and runs without outputs are left
    out."""
    judgements = {RowId(9): {1: Rating(True, 3)}, RowId(5): {1: Rating(False)}}

    def left(opinion: Decision | None = None, stars: int = 0) -> list[tuple[int, int]]:
        return tiles(rolled(rating_filter=RatingFilter(opinion, stars), judgements=judgements, bare=True))

    assert left(Decision.KEPT) == [(9, 1)]
    assert left(Decision.REJECTED) == [(5, 1)]
    assert left(Decision.UNDECIDED) == [(9, 2)]
    assert left(stars=2) == [(9, 1)]


def test_a_run_that_gets_outputs_gets_them_in_its_place() -> None:
    """New outputs of a run are inserted in its place, and the same outputs again change nothing."""
    roll = rolled()
    assert roll.put(RowId(7), range(1, 3))
    assert tiles(roll) == [(9, 1), (9, 2), (7, 1), (7, 2), (5, 1)]
    assert not roll.put(RowId(7), range(1, 3))
    assert roll.put(RowId(9), [2]) and roll.index_of(Tile(RowId(9), 1)) == 0
    assert roll.put(RowId(9), []) and roll.index_of(Tile(RowId(9), 2)) is None
    assert roll.index_of(Tile(RowId(5), 1)) == 2
