"""The last line of a screen: what the keys do now."""

from collections.abc import Sequence
from typing import Any, Final

from textual import events
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.ui.ink import literal
from cordage_tui.ui.keys.hints import ActiveAction, hints

GAP: Final = 3
"""Cells between two hints; one before the first."""


@dataclass(frozen=True, slots=True)
class FooterItem:
    """A hint and the cells it stands on, from `start` up to but without `end`."""

    hint: ActiveAction
    start: int
    end: int


def fitted(shown: Sequence[ActiveAction], width: int) -> tuple[FooterItem, ...]:
    """As many hints as fit on `width` cells. Help and commands go last and are kept longest: they lead to all others."""
    within = [hint for hint in shown if hint.in_footer and not hint.everywhere]
    around = [hint for hint in shown if hint.in_footer and hint.everywhere]
    while _length([*within, *around]) > width and (within or around):
        (within or around).pop()
    return _placed([*within, *around])


def _placed(row: Sequence[ActiveAction]) -> tuple[FooterItem, ...]:
    spots: list[FooterItem] = []
    start = 1
    for hint in row:
        spots.append(FooterItem(hint, start, start + _cells(hint)))
        start = spots[-1].end + GAP
    return tuple(spots)


def _cells(hint: ActiveAction) -> int:
    return literal(hint.keys[0]).cell_length + 1 + literal(hint.title).cell_length


def _length(row: Sequence[ActiveAction]) -> int:
    return sum(_cells(hint) for hint in row) + GAP * (len(row) - 1) + 2


def drawn(spots: Sequence[FooterItem]) -> Content:
    """` t prompt   x kill`: keys in the accent, words quiet."""
    words = [Content.assemble(literal(s.hint.keys[0], "$accent"), " ", literal(s.hint.title, "$quiet")) for s in spots]
    return Content.assemble(" ", Content(" " * GAP).join(words))


class Footer(Widget):
    """Shows the bindings that are active from the focused widget outwards; a click on one does what it says."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: tuple[ActiveAction, ...] = ()

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._look)
        self.call_after_refresh(self._look, self.screen)

    def render(self) -> Content:
        return drawn(fitted(self._shown, self.size.width))

    async def on_click(self, event: events.Click) -> None:
        spot = next((s for s in fitted(self._shown, self.size.width) if s.start <= event.x < s.end), None)
        if spot is not None:
            await self.app.run_action(spot.hint.call, spot.hint.node)

    def _look(self, screen: Screen[Any]) -> None:
        """Draws only when what it would say is different."""
        now = tuple(hint for hint in hints(screen) if hint.in_footer)
        if now != self._shown:
            self._shown = now
            self.refresh()
