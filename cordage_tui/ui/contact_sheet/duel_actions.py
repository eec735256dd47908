"""Actions of the contact sheet that compare its outputs two at a time."""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from textual.binding import Binding

from cordage_tui.domain.text import one_line
from cordage_tui.store.user_data import Output
from cordage_tui.ui.contact_sheet.actions import ContactSheetActions
from cordage_tui.ui.keys.disabled import DisabledReason, not_here

_POOL: Final = 500
"""Outputs that duels are fought between."""


OpenDuels: TypeAlias = Callable[[Sequence[Output], Callable[[], None]], None]
"""Action that compares outputs two at a time, and calls the function when its screen is left."""


class DuelActions(ContactSheetActions):
    """Contact sheet whose outputs are compared two at a time, and sorted by that."""

    BINDINGS = [
        Binding("v", "duel", "duel", id="sheet.duel", tooltip="Compare the outputs shown two at a time, to find the best"),
        Binding("O", "sort", "sort", id="sheet.sort", tooltip="Sort by duels, the best first, or by time again", show=False),
    ]  # fmt: skip

    open_duels: OpenDuels

    def disabled_reason(self, action: str, parameters: tuple[object, ...]) -> DisabledReason | None:
        if action == "duel" and self.is_mounted and len(self._pool(2)) < 2:
            return not_here("There are no two outputs to compare.")
        return super().disabled_reason(action, parameters)

    def action_duel(self) -> None:
        """Compare the outputs shown, two at a time."""
        self.open_duels(self._pool(_POOL), self.read)

    def action_sort(self) -> None:
        """Sort by duels, or by time again."""
        if not self.loader.ranked and not self.reads.last_good(self.store.duels.all, []):
            self.toast(one_line("No outputs were compared yet."))
            return
        self.loader.ranked = not self.loader.ranked
        self.read()

    def _pool(self, most: int) -> list[Output]:
        """List the first outputs shown, `most` at most."""
        tiles = self.loader.tiles
        found: list[Output] = []
        for place in range(tiles.count):
            tile = tiles.at(place)
            if tile is not None and tile.number:
                found.append((tile.row, tile.number))
            if len(found) == most:
                break
        return found
