"""The panel over a list in memory: its requests, and the cells that it draws again."""

import gc
from dataclasses import dataclass, field
from weakref import ref

from textual.content import Content
from textual.strip import Strip

from cordage_tui.domain.image import Image, ImageFormat, ImageState, ImageView
from cordage_tui.domain.output import Rating
from cordage_tui.domain.run import RowId
from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.contact_sheet.panel import ContactSheetGrid
from cordage_tui.ui.contact_sheet.render import GridColumn
from cordage_tui.ui.contact_sheet.tiles import FlatTiles, Tile
from cordage_tui.ui.images import half_blocks
from cordage_tui.ui.images.renderer import ImageRenderer
from cordage_tui.ui.terminal.raw_sequences import DriverWriter
from tests.ui.contact_sheet.conftest import face_of
from tests.ui.written import note_written

COUNT = 1_000


@dataclass
class Shelf:
    """A thousand runs with a picture each, which records the requests of the panel."""

    verdicts: dict[int, Rating] = field(default_factory=dict)
    requested: set[Tile] = field(default_factory=set)
    wanted: list[str] = field(default_factory=list)
    images: dict[str, Image] = field(default_factory=dict)

    def tile_models(self, tiles):
        self.requested.update(tiles)
        return {tile: face_of(1, tile.row, verdict=self.verdicts.get(tile.row, Rating())) for tile in tiles}

    def image_view(self, wanted):
        pixels = bytes([wanted.output.row % 256]) * (wanted.box.width * wanted.box.height * 3)
        image = Image(ImageFormat.RGB, wanted.box.width, wanted.box.height, (pixels,))
        return ImageView(ImageState.READY, self.images.setdefault(wanted.key, image))

    def want(self, wanted):
        self.wanted = [request.output.url for request in wanted]

    def load_all(self):
        pass


class Stage(BaseApp):
    """App with only the panel."""

    def __init__(self, shelf):
        super().__init__()
        self.shelf = shelf

    def compose(self):
        renderer = ImageRenderer(self, DriverWriter(self), "auto", {})
        yield ContactSheetGrid(self.shelf, renderer)

    @property
    def panel(self):
        return self.query_one(ContactSheetGrid)

    def on_mount(self):
        roll = FlatTiles()
        roll.add((RowId(row), range(1, 2)) for row in range(1, COUNT + 1))
        self.panel.show(roll, None, Content(""))


async def test_a_page_and_the_next_are_asked_for_and_nothing_else():
    """The panel requests only this page and the next, first the picture under the cursor."""
    app = Stage(Shelf())
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        page = len(app.panel.model.grid.on_page(app.panel.model.view))
        assert len(app.shelf.requested) == 2 * page < 40 and len(app.shelf.wanted) == 2 * page
        await pilot.press("l")
        assert app.shelf.wanted[0] == "https://s/2/1.png" and len(set(app.shelf.wanted)) == 2 * page
        await pilot.press("G")
        assert app.panel.tile == Tile(RowId(COUNT), 1)


async def test_pictures_are_drawn_again_only_when_their_page_is_long_gone(monkeypatch):
    """A picture is kept while its page or a neighbour is shown, and drawn again only after that."""
    drawn_images, app = [], Stage(Shelf())
    monkeypatch.setattr(
        ImageRenderer, "strips", lambda self, image, ground: drawn_images.append(image) or [Strip.blank(9)]
    )
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        panel, grid = app.panel, app.panel.model.grid
        page = grid.across * grid.down
        moves = (
            (lambda: panel.step(1), 0),
            (lambda: panel.step_rows(grid.down), grid.across),
            (lambda: panel.step_rows(-grid.down), 0),
            (lambda: panel.step_pages(2), page),
            (lambda: panel.step_pages(-2), page),
        )
        for move, count in moves:
            drawn_images.clear()
            move()
            assert len(drawn_images) == count


async def test_a_closed_sheet_lets_go_of_its_pictures_at_once(monkeypatch):
    """A closed sheet frees its pictures without the garbage collector, because a page takes megabytes."""
    rows, block_strips = [], half_blocks.block_strips
    monkeypatch.setattr(
        half_blocks,
        "block_strips",
        lambda *arguments: [rows.append(ref(row)) or row for row in block_strips(*arguments)],
    )
    app = Stage(Shelf())
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        gc.disable()
        try:
            assert rows and all(row() for row in rows)
            await app.panel.remove()
            assert not any(row() for row in rows)
        finally:
            gc.enable()


async def test_moving_draws_bars_and_labels_only(monkeypatch):
    """A move or a verdict draws only the bar and the label, and sends no picture again."""
    app = Stage(Shelf())
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        regions = note_written(monkeypatch)
        await pilot.press("l")
        height = app.panel.model.grid.height
        pictures = set(range(height))
        assert all(cells.last == 1 for cells in regions if cells.y in pictures)
        assert {cells.y for cells in regions} == {*pictures, height}
        regions.clear()
        app.shelf.verdicts[5] = Rating(True)
        app.panel.draw()
        label = app.panel.model.grid.spot(4, app.panel.model.view).y + height
        assert {cells.y for cells in regions} == {label}
        regions.clear()
        app.panel.draw()
        assert regions == []


async def test_the_bar_of_the_cursor_touches_its_own_picture():
    """The bar is the right half of the cell before its picture, so it clearly belongs to one picture."""
    app = Stage(Shelf())
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await pilot.press("l")
        lanes = [lane for lane in app.panel.query(GridColumn) if not lane.has_class("thumb")]
        lanes = [lane for lane in lanes if any(line.text[:1] == "▐" for line in lane.painted.strips)]
        assert len(lanes) == 1 and not any("▌" in line.text for line in lanes[0].painted.strips)


async def test_a_rejected_picture_is_dimmed(monkeypatch):
    """A rejected picture is drawn again, and no other cell is."""
    app = Stage(Shelf())
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        regions = note_written(monkeypatch)
        app.shelf.verdicts[2] = Rating(False)
        app.panel.draw()
        assert len({cells.widget for cells in regions}) == 1
        assert len({cells.y for cells in regions}) == app.panel.model.grid.height + 1


async def test_the_cursor_stays_on_its_tile_when_others_come_and_when_the_size_changes():
    """The cursor stays on its tile when tiles are inserted or the size changes."""
    app = Stage(Shelf())
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        await pilot.press("j", "l")
        tile = app.panel.tile
        roll = FlatTiles()
        roll.add((RowId(row), range(1, 2)) for row in (9_999, *range(1, COUNT + 1)))
        app.panel.show(roll, None, Content(""))
        assert app.panel.tile == tile
        await pilot.resize_terminal(60, 20)
        await pilot.pause()
        assert (
            app.panel.tile == tile
            and app.panel.model.grid.spot(app.panel.model.view.cursor, app.panel.model.view) is not None
        )
