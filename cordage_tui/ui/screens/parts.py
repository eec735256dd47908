"""What the run screen is made of: its parts, and what its keys and its answers both look at."""

from collections.abc import Mapping

from textual.screen import Screen

from cordage_tui.domain.run import RowId, RunRow, Status
from cordage_tui.engine.engine import Engine
from cordage_tui.ui.screens.arrangement import PanelLayout
from cordage_tui.ui.screens.away import AwaySummaryController
from cordage_tui.ui.screens.batches import BatchActions
from cordage_tui.ui.screens.bulk import BulkActions
from cordage_tui.ui.screens.commands import RunActions
from cordage_tui.ui.screens.copies import CopyActions
from cordage_tui.ui.screens.display import MainPresenter
from cordage_tui.ui.screens.follower import CursorDebouncer
from cordage_tui.ui.screens.outputs import OutputActions
from cordage_tui.ui.screens.sheets import ContactSheetOpener
from cordage_tui.ui.screens.taking import DownloadActions


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
