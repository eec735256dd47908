"""Scopes of all screens and panels whose keys can be changed, and the check of the user's keys."""

from collections.abc import Mapping, Sequence

from cordage_tui.config.user_programs import UserCommand
from cordage_tui.ui.app_base import BaseApp
from cordage_tui.ui.compare.screen import ComparePanel, CompareScreen
from cordage_tui.ui.contact_sheet.panel import ContactSheetGrid
from cordage_tui.ui.contact_sheet.screen import ContactSheetScreen
from cordage_tui.ui.dialogs.base import ScrollableModal
from cordage_tui.ui.keepers.panel import KeepersPanel
from cordage_tui.ui.keepers.screen import KeepersScreen
from cordage_tui.ui.keys.help import HelpScreen
from cordage_tui.ui.keys.keymap import Keymap, Scope, checked, scope, with_commands
from cordage_tui.ui.keys.manual import ManualPage
from cordage_tui.ui.main.filter_bar import FilterBar
from cordage_tui.ui.main.screen import MainScreen
from cordage_tui.ui.main.sidebar import Sidebar
from cordage_tui.ui.prompt.editor import PromptEditor
from cordage_tui.ui.prompt.history_screen import HistoryInput
from cordage_tui.ui.prompt.panel import PromptPanel
from cordage_tui.ui.queue.downloads import DownloadsPanel
from cordage_tui.ui.queue.panel import QueuePanel
from cordage_tui.ui.queue.screen import QueueScreen
from cordage_tui.ui.queue.selected_prompt import PromptView
from cordage_tui.ui.rate_limits.screen import LimitsPanel, LimitsScreen
from cordage_tui.ui.run_detail.pane import RunDetailPane
from cordage_tui.ui.run_detail.raw_response import ResponsePanel, ResponseScreen
from cordage_tui.ui.run_table.table import RunTable
from cordage_tui.ui.statistics.errors_table import ErrorsPanel
from cordage_tui.ui.statistics.screen import StatisticsScreen
from cordage_tui.ui.statistics.webhooks_table import StatisticsPanel
from cordage_tui.ui.viewer.panel import ViewerPanel
from cordage_tui.ui.viewer.screen import ViewerScreen


def all_scopes() -> list[Scope]:
    """Return all scopes whose keys can be changed: the app, the screens and their panels."""
    panels = (RunTable, Sidebar, RunDetailPane, PromptPanel, PromptEditor, FilterBar)
    return [
        scope(BaseApp, screen=None),
        scope(MainScreen),
        *(scope(panel) for panel in panels),
        *(scope(node, "queue") for node in (QueueScreen, QueuePanel, PromptView, DownloadsPanel)),
        *(scope(node, "response") for node in (ResponseScreen, ResponsePanel)),
        *(scope(node, "viewer") for node in (ViewerScreen, ViewerPanel)),
        scope(HistoryInput, "history"),
        *(scope(node, "compare") for node in (CompareScreen, ComparePanel)),
        *(scope(node, "sheet") for node in (ContactSheetScreen, ContactSheetGrid)),
        *(scope(node, "limits") for node in (LimitsScreen, LimitsPanel)),
        *(scope(node, "statistics") for node in (StatisticsScreen, StatisticsPanel)),
        scope(ErrorsPanel, "failures"),
        *(scope(node, "keepers") for node in (KeepersScreen, KeepersPanel)),
        *(scope(node, "help") for node in (HelpScreen, ScrollableModal)),
        *(scope(node, "manual") for node in (ManualPage, ScrollableModal)),
    ]


def users_keymap(keys: Mapping[str, str], commands: Sequence[UserCommand] = ()) -> Keymap:
    """Check `[keys]` of config.toml and the keys of `[[commands]]`, and return the keymap."""
    scopes = all_scopes()
    keymap = checked(keys, scopes)
    return with_commands(keymap, commands, scopes) if commands else keymap
