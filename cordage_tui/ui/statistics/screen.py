"""Screen of the statistics."""

import time
from typing import Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.content import Content

from cordage_tui.domain.clock import Clock
from cordage_tui.domain.text import one_line
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.statistics import statistics_of_all
from cordage_tui.store.statistics import StatisticsPass
from cordage_tui.ui.keys.footer import Footer
from cordage_tui.ui.screen_base import EngineScreen, EventBatch
from cordage_tui.ui.statistics.panel import CountedRuns, StatisticsPanel, page_lines
from cordage_tui.ui.widgets.text import literal

MINUTE_S: Final = 60.0
"""Seconds after which it is read again though nothing has happened: hours and ages go on."""
LEAST_S: Final = 1.0
"""Seconds between two passes at least."""
_SLICE_S: Final = 0.004
"""Seconds of reading between two keys."""
_REST_S: Final = 0.01
"""Seconds between two slices."""
_IDLE: Final = 20.0
"""Times as long as a pass took until the next begins: it takes a twentieth of a processor at most."""


class StatisticsScreen(EngineScreen[CountedRuns | None]):
    """Screen of the statistics; dismissed with the runs of the chosen figure."""

    BINDINGS = [Binding("escape,q", "dismiss", "back", id="statistics.close", tooltip="Go back to the runs")]
    AUTO_FOCUS = "StatisticsPanel"
    TITLE = "Statistics"

    def __init__(self, engine: Engine, clock: Clock) -> None:
        super().__init__(engine, clock)
        self._pass: StatisticsPass | None = None
        self._cost_s = 0.0
        """What the pass has taken so far, seconds."""
        self._is_due = False
        """Something has changed since the pass began."""
        self._is_waiting = False
        """A pass is about to begin."""

    def compose(self) -> ComposeResult:
        yield StatisticsPanel()
        yield Footer()

    def on_mount(self) -> None:
        name = literal(one_line(self.engine.profile.name))
        self.query_one(StatisticsPanel).set_titles(Content.assemble("Statistics · ", name))
        self._begin()
        self.set_interval(MINUTE_S, self._changed)

    def on_statistics_panel_opened(self, event: StatisticsPanel.Opened) -> None:
        self.dismiss(event.counted)

    def apply_events(self, batch: EventBatch) -> None:
        if batch.rows:
            self._changed()

    def _changed(self) -> None:
        """Read again, once what is being read is read."""
        self._is_due = True
        if self._pass is None and not self._is_waiting:
            self._is_waiting = True
            self.set_timer(max(LEAST_S, _IDLE * self._cost_s), self._begin)

    def _begin(self) -> None:
        self._is_due = self._is_waiting = False
        self._cost_s = 0.0
        profile = self.engine.profile
        self._pass = self.store.statistics_pass(profile.stored_as, profile.webhook_keys)
        self._advance()

    def _advance(self) -> None:
        """Read on for a moment; at the end show what was found."""
        begun = time.perf_counter()
        more = True
        while more and time.perf_counter() - begun < _SLICE_S:
            more = self.reads.last_good(self._step, False)
        self._cost_s += time.perf_counter() - begun
        if more and not self.reads.troubled:
            self.set_timer(_REST_S, self._advance)
            return
        done, self._pass = self._pass, None
        if done is not None and not self.reads.troubled:
            self._show(done)
        if self._is_due or self.reads.recovers() or self.reads.troubled:
            self._changed()

    def _step(self) -> bool:
        return self._pass is not None and self._pass.step()

    def _show(self, done: StatisticsPass) -> None:
        profile = self.engine.profile
        for key, history in done.histories.items():
            history.read_at = self.engine.health.of(key).ok_at or history.read_at
        accounts = self.reads.last_good(self.engine.spending.accounts, []) if profile.tells_spending else []
        found = statistics_of_all(done, profile, accounts)
        self.query_one(StatisticsPanel).show(list(page_lines(found, profile)))
