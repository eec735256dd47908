"""Grid widget of the contact sheet."""

from collections.abc import Mapping
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.events import Blur, Click, Key, MouseScrollDown, MouseScrollUp, Resize
from textual.message import Message
from textual.widget import Widget

from cordage_tui.domain.image import ImageRequest, ImageView
from cordage_tui.domain.run import RowId
from cordage_tui.ui.contact_sheet.jump import JumpMode
from cordage_tui.ui.contact_sheet.layout import (
    BELOW,
    BESIDE,
    Axes,
    Grid,
    GridInput,
    GridModel,
    GridViewport,
)
from cordage_tui.ui.contact_sheet.render import (
    CURSOR,
    GROUND,
    CellRenderer,
    GridColumn,
    Ink,
    RenderedCell,
    RenderedPage,
    Row,
    box,
)
from cordage_tui.ui.contact_sheet.source import TileCache
from cordage_tui.ui.contact_sheet.tiles import Tile, TileModel, Tiles
from cordage_tui.ui.images.renderer import ImageRenderer
from cordage_tui.ui.keys.action import Action, ActionNode, bindings_of
from cordage_tui.ui.keys.moves import MOVE
from cordage_tui.ui.widgets.line_view import BorderPanel
from cordage_tui.ui.widgets.tables import thumb_span

# Actions that move in the sheet.


class GridAction(Action["ContactSheetGrid"]):
    """Action that moves the cursor of the grid."""

    group = MOVE
    in_palette = False


class NextTile(GridAction):
    """Go to the next output."""

    id, keys, word = "sheet.right", "l,right", "right"
    step = 1

    def run(self, grid: "ContactSheetGrid") -> None:
        grid.step(self.step)


class PreviousTile(NextTile):
    """Go to the previous output."""

    id, keys, word = "sheet.left", "h,left", "left"
    step = -1


class NextTileRow(GridAction):
    """Move down one row."""

    id, keys, word = "sheet.down", "j,down", "down"
    step = 1

    def run(self, grid: "ContactSheetGrid") -> None:
        grid.step_rows(self.step)


class PreviousTileRow(NextTileRow):
    """Move up one row."""

    id, keys, word = "sheet.up", "k,up", "up"
    step = -1


class NextSheetPage(GridAction):
    """Move down one page."""

    id, keys, word = "sheet.page_down", "ctrl+d,pagedown,space", "page down"
    step = 1

    def run(self, grid: "ContactSheetGrid") -> None:
        grid.step_pages(self.step)


class PreviousSheetPage(NextSheetPage):
    """Move up one page."""

    id, keys, word = "sheet.page_up", "ctrl+u,pageup", "page up"
    step = -1


class FirstTile(GridAction):
    """Go to the first output."""

    id, keys, word = "sheet.first", "g,home", "first"

    def run(self, grid: "ContactSheetGrid") -> None:
        grid.go_to_first()


class LastTile(GridAction):
    """Go to the last output."""

    id, keys, word = "sheet.last", "G,end", "last"

    def run(self, grid: "ContactSheetGrid") -> None:
        grid.go_to_last()


class JumpToTile(GridAction):
    """Show letters at the outputs; typing them moves the cursor there."""

    id, keys, word = "sheet.jump", "J", "jump"

    def run(self, grid: "ContactSheetGrid") -> None:
        grid.jump.start()


class EnlargePictures(Action["ContactSheetGrid"]):
    """Enlarge the pictures."""

    id, keys, word = "sheet.larger", "z", "larger"
    step = 1

    def run(self, grid: "ContactSheetGrid") -> None:
        grid.zoom(self.step)


class ShrinkPictures(EnlargePictures):
    """Shrink the pictures."""

    id, keys, word = "sheet.smaller", "Z", "smaller"
    step = -1


# Grid widget for any number of tiles. Only one page of them is read and drawn.

NOTHING: Final = ImageView()
NOWHERE: Final = Tile(RowId(0), 0)
"""Tile of no run."""


