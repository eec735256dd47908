"""Jump letters: labels that are typed to move the cursor."""

from hypothesis import given
from hypothesis import strategies as st

from cordage_tui.domain.run import RowId
from cordage_tui.ui.contact_sheet.jump import LETTERS, JumpLabels, labels
from cordage_tui.ui.contact_sheet.tiles import Tile
from tests.ui.contact_sheet.test_panel import Shelf, Stage
from tests.ui.written import note_written


@given(st.integers(0, 900), st.integers(2, 26))
def test_labels_are_short_and_none_begins_another(count: int, letters: int) -> None:
    """No label begins another, so a jump ends with its last letter, and the first labels are the shortest."""
    all_labels = labels(count, LETTERS[:letters])
    assert len(all_labels) == len(set(all_labels)) == count
    assert [len(label) for label in all_labels] == sorted(map(len, all_labels))
    known = set(all_labels)
    assert not any(label[:end] in known for label in all_labels for end in range(1, len(label)))
    assert count > letters or all(len(label) == 1 for label in all_labels)


def test_a_tile_keeps_its_label_while_it_is_typed() -> None:
    """While a label is typed, tiles with another beginning have no label."""
    tiles = [Tile(RowId(n), 1) for n in range(30)]
    jump = JumpLabels(tiles)
    assert (
        jump.letters_left(tiles[0]) == "a"
        and jump.letters_left(tiles[-1]) == "mg"
        and jump.letters_left(Tile(RowId(99), 1)) == ""
    )
    assert len(jump.type("m")) == 5
    assert (jump.letters_left(tiles[0]), jump.letters_left(tiles[-1])) == ("", "g")
    assert jump.type("g") == [tiles[-1]] and jump.type("x") == []


async def test_letters_move_the_cursor_and_nothing_else(monkeypatch) -> None:
    """Letters move the cursor without drawing pictures; escape, an unknown letter or another panel hides them."""
    app = Stage(Shelf())
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        panel = app.panel
        count, height = len(panel.model.grid.on_page(panel.model.view)), panel.model.grid.height
        regions = note_written(monkeypatch)
        await pilot.press("J")
        assert len({(cells.widget, cells.y) for cells in regions}) == count
        assert not {cells.y for cells in regions} - {n * (height + 2) + height for n in range(panel.model.grid.down)}
        await pilot.press("d")
        assert (panel.tile.row, panel.jump.is_on) == (3, False)
        for keys, at in (("J,escape", 3), ("J,z", 3), ("J,right", 4), ("J,left,l", 4), ("J,A", 1)):
            await pilot.press(*keys.split(","))
            assert (panel.tile.row, panel.jump.is_on) == (at, False)
