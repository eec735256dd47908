"""Shows and hides the panels, and knows where the user is."""

from collections.abc import Mapping

from textual.geometry import Size
from textual.widget import Widget

from cordage_tui.ui.screens.panels import Panel, on_screen


class PanelLayout:
    """The four panels of one screen. `middle` holds the table and the prompt."""

    def __init__(self, panels: Mapping[Panel, Widget], entry: Mapping[Panel, Widget], middle: Widget) -> None:
        """`entry` names the widget that takes the keys of a panel, where it is not the panel itself."""
        self._panels = panels
        self._entry = entry
        self._middle = middle
        self.at = Panel.RUNS

    def go(self, panel: Panel) -> None:
        """That panel on screen, with the keys."""
        self.show(panel)
        (self._entry.get(panel) or self._panels[panel]).focus()

    def back(self) -> bool:
        """One level back; False at the root."""
        if self.at is Panel.RUNS:
            return False
        self.go(Panel.RUNS)
        return True

    def step(self, by: int) -> None:
        """To the next panel in their order, or the one before."""
        order = list(Panel)
        self.go(order[(order.index(self.at) + by) % len(order)])

    def focus_moved(self, widget: Widget) -> None:
        """The keys go to `widget` now, so the user is where that is."""
        at = next((p for p, w in self._panels.items() if w in widget.ancestors_with_self), None)
        if at is not None and at is not self.at:
            self.show(at)

    def show(self, at: Panel | None = None) -> None:
        """Panels for the size of the terminal and the place of the user (None: the present one)."""
        self.at = at or self.at
        size: Size = self._middle.screen.size
        shown = on_screen(size.width, size.height, self.at)
        for panel, widget in self._panels.items():
            widget.display = panel in shown
        self._middle.display = bool(shown & {Panel.RUNS, Panel.PROMPT})
        self._middle.set_class(Panel.RUNS not in shown, "-alone")
