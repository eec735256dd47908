"""Keys on the output under the cursor, in all screens that show outputs. A rating key takes back what it gave when it is
pressed again."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from textual.binding import Binding

from cordage_tui.domain.formatting import counted
from cordage_tui.domain.output import MAX_STARS, UNJUDGED, OutputRef, Rating
from cordage_tui.domain.run import RowId
from cordage_tui.ui.keys.disabled import not_here
from cordage_tui.ui.screen_base import EngineScreen

NO_OUTPUT: Final = not_here("There is no output here.")
ON_OUTPUT: Final = frozenset({"decide", "rate", "open", "open_outside", "use_output"})
"""Actions of a screen on the output under its cursor."""
UseOutputs: TypeAlias = Callable[[Sequence[OutputRef]], None]
"""Action that uses outputs as inputs of a webhook: a single one through the prompt panel, several as a batch."""
_RATE: Final = Binding.Group("Rate", compact=True)


def rating_keys(scope: str, what: str = "this output", *, keep: str = "+") -> list[Binding]:
    """Bindings of the actions `decide(kept)` and `rate(stars)` for `what`; their ids begin with `scope`."""
    return [
        Binding(keep, "decide(True)", "keep", id=f"{scope}.keep", tooltip=f"Keep {what}; press again to undo"),
        Binding("-", "decide(False)", "reject", id=f"{scope}.reject", tooltip=f"Reject {what}; press again to undo"),
        *(
            Binding(str(stars), f"rate({stars})", f"{stars} stars", id=f"{scope}.stars_{stars}", show=False, group=_RATE,
                tooltip=f"Give {counted(stars, 'star')}; press again to undo")
            for stars in range(1, MAX_STARS + 1)
        ),
        Binding("0", "rate(0)", "no stars", id=f"{scope}.stars_0", tooltip="Remove the stars", show=False, group=_RATE),
    ]  # fmt: skip


def use_key(scope: str, what: str = "this output") -> Binding:
    """Binding of the action `use_output`; its id begins with `scope`."""
    tooltip = f"Use {what} as an input of a webhook"
    return Binding("u", "use_output", "use as input", id=f"{scope}.use_output", tooltip=tooltip)


class RatingActions:
    """Actions that rate an output; every screen reads the rating back from the store."""

    def __init__(self, host: EngineScreen[Any]) -> None:
        self._host = host
        self._ratings = host.store.ratings

    def decide(self, output: OutputRef | None, kept: bool) -> None:
        """Keep or reject an output; the same again leaves it undecided."""
        self._write(output, lambda at, now: self._ratings.decide([at], None if now.kept is kept else kept))

    def rate(self, output: OutputRef | None, stars: int) -> None:
        """Give an output so many stars; as many as it has takes them back."""
        self._write(output, lambda at, now: self._ratings.rate([at], 0 if now.stars == stars else stars))

    def _write(self, output: OutputRef | None, write: Callable[[tuple[RowId, int], Rating], None]) -> None:
        if output is None:
            return
        with self._host.report_errors():
            now = self._host.reads.last_good(self._ratings.of, {}, output.row).get(output.number, UNJUDGED)
            write((output.row, output.number), now)
