"""Panes of the main screen, and navigation among them."""

from collections.abc import Mapping

from textual.message import Message
from textual.screen import Screen

from cordage_tui.config.settings import Settings
from cordage_tui.domain.clock import Clock
from cordage_tui.domain.run import RowId, RunRow, Status
from cordage_tui.engine.engine import Engine
from cordage_tui.ui.external.clipboard import Clipboard
from cordage_tui.ui.main.batch_actions import BatchActions
from cordage_tui.ui.main.copy_actions import CopyActions
from cordage_tui.ui.main.download_actions import DownloadActions
from cordage_tui.ui.main.layout import CursorDebouncer, Panel, PanelLayout
from cordage_tui.ui.main.output_actions import ContactSheetOpener, OutputActions
from cordage_tui.ui.main.presenter import MainPresenter
from cordage_tui.ui.main.run_actions import BulkActions, RunActions
from cordage_tui.ui.main.status_lines import AwaySummaryController, FilterBar

# What the run screen is made of: its parts, and what its keys and its answers both look at.


class MainPanes(Screen[None]):
    """One room for each subject. `main.MainScreen` puts them in when it is mounted."""

    engine: Engine
    arrangement: PanelLayout
    shown: MainPresenter
    commands: RunActions
    copies: CopyActions
    taking: DownloadActions
    bulk: BulkActions
    batches: BatchActions
    sheets: ContactSheetOpener
    follower: CursorDebouncer
    away: AwaySummaryController
    outputs: OutputActions
    marked: Mapping[Status, int] = {}
    """How many marked runs stand how."""
    span: int = 0
    """Runs in the range that is being marked."""
    stoppable: bool = False
    """A bulk kill is under way."""
    refused: bool = False
    """The server refuses the key."""

    @property
    def selected(self) -> RunRow | None:
        """The run that keys act on."""
        return self.shown.table.highlighted

    @property
    def batch_line(self) -> RunRow | None:
        """The batch that keys act on: the cursor is on its line."""
        row = self.selected if self.is_mounted else None
        return row if row is not None and row.size else None

    @property
    def several(self) -> tuple[RowId, ...]:
        """The runs that keys act on together: those marked, else those of the batch under the cursor; none: on `selected`."""
        line = self.batch_line
        return self.shown.table.marked() or (tuple(self.shown.kept.members(line.id)) if line is not None else ())


# Where keys lead from the run screen: to its panels, back, and to other screens.


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
