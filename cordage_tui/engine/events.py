"""What the engine tells whoever listens. Coalescing is the listener's business."""

from collections.abc import Callable
from typing import TypeAlias

from cordage_tui.domain.fast_dataclass import dataclass
from cordage_tui.domain.run import BatchProgress, RowId, RunRow
from cordage_tui.domain.text import SafeText
from cordage_tui.engine.bulk_kill_plan import BulkKillReport


@dataclass(frozen=True, slots=True)
class RunsChanged:
    """These rows differ from what the store said before, or are new, or are gone."""

    rows: frozenset[RowId]


@dataclass(frozen=True, slots=True)
class StateChanged:
    """Budgets, health of a webhook, or who leads: anything but rows."""


@dataclass(frozen=True, slots=True)
class RunFinished:
    """A run that was active when last looked at has ended. Told once by each process."""

    row: RunRow


@dataclass(frozen=True, slots=True)
class BatchEnded:
    """All runs of a batch have ended that was going on when last looked at. Each of them was told as finished too."""

    line: RunRow
    progress: BatchProgress


@dataclass(frozen=True, slots=True)
class EngineCrashed:
    """A bug of ours has ended a part of the engine. Whoever listens must end the program with it, not go on half alive."""

    error: BaseException


@dataclass(frozen=True, slots=True)
class HookFailed:
    """The user's `on_finish` program did not do well; the run is as it is."""

    words: SafeText


@dataclass(frozen=True, slots=True)
class BulkEnded:
    """A bulk kill has come to its end, or was stopped."""

    report: BulkKillReport


@dataclass(frozen=True, slots=True)
class ImagesChanged:
    """There is something new to show of these outputs."""

    keys: frozenset[str]
    """`OutputRef.key` of each."""


@dataclass(frozen=True, slots=True)
class DownloadsChanged:
    """Downloads were asked for, went on, or ended."""


Event: TypeAlias = (
    RunsChanged
    | StateChanged
    | RunFinished
    | BatchEnded
    | EngineCrashed
    | HookFailed
    | BulkEnded
    | ImagesChanged
    | DownloadsChanged
)
Listener: TypeAlias = Callable[[Event], None]


class EventBus:
    """Who wants to know. A listener that unsubscribes while it is being called is fine."""

    def __init__(self) -> None:
        self._listeners: dict[int, Listener] = {}
        self._next = 0

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Calls `listener` with every event from now on; returns the call that ends it."""
        token = self._next
        self._next += 1
        self._listeners[token] = listener
        return lambda: self._listeners.pop(token, None) and None

    def publish(self, event: Event) -> None:
        for listener in list(self._listeners.values()):
            listener(event)
