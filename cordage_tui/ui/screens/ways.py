"""Where keys lead from the run screen: to its panels, back, and to other screens."""

from textual.message import Message

from cordage_tui.config.settings import Settings
from cordage_tui.domain.clock import Clock
from cordage_tui.ui.outward.clipboard import Clipboard
from cordage_tui.ui.screens.filterbar import FilterBar
from cordage_tui.ui.screens.panels import Panel
from cordage_tui.ui.screens.parts import MainPanes


class PaneNavigation(MainPanes):
    """Nothing is done to a run here."""

    class ProfileSwitchRequested(Message, namespace="main_screen"):
        """Ask which profile to open."""

    class KeyWanted(Message, namespace="main_screen"):
        """Ask for another API key: the user wants to enter one."""

    _settings: Settings
    _clock: Clock
    _clip: Clipboard

    def action_go(self, panel: str) -> None:
        self.arrangement.go(Panel(panel))

    def action_next_panel(self) -> None:
        self.arrangement.step(1)

    def action_previous_panel(self) -> None:
        self.arrangement.step(-1)

    def action_back(self) -> None:
        if not self.arrangement.back() and not self.away.hide():
            self.query_one(FilterBar).action_clear()

    async def action_leave(self) -> None:
        if not self.arrangement.back():
            await self.app.run_action("quit")

    def action_meanwhile(self) -> None:
        self.away.show_runs()

    def action_filter(self) -> None:
        self.arrangement.show(Panel.RUNS)
        self.query_one(FilterBar).open()

    def action_choose_profile(self) -> None:
        self.post_message(self.ProfileSwitchRequested())

    def action_limits(self) -> None:
        from cordage_tui.ui.limits.screen import LimitsScreen

        self.app.push_screen(LimitsScreen(self.engine, self._clock, self.copies.copy))

    def action_queue(self) -> None:
        from cordage_tui.ui.queue.screen import QueueScreen

        submit = self._settings.submit
        self.app.push_screen(QueueScreen(self.engine, self._clock, submit, self.action_new_key, self._clip))

    def action_new_key(self) -> None:
        self.post_message(self.KeyWanted())
