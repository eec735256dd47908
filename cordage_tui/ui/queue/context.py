"""Context of the queue screen's actions: its panels, and the parts that act on prompts and downloads."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from cordage_tui.ui.external.clipboard import Clipboard
from cordage_tui.ui.external.foreground import ForegroundProgram
from cordage_tui.ui.keys.footer import main_key
from cordage_tui.ui.queue.downloads import DownloadQueueActions, DownloadsPanel
from cordage_tui.ui.queue.drop_or_resend import SubmissionActions
from cordage_tui.ui.queue.drops import QueueDrops
from cordage_tui.ui.queue.focus import QueueFocus
from cordage_tui.ui.queue.moves import QueueMoves
from cordage_tui.ui.queue.panel import QueuePanel
from cordage_tui.ui.queue.selected_prompt import PromptView
from cordage_tui.ui.queue.summary import QueueState
from cordage_tui.ui.screen_base import EngineScreen


class QueueScreenContext:
    """Everything that actions of one queue screen need. The screen makes it, and updates it with the shown state."""

    def __init__(
        self,
        screen: EngineScreen[None],
        *,
        submit: str,
        new_key: Callable[[], object],
        clipboard: Clipboard,
        foreground: ForegroundProgram,
        folder: Path,
        is_pasted: Callable[[], bool],
    ) -> None:
        """`submit`: the setting of that name. `new_key` opens the dialog for another API key. `folder` keeps files of the
        queue that are not applied. `is_pasted` returns whether the present key is part of a paste."""
        self.screen = screen
        self.engine = screen.engine
        self.submit = submit
        self.new_key = new_key
        self.foreground = foreground
        self.folder = folder
        self._is_pasted = is_pasted
        self.key = partial(main_key, screen)
        self.panel = QueuePanel()
        self.reader = PromptView(self.key)
        self.downloads = DownloadsPanel()
        self.panels = QueueFocus(screen, self.panel, self.reader, self.downloads)
        self.submissions = SubmissionActions(screen)
        self.moves = QueueMoves(screen)
        self.drops = QueueDrops(screen, self.key)
        self.download_actions = DownloadQueueActions(screen, clipboard)
        self._state: QueueState | None = None
        self.failed_downloads = 0
        """Number of failed downloads."""

    def update_state(self, state: QueueState) -> None:
        """Remember the state that the screen shows."""
        self._state = state

    def count_failed(self, downloads: int) -> None:
        """Remember how many downloads have failed."""
        self.failed_downloads = downloads

    @property
    def is_typed(self) -> bool:
        """True if a person pressed the present key; False if it is part of a paste."""
        return not self._is_pasted()

    @property
    def is_refused(self) -> bool:
        """True while the server rejects the API key."""
        return self._state is not None and self._state.refused is not None

    @property
    def is_paused(self) -> bool:
        """True while the queue is paused."""
        return self._state is not None and self._state.control.paused is not None

    @property
    def unapproved(self) -> int:
        """Number of prompts that wait for approval."""
        return self._state.unapproved if self._state is not None else 0
