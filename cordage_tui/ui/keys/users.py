"""The user's key map over every node of ours that has keys."""

from collections.abc import Mapping

from cordage_tui.ui.compare.panel import ComparePanel
from cordage_tui.ui.compare.screen import CompareScreen
from cordage_tui.ui.detail.pane import RunDetailPane
from cordage_tui.ui.downloads.panel import DownloadsPanel
from cordage_tui.ui.keys.actions import ActionScope, bindings
from cordage_tui.ui.keys.keymap import Keymap, Scope, checked, outer, scope
from cordage_tui.ui.prompt.desk import PromptLayout
from cordage_tui.ui.prompt.editor import PromptEditor
from cordage_tui.ui.queue.keys import QueueBindings
from cordage_tui.ui.queue.panel import QueuePanel
from cordage_tui.ui.runs.table import RunTable
from cordage_tui.ui.screens.filterbar import FilterBar
from cordage_tui.ui.sheet.keys import ContactSheetBindings
from cordage_tui.ui.sheet.panel import ContactSheetGrid
from cordage_tui.ui.sidebar.panel import Sidebar
from cordage_tui.ui.viewer.keys import ViewerBindings
from cordage_tui.ui.viewer.panel import ViewerPanel


def all_scopes() -> list[Scope]:
    """The app's keys, the run screen's, and each panel's: all that can be remapped."""
    panels = (RunTable, Sidebar, RunDetailPane, PromptLayout, PromptEditor, FilterBar)
    return [
        outer("the app", bindings(ActionScope.EVERYWHERE), screen=None),
        outer("the run screen", bindings(ActionScope.RUNS_SCREEN)),
        *(scope(panel) for panel in panels),
        *(scope(node, "queue") for node in (QueueBindings, QueuePanel, DownloadsPanel)),
        *(scope(node, "viewer") for node in (ViewerBindings, ViewerPanel)),
        *(scope(node, "compare") for node in (CompareScreen, ComparePanel)),
        *(scope(node, "sheet") for node in (ContactSheetBindings, ContactSheetGrid)),
    ]


def users_keymap(wanted: Mapping[str, str]) -> Keymap:
    """`[keys]` of config.toml, as far as it can be had, and in words what cannot."""
    return checked(wanted, all_scopes())
