"""Jump letters of the contact sheet: a label for each output on the page, which moves the cursor there when it is typed."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from textual.events import Blur, Key
from textual.widget import Widget

from cordage_tui.domain.text import one_line
from cordage_tui.ui.contact_sheet.layout import GridModel
from cordage_tui.ui.contact_sheet.tiles import Tile
from cordage_tui.ui.keys.footer import Footer, key_of

LETTERS: Final = "asdfghjklqwertyuiopzxcvbnm"
"""Letters of labels, those under the fingers first."""


def labels(count: int, letters: str = LETTERS) -> list[str]:
    """Return `count` labels, as short as can be; none is the beginning of another."""
    found = [""]
    while len(found) < count or found == [""]:
        shortest = min(map(len, found))
        begun = max(place for place, label in enumerate(found) if len(label) == shortest)
        found[begun : begun + 1] = [found[begun] + letter for letter in letters]
    return sorted(found, key=len)[:count]


class JumpLabels:
    """Labels of the tiles on a page, and what has been typed of one."""

    def __init__(self, tiles: Collection[Tile]) -> None:
        self._labels: Mapping[Tile, str] = dict(zip(tiles, labels(len(tiles)), strict=True))
        self._typed = ""

    def letters_left(self, tile: Tile | None) -> str:
        """Return the letters that are still to be typed for a tile; empty: it has no label, or another was begun."""
        label = self._labels.get(tile, "") if tile is not None else ""
        return label[len(self._typed) :] if label.startswith(self._typed) else ""

    def type(self, letter: str) -> Sequence[Tile]:
        """Type a letter; returns the tiles whose labels begin so."""
        self._typed += letter
        return [tile for tile, label in self._labels.items() if label.startswith(self._typed)]


class JumpKeys(Widget):
    """Grid in which the action `jump` shows letters at the outputs on the page. Keys are theirs then."""

    model: GridModel
    jump: JumpLabels | None = None
    """Letters at the outputs; None: keys do what they always do."""

    def go_to(self, tile: Tile) -> None:
        """Move the cursor to that tile, if it is here."""
        raise NotImplementedError

    def draw(self) -> None:
        """Draw the page; only what differs is repainted."""
        raise NotImplementedError

    def action_jump(self) -> None:
        """Show letters at the outputs on the page."""
        if tiles := self.model.tiles_on_page:
            self._show_jump(JumpLabels([*tiles.values()]))
            for footer in self.screen.query(Footer):
                words = one_line("Type the letters at an output to go there; esc cancels.")
                footer.show_message(key_of(self, "sheet.jump"), words)

    def on_key(self, event: Key) -> None:
        """Take the letters of a label; any other key puts them away, and does what it always does unless it types something."""
        if (jump := self.jump) is None:
            return
        letter = event.character or "" if event.is_printable else ""
        tiles = jump.type(letter.lower()) if letter else ()
        if letter or event.key == "escape":
            event.stop()
        self._show_jump(jump if len(tiles) > 1 else None)
        if len(tiles) == 1:
            self.go_to(tiles[0])

    def on_blur(self, event: Blur) -> None:
        self._show_jump(None)

    def _show_jump(self, jump: JumpLabels | None) -> None:
        if jump is None and self.jump is not None:
            for footer in self.screen.query(Footer):
                footer.hush()
        if jump is not None or self.jump is not None:
            self.jump = jump
            self.draw()
