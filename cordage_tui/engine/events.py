"""Events of the engine, the reports they carry, and the bus that publishes them. Coalescing is left to listeners."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeAlias

from cordage_tui.domain.base.fast_dataclass import dataclass
from cordage_tui.domain.batch import BatchProgress
from cordage_tui.domain.run import RowId, RunRow
from cordage_tui.domain.safe_text import SafeText


@dataclass(frozen=True, slots=True)
class RunsChanged:
    """Rows changed, were added or were removed."""

    rows: frozenset[RowId]


@dataclass(frozen=True, slots=True)
class StateChanged:
    """State other than rows and budgets changed: health of a webhook, or leadership."""


@dataclass(frozen=True, slots=True)
class BudgetsChanged:
    """A rate budget changed: a call waits or went out, or an answer told what is left. Several times for each read."""


@dataclass(frozen=True, slots=True)
class RunFinished:
    """An active run has ended. Published once by each process."""

    row: RunRow
    killed: bool = False
    """It was killed or dropped from here: the user knows."""


@dataclass(frozen=True, slots=True)
class BatchEnded:
    """End of an active batch: its last run has ended. `RunFinished` was published for each of them."""

    line: RunRow
    progress: BatchProgress


@dataclass(frozen=True, slots=True)
class BatchStopped:
    """Stop of a batch whose runs fail one after the other: what waits of it is held. Published once by each process."""

    words: SafeText


@dataclass(frozen=True, slots=True)
class EngineCrashed:
    """A bug has ended a part of the engine. Listeners must end the program with this error."""

    error: BaseException


@dataclass(frozen=True, slots=True)
class HookFailed:
    """A hook of the user's did not do well; nothing else changes by it."""

    words: SafeText


class KillOutcome(StrEnum):
    """Outcome of a kill."""

    CANCELLED = "cancelled"
    """Confirmed by a read."""
    ASKED = "asked"
    """The kill may have worked but no read has confirmed it yet; the row shows `killing` until then."""
    ENDED = "ended"
    """The run had ended before the kill arrived."""
    DROPPED = "dropped"
    """Not sent yet, and dropped from the list."""
    NOT_KILLED = "not killed"
    """The run continues, as far as is known."""


@dataclass(frozen=True, slots=True)
class BulkKillReport:
    """Report of a bulk kill."""

    outcomes: Mapping[KillOutcome, int]
    left: int
    """Rows that were not tried, because it was stopped or gave up; their runs continue."""
    words: SafeText

    @property
    def is_bad(self) -> bool:
        """Return whether a kill failed."""
        return self.outcomes.get(KillOutcome.NOT_KILLED, 0) > 0


@dataclass(frozen=True, slots=True)
class BulkEnded:
    """A bulk kill has come to its end, or was stopped."""

    report: BulkKillReport


@dataclass(frozen=True, slots=True)
class ImagesChanged:
    """Images of these outputs changed."""

    keys: frozenset[str]
    """`OutputRef.key` of each."""


@dataclass(frozen=True, slots=True)
class DownloadsChanged:
    """Downloads were added, progressed or ended."""


Event: TypeAlias = (
    RunsChanged
    | StateChanged
    | BudgetsChanged
    | RunFinished
    | BatchEnded
    | BatchStopped
    | EngineCrashed
    | HookFailed
    | BulkEnded
    | ImagesChanged
    | DownloadsChanged
)
Listener: TypeAlias = Callable[[Event], None]


class EventBus:
    """Publisher of events. A listener may unsubscribe while it is being called."""

    def __init__(self) -> None:
        self._listeners: dict[int, Listener] = {}
        self._next = 0

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with every event from now on; returns the function that unsubscribes."""
        token = self._next
        self._next += 1
        self._listeners[token] = listener
        return lambda: self._listeners.pop(token, None) and None

    def publish(self, event: Event) -> None:
        for listener in list(self._listeners.values()):
            listener(event)
