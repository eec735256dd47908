"""Base of the main screen's actions: their groups in help, and reasons and labels that several share."""

from typing import Final

from textual.binding import Binding

from cordage_tui.domain.text import one_line
from cordage_tui.ui.keys.action import Action, KeyLabel
from cordage_tui.ui.keys.disabled import DisabledReason, not_here
from cordage_tui.ui.main.context import MainContext

GO: Final = Binding.Group("Go to")
RUNS: Final = Binding.Group("Runs")

NO_RUN: Final = not_here("No run is selected.")


class MainAction(Action[MainContext]):
    """Action of the main screen."""

    def reason(self, main: MainContext) -> DisabledReason | None:
        return None


class RunAction(MainAction):
    """Action on the marked runs, else on the batch under the cursor, else on the run under it.

    A subclass may name its key otherwise for marked runs and for the line of a batch: by word and sentence.
    """

    group = RUNS
    of_marked: tuple[str, str] | None = None
    of_batch: tuple[str, str] | None = None

    def label(self, main: MainContext) -> KeyLabel | None:
        words = None
        if main.selection.has_marks:
            words = self.of_marked
        if words is None and main.selection.batch is not None:
            words = self.of_batch
        return KeyLabel(one_line(words[0]), one_line(words[1])) if words is not None else None
