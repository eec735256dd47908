"""The rate limits page over the whole screen: lives while it is open, and costs nothing when it is not."""

from collections.abc import Callable
from typing import Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import Screen

from cordage_tui.domain.clock import Clock
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.engine import Engine
from cordage_tui.ui.keys.footer import Footer
from cordage_tui.ui.limits.account import LimitsModel
from cordage_tui.ui.limits.panel import LimitsPanel
from cordage_tui.ui.screens import present
from cordage_tui.ui.screens.feed import EventBatch, EventFeed

TICK_S: Final = 1.0
"""Between two moves of what counts down."""


def account_of(engine: Engine, now: float) -> LimitsModel:
    """What the engine knows at `now`, epoch seconds."""
    profile, plans = engine.profile, engine.plan()
    return LimitsModel(
        budgets=engine.budgets(),
        plans=plans,
        names={plan.webhook_key: one_line(profile.label(plan.webhook_key)) for plan in plans},
        health=present.overall(plan.health for plan in plans),
        refused=engine.refused,
        follows=engine.is_follower(),
        told_at=now,
    )


class LimitsScreen(Screen[None]):
    """One panel, and the keys."""

    BINDINGS = [Binding("escape,q", "dismiss", "back", id="limits.close", tooltip="Back to the runs.")]
    AUTO_FOCUS = "LimitsPanel"
    TITLE = "Rate limits"

    def __init__(self, engine: Engine, clock: Clock, copy: Callable[[SafeText, SafeText], None]) -> None:
        """`copy` puts a text on the clipboard and says what it was."""
        super().__init__()
        self._engine = engine
        self._clock = clock
        self._copy = copy
        self._feed: EventFeed | None = None

    def compose(self) -> ComposeResult:
        yield LimitsPanel()
        yield Footer()

    def on_mount(self) -> None:
        self._feed = EventFeed(self._engine, self.call_later, self._hear)
        self._look()
        self.set_interval(TICK_S, self._look)

    def on_unmount(self) -> None:
        if self._feed is not None:
            self._feed.close()

    def on_limits_panel_copy_requested(self, event: LimitsPanel.CopyRequested) -> None:
        self._copy(event.text, event.what)

    def _hear(self, news: EventBatch) -> None:
        if news.rows or news.state:
            self._look()

    def _look(self) -> None:
        """The plan moves by itself, hazards being what they are: it is asked for anew each second."""
        account = account_of(self._engine, self._clock.wall())
        self.query_one(LimitsPanel).show(account, one_line(self._engine.profile.name))
