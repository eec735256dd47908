"""Keys that judge an output: the same key again takes back what it gave."""

from collections.abc import Callable
from typing import Final

from cordage_tui.domain.output import Verdict
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.store.errors import StoreError
from cordage_tui.store.verdicts import Verdicts
from cordage_tui.ui.screens.steady import Steady
from cordage_tui.ui.sheet.roll import UNJUDGED, Tile

NO_OUTPUT: Final = one_line("There is no output here.")


class Judging:
    """Writes verdicts; every screen hears of them from the store."""

    def __init__(self, kept: Steady, verdicts: Verdicts, say: Callable[[SafeText, bool], None]) -> None:
        """`say` tells the user something; True: something went wrong."""
        self._kept = kept
        self._verdicts = verdicts
        self._say = say

    def decide(self, tile: Tile | None, kept: bool) -> None:
        """Keep it or reject it; the same again leaves it undecided."""
        self._write(tile, lambda tile, now: self._verdicts.decide([tile], None if now.kept is kept else kept))

    def rate(self, tile: Tile | None, stars: int) -> None:
        """So many stars; as many as it has takes them."""
        self._write(tile, lambda tile, now: self._verdicts.rate([tile], 0 if now.stars == stars else stars))

    def _write(self, tile: Tile | None, write: Callable[[Tile, Verdict], None]) -> None:
        if tile is None or not tile.number:
            self._say(NO_OUTPUT, False)
            return
        try:
            write(tile, self._kept.verdicts(tile.row).get(tile.number, UNJUDGED))
        except StoreError as error:
            self._say(error.what, True)
