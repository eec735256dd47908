"""Context of the main screen's actions: its panels, and the parts that know runs, files and the terminal."""

from collections.abc import Callable
from typing import TypeVar, cast

from cordage_tui.config.settings import Settings
from cordage_tui.engine.workspace import WebhookRegistry
from cordage_tui.ui.external.clipboard import Clipboard
from cordage_tui.ui.images.renderer import ImageRenderer
from cordage_tui.ui.main.layout import PanelLayout
from cordage_tui.ui.main.presenter import MainPresenter
from cordage_tui.ui.main.selection import RunSelection
from cordage_tui.ui.main.sidebar import Sidebar
from cordage_tui.ui.main.status_lines import FilterBar
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
    ) -> None:
        self.screen = screen
        self.engine, self.store, self.reads, self.clock = screen.engine, screen.store, screen.reads, screen.clock
        self.selection = selection
        self.presenter = presenter
        self.panels = panels
        self.settings = settings
        self.registry = registry
        self.clipboard = clipboard
        self.renderer = renderer
        self.table = selection.table
        self.prompt = screen.query_one(PromptPanel)
        self.pane = screen.query_one(RunDetailPane)
        self.sidebar = screen.query_one(Sidebar)
        self.filter_bar = screen.query_one(FilterBar)
        self._parts: dict[object, object] = {}

    def part(self, kind: Callable[["MainContext"], Part]) -> Part:
        """Return the part of that kind, made at its first use: who needs one imports its class then."""
        if kind not in self._parts:
            self._parts[kind] = kind(self)
        return cast(Part, self._parts[kind])
