"""Keeps the downloads panel at what the store and the engine say."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from cordage_tui.domain.clock import Clock
from cordage_tui.domain.download import Download, DownloadState
from cordage_tui.domain.run import RowId
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.engine import Engine
from cordage_tui.ui.downloads.lines import DownloadRowContext, RunLabel, subtitle, title
from cordage_tui.ui.downloads.panel import DownloadsPanel
from cordage_tui.ui.ink import literal
from cordage_tui.ui.screens.steady import LastGoodReads

MOST: Final = 200
"""Lines for those that are under way, and as many for those that are not."""


class DownloadsPresenter:
    """Asks, and hands values to the panel. What the runs are called it asks once."""

    def __init__(self, panel: DownloadsPanel, engine: Engine, kept: LastGoodReads, clock: Clock) -> None:
        self._panel = panel
        self._engine = engine
        self._kept = kept
        self._clock = clock
        self._about: dict[RowId, RunLabel] = {}
        self._counts: Mapping[DownloadState, int] = {}
        self.loads = False
        """Something is being loaded, so that figures move."""
        self.failed = 0
        """How many have failed."""

    def refresh_rows(self) -> int:
        """Downloads have gone on. Returns how many lines there are."""
        counts = self._kept.download_counts()
        downloads = self._listed(sum(n for state, n in counts.items() if not state.is_settled))
        self.loads = DownloadState.LOADING in counts
        self.failed = counts.get(DownloadState.FAILED, 0)
        self._name(downloads)
        self._panel.set_title(literal(title(counts)))
        self._panel.show(
            downloads, DownloadRowContext(self._clock.wall(), self._about, self._engine.downloads.progress)
        )
        self._counts = counts
        self.look_closer()
        return len(downloads)

    def look_closer(self) -> None:
        """The cursor is on another one."""
        self._panel.say_below(subtitle(self._counts, self._panel.selected))

    def _listed(self, under_way: int) -> list[Download]:
        """The first of those under way, and of those that are settled: of thousands the title tells the number."""
        if under_way <= MOST:
            return self._kept.downloads(0, 2 * MOST)
        return self._kept.downloads(0, MOST) + self._kept.downloads(under_way, MOST)

    def _name(self, downloads: Iterable[Download]) -> None:
        unknown = {download.row for download in downloads} - self._about.keys()
        label: Callable[[str], str] = self._engine.profile.label
        for row in self._kept.rows(tuple(unknown)) if unknown else ():
            self._about[row.id] = RunLabel(one_line(label(row.webhook_key)), _known_by(row.prompt, row.short_id))


def _known_by(prompt: SafeText, short_id: str) -> SafeText:
    return prompt or one_line(f"run {short_id}")
