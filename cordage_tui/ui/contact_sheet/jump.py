"""Jump letters of the contact sheet: each output on the page has a label. Typing it moves the cursor there."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from textual.events import Key
from textual.widget import Widget

from cordage_tui.domain.safe_text import one_line
from cordage_tui.ui.contact_sheet.layout import GridModel
from cordage_tui.ui.contact_sheet.tiles import Tile
from cordage_tui.ui.keys.footer import Footer, key_of

LETTERS: Final = "asdfghjklqwertyuiopzxcvbnm"
"""Letters of the labels. The letters of the home row come first."""


def labels(count: int, letters: str = LETTERS) -> list[str]:
    """Return `count` labels, as short as possible. No label is the beginning of another one."""
    made = [""]
    while len(made) < count or made == [""]:
        shortest = min(map(len, made))
        longer_at = max(index for index, label in enumerate(made) if len(label) == shortest)
        made[longer_at : longer_at + 1] = [made[longer_at] + letter for letter in letters]
    return sorted(made, key=len)[:count]


class JumpLabels:
    """Labels of the tiles on a page, and the letters that have been typed."""

    def __init__(self, tiles: Collection[Tile]) -> None:
        self._labels: Mapping[Tile, str] = dict(zip(tiles, labels(len(tiles)), strict=True))
        self._typed = ""

    def letters_left(self, tile: Tile | None) -> str:
        """Return the letters that are still to be typed for a tile. Empty: it has no label, or another label was begun."""
        label = self._labels.get(tile, "") if tile is not None else ""
        return label[len(self._typed) :] if label.startswith(self._typed) else ""

    def type(self, letter: str) -> Sequence[Tile]:
        """Type a letter. Return the tiles whose labels begin with the typed letters."""
        self._typed += letter
        return [tile for tile, label in self._labels.items() if label.startswith(self._typed)]


class JumpMode:
    """Mode of a grid in which each output on the page has letters, and typed keys choose an output."""

    def __init__(self, grid: Widget, model: GridModel, go_to: Callable[[Tile], None], draw: Callable[[], None]) -> None:
        """`go_to` moves the cursor to a tile. `draw` draws the page with the letters that `letters_left` returns."""
        self._grid = grid
        self._model = model
        self._go_to = go_to
        self._draw = draw
        self._labels: JumpLabels | None = None
        """Labels of the outputs; None: the mode is off."""

    def start(self) -> None:
        """Show letters at the outputs on the page."""
        if tiles := self._model.tiles_on_page:
            self._show(JumpLabels([*tiles.values()]))
            for footer in self._grid.screen.query(Footer):
                message = one_line("Type the letters at an output to go there; esc cancels.")
                footer.show_message(key_of(self._grid, "sheet.jump"), message)

    @property
    def is_on(self) -> bool:
        """True while the page shows letters."""
        return self._labels is not None

    def stop(self) -> None:
        """Remove the letters, and end the mode."""
        self._show(None)

    def letters_left(self, tile: Tile) -> str | None:
        """Return the letters that are still to be typed for a tile; None: the mode is off."""
        return self._labels.letters_left(tile) if self._labels is not None else None

    def type_key(self, event: Key) -> None:
        """Handle a key. A letter of a label narrows the choice. Any other key ends the mode; if it types no character, it then
        acts as usual."""
        if (labels := self._labels) is None:
            return
        letter = event.character or "" if event.is_printable else ""
        tiles = labels.type(letter.lower()) if letter else ()
        if letter or event.key == "escape":
            event.stop()
        self._show(labels if len(tiles) > 1 else None)
        if len(tiles) == 1:
            self._go_to(tiles[0])

    def _show(self, labels: JumpLabels | None) -> None:
        if labels is None and self._labels is not None:
            for footer in self._grid.screen.query(Footer):
                footer.clear_message()
        if labels is not None or self._labels is not None:
            self._labels = labels
            self._draw()
