"""Rows of pictures stand on a panel's lines where they were put, and only what changed is drawn again."""

from rich.segment import Segment
from textual.content import Content
from textual.strip import Strip

from cordage_tui.ui.images.strips import ImageLine, ImageSlice, beside
from tests.ui.watched import WatchedApp, WatchedView


def _row(cells: str) -> Strip:
    return Strip([Segment(cells)])


async def test_pictures_stand_beside_one_another_over_text() -> None:
    """Each at its column; what is between them and behind them is the line's own text."""
    app = WatchedApp()
    async with app.run_test(size=(22, 6)):
        view = app.query_one(WatchedView)
        view.draw(beside([(2, [_row("AA"), _row("AA")]), (6, [_row("BBB")])], [Content("0123456789x")]))
        assert view.text()[:2] == ["01AA45BBB9x", "  AA"]


async def test_a_picture_that_does_not_fit_is_cut() -> None:
    """At the panel's edge; a piece that begins beyond it is not there."""
    app = WatchedApp()
    async with app.run_test(size=(12, 4)):
        view = app.query_one(WatchedView)
        view.draw([ImageLine((ImageSlice(6, _row("ABCDEFGH")), ImageSlice(20, _row("Z"))))])
        assert view.render_line(0).text == "      ABCD"
        assert view.render_line(0).cell_length == 10


async def test_a_row_that_stays_is_not_drawn_again() -> None:
    """The line of a strip that is at the same place is not drawn again. A moved, changed or gone one is."""
    app = WatchedApp()
    async with app.run_test(size=(30, 8)) as pilot:
        view = app.query_one(WatchedView)
        one, two = _row("AAAA"), _row("BBBB")
        view.draw([ImageLine((ImageSlice(3, strip),)) for strip in (one, two, one)])
        await pilot.pause()
        view.repainted.clear()
        view.draw([ImageLine((ImageSlice(3, one),)), ImageLine((ImageSlice(4, two),)), Content("x")])
        assert [region.y for region in view.repainted] == [1, 2]
