"""Duels on the compare page: which of two outputs is preferred, and which two are shown next."""

from collections.abc import Sequence
from typing import Final

from textual.binding import Binding
from textual.content import Content

from cordage_tui.domain.duel import Winner, best_pair, strengths
from cordage_tui.domain.run import RowId
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.store.store import Store
from cordage_tui.store.user_data import Output
from cordage_tui.ui.compare.page import ComparedRun
from cordage_tui.ui.keys.disabled import DisabledReason, not_here
from cordage_tui.ui.keys.footer import Footer, key_of
from cordage_tui.ui.screen_base import EngineScreen, LastGoodReads
from cordage_tui.ui.widgets.text import literal

MOST: Final = 500
"""Outputs that duels are fought between, the first of a sheet."""
Pair = tuple[Output, Output]
"""Outputs of the left and of the right side."""
_JUDGED: Final = {
    Winner.LEFT: SafeText("The left one is preferred."),
    Winner.RIGHT: SafeText("The right one is preferred."),
    Winner.EQUAL: SafeText("Neither is preferred."),
}
_DUEL: Final = Binding.Group("Duel")


class DuelPool:
    """Outputs that are compared two at a time."""

    def __init__(self, reads: LastGoodReads, store: Store, outputs: Sequence[Output]) -> None:
        self._reads = reads
        self._duels = store.duels
        self.outputs = tuple(outputs[:MOST])
        self.judged: list[tuple[int, Pair]] = []
        """Numbers of the duels judged here, with their pairs, the latest last."""

    def next_pair(self) -> Pair | None:
        """Return the two of the most informative duel, by all duels that there are; None: there are no two."""
        known = self._reads.last_good(self._duels.all, [])
        return best_pair(strengths(self.outputs, known), known)

    def judge(self, pair: Pair, winner: Winner) -> None:
        """Record a duel. Raises StoreError."""
        self.judged.append((self._duels.judge(*pair, winner), pair))

    def take_back(self) -> Pair | None:
        """Remove the latest duel judged here, and return its pair; None: there is none. Raises StoreError."""
        if not self.judged:
            return None
        number, pair = self.judged[-1]
        self._duels.take_back(number)
        self.judged.pop()
        return pair


class DuelKeys(EngineScreen[None]):
    """Page of two outputs whose keys record which of them is preferred. Each verdict is on disk before the next pair is shown."""

    BINDINGS = [
        Binding(">", "judge('left')", "left is better", id="compare.left_wins", tooltip="Prefer the left output (left > right); shows the next two", show=False, group=_DUEL),
        Binding("<", "judge('right')", "right is better", id="compare.right_wins", tooltip="Prefer the right output (left < right); shows the next two", show=False, group=_DUEL),
        Binding(".", "judge('equal')", "equal", id="compare.equal", tooltip="Prefer neither output; shows the next two", show=False, group=_DUEL),
        Binding("backspace", "take_back", "take back", id="compare.take_back", tooltip="Take back the last duel, and show its outputs again", show=False, group=_DUEL),
    ]  # fmt: skip

    duels: DuelPool
    _rows: tuple[RowId, RowId]
    _chosen: list[int]
    """Numbers of the outputs that are shown."""
    _active: int
    """Side that keys act on."""

    def _sides(self) -> list[ComparedRun]:
        raise NotImplementedError

    def _show(self) -> None:
        raise NotImplementedError

    def pair(self) -> Pair | None:
        """Return the two outputs that are shown; None: a side has none."""
        found = [(side.output.row, side.output.number) for side in self._sides() if side.output is not None]
        return (found[0], found[1]) if len(found) == 2 else None

    def show_pair(self, pair: Pair) -> None:
        """Show two other outputs."""
        (left, n), (right, m) = pair
        self._rows, self._chosen, self._active = (left, right), [n, m], 0
        self._show()
        self.refresh_bindings()

    def duel_disabled(self, action: str) -> DisabledReason | None:
        """Return the reason against judging a duel or taking one back; None: there is none, or it is another action."""
        if action == "take_back" and not self.duels.judged:
            return not_here("No duel was judged here.")
        pair = self.pair() if action == "judge" else None
        if action == "judge" and (pair is None or pair[0] == pair[1]):
            return not_here("Two outputs are needed to prefer one.")
        return None

    def action_judge(self, winner: str) -> None:
        if (pair := self.pair()) is None:
            return
        with self.report_errors():
            self.duels.judge(pair, Winner(winner))
            self.query_one(Footer).show_message(SafeText(""), _JUDGED[Winner(winner)])
            if (following := self.duels.next_pair()) is not None:
                self.show_pair(following)
            else:
                self.refresh_bindings()

    def action_take_back(self) -> None:
        with self.report_errors():
            if (pair := self.duels.take_back()) is not None:
                self.query_one(Footer).show_message(SafeText(""), SafeText("The last duel was taken back."))
                self.show_pair(pair)

    def question(self) -> Content | None:
        """Return the line above two outputs of a pool; None: there is no pool."""
        if not self.duels.outputs:
            return None
        keys = ((key_of(self, f"compare.{name}"), word) for name, word in _ANSWERS)
        count = f"{len(self.duels.outputs):,} outputs · {len(self.duels.judged):,} judged"
        answers = [Content.assemble(literal(key, "$accent"), f" {word}") for key, word in keys if key]
        return Content("   ").join(
            [Content.styled("Which is better?", "bold"), *answers, literal(one_line(count), "$quiet")]
        )


_ANSWERS: Final = (("left_wins", "left"), ("equal", "equal"), ("right_wins", "right"))
