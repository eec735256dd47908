"""Engine events, gathered: however many come, a screen hears of them once a frame."""

from collections.abc import Callable
from dataclasses import dataclass, field

from cordage_tui.domain.run import RowId, RunRow
from cordage_tui.domain.text import SafeText
from cordage_tui.engine.engine import Engine
from cordage_tui.engine.events import (
    BatchEnded,
    BulkEnded,
    DownloadsChanged,
    EngineCrashed,
    Event,
    HookFailed,
    ImagesChanged,
    RunFinished,
    RunsChanged,
    StateChanged,
)
from cordage_tui.engine.kill_report import BulkKillReport


@dataclass
class EventBatch:
    """What happened since the screen last heard."""

    rows: set[RowId] = field(default_factory=set)
    state: bool = False
    """Budgets, health or leadership changed."""
    finished: list[RunRow] = field(default_factory=list)
    batches: list[BatchEnded] = field(default_factory=list)
    bulk: list[BulkKillReport] = field(default_factory=list)
    """What came of bulk kills."""
    hook: SafeText | None = None
    """What went wrong with the user's hook last."""
    bug: BaseException | None = None
    """What ended one of the engine's tasks and never should."""
    pictures: set[str] = field(default_factory=set)
    """`OutputRef.key` of each output of which there is something new to show."""
    downloads: bool = False
    """Downloads were asked for, went on, or ended."""


class EventFeed:
    """Collects events and calls `tell` with all of them at the event loop's next idle moment.

    `later` schedules a callback after the messages that are already waiting (Textual's `call_later`).
    """

    def __init__(
        self, engine: Engine, later: Callable[[Callable[[], None]], object], tell: Callable[[EventBatch], None]
    ) -> None:
        self._later = later
        self._tell = tell
        self._news: EventBatch | None = None
        self._end = engine.events.subscribe(self._on_event)

    def close(self) -> None:
        """Hears nothing more."""
        self._end()

    def _on_event(self, event: Event) -> None:
        if self._news is None:
            self._news = EventBatch()
            self._later(self._flush)
        match event:
            case RunsChanged(rows):
                self._news.rows |= rows
            case StateChanged():
                self._news.state = True
            case RunFinished(row):
                self._news.finished.append(row)
            case BatchEnded():
                self._news.batches.append(event)
            case BulkEnded(report):
                self._news.bulk.append(report)
            case HookFailed(words):
                self._news.hook = words
            case EngineCrashed(bug):
                self._news.bug = bug
            case ImagesChanged(keys):
                self._news.pictures |= keys
            case DownloadsChanged():
                self._news.downloads = True

    def _flush(self) -> None:
        news, self._news = self._news, None
        if news is not None:
            self._tell(news)
