"""Actions that move between the panels and share the screen out among them."""

from cordage_tui.domain.text import SafeText
from cordage_tui.ui.main.actions.base import GO, MainAction
from cordage_tui.ui.main.context import MainContext
from cordage_tui.ui.main.layout import Panel


class PanelAction(MainAction):
    """Action that goes to one panel."""

    group = GO
    panel: Panel

    def run(self, main: MainContext) -> None:
        main.panels.go(self.panel)


class GoToPrompt(PanelAction):
    """Go to the prompt."""

    id, keys, word = "panel.prompt", "t,3", "prompt"
    title, search = "Write a prompt", "new prompt, prompt, compose, trigger"
    in_footer = True
    panel = Panel.PROMPT


class GoToWebhooks(PanelAction):
    """Go to the webhooks."""

    id, keys, word = "panel.webhooks", "1", "webhooks"
    title, search = "Go to the webhooks", "sidebar"
    panel = Panel.WEBHOOKS


class GoToRuns(PanelAction):
    """Go to the runs."""

    id, keys, word = "panel.runs", "2", "runs"
    title, search = "Go to the runs", "table, list"
    panel = Panel.RUNS


class GoToRun(PanelAction):
    """Go to the run's details."""

    id, keys, word = "panel.run", "4", "run"
    title, search = "Go to the run's details", "inspect"
    panel = Panel.RUN


class NextPanel(MainAction):
    """Go to the next panel."""

    id, keys, word = "panel.next", "tab", "next panel"
    group = GO
    in_palette = False
    step = 1

    def run(self, main: MainContext) -> None:
        main.panels.step(self.step)


class PreviousPanel(NextPanel):
    """Go to the previous panel."""

    id, keys, word = "panel.previous", "shift+tab", "previous panel"
    step = -1


class ZoomIn(MainAction):
    """Give this panel half of the screen, then all of it."""

    id, keys, word = "panel.zoom_in", "+", "zoom in"
    title, search = "Zoom this panel in", "larger, maximize, full screen"
    group = GO
    step = 1

    def run(self, main: MainContext) -> None:
        _explain(main, main.panels.zoom(self.step))


class ZoomOut(ZoomIn):
    """Give this panel less of the screen again."""

    id, keys, word = "panel.zoom_out", "_", "zoom out"
    title, search = "Zoom this panel out", "smaller, restore"
    step = -1


class MoveBorderLeft(MainAction):
    """Move the border at the side of this panel to the left."""

    id, keys, word = "panel.border_left", "<", "border left"
    title, search = "Move the border left", "resize, narrower, wider"
    group = GO
    columns = -5

    def run(self, main: MainContext) -> None:
        _explain(main, main.panels.move_border(self.columns))


class MoveBorderRight(MoveBorderLeft):
    """Move the border at the side of this panel to the right."""

    id, keys, word = "panel.border_right", ">", "border right"
    title = "Move the border right"
    columns = 5


class ResetSizes(MainAction):
    """Give all panels their usual sizes again."""

    id, keys, word = "panel.reset_sizes", "0", "reset sizes"
    title, search = "Usual sizes of the panels", "reset, layout, resize"
    group = GO

    def run(self, main: MainContext) -> None:
        main.panels.reset()


def _explain(main: MainContext, why_not: SafeText | None) -> None:
    if why_not is not None:
        main.screen.toast(why_not)


ACTIONS = (
    GoToPrompt(),
    NextPanel(),
    PreviousPanel(),
    GoToWebhooks(),
    GoToRuns(),
    GoToRun(),
    ZoomIn(),
    ZoomOut(),
    MoveBorderLeft(),
    MoveBorderRight(),
    ResetSizes(),
)
