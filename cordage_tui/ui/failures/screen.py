"""Screen of the failures."""

from collections.abc import Callable

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content

from cordage_tui.domain.base.clock import Clock
from cordage_tui.domain.text import one_line
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.history.failures import ClusterPass, FailureCluster, random_inputs
from cordage_tui.ui.failures.panel import FailuresPanel
from cordage_tui.ui.keys.footer import Footer
from cordage_tui.ui.statistics.panel import CountedRuns, WebhookFailures
from cordage_tui.ui.statistics.pass_screen import PassScreen, Step
from cordage_tui.ui.widgets.text import literal


class FailuresScreen(PassScreen[CountedRuns | None]):
    """Screen of the failures; dismissed with the runs of the chosen error."""

    BINDINGS = [Binding("escape,q", "dismiss", "back", id="failures.close", tooltip="Go back to the runs")]
    AUTO_FOCUS = "FailuresPanel"
    TITLE = "Failures"

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        rerun: Callable[[FailureCluster, Callable[[], object]], None],
        first: WebhookFailures | None = None,
    ) -> None:
        """`rerun` previews the rerun of a cluster, and calls back once it is sent. The cursor begins at the `first` error."""
        super().__init__(engine, clock)
        self._done: ClusterPass | None = None
        self._rerun = rerun
        self._first = first

    def compose(self) -> ComposeResult:
        yield FailuresPanel(self.engine.profile, self._first)
        yield Footer()

    def on_mount(self) -> None:
        name = literal(one_line(self.engine.profile.name))
        self.query_one(FailuresPanel).set_titles(Content.assemble("Failures · ", name))

    def on_failures_panel_opened(self, event: FailuresPanel.Opened) -> None:
        if event.cluster.filter is not None:
            self.dismiss(CountedRuns(event.cluster.webhook_key, event.cluster.filter))

    def on_failures_panel_rerun_requested(self, event: FailuresPanel.RerunRequested) -> None:
        self._rerun(event.cluster, self.dismiss)

    def begin_pass(self) -> Step:
        profile = self.engine.profile
        self._done = ClusterPass(self.store.failure_pass(profile.stored_as, random_inputs(profile)))
        return self._done.step

    def show_found(self) -> None:
        if self._done is not None:
            self.query_one(FailuresPanel).show(self._done.found, self._done.now)
            self._done = None
