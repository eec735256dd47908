"""Rows of pictures on the lines of a panel: they keep their place, and only changed ones are drawn again."""

from rich.segment import Segment
from textual.content import Content
from textual.strip import Strip

from cordage_tui.ui.images.image_cells import ImageLine, ImageSlice, beside
from tests.ui.watched import WatchedApp, WatchedView


def _row(cells: str) -> Strip:
    return Strip([Segment(cells)])


async def test_pictures_stand_beside_one_another_over_text() -> None:
    """Pictures are drawn in their columns over the text of the line."""
    app = WatchedApp()
    async with app.run_test(size=(22, 6)):
        view = app.query_one(WatchedView)
        view.draw(beside([(2, [_row("AA"), _row("AA")]), (6, [_row("BBB")])], [Content("0123456789x")]))
        assert view.text()[:2] == ["01AA45BBB9x", "  AA"]


async def test_a_picture_that_does_not_fit_is_cut() -> None:
    """A picture is cut at the edge of the panel, and one beyond it is left out."""
    app = WatchedApp()
    async with app.run_test(size=(12, 4)):
        view = app.query_one(WatchedView)
        view.draw([ImageLine((ImageSlice(6, _row("ABCDEFGH")), ImageSlice(20, _row("Z"))))])
        assert view.render_line(0).text == "      ABCD"
        assert view.render_line(0).cell_length == 10


async def test_a_row_that_stays_is_not_drawn_again() -> None:
    """Only a moved, changed or removed row is drawn again."""
    app = WatchedApp()
    async with app.run_test(size=(30, 8)) as pilot:
        view = app.query_one(WatchedView)
        first_row, second_row = _row("AAAA"), _row("BBBB")
        view.draw([ImageLine((ImageSlice(3, strip),)) for strip in (first_row, second_row, first_row)])
        await pilot.pause()
        view.repainted.clear()
        view.draw([ImageLine((ImageSlice(3, first_row),)), ImageLine((ImageSlice(4, second_row),)), Content("x")])
        assert [region.y for region in view.repainted] == [1, 2]
