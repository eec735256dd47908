"""Keys that judge an output: the same key again takes back what it gave."""

from collections.abc import Callable
from typing import Final

from textual.binding import Binding

from cordage_tui.domain.output import MAX_STARS, UNJUDGED, Rating
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.store.errors import StoreError
from cordage_tui.store.user_data import Ratings
from cordage_tui.ui.contact_sheet.tiles import Tile
from cordage_tui.ui.main.cached_reads import LastGoodReads

NO_OUTPUT: Final = one_line("There is no output here.")
_RATE: Final = Binding.Group("Rate", compact=True)


def judging_keys(scope: str, what: str = "this output", *, keep: str = "+") -> list[Binding]:
    """The keys of a screen whose actions are `decide(kept)` and `rate(stars)` of `what`; their ids begin with `scope`."""
    return [
        Binding(keep, "decide(True)", "keep", id=f"{scope}.keep", tooltip=f"Keep {what}; press again to undo"),
        Binding("-", "decide(False)", "reject", id=f"{scope}.reject", tooltip=f"Reject {what}; press again to undo"),
        *(
            Binding(str(stars), f"rate({stars})", f"{stars} stars", id=f"{scope}.stars_{stars}", show=False, group=_RATE,
                tooltip=f"Give {stars} star{'s' if stars > 1 else ''}; press again to undo")
            for stars in range(1, MAX_STARS + 1)
        ),
        Binding("0", "rate(0)", "no stars", id=f"{scope}.stars_0", tooltip="Remove the stars", show=False, group=_RATE),
    ]  # fmt: skip


class RatingActions:
    """Writes verdicts; every screen hears of them from the store."""

    def __init__(self, kept: LastGoodReads, verdicts: Ratings, say: Callable[[SafeText, bool], None]) -> None:
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

    def _write(self, tile: Tile | None, write: Callable[[Tile, Rating], None]) -> None:
        if tile is None or not tile.number:
            self._say(NO_OUTPUT, False)
            return
        try:
            write(tile, self._kept.verdicts(tile.row).get(tile.number, UNJUDGED))
        except StoreError as error:
            self._say(error.what, True)