class ContactSheetGrid(ActionNode, BorderPanel, Widget, can_focus=True):
    """Grid of tiles. The cursor stays on its tile, and only cells that look different are drawn again."""

    ALLOW_SELECT = False
    CHILDREN_PAINT = True
    COMPONENT_CLASSES: ClassVar[set[str]] = {CURSOR, GROUND, "sheet--thumb"}
    BINDING_GROUP_TITLE = "Contact sheet"
    ACTIONS = (
        NextTile(),
        PreviousTile(),
        NextTileRow(),
        PreviousTileRow(),
        NextSheetPage(),
        PreviousSheetPage(),
        FirstTile(),
        LastTile(),
        JumpToTile(),
        EnlargePictures(),
        ShrinkPictures(),
    )
    BINDINGS = bindings_of(ACTIONS)

    class Moved(Message):
        """Selection changed: another tile is under the cursor, or another page is shown."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, ContactSheetGrid.Moved)

    class Opened(Message):
        """Open this tile large, after a double click."""

    def __init__(self, source: TileCache, renderer: ImageRenderer) -> None:
        super().__init__(classes="panel")
        self.model = GridModel()
        self.jump = JumpMode(self, self.model, self.go_to, self.draw)
        self._source = source
        self._renderer = renderer
        self._cells = CellRenderer(self, renderer)
        self._gutter, self._thumb = GridColumn(), GridColumn(classes="thumb")
        self._columns: list[GridColumn] = []
        self._empty = Content("")
        self._reported = (GridViewport(), self.tile)
        self._columns_for: Grid | None = None

    def compose(self) -> ComposeResult:
        yield self._gutter
        yield self._thumb

    @property
    def tile(self) -> Tile | None:
        """Tile under the cursor; None: there is none, or its prompt was dropped."""
        return self.model.tile

    def wanted(self, model: TileModel) -> ImageRequest | None:
        """Return the request for a tile's picture as it is drawn here; None: the tile has no picture."""
        return box(self._renderer, model, self.model.grid) if self.model.grid is not None else None

    def show(self, tiles: Tiles, axes: Axes | None, empty: Content) -> None:
        """Show these tiles. The cursor follows its tile; if that is gone, it keeps its index.

        `empty` is shown if there are no tiles. `axes`: the tiles are a matrix, and are laid out as a table.
        """
        self._empty = empty
        self.model.show(tiles, axes)
        self._update()

    def go_to(self, tile: Tile) -> None:
        """Move the cursor to that tile, if the grid has it."""
        self._move_to(self.model.tiles.index_of(tile))

    def repaint(self) -> None:
        """Draw everything again, because pictures are drawn in another way."""
        self._cells.forget()
        self.draw()

    def on_unmount(self) -> None:
        self._cells.forget()

    def on_resize(self, event: Resize) -> None:
        self.model.resize(self.content_size.width - 1, self.content_size.height)  # one column is for the scroll thumb
        self._update()

    def notify_style_update(self) -> None:
        """Draw everything again after a change of theme or focus."""
        super().notify_style_update()
        if self.is_mounted:
            self.call_later(self.repaint)

    def step(self, by: int) -> None:
        """Move the cursor `by` tiles forward, or back if negative."""
        self._move_to(self.model.view.cursor + by)

    def step_rows(self, by: int) -> None:
        """Move the cursor `by` rows down, or up if negative."""
        if self.model.grid is not None:
            self.model.move(self.model.view.stepped(by, self.model.grid))
            self._update()

    def step_pages(self, by: int) -> None:
        """Move the cursor `by` pages down, or up if negative."""
        if self.model.grid is not None:
            self.model.move(self.model.view.paged(by, self.model.grid))
            self._update()

    def go_to_first(self) -> None:
        """Move to the first tile."""
        self._move_to(0)

    def go_to_last(self) -> None:
        """Move to the last tile. For this, the rest of a long history is read first."""
        self._source.load_all()
        self._move_to(self.model.tiles.count)

    def zoom(self, by: int) -> None:
        """Show the pictures one size larger (`by` 1) or smaller (-1)."""
        self.model.zoom(by)
        self._update()

    def on_key(self, event: Key) -> None:
        self.jump.type_key(event)

    def on_blur(self, event: Blur) -> None:
        self.jump.stop()

    def on_click(self, event: Click) -> None:
        offset = event.screen_offset - self.content_region.offset
        index = self.model.grid.index_at(offset.x, offset.y, self.model.view) if self.model.grid is not None else None
        self._move_to(index)
        if index is not None and event.chain == 2:
            self.post_message(self.Opened())

    @on(MouseScrollDown)
    @on(MouseScrollUp)
    def _scroll(self, event: MouseScrollDown | MouseScrollUp) -> None:
        event.stop()
        self.step_rows(1 if isinstance(event, MouseScrollDown) else -1)

    def _move_to(self, index: int | None) -> None:
        """Move the cursor to the tile at `index`, or to the nearest one. None: it stays."""
        if index is not None and self.model.grid is not None:
            self.model.move(self.model.view.to(index, self.model.grid))
            self._update()

    def _update(self) -> None:
        """Post `Moved` if the cursor or the page has changed, and draw."""
        if self.model.grid is None:
            return
        state = (self.model.view, self.model.tile)
        if state != self._reported:
            self._reported = state
            self.post_message(self.Moved())
        if self.model.grid != self._columns_for:
            self._columns_for = self.model.grid
            self._ensure_columns(self.model.grid)
        self.draw()

    def _ensure_columns(self, grid: Grid) -> None:
        """Mount a widget for each column of the page. Without tiles, the gutter covers the page and shows a text."""
        self._gutter.styles.width = grid.page.gutter if grid.page.count else grid.page.width
        missing = [GridColumn() for _ in range(grid.across - len(self._columns))]
        self._columns += missing
        if missing:
            self.mount_all(missing, before=self._thumb)
        for index, column in enumerate(self._columns):
            column.display = index < grid.across and grid.page.count > 0
            column.styles.width = grid.width + BESIDE

    def draw(self) -> None:
        """Draw the page. Only lines that differ are painted again."""
        grid, view = self.model.grid, self.model.view
        if grid is None or not self.is_mounted:
            return
        tiles = self.model.tiles_on_page
        models = self._source.tile_models([*tiles.values()])
        cells = {index: self._cell(models.get(tiles.get(index, NOWHERE)), index, grid) for index in grid.on_page(view)}
        frame = RenderedPage(grid, view, self.model.split, cells)
        self._gutter.show(
            frame.gutter(self._cells.text) if grid.page.count else _empty_rows(self._empty, grid.page, self._cells.text)
        )
        for across, column in enumerate(self._columns[: grid.across]):
            column.show(frame.column_rows(across, self._cells.text))
        self._thumb.show(self._thumb_rows(grid))
        self._source.want(
            []
            if not self._renderer.on
            else [request for model in self._wanted(models, grid) if (request := box(self._renderer, model, grid))]
        )

    def _cell(self, model: TileModel | None, place: int, grid: Grid) -> RenderedCell:
        wanted = box(self._renderer, model, grid) if model is not None else None
        image_view = self._source.image_view(wanted) if wanted is not None else NOTHING
        letters = self.jump.letters_left(model.tile) if model is not None else None
        return self._cells.draw(model, image_view, grid, cursor=place == self.model.view.cursor, letters=letters)

    def _wanted(self, models: Mapping[Tile, TileModel], grid: Grid) -> list[TileModel]:
        """Return the tiles of the page, beginning with the cursor's tile; then the tiles of the next page."""
        current, view = models.get(self.tile) if self.tile is not None else None, self.model.view
        below = grid.on_page(GridViewport(view.cursor, view.top + grid.down, view.left))
        ahead = self._source.tile_models([tile for place in below if (tile := self.model.tiles.at(place)) is not None])
        return [
            *([current] if current else []),
            *(model for model in models.values() if model is not current),
            *ahead.values(),
        ]

    def _thumb_rows(self, grid: Grid) -> list[Row]:
        lines = grid.height + BELOW
        height = self.content_size.height
        first, last = thumb_span(grid.rows * lines, height, self.model.view.top * lines) if grid.pages > 1 else (0, 0)
        thumb, blank = (self._cells.text(text, 1) for text in (Content.styled("▐", ".sheet--thumb"), Content("")))
        return [(thumb if first <= y < last else blank,) for y in range(height)]


def _empty_rows(sentence: Content, page: GridInput, draw: Ink) -> list[Row]:
    """Return rows with one short sentence in the middle."""
    lines = sentence.wrap(max(1, page.width - 4), align="center") if sentence.plain else []
    above = max(0, (page.height - len(lines)) // 2)
    middle = [line.pad_left(max(0, (page.width - line.cell_length) // 2)) for line in lines]
    return [()] * above + [(draw(line, page.width),) for line in middle]
