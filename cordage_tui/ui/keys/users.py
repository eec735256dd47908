"""The user's key map over every node of ours that has keys."""

from collections.abc import Mapping

from cordage_tui.ui.compare.panel import ComparePanel
from cordage_tui.ui.compare.screen import CompareScreen
from cordage_tui.ui.detail.pane import DetailPane
from cordage_tui.ui.downloads.panel import DownloadsPanel
from cordage_tui.ui.keys.actions import Where, bindings
from cordage_tui.ui.keys.keymap import Keymap, Scope, checked, outer, scope
from cordage_tui.ui.prompt.desk import Desk
from cordage_tui.ui.prompt.editor import PromptEditor
from cordage_tui.ui.queue.keys import QueueKeys
from cordage_tui.ui.queue.panel import QueuePanel
from cordage_tui.ui.runs.table import RunTable
from cordage_tui.ui.screens.filterbar import FilterBar
from cordage_tui.ui.sheet.keys import SheetKeys
from cordage_tui.ui.sheet.panel import SheetPanel
from cordage_tui.ui.sidebar.panel import Sidebar
from cordage_tui.ui.viewer.keys import ViewerKeys
from cordage_tui.ui.viewer.panel import ViewerPanel


def all_scopes() -> list[Scope]:
    """The app's keys, the run screen's, and each panel's: all that can be remapped."""
    panels = (RunTable, Sidebar, DetailPane, Desk, PromptEditor, FilterBar)
    return [
        outer("the app", bindings(Where.EVERYWHERE), screen=None),
        outer("the run screen", bindings(Where.RUNS_SCREEN)),
        *(scope(panel) for panel in panels),
        *(scope(node, "queue") for node in (QueueKeys, QueuePanel, DownloadsPanel)),
        *(scope(node, "viewer") for node in (ViewerKeys, ViewerPanel)),
        *(scope(node, "compare") for node in (CompareScreen, ComparePanel)),
        *(scope(node, "sheet") for node in (SheetKeys, SheetPanel)),
    ]


def users_keymap(wanted: Mapping[str, str]) -> Keymap:
    """`[keys]` of config.toml, as far as it can be had, and in words what cannot."""
    return checked(wanted, all_scopes())
