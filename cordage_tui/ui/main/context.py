"""Context of the main screen's actions: panels, and the parts for runs, files and the terminal. Base of the actions."""

from collections.abc import Callable, Mapping
from typing import Final, TypeVar, cast

from textual.binding import Binding

from cordage_tui.config.settings import Settings
from cordage_tui.domain.run import RowId
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.workspace import WebhookRegistry
from cordage_tui.ui.external.clipboard import Clipboard
from cordage_tui.ui.external.foreground import ForegroundProgram
from cordage_tui.ui.images.renderer import ImageRenderer
from cordage_tui.ui.keys.action import Action, KeyLabel
from cordage_tui.ui.keys.disabled_reasons import DisabledReason, not_here
from cordage_tui.ui.main.filter_bar import FilterBar
from cordage_tui.ui.main.layout import PanelLayout
from cordage_tui.ui.main.presenter import MainPresenter
from cordage_tui.ui.main.selection import RunSelection
from cordage_tui.ui.main.sidebar import Sidebar
from cordage_tui.ui.prompt.panel import PromptPanel
from cordage_tui.ui.run_detail.pane import RunDetailPane
from cordage_tui.ui.screen_base import EngineScreen

Part = TypeVar("Part")


class MainContext:
    """Everything that actions and message handlers of one main screen need. The screen makes it when it is mounted."""

    def __init__(
        self,
        screen: EngineScreen[None],
        selection: RunSelection,
        presenter: MainPresenter,
        panels: PanelLayout,
        *,
        settings: Settings,
        registry: WebhookRegistry,
        clipboard: Clipboard,
        renderer: ImageRenderer,
        foreground: ForegroundProgram,
        command_keys: Mapping[str, str],
        tick: Callable[[], None],
    ) -> None:
        """`command_keys`: free keys of the user's commands, by name. `tick` updates the times on screen, and sets the next
        update."""
        self.screen = screen
        self.engine, self.store, self.reads, self.clock = screen.engine, screen.store, screen.reads, screen.clock
        self.selection = selection
        self.presenter = presenter
        self.panels = panels
        self.settings = settings
        self.registry = registry
        self.clipboard = clipboard
        self.renderer = renderer
        self.foreground = foreground
        self.command_keys = command_keys
        self.tick = tick
        self.table = selection.table
        self.prompt = screen.query_one(PromptPanel)
        self.pane = screen.query_one(RunDetailPane)
        self.sidebar = screen.query_one(Sidebar)
        self.filter_bar = screen.query_one(FilterBar)
        self._parts: dict[object, object] = {}

    def part(self, kind: Callable[["MainContext"], Part]) -> Part:
        """Return the part of that class, made at its first use. The caller imports the class only then."""
        if kind not in self._parts:
            self._parts[kind] = kind(self)
        return cast(Part, self._parts[kind])

    def fold(self, line: RowId, folded: bool) -> None:
        """Fold a batch, with the cursor on its line, or unfold it. `line`: the batch's line."""
        with self.screen.report_errors():
            if folded:
                self.table.go_to(line)
            self.store.batches.fold(line, folded)

    def thaw(self) -> bool:
        """Unfreeze the list. Return False if it was not frozen."""
        if self.selection.frozen is None:
            return False
        self.presenter.show_query()
        self.tick()
        return True


# Base of the actions, and reasons that several share.

GO: Final = Binding.Group("Go to")
RUNS: Final = Binding.Group("Runs")

NO_RUN: Final = not_here("No run is selected.")


class MainAction(Action[MainContext]):
    """Action of the main screen."""

    def reason(self, main: MainContext) -> DisabledReason | None:
        return None


class RunAction(MainAction):
    """Action on the marked runs, else on the batch under the cursor, else on the run under it.

    A subclass may give its key another label for marked runs and for a batch: a word and a sentence.
    """

    group = RUNS
    of_marked: tuple[str, str] | None = None
    of_batch: tuple[str, str] | None = None

    def label(self, main: MainContext) -> KeyLabel | None:
        key_label = None
        if main.selection.has_marks:
            key_label = self.of_marked
        if key_label is None and main.selection.batch is not None:
            key_label = self.of_batch
        return KeyLabel(one_line(key_label[0]), one_line(key_label[1])) if key_label is not None else None


def why_no_output(main: MainContext) -> DisabledReason | None:
    """Return why the row under the cursor has no chosen output; None if it has one."""
    row = main.selection.row
    if row is None:
        return NO_RUN
    if row.size:
        return DisabledReason(SafeText("This is a batch: go to one of its runs, or download all of it."))
    return None if row.output_count else not_here("This run has no outputs.")


def why_no_outputs(main: MainContext) -> DisabledReason | None:
    """Return why the marked runs, the batch or the run have no outputs; None if they may have some."""
    row = main.selection.row
    if main.selection.has_marks or (row is not None and row.size):
        return None
    return why_no_output(main)


def why_no_run(main: MainContext) -> DisabledReason | None:
    """Return why there is no run to act on; None if there is at least one."""
    return None if main.selection.has_marks or main.selection.row is not None else NO_RUN
