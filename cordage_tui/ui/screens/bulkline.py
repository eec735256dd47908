"""The line that tells how far a bulk kill has come, for as long as there is one."""

from textual.content import Content
from textual.widgets import Static

from cordage_tui.domain.formatting import format_remaining
from cordage_tui.domain.text import SafeText, one_line
from cordage_tui.engine.bulk_kill import BulkProgress
from cordage_tui.ui.ink import literal


class BulkKillProgress(Static):
    """One line above the footer; not there while nothing is being killed."""

    def __init__(self) -> None:
        super().__init__()
        self._words: Content | None = None

    def show(self, progress: BulkProgress | None, stop: SafeText) -> None:
        """Draws only when it would say something else. `stop`: the key that stops it; empty: none does."""
        words = None if progress is None else progress_words(progress, stop)
        self.set_class(words is not None, "-on")
        if words is not None and (self._words is None or not words.is_same(self._words)):
            self.update(words)
        self._words = words


def progress_words(progress: BulkProgress, stop: SafeText) -> Content:
    """`killing 12/200 · ~6m left · X stops`."""
    if progress.stopping:
        parts = [f"stopping the kills after {progress.done:,} of {progress.total:,}"]
    else:
        parts = [f"killing {progress.done:,}/{progress.total:,}", f"{format_remaining(progress.left_s)} left"]
    said = [literal(one_line(" " + " · ".join(parts)), "$run-wait")]
    if stop:
        said += [literal(one_line(" · ")), literal(stop, "$accent"), literal(one_line(" stops"), "$quiet")]
    return Content.assemble(*said)
