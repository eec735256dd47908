"""Actions that go to a panel or to a page of the app, and actions that change the sizes of panels."""

from functools import partial
from typing import TYPE_CHECKING

from textual.message import Message

from cordage_tui.domain.safe_text import SafeText
from cordage_tui.ui.keys.disabled_reasons import DisabledReason
from cordage_tui.ui.main.actions.runs import batch_previews
from cordage_tui.ui.main.context import GO, MainAction, MainContext
from cordage_tui.ui.main.layout import Panel
from cordage_tui.ui.main.notices import AwaySummaryController

if TYPE_CHECKING:
    from cordage_tui.ui.statistics.screen import CountedRuns


class PanelAction(MainAction):
    """Action that goes to one panel."""

    group = GO
    panel: Panel

    def run(self, main: MainContext) -> None:
        main.panels.go(self.panel)


class GoToPrompt(PanelAction):
    """Go to the prompt."""

    id, keys, word = "panel.prompt", "t,3", "prompt"
    title, search = "Write a prompt", "new prompt, prompt, new run, run, create, generate, compose, trigger"
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


class GoBack(MainAction):
    """Go back one level."""

    id, keys, word = "panel.back", "escape", "back"
    group = GO
    in_palette = False

    def run(self, main: MainContext) -> None:
        if not main.panels.back() and not main.thaw() and not main.part(AwaySummaryController).hide():
            main.filter_bar.clear()


class LeavePanel(MainAction):
    """Go back one level; at the runs, quit."""

    id, keys, word = "panel.leave", "q", "back or quit"
    group = GO
    in_palette = False

    async def run(self, main: MainContext) -> None:
        if not main.panels.back():
            await main.screen.app.action_quit()


def _explain(main: MainContext, why_not: SafeText | None) -> None:
    if why_not is not None:
        main.screen.toast(why_not)


class ProfileSwitchRequested(Message):
    """Ask the app to let the user choose a profile."""


class KeyWanted(Message):
    """Ask the app to let the user enter another API key."""


class ChooseProfile(MainAction):
    """Choose another profile."""

    id, keys, word = "app.profile", "P", "profile"
    title, search = "Profile…", "switch, change profile, account, workspace"
    group = GO

    def run(self, main: MainContext) -> None:
        main.screen.post_message(ProfileSwitchRequested())


class OpenQueue(MainAction):
    """Open queue and downloads."""

    id, keys, word = "app.queue", "w", "queue & downloads"
    search = "queue, outbox, waiting"
    group = GO

    def run(self, main: MainContext) -> None:
        from cordage_tui.ui.queue.screen import QueueScreen

        ask_key = partial(_ask_key, main)
        queue = QueueScreen(
            main.engine,
            main.clock,
            main.settings.submit,
            ask_key,
            main.clipboard,
            main.foreground,
            main.registry.paths.state_dir,
        )
        main.screen.app.push_screen(queue)


class EnterNewKey(MainAction):
    """Enter a new API key when the server rejects this one."""

    id, keys, word = "app.new_key", "f2", "new API key"
    group = GO
    in_footer = rare = True
    in_palette = False  # the app has its own command, which is always offered

    def reason(self, main: MainContext) -> DisabledReason | None:
        is_refused = main.engine.leadership.refused is not None
        return None if is_refused else DisabledReason(SafeText("The API key is accepted: no other is needed."))

    def run(self, main: MainContext) -> None:
        _ask_key(main)


class OpenLimits(MainAction):
    """Open rate limits."""

    id, keys, word = "app.limits", "L", "rate limits"
    search = "budget, quota, usage"
    group = GO

    def run(self, main: MainContext) -> None:
        from cordage_tui.ui.rate_limits.screen import LimitsScreen

        main.screen.app.push_screen(LimitsScreen(main.engine, main.clock, main.clipboard.copy))


class OpenStatistics(MainAction):
    """Open the statistics of the webhooks."""

    id, keys, word = "app.statistics", "%", "statistics"
    search = "stats, success, throughput, durations, errors, history, cost, money, price, spent"
    group = GO

    def run(self, main: MainContext) -> None:
        _open_statistics(main, at_errors=False)


class OpenFailures(MainAction):
    """Open the errors of the webhooks."""

    id, keys, word = "app.failures", "!", "failures"
    search = "errors, failed, clusters, rerun"
    group = GO

    def run(self, main: MainContext) -> None:
        _open_statistics(main, at_errors=True)


def _ask_key(main: MainContext) -> None:
    main.screen.post_message(KeyWanted())


def _open_statistics(main: MainContext, *, at_errors: bool) -> None:
    from cordage_tui.ui.statistics.screen import StatisticsScreen

    rerun = batch_previews(main).rerun_cluster
    screen = StatisticsScreen(main.engine, main.clock, rerun, at_errors=at_errors)
    main.screen.app.push_screen(screen, partial(_show_counted, main))


def _show_counted(main: MainContext, counted: "CountedRuns | None") -> None:
    """Show the runs that a figure of the statistics counts."""
    if counted is not None:
        main.sidebar.select(counted.webhook_key)
        main.filter_bar.show_text(counted.filter)
        main.presenter.show_webhook(counted.webhook_key, text=counted.filter, ended_after=None)
        main.panels.go(Panel.RUNS)


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
    GoBack(),
    LeavePanel(),
)
PAGE_ACTIONS = (ChooseProfile(), OpenQueue(), EnterNewKey(), OpenLimits(), OpenStatistics(), OpenFailures())
