"""Screen of the statistics: the webhooks, the details of the selected one, and its errors."""

from collections.abc import Callable, Iterator
from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.content import Content
from textual.events import DescendantFocus

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.safe_text import SafeText, one_line
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.history.failure_clusters import ClusterPass, FailureCluster, random_inputs
from cordage_tui.engine.history.webhook_statistics import WEEK_FILTER, read_cell, statistics_of_all
from cordage_tui.store.failure_groups import FailurePass
from cordage_tui.store.webhook_history import StatisticsPass
from cordage_tui.ui.keys.action import Action, bindings_of
from cordage_tui.ui.keys.footer import Footer
from cordage_tui.ui.statistics.details import DetailsPanel, details
from cordage_tui.ui.statistics.errors_table import ErrorsPanel, error_details
from cordage_tui.ui.statistics.pass_screen import PassScreen, Step
from cordage_tui.ui.statistics.webhooks_table import StatisticsPanel
from cordage_tui.ui.widgets.text import literal


@dataclass(frozen=True, slots=True)
class CountedRuns:
    """Runs of a webhook that a filter finds."""

    webhook_key: str
    filter: str


class CloseStatistics(Action["StatisticsScreen"]):
    """Go back to the runs."""

    id, keys, word = "statistics.close", "escape,q", "back"
    in_footer = True

    def run(self, screen: "StatisticsScreen") -> None:
        screen.dismiss()


class StatisticsScreen(PassScreen[CountedRuns | None]):
    """Screen of the statistics. It is dismissed with the runs that should be shown; None: none."""

    ACTIONS = (CloseStatistics(),)
    BINDINGS = bindings_of(ACTIONS)
    AUTO_FOCUS = ""
    TITLE = "Statistics"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-tall")]

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        rerun: Callable[[FailureCluster, Callable[[], object]], None],
        *,
        at_errors: bool,
    ) -> None:
        """`rerun` previews the rerun of an error, and calls back when it is sent. `at_errors`: begin at the errors of the
        webhook that failed last."""
        super().__init__(engine, clock)
        self._rerun = rerun
        self._at_errors = at_errors
        self._goes_to_last_error = at_errors
        self._clusters: ClusterPass | None = None
        """Last complete pass through the failures; None: none is complete yet."""
        self._webhooks = StatisticsPanel(engine.profile)
        self._details = DetailsPanel()
        self._errors = ErrorsPanel(engine.profile)

    def compose(self) -> ComposeResult:
        yield self._webhooks
        yield self._details
        yield self._errors
        yield Footer()

    def on_mount(self) -> None:
        name = literal(one_line(self.engine.profile.name))
        self._webhooks.set_titles(Content.assemble("Statistics · ", name))
        (self._errors if self._at_errors else self._webhooks).focus()

    def begin_pass(self) -> Step:
        profile = self.engine.profile
        statistics = StatisticsPass(self.store.database, self.store.clock, profile.stored_as, profile.webhook_keys)
        clusters = ClusterPass(
            FailurePass(self.store.database, self.store.clock, profile.stored_as, random_inputs(profile))
        )
        steps = self._steps(statistics, clusters)
        return lambda: next(steps, False)

    def _steps(self, statistics: StatisticsPass, clusters: ClusterPass) -> Iterator[bool]:
        """Read the statistics and show them; then read the failures, which takes longer."""
        while statistics.step():
            yield True
        self._show_statistics(statistics)
        while clusters.step():
            yield True
        self._clusters = clusters

    def show_found(self) -> None:
        if self._clusters is None:
            return
        if self._goes_to_last_error and self._clusters.found:
            self._webhooks.select(max(self._clusters.found, key=lambda cluster: cluster.last).webhook_key)
        self._goes_to_last_error = False
        self._show_errors()

    def _show_statistics(self, done: StatisticsPass) -> None:
        profile = self.engine.profile
        for key, history in done.histories.items():
            history.read_at = self.engine.health.of(key).ok_at or history.read_at
        accounts = self.reads.last_good(self.engine.spending.accounts, []) if profile.tells_spending else []
        self._webhooks.show(statistics_of_all(done, profile, accounts))

    def _show_errors(self) -> None:
        """Show the errors of the selected webhook."""
        stats, clusters = self._webhooks.selected, self._clusters
        if stats is None:
            self._errors.show((), 0.0)
            return
        self._errors.set_titles(Content.assemble("Errors · ", literal(self._label(stats.webhook_key))))
        rows = (
            None
            if clusters is None
            else [cluster for cluster in clusters.found if cluster.webhook_key == stats.webhook_key]
        )
        self._errors.show(rows, 0.0 if clusters is None else clusters.now)

    def _show_details(self) -> None:
        """Show the details of the selected error if its panel has the focus, else of the selected webhook."""
        stats, cluster = self._webhooks.selected, self._errors.selected
        if self._errors.has_focus and cluster is not None and self._clusters is not None:
            self._details.show(Content("Error"), partial(error_details, cluster, self._clusters.now))
        elif stats is not None:
            read = "never read" if stats.read_at is None else f"read {read_cell(stats)}"
            title = one_line(f"{self._label(stats.webhook_key)} · {read}", 120)
            self._details.show(literal(title), partial(details, stats))

    def _label(self, webhook_key: str) -> SafeText:
        return one_line(self.engine.profile.label(webhook_key), 60)

    @on(StatisticsPanel.Selected)
    def _webhook_selected(self) -> None:
        self._show_errors()

    @on(DescendantFocus)
    @on(ErrorsPanel.Selected)
    def _details_changed(self) -> None:
        self._show_details()

    def on_statistics_panel_opened(self, event: StatisticsPanel.Opened) -> None:
        self.dismiss(CountedRuns(event.webhook_key, WEEK_FILTER))

    def on_errors_panel_opened(self, event: ErrorsPanel.Opened) -> None:
        if event.cluster.filter is not None:
            self.dismiss(CountedRuns(event.cluster.webhook_key, event.cluster.filter))

    def on_errors_panel_rerun_requested(self, event: ErrorsPanel.RerunRequested) -> None:
        self._rerun(event.cluster, self.dismiss)
