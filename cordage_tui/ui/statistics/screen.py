"""Screen of the statistics."""

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.text import one_line
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.history.statistics import statistics_of_all
from cordage_tui.store.statistics import StatisticsPass
from cordage_tui.ui.keys.footer import Footer
from cordage_tui.ui.statistics.panel import CountedRuns, StatisticsPanel, WebhookFailures, page_lines
from cordage_tui.ui.statistics.pass_screen import PassScreen, Step
from cordage_tui.ui.widgets.text import literal


class StatisticsScreen(PassScreen[CountedRuns | WebhookFailures | None]):
    """Screen of the statistics; dismissed with the runs of the chosen figure, or the webhook whose failures are wanted."""

    BINDINGS = [Binding("escape,q", "dismiss", "back", id="statistics.close", tooltip="Go back to the runs")]
    AUTO_FOCUS = "StatisticsPanel"
    TITLE = "Statistics"

    def __init__(self, engine: Engine, clock: Clock) -> None:
        super().__init__(engine, clock)
        self._done: StatisticsPass | None = None

    def compose(self) -> ComposeResult:
        yield StatisticsPanel()
        yield Footer()

    def on_mount(self) -> None:
        name = literal(one_line(self.engine.profile.name))
        self.query_one(StatisticsPanel).set_titles(Content.assemble("Statistics · ", name))

    def on_statistics_panel_opened(self, event: StatisticsPanel.Opened) -> None:
        self.dismiss(event.counted)

    def on_statistics_panel_failures_wanted(self, event: StatisticsPanel.FailuresWanted) -> None:
        self.dismiss(event.of)

    def begin_pass(self) -> Step:
        profile = self.engine.profile
        self._done = self.store.statistics_pass(profile.stored_as, profile.webhook_keys)
        return self._done.step

    def show_found(self) -> None:
        profile, done = self.engine.profile, self._done
        if done is None:
            return
        for key, history in done.histories.items():
            history.read_at = self.engine.health.of(key).ok_at or history.read_at
        accounts = self.reads.last_good(self.engine.spending.accounts, []) if profile.tells_spending else []
        found = statistics_of_all(done, profile, accounts)
        self.query_one(StatisticsPanel).show(list(page_lines(found, profile)))
